"""The labelled questions: complete, unambiguous, and split the same way everywhere."""

from collections import Counter
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from feedback.dataset.questions import Labelled, bitext, clinc_for_a_shop, folds, handwritten, hold_out, labelled

OURS = {
    "greeting", "thanks", "goodbye", "product_question", "exchange", "warranty", "lost_parcel", "damaged_item",
    "price_match", "safety_incident", "data_erasure", "off_topic",
}  # fmt: skip


def test_every_intent_has_enough_hand_written_questions() -> None:
    counts = {intent: len(texts) for intent, texts in handwritten().items()}
    assert len(counts) == 39
    assert {intent: count for intent, count in counts.items() if count < (40 if intent in OURS else 25)} == {}


def test_no_question_carries_two_intents() -> None:
    counts = Counter(question.text.casefold() for question in labelled(handwritten()))
    assert [text for text, count in counts.items() if count > 1] == []


def test_a_fifth_of_each_intent_is_held_out_whatever_the_order() -> None:
    questions = [Labelled(f"question {number}", f"intent {number % 2}") for number in range(40)]
    kept, held = hold_out(questions)
    assert Counter(question.intent for question in held) == {"intent 0": 4, "intent 1": 4}
    assert set(held) == set(hold_out(questions[::-1])[1])
    assert set(kept) | set(held) == set(questions)
    assert not set(kept) & set(held)


def test_each_fold_holds_every_intent() -> None:
    questions = [Labelled(f"question {number}", f"intent {number % 3}") for number in range(30)]
    spread = {(place, question.intent) for place, question in zip(folds(questions, 4), questions, strict=True)}
    assert len(spread) == 12


@pytest.mark.parametrize("content", ["just text", "[]", "[1, 2]", "[same, same]"])
def test_a_question_file_that_is_no_list_of_texts_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "off_topic.yaml").write_text(content)
    with pytest.raises(ConfigurationError, match=r"off_topic\.yaml"):
        handwritten(tmp_path)


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Testing"):
        bitext(tmp_path, "test")


def test_clinc_is_relabelled_for_a_shop(tmp_path: Path) -> None:
    (tmp_path / "clinc150").mkdir()
    (tmp_path / "clinc150" / "data_full.json").write_text(
        '{"train": [["hi", "greeting"], ["ta", "thank_you"], ["rain?", "weather"], ["sun?", "weather"],'
        ' ["where is my order", "order_status"]], "oos_train": [["who am i", "oos"]]}'
    )
    taken = clinc_for_a_shop(tmp_path, "train", per_intent=1, small_talk=5)
    assert Counter(question.intent for question in taken) == {"greeting": 1, "thanks": 1, "off_topic": 2}
    assert "where is my order" not in {question.text for question in taken}
