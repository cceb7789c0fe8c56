"""The small shop that imports are tried on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.sql.database import open_database
from app.playbook.loader import SHIPPED
from tests.ingestion.small_shop import Files, Shop, open_shop, write_files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return write_files(tmp_path / "files", (SHIPPED / "voice.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def shop(files: Files, tmp_path: Path) -> Iterator[Shop]:
    engine = open_database(f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    opened = open_shop(files, engine, tmp_path / "index")
    yield opened
    opened.loader.index.close()
    engine.dispose()
