"""What contract suites run on: the weights of real models, and the databases, one fresh for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from app.adapters.sql.database import open_database
from app.inference.requantize import served_gguf
from app.inference.weights import SMOLLM2, fetch
from tests.services import postgres

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def models_dir() -> Path:
    folder = Path(os.environ.get("HANDRAIL_TEST_MODELS", REPOSITORY / "var" / "models"))
    fetch(SMOLLM2.name, folder)
    return folder


@pytest.fixture(scope="session")
def model_file(models_dir: Path) -> Path:
    return served_gguf(models_dir)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    if postgres.binaries() is None:
        pytest.skip("no PostgreSQL is installed: apt-get install postgresql")
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database; on PostgreSQL one of its own, too."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    server_url: str = request.getfixturevalue("postgres_url")
    name = f"test_{os.urandom(6).hex()}"
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return server_url.replace("/postgres?", f"/{name}?")


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()
