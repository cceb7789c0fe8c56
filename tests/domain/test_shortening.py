"""What a draft did not need is left out; what has to be said stays."""

from app.domain.evidence import DraftContext
from app.domain.shortening import shortenings

CONTEXT = DraftContext(
    means="The order was cancelled and will not be sent.",
    steps=("If another order is meant, send its number",),
    policy="",
    question="where is my parcel",
    must=("order_id",),
    offered=("order_id", "refund_days"),
)
CANCELLED = "Order {order_id} was cancelled and will not be sent."
OTHER = "If you mean another order, send me its number."


def test_the_end_is_left_out_sentence_by_sentence_the_longest_first() -> None:
    text = f"{CANCELLED} {OTHER} The warehouse celebrates tomorrow."
    assert shortenings(text, CONTEXT) == (f"{CANCELLED} {OTHER}", CANCELLED)


def test_a_sentence_in_the_middle_goes_when_nothing_bears_it_out() -> None:
    assert f"{CANCELLED} {OTHER}" in shortenings(f"{CANCELLED} Bananas celebrate tomorrow. {OTHER}", CONTEXT)


def test_what_is_said_twice_is_said_once() -> None:
    again = OTHER.replace("order", "parcel")
    assert f"{CANCELLED} {OTHER}" in shortenings(f"{CANCELLED} {OTHER} {again} {again}", CONTEXT)


def test_a_fact_that_has_to_be_mentioned_is_never_left_out() -> None:
    assert shortenings(f"Bananas celebrate tomorrow. {CANCELLED}", CONTEXT) == (CANCELLED,)
    assert shortenings(OTHER, CONTEXT) == ()


def test_a_sentence_without_an_end_always_goes() -> None:
    found = shortenings(f"{CANCELLED} {OTHER} I can also pass it on to a", CONTEXT, finished=False)
    assert found[0] == f"{CANCELLED} {OTHER}"
    assert all(each.endswith(".") for each in found)


def test_of_one_sentence_nothing_can_be_left_out() -> None:
    assert shortenings(CANCELLED, CONTEXT) == ()
    assert shortenings("", CONTEXT) == ()
