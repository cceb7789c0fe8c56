"""What only the MiniLM encoder does: it names its weights, remembers texts and refuses a damaged folder."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app.adapters.encoder import MiniLmEncoder
from app.errors import WeightsError
from app.ports import Vectors

MODEL_DIR = Path(__file__).parents[2] / "var" / "models" / "minilm-l6-v2"
needs_weights = pytest.mark.skipif(not MODEL_DIR.is_dir(), reason="the MiniLM weights are not fetched")


class CountingEncoder(MiniLmEncoder):
    """Counts the texts that really pass through the model."""

    embedded = 0

    def _embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return super()._embed(texts)


@needs_weights
def test_the_version_names_the_weights_by_their_hash() -> None:
    assert MiniLmEncoder(MODEL_DIR).version == "all-MiniLM-L6-v2@53aa51172d14"


@needs_weights
def test_a_question_asked_twice_is_encoded_once() -> None:
    encoder = CountingEncoder(MODEL_DIR)
    first = encoder.encode(["where is my order"])
    again = encoder.encode(["where is my order", "where is my order"])
    assert encoder.embedded == 1
    assert np.array_equal(first[0], again[1])


@needs_weights
def test_vectors_are_remembered_and_not_the_texts() -> None:
    encoder = MiniLmEncoder(MODEL_DIR)
    encoder.encode(["I am Maya Okafor, where is LF-12064?"])
    assert "Maya" not in repr(vars(encoder))


@needs_weights
def test_only_the_latest_texts_are_remembered() -> None:
    encoder = CountingEncoder(MODEL_DIR, remembered=2)
    for text in ("one", "two", "one", "three"):
        encoder.encode([text])
    encoder.encode(["one"])
    assert encoder.embedded == 3
    encoder.encode(["two"])
    assert encoder.embedded == 4


@needs_weights
def test_threads_that_ask_at_once_get_the_same_vectors() -> None:
    encoder = MiniLmEncoder(MODEL_DIR, remembered=3)
    texts = [f"question number {number % 5}" for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda text: encoder.encode([text])[0], texts))
    expected = encoder.encode(texts)
    assert np.stack(rows) == pytest.approx(expected, abs=1e-5)


def test_a_folder_without_weights_is_refused_by_the_missing_names(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"tokenizer\.json, model\.safetensors"):
        MiniLmEncoder(tmp_path)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(WeightsError, match="cannot be read"):
        MiniLmEncoder(tmp_path)
