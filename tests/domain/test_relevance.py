"""What in a past reply speaks to its own question only: it ranks lower where nobody asked for it."""

import pytest

from app.domain.relevance import beside_the_point

GOLD = ("create a gold account for my wife", "There is no gold account with us; every account is free.")
FREE = "Every account is free, and yours is open."


@pytest.mark.parametrize(
    ("asked", "question", "reply", "others"),
    [
        ("open a premium account", *GOLD, [FREE]),
        ("how do i report it", "can i report it", "Yes, you can report it here.", []),
        ("i do not know how to order", "can you help me order", "Yes, here it is.", []),
    ],
)
def test_a_detail_or_a_yes_that_nobody_asked_for_is_named(
    asked: str, question: str, reply: str, others: list[str]
) -> None:
    assert beside_the_point(asked, question, reply, others)


@pytest.mark.parametrize(
    ("asked", "question", "reply", "others"),
    [
        ("is there a gold account", *GOLD, [FREE]),
        ("open a premium account", *GOLD, ["No gold account is needed."]),
        ("could i report it here", "can i report it", "Yes, you can report it here.", []),
        ("hello, is it possible to report it", "can i report it", "Yes, you can report it here.", []),
        ("where is my parcel", "where is my parcel", "It comes on {delivery_date}.", []),
    ],
)
def test_what_was_asked_or_what_every_reply_says_is_to_the_point(
    asked: str, question: str, reply: str, others: list[str]
) -> None:
    assert beside_the_point(asked, question, reply, others) == ""
