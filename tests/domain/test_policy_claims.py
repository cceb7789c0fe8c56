"""What a reply says about the shop's rules stands somewhere, with the same yes or no."""

import pytest

from app.domain.policy_claims import in_another_role, of_the_wrong_kind, statements, unsupported

PAGE = (
    "If something does not suit you, you can send it back within 30 days of delivery. A return costs $4.90, which is "
    "taken off your refund. Gift cards cannot be returned, and neither can items that have been worn outdoors or "
    "washed. Unused items with all their parts can be returned. A packed order cannot be stopped. Express delivery "
    "costs $12.90. We send the money within 5 business days after your return arrives."
)


def found(text: str) -> list[str]:
    return unsupported(text, [PAGE], 0.4)


@pytest.mark.parametrize(
    "text",
    [
        "You can send it back within {return_days} of delivery.",
        "Gift cards cannot be returned.",
        "Unused items can be returned with all their parts.",
        "Items that have been washed cannot be returned.",
        "A packed order can not be stopped any more.",
        "It has arrived. Then you can return it, unused and with all its parts.",
    ],
)
def test_what_the_page_says_is_let_through(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Gift cards can be returned.",
        "Unused items with all their parts cannot be returned.",
        "A packed order can be stopped.",
        "You cannot send it back within 30 days of delivery.",
        "You can collect the parcel at our store on Sundays.",
        "Members may pay in monthly instalments.",
        "We replace broken zips for free.",
    ],
)
def test_what_the_page_does_not_say_or_denies_is_found(text: str) -> None:
    assert found(f"Thank you for asking. {text}") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "I can pass this to a colleague.",
        "A colleague can look into it.",
        "Can you send me the number?",
        "Your parcel is late, and I am sorry about that.",
        "Please tell me which order you mean, so that I can look.",
        "Open the order and select it.",
    ],
)
def test_offers_questions_and_news_are_no_statements_about_rules(text: str) -> None:
    assert statements(text) == []


def test_a_slot_stands_where_the_page_has_its_value() -> None:
    values = {"return_days": "30 days", "express_fee": "$12.90"}

    assert in_another_role("Send it back within {return_days}.", values, [PAGE]) == []
    assert in_another_role("The warranty runs for {return_days}.", values, [PAGE]) == ["return_days"]
    assert in_another_role("Your order {order_id} is late.", values, [PAGE]) == []


@pytest.mark.parametrize(
    "text", ["It arrives within $4.90.", "A return costs 30 days.", "The fee is 3 to 5 business days."]
)
def test_a_fee_is_no_span_and_a_span_no_fee(text: str) -> None:
    assert len(of_the_wrong_kind(text)) == 1


@pytest.mark.parametrize(
    "text", ["It arrives within 5 days.", "A return costs $4.90.", "It takes 3 to 5 business days."]
)
def test_fees_and_spans_in_their_places_are_let_through(text: str) -> None:
    assert of_the_wrong_kind(text) == []
