"""The whole product on real parts: real weights, real Chroma, the demo shop, in a folder of its own."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.adapters.sql.database import open_database
from app.bootstrap import open_assistant
from app.pipeline.assistant import Assistant
from app.settings import Settings
from app.stores import Stores
from feedback.annotation.server import LabelStudioServer, installed
from ingestion import cli as ingest
from tests.e2e.there import NOWHERE, Arrange, There, a_project
from tests.feedback.annotation.turns import a_past_case

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


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudioServer]:
    """A Label Studio for all tests; HANDRAIL_TEST_LABEL_STUDIO names the folder of one that runs already."""
    running = os.environ.get("HANDRAIL_TEST_LABEL_STUDIO")
    if running:
        there = LabelStudioServer(Path(running))
        there.url = there.settings["HANDRAIL_LABEL_STUDIO_URL"]
        yield there
        return
    if not installed():
        pytest.skip("Label Studio is not installed: make .label-studio/.installed")
    started = LabelStudioServer(tmp_path_factory.mktemp("label-studio"))
    started.start()
    yield started
    started.kill()


@pytest.fixture
def arrange(label_studio: LabelStudioServer) -> Iterator[Arrange]:
    """Sets a project up on these stores."""
    with ExitStack() as stack:

        def there(stores: Stores, webhook_url: str = NOWHERE, **settings: Any) -> There:  # noqa: ANN401
            return stack.enter_context(a_project(label_studio, stores, webhook_url, **settings))

        yield there


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """A database with one past case."""
    opened = Stores(open_database(f"sqlite:///{tmp_path / 'handrail.sqlite3'}"))
    opened.interactions.put([a_past_case()])
    yield opened
    opened.engine.dispose()
