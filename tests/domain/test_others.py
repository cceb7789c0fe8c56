"""What identifies somebody else does not pass; what is hers, or nobody's, does."""

import pytest

from app.domain.literals import LiteralKind
from app.domain.others import not_hers, own_words
from tests.builders import a_customer, a_shipped_order

MAYA = a_customer(a_shipped_order())
SAID = ("I ordered LF-77001 for Mrs Winter", "Write to help@larkfield.example. Call 0800-55512.")
HERS = [*own_words(MAYA), *SAID]


@pytest.mark.parametrize(
    "text",
    [
        "Hello, LF-20002 is on its way.",
        "Your order 20002 is on its way.",
        "Your order #20002 is on its way.",
        "See https://track.example/LF-20002.",
        "I have written to eve@else.example.",
        "Hi Eve,\nit comes today.",
        "It comes today.\nDear Eve Adams, sorry.",
        "I have spoken with Mr. Adams.",
        "Invoice inv 20002 is attached.",
    ],
)
def test_what_is_not_hers_is_found(text: str) -> None:
    assert not_hers(text, HERS)


def test_each_finding_says_what_it_is() -> None:
    found = not_hers("Hi Eve, write to eve@else.example about LF-20002 and LF-20002.", HERS)
    assert [(each.kind, each.text) for each in found] == [
        (LiteralKind.EMAIL, "eve@else.example"),
        (LiteralKind.IDENTIFIER, "LF-20002"),
        (LiteralKind.NAME, "Eve"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "It comes on Monday, March 9, in 3 days, for $20,000.00 or 12345 dollars.",
        "Hello there, dear customer.\nHi again, Good morning",
        "You asked about LF-77001 and Mrs. Winter; the number is 77001.",
        "Write to help@larkfield.example or call 0800-55512.",
        "It takes until 2027.",
    ],
)
def test_what_is_hers_or_nobodys_passes(text: str) -> None:
    assert not_hers(text, HERS) == ()


def test_her_own_data_passes() -> None:
    account, order = MAYA.account, MAYA.orders[0]
    text = f"Hi {account.first_name} {account.last_name},\n{order.id} goes to {account.address}; {account.email}."
    assert not_hers(text, own_words(MAYA)) == ()


def test_the_beginning_of_her_number_is_another_number() -> None:
    assert not_hers("LF-1048", ["LF-10483"])
