"""Training end to end on the hashing encoder: no weights, no corpora, a second of work."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.adapters.intent_head import LinearIntentHead
from app.adapters.memory_encoder import HashingEncoder
from app.errors import ConfigurationError
from feedback.evaluation.intent import score_intents
from feedback.training.intent import IntentCorpus, IntentRecipe, read_corpus, train_intent_head
from feedback.training.intent_card import Measured, write_card, write_head

ITEMS = ("tent", "kettle", "blanket", "headlamp", "jacket", "lantern", "stove", "mug", "chair", "hammock")
QUESTIONS = {
    "cancel_order": tuple(f"please cancel my order of the {item}" for item in ITEMS),
    "off_topic": tuple(f"will it rain on saturday in the {item} mountains" for item in ITEMS),
    "track_order": tuple(f"where is the {item} that I bought" for item in ITEMS),
}
RECIPE = IntentRecipe(folds=2)


@pytest.fixture(scope="module")
def corpus() -> IntentCorpus:
    return read_corpus(QUESTIONS, (), None, RECIPE)


def test_a_trained_head_knows_the_questions_that_were_held_out(corpus: IntentCorpus, tmp_path: Path) -> None:
    write_head(train_intent_head(HashingEncoder(), corpus, RECIPE), tmp_path)
    head = LinearIntentHead(HashingEncoder(), tmp_path)
    assert score_intents(head, corpus.held_out).accuracy == 1.0
    rain, order = head.predict(["will it rain on sunday", "where is the pan that I bought"])
    assert rain.in_scope < 0.5 < order.in_scope


def test_the_same_questions_give_the_same_bytes(corpus: IntentCorpus, tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_head(train_intent_head(HashingEncoder(), corpus, RECIPE), tmp_path / name)
    for file in ("head.safetensors", "labels.json"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_the_card_tells_origin_and_scores(corpus: IntentCorpus, tmp_path: Path) -> None:
    trained = train_intent_head(HashingEncoder(), corpus, RECIPE)
    write_head(trained, tmp_path)
    scores = score_intents(LinearIntentHead(HashingEncoder(), tmp_path), corpus.held_out)
    write_card(
        tmp_path,
        trained,
        corpus,
        RECIPE,
        Measured(scores, None, None, None),
        data=None,
        trained_at=datetime(2026, 1, 2, tzinfo=UTC),
        seconds=1.0,
    )
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["encoder"] == HashingEncoder().version
    assert card["scores"]["hand_written_held_out"]["questions"] == 6
    assert "Bitext customer service questions" not in card["licences"]
    assert "hand-written and past questions alone" in (tmp_path / "MODEL_CARD.md").read_text()


def test_a_corpus_intent_without_hand_written_questions_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bitext_intent").mkdir()
    for split in ("Training", "Validation", "Testing"):
        path = tmp_path / "bitext_intent" / f"Bitext_Sample_Customer_Service_{split}_Dataset.csv"
        path.write_text("utterance,intent\nsing for me,sing\n")
    (tmp_path / "clinc150").mkdir()
    (tmp_path / "clinc150" / "data_full.json").write_text('{"train": [], "val": [], "oos_train": [], "oos_val": []}')
    with pytest.raises(ConfigurationError, match="sing"):
        read_corpus(QUESTIONS, (), tmp_path, RECIPE)
