"""What no reply may break, rule by rule, and a reply that breaks none."""

import pytest

from app.domain.hard_rules import Offer, hard_rules, supports_of
from app.domain.playbook import SituationRule
from app.domain.reply import FlagReason, Severity
from app.playbook.loader import load_playbook
from app.playbook.phrases import load_voice

PLAYBOOK = load_playbook()
VOICE = load_voice()
LATE = SituationRule(
    intent="track_order",
    name="late",
    when={},
    means="The parcel is with Northway Post and late.",
    must_mention=("order_id", "days_late"),
    may_use=("delivery_date", "tracking_link"),
    next_steps=('"My orders", then "Track parcel"',),
    must_say=("late",),
)
SIGNS = {"order_status": "shipped", "shipment": "late"}
VALUES = {"order_id": "LF-1", "days_late": "3 days", "delivery_date": "Monday, March 2", "store_name": "Larkfield"}
GOOD = "Your order {order_id} is {days_late} late, and it is now expected on {delivery_date}."


def reasons(template: str, **signs: str) -> list[FlagReason]:
    offer = Offer(LATE, VALUES, SIGNS | signs, supports_of(LATE, ["A late parcel counts as lost after 7 days."]))
    flags = hard_rules(template, offer, PLAYBOOK, VOICE)
    assert all(flag.severity is Severity.HOLD and flag.detail for flag in flags)
    return [flag.reason for flag in flags]


@pytest.mark.parametrize(
    "template",
    [
        GOOD,
        f"{GOOD} Thank you for shopping with {{store_name}}.",
        f'{GOOD} Open "My orders", then "Track parcel".',
        f"{GOOD} We send it with Northway Post.",
        f"{GOOD} A parcel counts as lost after 7 days.",
        f"{GOOD} Would you like me to pass this to a colleague?",
    ],
)
def test_a_reply_that_keeps_to_its_situation_breaks_no_rule(template: str) -> None:
    assert reasons(template) == []


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (f"{GOOD} You get {{refund_amount}} back.", FlagReason.UNKNOWN_SLOT),
        (f"{GOOD} See {{tracking_link}}.", FlagReason.UNFILLED_SLOT),
        (f"{GOOD} See {{tracking-link}}.", FlagReason.UNKNOWN_SLOT),
        (f"{GOOD} A brace }} stays.", FlagReason.UNKNOWN_SLOT),
        ("Your order {order_id} is late.", FlagReason.MISSING_FACT),
        ("Your order {order_id} arrives {days_late} after the day first named.", FlagReason.MISSING_STATEMENT),
        (f"{GOOD} It was delivered.", FlagReason.WRONG_STATUS),
        (f"{GOOD} Your parcel is lost.", FlagReason.WRONG_STATUS),
        (f"{GOOD} I have passed it on.", FlagReason.UNDONE_ACTION),
        (f"{GOOD} I promise that it arrives.", FlagReason.PROMISE),
        (f"{GOOD} It arrives tomorrow.", FlagReason.UNSUPPORTED_LITERAL),
        (f"{GOOD} It takes 9 days.", FlagReason.UNSUPPORTED_LITERAL),
        (f"{GOOD} We send it with Southern Cargo.", FlagReason.UNSUPPORTED_LITERAL),
        (f"{GOOD} Thank you!", FlagReason.BRAND_VOICE),
        (f"{GOOD} Sorry for the inconvenience.", FlagReason.BRAND_VOICE),
        (f"{GOOD}{' It is on its way.' * 6}", FlagReason.BRAND_VOICE),
    ],
)
def test_a_reply_that_breaks_a_rule_is_flagged_for_it(template: str, reason: FlagReason) -> None:
    assert reasons(template) == [reason]


def test_a_true_reply_is_false_for_another_state_of_the_records() -> None:
    assert reasons(GOOD, shipment="on_time") == [FlagReason.WRONG_STATUS]


def test_every_rule_that_is_broken_is_named() -> None:
    found = reasons("I have refunded {refund_amount}, and {order_id} comes tomorrow!")

    assert set(found) == {
        FlagReason.UNKNOWN_SLOT,
        FlagReason.MISSING_FACT,
        FlagReason.MISSING_STATEMENT,
        FlagReason.UNDONE_ACTION,
        FlagReason.UNSUPPORTED_LITERAL,
        FlagReason.BRAND_VOICE,
        FlagReason.WRONG_STATUS,
    }


def test_an_offer_holds_the_slots_that_are_allowed_and_known() -> None:
    offer = Offer(LATE, VALUES | {"refund_amount": "$5"}, SIGNS, ())

    assert offer.slots == {"order_id", "days_late", "delivery_date", "store_name"}
