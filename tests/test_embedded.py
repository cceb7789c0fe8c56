"""The embedded model put together: the adapter that ships is the first version, and pushes no better one aside."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap import ANSWER_ADAPTER, open_models
from app.domain.ids import ModelVersionId
from app.domain.rollout import ModelState, in_state
from app.embedded import register_shipped
from app.inference.requantize import served_gguf
from app.inference.weights import SMOLLM2, fetch, sha256_of
from app.pipeline.parts import Degradations
from app.ports import ChatMessage, ChatRequest
from app.settings import Settings
from app.stores import Stores, open_stores
from tests.adapter_files import write_adapter
from tests.builders import NOW, a_model_version

MODELS = Path(os.environ.get("HANDRAIL_TEST_MODELS", Path(__file__).parents[1] / "var" / "models"))


@pytest.fixture(scope="module")
def weights() -> Path:
    fetch(SMOLLM2.name, MODELS)
    return served_gguf(MODELS)


@pytest.fixture(scope="module")
def shipped(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """What came with the product, and with the one after it."""
    folder = tmp_path_factory.mktemp("shipped")
    first, second = (write_adapter(folder / f"{seed}.gguf", weights, seed) for seed in (1, 2))
    return first, second


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "models").symlink_to(MODELS)
    return Settings(data_dir=tmp_path)


@pytest.fixture
def stores(settings: Settings) -> Iterator[Stores]:
    opened = open_stores(settings)
    yield opened
    opened.engine.dispose()


def states(stores: Stores) -> dict[ModelVersionId, ModelState]:
    return {version.id: version.state for version in stores.models.versions()}


def id_of(adapter: Path) -> ModelVersionId:
    return ModelVersionId(f"answer@{sha256_of(adapter)[:8]}")


def test_what_ships_is_live_at_the_first_start_and_is_what_answers(settings: Settings, stores: Stores) -> None:
    with open_models(settings, stores.models, Degradations(), lambda _: None) as models:
        [version] = stores.models.versions()
        assert (version.id, version.state, version.shipped) == (id_of(ANSWER_ADAPTER), ModelState.LIVE, True)
        assert models.chat.version == f"smollm2-135m-q8_0+{version.id}"
        request = ChatRequest((ChatMessage("user", "Hello"),), 2, 60.0, task="answer", conversation="conv_1")
        assert models.chat.complete(request)[0].version == models.chat.version
        assert models.chat.complete(replace(request, task="refine"))[0].version == "smollm2-135m-q8_0"
        assert models.shadow is not None
        assert models.shadow.in_shadow(request) == []
    by = [(step.after, step.by, step.why) for step in stores.models.history()]
    assert by == [(state, "handrail", "shipped with the product") for state in (ModelState.CANDIDATE, ModelState.LIVE)]


def test_it_is_registered_once_and_what_people_decided_stays(
    settings: Settings, stores: Stores, weights: Path, shipped: tuple[Path, Path]
) -> None:
    for _ in range(2):
        register_shipped("answer", shipped[0], weights, settings.adapters_dir, stores.models)
    assert states(stores) == {id_of(shipped[0]): ModelState.LIVE}
    assert len(stores.models.history()) == 2

    stores.models.move(id_of(shipped[0]), ModelState.ROLLED_BACK, by="Sam", why="no adapter is better", at=NOW)
    register_shipped("answer", shipped[0], weights, settings.adapters_dir, stores.models)
    assert states(stores) == {id_of(shipped[0]): ModelState.ROLLED_BACK}


def test_on_a_machine_that_joins_later_what_ships_is_put_in_place(
    settings: Settings, stores: Stores, weights: Path, shipped: tuple[Path, Path]
) -> None:
    register_shipped("answer", shipped[0], weights, settings.adapters_dir, stores.models)
    [version] = stores.models.versions()
    (settings.adapters_dir / version.file).unlink()
    register_shipped("answer", shipped[0], weights, settings.adapters_dir, stores.models)
    assert sha256_of(settings.adapters_dir / version.file) == version.sha256
    assert len(stores.models.history()) == 2


def test_a_newer_one_that_ships_takes_the_place_of_an_older_one_that_shipped(
    settings: Settings, stores: Stores, weights: Path, shipped: tuple[Path, Path]
) -> None:
    for adapter in shipped:
        register_shipped("answer", adapter, weights, settings.adapters_dir, stores.models)
    assert states(stores) == {id_of(shipped[0]): ModelState.RETIRED, id_of(shipped[1]): ModelState.LIVE}


def test_a_newer_one_that_ships_waits_as_a_candidate_behind_one_that_was_learnt_here(
    settings: Settings, stores: Stores, weights: Path, shipped: tuple[Path, Path]
) -> None:
    own = a_model_version("own")
    stores.models.add(own, "Ada", "made overnight")
    stores.models.move(own.id, ModelState.LIVE, by="Ada", why="it is better", at=NOW)
    register_shipped("answer", shipped[0], weights, settings.adapters_dir, stores.models)
    live = in_state(stores.models.versions(), "answer", ModelState.LIVE)
    assert live is not None
    assert live.id == own.id
    assert states(stores)[id_of(shipped[0])] is ModelState.CANDIDATE


def test_a_process_that_died_between_registering_and_going_live_is_made_up_for(
    settings: Settings, stores: Stores, weights: Path, shipped: tuple[Path, Path]
) -> None:
    sha256 = sha256_of(shipped[0])
    candidate = replace(a_model_version("x"), id=id_of(shipped[0]), sha256=sha256, shipped=True, verdict=None)
    stores.models.add(candidate, "handrail", "shipped with the product")
    register_shipped("answer", shipped[0], weights, settings.adapters_dir, stores.models)
    assert states(stores) == {candidate.id: ModelState.LIVE}


def test_a_product_without_an_adapter_has_no_versions(settings: Settings, stores: Stores, weights: Path) -> None:
    register_shipped("answer", settings.data_dir / "nothing.gguf", weights, settings.adapters_dir, stores.models)
    assert stores.models.versions() == []
