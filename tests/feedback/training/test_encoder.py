"""A tuned encoder tells apart what it was tuned on, and ships as an adapter that is merged when it is loaded."""

import os
import random
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from app.adapters.encoder import MiniLmEncoder
from app.adapters.memory_encoder import HashingEncoder
from app.adapters.tuned_encoder import SCALE, SideBySide, load_tuned
from app.errors import WeightsError
from app.inference.weights import MINILM, fetch
from feedback.dataset.questions import Labelled
from feedback.training.encoder import EncoderRecipe, TunedEncoder, tune_encoder
from feedback.training.typos import mistyped

MODELS = Path(os.environ.get("HANDRAIL_TEST_MODELS", Path(__file__).parents[3] / "var" / "models"))
THINGS = ("tent", "kettle", "jacket", "lantern")
QUESTIONS = [
    *(Labelled(f"please stop the {thing} from being sent", "cancel") for thing in THINGS),
    *(Labelled(f"please say when the {thing} is being sent", "track") for thing in THINGS),
]
RECIPE = EncoderRecipe(rank=4, alpha=8, batch=8, epochs=12, dropout=0.0, mistyped=0.2)


@pytest.fixture(scope="module")
def folder() -> Path:
    fetch(MINILM.name, MODELS)
    return MODELS / MINILM.name


@pytest.fixture(scope="module")
def tuned(folder: Path) -> TunedEncoder:
    return tune_encoder(folder, QUESTIONS, [1.0] * len(QUESTIONS), RECIPE, lambda _: None)


@pytest.fixture(scope="module")
def adapter(tuned: TunedEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tuned") / "encoder.safetensors"
    tuned.write(path)
    return path


def gap(encoder: MiniLmEncoder) -> float:
    """How much nearer two questions of one intent about different things are than two of different intents."""
    cancel, other, track = encoder.encode(
        [
            "please stop the chair from being sent",
            "please stop the boots from being sent",
            "please say when the chair is being sent",
        ]
    )
    return float(cancel @ other - cancel @ track)


def test_what_it_was_tuned_on_lies_further_apart_than_before(folder: Path, adapter: Path, tuned: TunedEncoder) -> None:
    assert tuned.losses[-1][1] < 0.7
    assert gap(load_tuned(folder, adapter)) > gap(MiniLmEncoder(folder)) + 0.05


def test_its_version_names_the_adapter(folder: Path, adapter: Path) -> None:
    assert load_tuned(folder, adapter).version.startswith("tuned@")


def test_side_by_side_both_count_the_same() -> None:
    general, other = HashingEncoder(), HashingEncoder()
    both = SideBySide(general, other)
    vectors = both.encode(["where is my parcel", "cancel it"])
    alone = general.encode(["where is my parcel", "cancel it"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.allclose(vectors @ vectors.T, alone @ alone.T, atol=1e-6)
    assert both.version == f"{general.version}+{other.version}"


def test_an_adapter_that_does_not_fit_is_refused(folder: Path, adapter: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(adapter.read_bytes()[:200])
    with pytest.raises(WeightsError, match="no adapter"):
        load_tuned(folder, damaged)
    tensors = load_file(adapter)
    save_file(tensors, damaged)
    with pytest.raises(WeightsError, match="no adapter"):
        load_tuned(folder, damaged)  # it does not say its scale
    first = next(name for name in tensors if name.endswith("lora_B.weight"))
    save_file({name: value for name, value in tensors.items() if name != first}, damaged, metadata={SCALE: "2.0"})
    with pytest.raises(WeightsError, match="do not fit"):
        load_tuned(folder, damaged)
    save_file({f"other.{name}": value for name, value in tensors.items()}, damaged, metadata={SCALE: "2.0"})
    with pytest.raises(WeightsError, match="no place"):
        load_tuned(folder, damaged)
    save_file({"x": np.zeros(2, dtype=np.float32)}, damaged, metadata={SCALE: "2.0"})
    with pytest.raises(WeightsError, match="holds nothing"):
        load_tuned(folder, damaged)


def test_typing_mistakes_change_words_and_leave_what_stands_for_a_number() -> None:
    rng = random.Random(3)
    texts = [mistyped("please tell me where order [order] for [name] is now", rng) for _ in range(60)]
    assert len(set(texts)) > 30
    assert all("[order]" in text and "[name]" in text for text in texts)
    assert mistyped("a b c", rng) == "a b c"
    assert mistyped("where is it", random.Random(5)) == mistyped("where is it", random.Random(5))
