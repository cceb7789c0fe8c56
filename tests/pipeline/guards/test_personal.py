"""Nothing that identifies somebody else gets into a reply; what is hers, and the shop's own contact, may."""

import pytest

from app.domain.reply import FlagReason, Reply
from app.pipeline.guards.inspection import Inspection
from app.pipeline.guards.personal import nobody_else_is_named
from tests.pipeline.chain import CUSTOMERS, MAYA, build_parts, talk
from tests.pipeline.inspections import a_turn

PARTS = build_parts()
ANSWERED = talk(MAYA, PARTS).outcome("where is LF-10482?").answered


def found(text: str, *, signed_in: bool = True) -> list[FlagReason]:
    context = CUSTOMERS[0] if signed_in else None
    seen = Inspection(a_turn("where is it?"), "where is it?", context, ANSWERED, Reply(text, text), PARTS)
    return [flag.reason for flag in nobody_else_is_named(seen)]


@pytest.mark.parametrize(
    "text",
    [
        "Write to grace.hill@example.com please.",
        "Call her at +44 7700 900 123.",
        "It was paid with 4111 1111 1111 1111.",
        "The money goes to DE89370400440532013000.",
        "It was left at 7 Quarry Lane.",
        "The parcel LF-20001 belongs to another order.",
        "Hi Grace,\nyour parcel is late.",
        "Please ask Mrs. Hill about it.",
    ],
)
def test_what_is_somebody_elses_is_held(text: str) -> None:
    assert found(text) == [FlagReason.PERSONAL_DATA]


@pytest.mark.parametrize(
    "text",
    [
        "Hi Maya,\nyour order LF-10482 is late.",
        "We write to maya.okafor@example.com and call +1 503 555 0142.",
        "It goes to 12 Mill Road, Leeds, LS1 4AB.",
        "Write to help@larkfield.example or call +1 555 0142.",
        "You can follow it here: https://northway.example/track/AB12",
        "It was paid with Visa ending in 4242.",
    ],
)
def test_what_is_hers_or_the_shops_is_let_through(text: str) -> None:
    assert found(text) == []


def test_without_records_nothing_is_hers() -> None:
    assert found("We write to maya.okafor@example.com.", signed_in=False) == [FlagReason.PERSONAL_DATA]


def test_no_value_of_somebody_else_gets_into_the_finding() -> None:
    text = "Write to grace.hill@example.com please."
    seen = Inspection(a_turn("hi"), "hi", CUSTOMERS[0], ANSWERED, Reply(text, text), PARTS)

    assert all("grace" not in flag.detail for flag in nobody_else_is_named(seen))
