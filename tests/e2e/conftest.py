"""The whole product on real parts: real weights, real Chroma, the demo shop, in a folder of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import open_assistant
from app.pipeline.assistant import Assistant
from app.settings import Settings
from ingestion import cli as ingest

MODELS = Path(os.environ.get("HANDRAIL_TEST_MODELS", Path(__file__).parent.parent.parent / "var" / "models"))


@pytest.fixture(scope="session")
def shop_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A data folder with the demo shop brought in; the weights are shared between runs."""
    folder = tmp_path_factory.mktemp("shop")
    MODELS.mkdir(parents=True, exist_ok=True)
    (folder / "models").symlink_to(MODELS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDRAIL_DATA_DIR", str(folder))
        ingest.bring_demo()
        yield Settings()


@pytest.fixture(scope="session")
def assistant(shop_settings: Settings) -> Iterator[Assistant]:
    """The chain, open for the whole session."""
    with open_assistant(shop_settings, lambda _: None) as opened:
        yield opened
