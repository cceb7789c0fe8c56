"""The grammar that drafts are decoded under: offered slots only, every required one, no way to write a digit."""

import pytest

from app.pipeline.grammar import reply_grammar
from tests.pipeline.gbnf import Reading

OFFERED, REQUIRED = ("order_id", "days_late", "carrier"), ("order_id", "days_late")


def accepts(grammar: str, text: str) -> bool:
    return Reading(grammar, text).whole()


@pytest.mark.parametrize(
    "text",
    [
        "Order {order_id} is {days_late} late. The carrier, {carrier}, has it.",
        "{order_id} is late by {days_late}.",
        "It is late. It was due before. By {days_late}, that is. It is order {order_id}.",
    ],
)
def test_a_reply_with_all_its_facts_can_be_written(text: str) -> None:
    assert accepts(reply_grammar(OFFERED, REQUIRED), text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Order {order_id} is late.", "a required slot is missing"),
        ("Order {order_id} is {days_late} late, {refund_days}.", "a slot that is not offered"),
        ("Order {order_id} is {days_late} late, by 3 days.", "a digit"),
        ("Order {order_id} is {days_late} late", "no full stop"),
        ("A a. B b. C c. D d. Order {order_id} is {days_late} late.", "too many sentences"),
    ],
)
def test_a_reply_that_breaks_a_rule_of_form_cannot_be_written(text: str, why: str) -> None:
    assert not accepts(reply_grammar(OFFERED, REQUIRED), text), why


def test_without_required_facts_any_offered_slot_may_appear_or_not() -> None:
    grammar = reply_grammar(OFFERED)
    assert accepts(grammar, "It is on its way.")
    assert accepts(grammar, "{carrier} has it.")


def test_without_slots_only_words_can_be_written() -> None:
    grammar = reply_grammar(())
    assert accepts(grammar, "It is on its way.")
    assert "{" not in grammar.replace("({", "")


def test_what_is_required_and_cannot_be_filled_is_not_waited_for() -> None:
    assert reply_grammar(["a"], ["a", "b"]) == reply_grammar(["a"], ["a"])


def test_the_same_slots_give_the_same_grammar() -> None:
    assert reply_grammar(["b", "a"], ["b", "a"]) == reply_grammar(["a", "b"], ["a", "b"])
