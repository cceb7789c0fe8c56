"""Past replies are held against the shipped playbook by the hard rules, as far as a situation settles what is true."""

import pytest

from app.domain.reply import FlagReason
from app.domain.retrieval import PolicyPassage
from app.domain.standing import certain_signs, problems
from app.playbook.loader import SHIPPED, load_playbook
from app.playbook.phrases import load_voice
from ingestion.demo.shop import POLICIES
from ingestion.sources.knowledge import read_pages

PAGES, PASSAGES = read_pages(POLICIES)
PLAYBOOK = load_playbook(pages={page.id: frozenset(page.facts) for page in PAGES})
VOICE = load_voice(SHIPPED)
BY_PAGE: dict[str, list[PolicyPassage]] = {
    page.id: [passage for passage in PASSAGES if passage.page_id == page.id] for page in PAGES
}
POLICY = "check_refund_policy/policy"


def found(situation: str, reply: str) -> set[FlagReason]:
    rule = PLAYBOOK.rule(situation)
    assert rule is not None
    return {flag.reason for flag in problems(reply, rule, PLAYBOOK, VOICE, BY_PAGE)}


def test_a_good_reply_has_no_problem() -> None:
    assert found(POLICY, "You have {return_days} to send it back, and the money comes within {refund_days}.") == set()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("You have {return_days} to send it back.", FlagReason.MISSING_FACT),
        ("{return_days}, {refund_days}, and {order_id} is yours.", FlagReason.UNKNOWN_SLOT),
        ("{return_days}, {refund_days} and {Return Days}.", FlagReason.UNKNOWN_SLOT),
        ("{return_days} and {refund_days}, or 77 days for friends.", FlagReason.UNSUPPORTED_LITERAL),
        ("You have {return_days}, then {refund_days}!", FlagReason.BRAND_VOICE),
    ],
)
def test_a_reply_that_breaks_a_rule_is_refused_for_it(reply: str, reason: FlagReason) -> None:
    assert reason in found(POLICY, reply)


def test_a_number_that_a_page_of_the_situation_writes_is_supported() -> None:
    (returns,) = (page for page in PAGES if page.id == "returns")
    text = f"Within {returns.facts['return_days']}, so {{return_days}}; the money takes {{refund_days}}."
    assert found(POLICY, text) == set()


@pytest.mark.parametrize("slot", ["return_days", "refund_days", "store_name"])
def test_the_facts_of_a_situations_pages_and_the_shops_name_are_always_offered(slot: str) -> None:
    assert FlagReason.UNKNOWN_SLOT not in found(POLICY, f"{{return_days}}, {{refund_days}}: {{{slot}}}.")


@pytest.mark.parametrize(
    ("situation", "sign", "value"),
    [
        ("track_order/late", "order_status", "shipped"),
        ("get_refund/window_open", "shipment", "delivered"),
        ("get_refund/window_open", "order_status", "delivered"),
        ("get_refund/lost", "order_status", "shipped"),
    ],
)
def test_a_situation_settles_more_than_it_names(situation: str, sign: str, value: str) -> None:
    rule = PLAYBOOK.rule(situation)
    assert rule is not None
    assert certain_signs(rule)[sign] == value


def test_a_sign_that_may_have_two_values_is_not_settled() -> None:
    rule = PLAYBOOK.rule("get_refund/on_its_way")
    assert rule is not None
    assert len(rule.when["order_status"]) > 1
    assert "order_status" not in certain_signs(rule)


LATE = "Your order {order_id} is {days_late} late and expected on {delivery_date}."


def test_a_status_that_the_situation_rules_out_is_refused() -> None:
    assert FlagReason.WRONG_STATUS not in found("track_order/late", LATE)
    assert FlagReason.WRONG_STATUS in found("track_order/late", f"{LATE} It has been delivered.")


def test_a_status_that_the_situation_leaves_open_is_left_to_the_turn() -> None:
    open_status = "The refund for {order_id} was {refund_amount}, and your refund has been paid out."
    assert FlagReason.WRONG_STATUS not in found("track_order/late", f"{LATE} {open_status}")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("I have cancelled your order.", FlagReason.UNDONE_ACTION),
        ("I have refunded you.", FlagReason.UNDONE_ACTION),
    ],
)
def test_an_action_that_nobody_took_is_refused_everywhere(reply: str, reason: FlagReason) -> None:
    for situation in ("track_order/late", POLICY, "greeting/welcome"):
        assert reason in found(situation, reply)
