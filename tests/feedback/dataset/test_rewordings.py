"""Rewordings keep their slots, and what is held out is held out whole."""

from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.playbook.loader import SHIPPED
from app.playbook.phrases import load_voice
from app.prompts.loader import load_prompts
from feedback.dataset.rewordings import Reworded, meaning_pairs, problems, read_rewordings, refine_examples

VOICE = load_voice(SHIPPED)
ONE = Reworded(
    id="track_order/late#1",
    polished="Order {order_id} is late. It comes on {delivery_date}.",
    rough=["kindly note your order {order_id} is late and it comes on {delivery_date}"],
    same=["You can expect {order_id} on {delivery_date}, later than planned."],
    other=["Order {order_id} is on time. It comes on {delivery_date}."],
)


def test_no_rewording_would_teach_something_wrong() -> None:
    items = read_rewordings()
    assert len(items) >= 300
    assert [(item.id, problem) for item in items for problem in problems(item, VOICE)] == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"rough": ["your order {order_id} is late, {order_id} comes on {delivery_date}"]}, "rough has other slots"),
        ({"same": [ONE.polished]}, "is the reply itself"),
        ({"other": ["Order {order_id is late, it comes on {delivery_date}."]}, "a brace that is no slot"),
        ({"other": [ONE.rough[0]]}, "is there twice"),
        ({"same": ["Feel free to expect {order_id} on {delivery_date}."]}, "filler"),
    ],
)
def test_a_rewording_that_would_is_found(change: dict[str, list[str]], found: str) -> None:
    item = ONE.model_copy(update=change)
    assert any(found in problem for problem in problems(item, VOICE))


def test_pairs_are_same_only_among_the_ways_of_saying_it() -> None:
    pairs = list(meaning_pairs([ONE]))
    same = {(pair.before, pair.after) for pair in pairs if pair.same}
    ways = {ONE.polished, *ONE.rough, *ONE.same}
    assert same >= {(one, other) for one in ways for other in ways}
    assert all((pair.before in ONE.other) != (pair.after in ONE.other) for pair in pairs if not pair.same)


def test_refining_is_learnt_from_rough_drafts_and_from_what_is_to_stay() -> None:
    examples = list(refine_examples([ONE], load_prompts()["refine"]))
    assert [example.messages[-1].content for example in examples] == [*ONE.rough, ONE.polished]
    assert {example.reply for example in examples} == {ONE.polished}
    assert {example.task for example in examples} == {"refine"}
    assert len({example.split for example in examples}) == 1


def test_what_is_wrong_in_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{ONE.model_dump_json()}\n{ONE.model_dump_json()}\n")
    with pytest.raises(ConfigurationError, match=r"line 2: track_order/late#1 is there already"):
        read_rewordings(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(ConfigurationError, match="line 1"):
        read_rewordings(tmp_path)
