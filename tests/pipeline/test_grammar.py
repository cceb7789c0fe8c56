"""The grammar that drafts are decoded under names the offered slots and leaves no way to write a digit."""

import re

import pytest

from app.pipeline.grammar import reply_grammar


def test_every_offered_slot_is_listed_and_no_other() -> None:
    grammar = reply_grammar({"order_id", "days_late"})

    assert grammar.splitlines()[-1] == 'slot ::= "{days_late}" | "{order_id}"'


@pytest.mark.parametrize("slots", [set(), {"order_id"}, {"a", "b", "c"}])
def test_no_digit_and_no_link_can_be_written(slots: set[str]) -> None:
    grammar = reply_grammar(slots)
    classes = re.findall(r"\[[^\]]*\]", grammar)

    assert classes
    for characters in classes:
        allowed = re.compile(characters)
        assert not any(allowed.match(character) for character in "0123456789/@{}$!\n<>")


def test_without_slots_there_is_no_rule_for_them() -> None:
    assert "slot" not in reply_grammar(())


def test_the_same_slots_give_the_same_grammar() -> None:
    assert reply_grammar(["b", "a"]) == reply_grammar(["a", "b"])


def test_a_reply_is_one_to_four_sentences_with_an_end() -> None:
    lines = reply_grammar({"a"}).splitlines()

    assert lines[0] == 'root ::= sentence (" " sentence){0,3}'
    assert lines[1].endswith("[.?]")
