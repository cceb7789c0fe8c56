"""The intent head on a small head made for the test, and the shipped head on the real encoder."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from app.adapters.encoder import MiniLmEncoder
from app.adapters.intent_head import LinearIntentHead
from app.adapters.memory_encoder import HashingEncoder
from app.adapters.tuned_encoder import SideBySide, load_tuned
from app.bootstrap import TUNED
from app.errors import ConfigurationError, WeightsError
from app.ports import IntentClassifier

ROOT = Path(__file__).parents[2]
MODEL_DIR = ROOT / "var" / "models" / "minilm-l6-v2"
EXAMPLES = {
    "greeting": "hello good morning",
    "off_topic": "what is the weather",
    "track_order": "where is my order",
}


def write_head(folder: Path, *, labels: tuple[str, ...] = tuple(EXAMPLES), encoder: str | None = None) -> Path:
    """A head whose class directions are the examples' own vectors."""
    directions = HashingEncoder().encode(list(EXAMPLES.values()))
    tensors = {
        "weights": directions * 10,
        "bias": np.zeros(len(EXAMPLES), dtype=np.float32),
        "centroids": directions,
        "scope_weights": np.array([1, 0, 0, 0, 0], dtype=np.float32),
        "scope_bias": np.zeros(1, dtype=np.float32),
    }
    save_file(tensors, folder / "head.safetensors")
    (folder / "labels.json").write_text(
        json.dumps({"encoder": encoder or HashingEncoder().version, "labels": list(labels)})
    )
    return folder


@pytest.fixture
def head(tmp_path: Path) -> LinearIntentHead:
    return LinearIntentHead(HashingEncoder(), write_head(tmp_path))


@pytest.mark.parametrize(("intent", "text"), EXAMPLES.items())
def test_each_example_is_told_by_its_own_intent(head: IntentClassifier, intent: str, text: str) -> None:
    assert head.predict([text])[0].intent == intent


def test_probabilities_are_ranked_and_sum_to_one(head: IntentClassifier) -> None:
    prediction = head.predict(["where is my order"])[0]
    chances = [chance for _, chance in prediction.ranked]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1.0)
    assert (prediction.intent, prediction.confidence) == prediction.ranked[0]


def test_a_question_about_the_weather_is_less_in_scope_than_one_about_an_order(head: IntentClassifier) -> None:
    weather, order = head.predict(["what is the weather", "where is my order"])
    assert weather.in_scope < 0.5 < order.in_scope


def test_no_texts_give_no_predictions(head: IntentClassifier) -> None:
    assert head.predict([]) == []


def test_a_missing_head_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"labels\.json"):
        LinearIntentHead(HashingEncoder(), tmp_path)
    write_head(tmp_path)
    (tmp_path / "head.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"head\.safetensors"):
        LinearIntentHead(HashingEncoder(), tmp_path)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    write_head(tmp_path)
    (tmp_path / "head.safetensors").write_bytes(b"not a head")
    with pytest.raises(WeightsError, match="damaged"):
        LinearIntentHead(HashingEncoder(), tmp_path)


def test_a_head_of_another_encoder_is_refused_with_both_versions(tmp_path: Path) -> None:
    write_head(tmp_path, encoder="other@1")
    with pytest.raises(ConfigurationError, match=r"other@1.*hashing"):
        LinearIntentHead(HashingEncoder(), tmp_path)


@pytest.mark.parametrize(
    "labels", [("greeting", "off_topic"), ("greeting", "track_order", "thanks"), ("off_topic", "off_topic", "thanks")]
)
def test_labels_that_do_not_fit_the_weights_are_refused(tmp_path: Path, labels: tuple[str, ...]) -> None:
    write_head(tmp_path, labels=labels)
    with pytest.raises(ConfigurationError, match="labels"):
        LinearIntentHead(HashingEncoder(), tmp_path)


@pytest.fixture(scope="module")
def shipped() -> LinearIntentHead:
    if not MODEL_DIR.is_dir():
        pytest.skip("the MiniLM weights are not fetched")
    folder = ROOT / "app" / "models" / "intent"
    looked_at = SideBySide(MiniLmEncoder(MODEL_DIR), load_tuned(MODEL_DIR, folder / TUNED))
    return LinearIntentHead(looked_at, folder)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Where is my order LF-10482?", "track_order"),
        ("pls cancel my order", "cancel_order"),
        ("I want to talk to a real person", "contact_human_agent"),
        ("the lantern caught fire", "safety_incident"),
        ("tracking says delivered but I never got the parcel", "lost_parcel"),
        ("hello", "greeting"),
        ("who won the world cup", "off_topic"),
    ],
)
def test_the_shipped_head_knows_plain_questions(shipped: LinearIntentHead, text: str, intent: str) -> None:
    prediction = shipped.predict([text])[0]
    assert prediction.intent == intent
    assert (prediction.in_scope >= 0.5) is (intent != "off_topic")


def test_the_shipped_head_tells_39_intents_apart(shipped: LinearIntentHead) -> None:
    assert len(shipped.labels) == 39
