"""The meaning check learns to tell a turned status from a rewording, and ships as an adapter with a head."""

import json
import os
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from app.adapters.learned_meaning import ABOUT, HEAD, WEIGHTS, LearnedMeaning, WhenNeeded
from app.errors import ConfigurationError, WeightsError
from app.inference.weights import MINILM, fetch
from feedback.dataset.rewordings import MeaningPair, Reworded, meaning_pairs
from feedback.training.meaning import MeaningRecipe, TrainedMeaning, measure_meaning, train_meaning

MODELS = Path(os.environ.get("HANDRAIL_TEST_MODELS", Path(__file__).parents[3] / "var" / "models"))
THINGS = ("tent", "kettle", "jacket", "lantern", "chair", "boots", "rope", "stove")
RECIPE = MeaningRecipe(rank=8, alpha=16, batch=16, steps=60, dropout=0.0)


def _without_head(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    del tensors[HEAD]
    save_file(tensors, folder / WEIGHTS)


def about(thing: str) -> Reworded:
    return Reworded(
        id=f"about/{thing}",
        polished=f"The {thing} can still be returned until {{return_deadline}}.",
        rough=[f"returning of {thing} is still possible till {{return_deadline}}"],
        same=[f"You can still send the {thing} back until {{return_deadline}}."],
        other=[
            f"The {thing} can no longer be returned since {{return_deadline}}.",
            f"You cannot send the {thing} back until {{return_deadline}}.",
        ],
    )


@pytest.fixture(scope="module")
def model_dir() -> Path:
    fetch(MINILM.name, MODELS)
    return MODELS / MINILM.name


@pytest.fixture(scope="module")
def trained(model_dir: Path) -> TrainedMeaning:
    return train_meaning(model_dir, list(meaning_pairs([about(thing) for thing in THINGS])), RECIPE, lambda _: None)


@pytest.fixture
def folder(trained: TrainedMeaning, tmp_path: Path) -> Path:
    trained.write(tmp_path)
    return tmp_path


def test_it_tells_apart_what_it_has_not_seen(model_dir: Path, folder: Path) -> None:
    scores = measure_meaning(
        LearnedMeaning(model_dir, folder).says_the_same, list(meaning_pairs([about("saddle"), about("canoe")])), 0.5
    )
    assert scores.auroc > 0.9
    assert scores.kept > scores.let_through


def test_the_less_sure_order_counts(model_dir: Path, folder: Path) -> None:
    check = LearnedMeaning(model_dir, folder)
    one, other = about("saddle").polished, about("saddle").other[0]
    assert check.says_the_same(one, other) == check.says_the_same(other, one)


@pytest.mark.parametrize("text", ["", " ", "🙂", "x" * 5000])
def test_any_text_has_a_probability(model_dir: Path, folder: Path, text: str) -> None:
    assert 0 <= LearnedMeaning(model_dir, folder).says_the_same(text, "It is late.") <= 1


def test_it_is_read_when_it_is_first_asked(model_dir: Path, folder: Path) -> None:
    check = WhenNeeded(model_dir, folder)
    assert check.version == "meaning"
    assert check.says_the_same("It is late.", "It is late.") > 0
    assert check.version.startswith("meaning@")


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / WEIGHTS).write_bytes(b"nothing"),
        lambda folder: (folder / WEIGHTS).unlink(),
        lambda folder: (folder / ABOUT).write_text("{}"),
        lambda folder: (folder / ABOUT).write_text(json.dumps({"scale": 1e9, "temperature": 1})),
        _without_head,
    ],
)
def test_a_damaged_one_is_refused(model_dir: Path, folder: Path, damage: object) -> None:
    damage(folder)  # type: ignore[operator]
    with pytest.raises(WeightsError):
        WhenNeeded(model_dir, folder).says_the_same("one", "other")


def test_too_few_pairs_train_nothing(model_dir: Path) -> None:
    pair = MeaningPair("one", "other", same=True, of="a")
    with pytest.raises(ConfigurationError, match="too few"):
        train_meaning(model_dir, [pair], RECIPE, lambda _: None)
