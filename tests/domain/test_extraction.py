"""What a message names, read by its shape."""

import pytest

from app.domain.extraction import entities_in, move_in, numbers_in, signs_of_message
from app.domain.signs import VOCABULARY
from app.domain.understanding import Move


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("LF-10482", ("LF-10482",)),
        ("where is lf 10482?", ("lf 10482",)),
        ("order #10482", ("10482",)),
        ("order number 10482", ("10482",)),
        ("invoice no. 50017", ("50017",)),
        ("10482 and 10483", ("10482", "10483")),
        ("LF-10482, I live in 90210", ("LF-10482",)),
        ("please send it to 12 Elm Street, Madison 53704", ()),
        ("Portland, OR 97205", ()),
        ("my zip code is 97205", ()),
        ("Hi, where is order 53704", ("53704",)),
        ("LF 53704", ("LF 53704",)),
        ("LF-10482 LF-10482", ("LF-10482",)),
        ("I paid $10482", ()),
        ("on 2026-03-02 at 10:30", ()),
        ("I ordered 2 tents", ()),
        ("no number at all", ()),
    ],
)
def test_order_and_invoice_numbers_are_found_and_nothing_else_is_one(text: str, numbers: tuple[str, ...]) -> None:
    assert numbers_in(text) == numbers


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("the second one", 2),
        ("the 2nd one please", 2),
        ("cancel my first order", 1),
        ("second", 2),
        ("the last one", -1),
        ("my most recent order", -1),
        ("wait a second", None),
        ("first of all, where is it", None),
        ("my last name is wrong", None),
    ],
)
def test_a_position_counts_only_when_it_names_something(text: str, position: int | None) -> None:
    assert entities_in(text).ordinal == position


def test_everything_a_message_names_is_read_at_once() -> None:
    found = entities_in("Ms. Hawkings, a@b.example, wants $500 for LF-10482 from Jane Doe")

    assert found.emails == ("a@b.example",)
    assert found.amounts == ("$500",)
    assert found.numbers == ("LF-10482",)
    assert "Jane Doe" in found.people


@pytest.mark.parametrize(
    "text", ["yes", "Yes please", "yep", "ok", "OK, thanks", "sure, go ahead", "please do", "yes, that would be great."]
)
def test_a_bare_yes_accepts(text: str) -> None:
    assert move_in(text) is Move.AFFIRM


@pytest.mark.parametrize("text", ["no", "No thanks", "nope", "not now", "never mind", "no, that's all", "no need"])
def test_a_bare_no_declines(text: str) -> None:
    assert move_in(text) is Move.DENY


@pytest.mark.parametrize(
    "text",
    [
        "yes but where is my parcel",
        "no, I want my money back",
        "ok so how do I cancel",
        "no parcel has come",
        "please cancel my order",
        "yesterday",
        "",
    ],
)
def test_a_yes_or_no_with_more_behind_it_is_a_request(text: str) -> None:
    assert move_in(text) is Move.REQUEST


@pytest.mark.parametrize(
    "text", ["unsubscribe me", "stop the emails", "I don't want your newsletter", "opt out please"]
)
def test_wanting_out_is_heard(text: str) -> None:
    assert signs_of_message(text, entities_in(text))["direction"] == "out"


@pytest.mark.parametrize("text", ["sign me up", "subscribe to the newsletter", "I want your news"])
def test_wanting_in_is_heard(text: str) -> None:
    assert signs_of_message(text, entities_in(text))["direction"] == "in"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("do you deliver to Canada", "yes"),
        ("shipping to the uk?", "yes"),
        ("do you ship internationally", "yes"),
        ("can you deliver on Monday", "no"),
        ("deliver to My house", "no"),
        ("I live in berlin, can I order", "yes"),
        ("shipping to northern ireland?", "yes"),
        ("how long does delivery take", "no"),
    ],
)
def test_a_place_is_heard(text: str, named: str) -> None:
    assert signs_of_message(text, entities_in(text))["place_named"] == named


def test_a_person_is_heard() -> None:
    assert signs_of_message("", entities_in("the invoices from Mr. Smith"))["person_named"] == "yes"
    assert signs_of_message("", entities_in("the invoices from last month"))["person_named"] == "no"


@pytest.mark.parametrize(("text", "named"), [("where is LF-10482", "yes"), ("where is my order", "no")])
def test_a_number_is_heard(text: str, named: str) -> None:
    assert signs_of_message(text, entities_in(text))["number_named"] == named


def test_every_sign_of_a_message_is_one_that_the_playbook_knows() -> None:
    for sign, value in signs_of_message("", entities_in("")).items():
        assert value in VOCABULARY[sign]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("shipping to Mexico", "elsewhere"),
        ("do you deliver to germany or france", "elsewhere"),
        ("deliver to canada", "yes"),
        ("can you send it to mexico or to canada", "yes"),
        ("shipping to the uk?", "yes"),
        ("shipping to Northern Ireland", "yes"),
        ("shipping to Springfield", "yes"),
        ("how long does delivery take", "no"),
    ],
)
def test_a_country_that_is_not_served_is_told_from_one_that_is(text: str, named: str) -> None:
    served = "the United States, Canada, the United Kingdom and Ireland"
    assert signs_of_message(text, entities_in(text), delivered_to=served)["place_named"] == named
