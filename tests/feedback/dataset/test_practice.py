"""What is practised is written as replies have to be written."""

from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.playbook.loader import SHIPPED
from app.playbook.phrases import load_voice
from app.prompts.loader import load_prompts
from feedback.dataset.answers import AnswerRecipe, practice_examples
from feedback.dataset.practice import FOLDER, Practice, PracticeSituation, problems

VOICE = load_voice(SHIPPED)
SITUATION = {
    "id": "gift_card/expired",
    "family": "shop",
    "means": "The gift card has run out and can no longer be used.",
    "steps": ["A colleague can look at it"],
    "must": ["card_end"],
    "may": [],
    "cases": [
        {"asked": f"why is my card refused, {word}", "reply": f"It ran out on {{card_end}}, {word}."} for word in "abc"
    ],
}


def test_no_practice_situation_breaks_a_rule_for_replies() -> None:
    practice = Practice.read()
    assert len(practice.situations) >= 250
    assert [(each.id, problem) for each in practice.situations for problem in problems(each, VOICE)] == []


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("It ran out a while ago, as I see here.", "does not mention"),
        ("It ran out on {card_end}, and {refund_days} go by.", "not offered"),
        ("It ran out on {card_end}, 5 days back.", "digit"),
        ("It ran out on {card_end}, on a Monday.", "stands nowhere"),
        ("It ran out on {card_end}, feel free to ask.", "filler"),
    ],
)
def test_a_reply_that_would_teach_something_wrong_is_found(reply: str, found: str) -> None:
    situation = PracticeSituation.model_validate(
        SITUATION | {"cases": [*SITUATION["cases"], {"asked": "why", "reply": reply}]}
    )
    assert any(found in problem for problem in problems(situation, VOICE))


def test_a_situation_that_is_there_twice_is_refused_by_name(tmp_path: Path) -> None:
    line = PracticeSituation.model_validate(SITUATION).model_dump_json()
    (tmp_path / "a.jsonl").write_text(f"{line}\n{line}\n")
    with pytest.raises(ConfigurationError, match="gift_card/expired is there already"):
        Practice.read(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(ConfigurationError, match="line 1"):
        Practice.read(tmp_path)


def test_practice_is_asked_for_as_a_turn_is_and_whole_situations_are_held_out() -> None:
    examples = list(practice_examples(Practice.read(FOLDER), load_prompts(), AnswerRecipe()))
    held_out = {example.situation for example in examples if example.split == "held_out_situation"}
    assert 5 <= len(held_out) <= 40
    assert held_out.isdisjoint(example.situation for example in examples if example.split == "train")
    first = examples[0]
    assert (
        first.messages[0].content
        == load_prompts()["answer.account"].render({"QUESTION": "x", "SITUATION": "y", "SLOTS": "z"})[0].content
    )
    assert first.lineage.source == "practice"
