"""Every kind of literal is found, and only what the records or the pages say supports it."""

import pytest

from app.domain.literals import LiteralKind, literals_in, unsupported

EACH_KIND = [
    (LiteralKind.LINK, "Look at https://shop.example/help now.", "https://shop.example/help"),
    (LiteralKind.LINK, "Look at www.shop.example/help now.", "www.shop.example/help"),
    (LiteralKind.EMAIL, "Write to help@shop.example please.", "help@shop.example"),
    (LiteralKind.AMOUNT, "It costs $4.90 to return.", "$4.90"),
    (LiteralKind.AMOUNT, "It costs € 1,200 in all.", "€ 1,200"),
    (LiteralKind.AMOUNT, "It costs £5.", "£5"),
    (LiteralKind.AMOUNT, "It costs 20 dollars.", "20 dollars"),
    (LiteralKind.AMOUNT, "You save 15% today.", "15%"),
    (LiteralKind.AMOUNT, "It costs 500 USD.", "500 USD"),
    (LiteralKind.AMOUNT, "We owe you five hundred dollars.", "five hundred dollars"),
    (LiteralKind.AMOUNT, "You save twenty percent.", "twenty percent"),
    (LiteralKind.DATE, "It arrives on Monday.", "Monday"),
    (LiteralKind.DATE, "It arrives on March 4.", "March 4"),
    (LiteralKind.DATE, "It arrives on 4 March.", "4 March"),
    (LiteralKind.DATE, "It arrives tomorrow.", "tomorrow"),
    (LiteralKind.DATE, "It arrives next week.", "next week"),
    (LiteralKind.SPAN, "It takes two business days.", "two business days"),
    (LiteralKind.SPAN, "It takes a few weeks.", "a few weeks"),
    (LiteralKind.IDENTIFIER, "It is order LF-10482.", "LF-10482"),
    (LiteralKind.IDENTIFIER, "It is order 10482.", "10482"),
    (LiteralKind.IDENTIFIER, "It is invoice INV-501.", "INV-501"),
    (LiteralKind.NUMBER, "You bought 3 of them.", "3"),
    (LiteralKind.NUMBER, "It is open from 9:00 on.", "9:00"),
    (LiteralKind.NAME, "Please ask Jonathan about it.", "Jonathan"),
    (LiteralKind.NAME, "We send it with Northway Post, as always.", "Northway Post"),
]


@pytest.mark.parametrize(("kind", "text", "literal"), EACH_KIND)
def test_every_kind_of_literal_is_found(kind: LiteralKind, text: str, literal: str) -> None:
    assert (kind, literal) in [(found.kind, found.text.rstrip(".")) for found in literals_in(text)]


@pytest.mark.parametrize(("kind", "text", "literal"), EACH_KIND)
def test_a_literal_that_stands_nowhere_is_unsupported(kind: LiteralKind, text: str, literal: str) -> None:
    found = unsupported(text, ["Our pages say nothing of that."])

    assert literal in [each.text.rstrip(".") for each in found]


@pytest.mark.parametrize(("kind", "text", "literal"), EACH_KIND)
def test_a_literal_that_a_fact_or_a_page_holds_is_supported(kind: LiteralKind, text: str, literal: str) -> None:
    assert literal not in [found.text.rstrip(".") for found in unsupported(text, [f"The page says {literal} here"])]


@pytest.mark.parametrize(
    "text",
    [
        'Open "My orders" and choose the order.',
        "Your parcel is on its way. You can follow it under its link.",
        "I am sorry about that; please tell us what is wrong.",
        "We may ask for a photo in the end.",
    ],
)
def test_plain_words_hold_no_literal(text: str) -> None:
    assert [literal for literal in literals_in(text) if literal.kind is not LiteralKind.NAME] == []


def test_a_stretch_of_text_counts_once_as_its_most_specific_kind() -> None:
    assert [literal.kind for literal in literals_in("it costs $1,500.00 on March 4")] == [
        LiteralKind.AMOUNT,
        LiteralKind.DATE,
    ]


def test_her_own_number_may_be_echoed() -> None:
    assert unsupported("I cannot find LF-99999 here.", [], echoes=["LF-99999"]) == []
    assert unsupported("I cannot find 99999 here.", [], echoes=["LF-99999"]) == []
    assert unsupported("I cannot find LF-99999 here.", [], echoes=["99999"]) == []


@pytest.mark.parametrize("text", ["You bought 3 of them.", "That makes 104 in all.", "It is order 1048."])
def test_a_part_of_her_number_is_no_echo_of_it(text: str) -> None:
    assert unsupported(text, [], echoes=["LF-10483"]) != []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("We owe you $500.", "$500"),
        ("You get 20 dollars back.", "20 dollars"),
        ("You get 500 USD back.", "500"),
        ("It arrives on March 4.", "March 4"),
        ("It arrives tomorrow.", "tomorrow"),
        ("It takes two days.", "two days"),
        ("Write to help@evil.example now.", "help@evil.example"),
        ("Look at https://evil.example now.", "https://evil.example"),
        ("Please ask Jonathan about it.", "Jonathan"),
    ],
)
def test_her_words_never_support_anything_but_a_number(text: str, said: str) -> None:
    assert unsupported(text, [], echoes=[said]) != []


@pytest.mark.parametrize(
    ("literal", "support"),
    [("$4.90", "$14.90"), ("10482", "LF-104829"), ("March 4", "March 42"), ("3", "30 days"), ("30", "130 days")],
)
def test_a_part_of_another_value_supports_nothing(literal: str, support: str) -> None:
    assert unsupported(f"it is {literal} now", [support]) != []


def test_support_does_not_depend_on_case() -> None:
    assert unsupported("we send it with Northway Post", ["northway post"]) == []
