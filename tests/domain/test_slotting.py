"""Values back into slots: what is recognised, what is left, and that filling it gives the words again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.facts import fill_slots
from app.domain.literals import LiteralKind
from app.domain.slotting import Recognised, into_slots

VALUES = {
    "first_name": "Maya",
    "order_id": "LF-10483",
    "delivery_date": "Monday, March 9",
    "items": "Trail Shoes and 1 other item",
    "product": "Trail Shoes",
    "carrier": "UPS",
    "days_late": "2",
}


def test_every_value_becomes_its_slot_and_is_named() -> None:
    found = into_slots("Hi Maya, LF-10483 comes on Monday, March 9.", VALUES)
    assert found.text == "Hi {first_name}, {order_id} comes on {delivery_date}."
    assert found.recognised == (
        Recognised("first_name", "Maya"),
        Recognised("order_id", "LF-10483"),
        Recognised("delivery_date", "Monday, March 9"),
    )
    assert found.literals == ()


def test_the_longer_value_goes_first() -> None:
    assert into_slots("Trail Shoes and 1 other item", VALUES).text == "{items}"
    assert into_slots("the Trail Shoes", VALUES).text == "the {product}"


def test_letters_of_either_size_are_the_same_and_what_was_written_is_shown() -> None:
    found = into_slots("your lf-10483", VALUES)
    assert (found.text, found.recognised) == ("your {order_id}", (Recognised("order_id", "lf-10483"),))


def test_a_value_inside_a_word_or_a_number_is_not_one() -> None:
    assert into_slots("UPSet about LF-104831", VALUES).text == "UPSet about LF-104831"


def test_a_single_sign_stands_everywhere_by_chance() -> None:
    found = into_slots("It is 2 days late.", VALUES)
    assert found.text == "It is 2 days late."
    assert [literal.text for literal in found.literals] == ["2"]


def test_a_slot_that_the_person_wrote_herself_stays() -> None:
    found = into_slots("{order_id} and Maya", {**VALUES, "x": "order_id"})
    assert (found.text, len(found.recognised)) == ("{order_id} and {first_name}", 1)


def test_of_two_slots_with_one_value_the_drafts_own_wins() -> None:
    values = {"refund_amount": "$20.00", "order_total": "$20.00"}
    assert into_slots("$20.00", values).text == "{order_total}"
    assert into_slots("$20.00", values, ("refund_amount",)).text == "{refund_amount}"


def test_a_single_sign_is_a_value_where_the_draft_had_its_slot() -> None:
    assert into_slots("It is 2 days late.", VALUES, ("days_late",)).text == "It is {days_late} days late."


def test_a_value_of_several_slots_is_unsure_unless_the_draft_had_one_of_them() -> None:
    values = {"order_date": "May 3", "paid_on": "May 3"}
    assert into_slots("Paid on May 3.", values).unsure == (Recognised("order_date", "May 3"),)
    assert into_slots("Paid on May 3.", values, ("paid_on",)).unsure == ()
    assert into_slots("Not paid.", values).unsure == ()


def test_a_short_value_whose_slot_the_draft_had_not_is_unsure() -> None:
    assert into_slots("UPS has it.", VALUES).unsure == (Recognised("carrier", "UPS"),)
    assert into_slots("UPS has it.", VALUES, ("carrier",)).unsure == ()
    assert into_slots("Maya, it is here.", VALUES).unsure == ()


def test_what_stands_for_no_slot_is_named() -> None:
    found = into_slots("Maya, call 0800 12345 before Friday or write to help@shop.example.", VALUES)
    kinds = {literal.kind: literal.text for literal in found.literals}
    assert kinds[LiteralKind.EMAIL] == "help@shop.example"
    assert kinds[LiteralKind.DATE] == "Friday"
    assert LiteralKind.IDENTIFIER in kinds


@pytest.mark.parametrize("values", [{}, {"x": ""}, {"x": "  "}, {"x": "1"}])
def test_without_values_nothing_is_recognised(values: dict[str, str]) -> None:
    assert into_slots("Hi 1", values).recognised == ()


@given(
    st.lists(
        st.sampled_from([*VALUES.values(), "and", "is on its way", "ß", "İ", ",", "{order_id}", "{", "}"]), max_size=8
    )
)
def test_filled_again_it_says_the_same(words: list[str]) -> None:
    text = " ".join(words)
    filled = fill_slots(into_slots(text, VALUES).text, VALUES)
    assert filled.casefold() == fill_slots(text, VALUES).casefold()
