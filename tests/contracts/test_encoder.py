"""One suite over every encoder: whichever is wired in, understanding and retrieval may rely on this."""

from pathlib import Path

import numpy as np
import pytest

from app.adapters.encoder import MiniLmEncoder
from app.adapters.memory_encoder import HashingEncoder
from app.ports import Encoder

MODEL_DIR = Path(__file__).parents[2] / "var" / "models" / "minilm-l6-v2"


@pytest.fixture(scope="module", params=["hashing", "minilm"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    if request.param == "hashing":
        return HashingEncoder()
    if not MODEL_DIR.is_dir():
        pytest.skip("the MiniLM weights are not fetched")
    return MiniLmEncoder(MODEL_DIR)


def test_vectors_are_float32_rows_of_length_one(encoder: Encoder) -> None:
    vectors = encoder.encode(["Where is my order?", "a", "x" * 3000])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.parametrize("text", ["", "   ", "?!", "\u200b", "🙂"])
def test_a_text_without_words_still_has_a_direction(encoder: Encoder, text: str) -> None:
    vectors = encoder.encode([text])
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors) == pytest.approx(1.0, abs=1e-5)


def test_the_same_text_gives_the_same_vector_alone_or_in_a_batch(encoder: Encoder) -> None:
    text = "can I return the tent"
    alone = encoder.encode([text])[0]
    among = encoder.encode(["hello", text, "a much longer question about a kettle that never arrived", text])
    assert among[1] == pytest.approx(alone, abs=1e-5)
    assert np.array_equal(among[1], among[3])


def test_a_reworded_question_is_nearer_than_a_foreign_one(encoder: Encoder) -> None:
    asked, reworded, foreign = encoder.encode(
        ["where is my order", "where is my order please", "do you sell wool blankets"]
    )
    assert asked @ reworded > asked @ foreign


def test_changing_a_returned_row_does_not_change_later_answers(encoder: Encoder) -> None:
    first = encoder.encode(["thanks"])
    kept = first.copy()
    first[:] = 0.0
    assert np.array_equal(encoder.encode(["thanks"]), kept)


def test_the_version_is_named(encoder: Encoder) -> None:
    assert encoder.version
