"""Send, hold or hand off: what each finding does, and that nothing of a held reply is said."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.calibration import Calibration, Step
from app.domain.conversation import DialogueState
from app.domain.playbook import Playbook, Risk
from app.domain.reply import Delivery, DeliveryDecision, Flag, FlagReason, Reply, Severity
from app.pipeline.decide import decide
from app.pipeline.deliver import what_she_is_told
from app.pipeline.parts import Parts, Turn
from app.pipeline.turn import TurnOutcome
from tests.builders import NOW
from tests.pipeline.chain import MAYA, SAMUEL, GivenIntent, KeywordIntents, build_parts, talk

PARTS = build_parts()
OUTCOME: TurnOutcome = talk(MAYA, PARTS).outcome("where is my parcel")
REPLY = Reply("It is late.", "It is late.")
NO_FLAGS: tuple[Flag, ...] = ()


def a_turn(failed: int = 0) -> Turn:
    record = OUTCOME.record
    return Turn(record.id, record.conversation_id, MAYA, ("where is it",), DialogueState(failed_attempts=failed), NOW)


def decided(*found: Flag, reply: Reply | None = REPLY, failed: int = 0) -> DeliveryDecision:
    return decide(a_turn(failed), OUTCOME.answered, reply, found, PARTS)[0]


def flag(severity: Severity, reason: FlagReason = FlagReason.BRAND_VOICE) -> Flag:
    return Flag(reason, severity, "found")


def with_rule(parts: Parts, key: str, **changes: Any) -> Parts:  # noqa: ANN401 - whichever fields a test changes
    """The same parts, one situation of the playbook changed."""
    intent = key.partition("/")[0]
    entry = parts.playbook.intents[intent]
    rules = tuple(replace(rule, **changes) if rule.key == key else rule for rule in entry.situations)
    intents = {**parts.playbook.intents, intent: replace(entry, situations=rules)}
    return replace(parts, playbook=Playbook(intents, parts.playbook.claims, parts.playbook.version))


def test_a_reply_without_findings_is_sent() -> None:
    assert decided() == DeliveryDecision(Delivery.SEND)


@pytest.mark.parametrize("reason", list(FlagReason))
@pytest.mark.parametrize(
    ("severity", "delivery"),
    [(Severity.NOTE, Delivery.SEND), (Severity.HOLD, Delivery.HOLD), (Severity.HAND_OFF, Delivery.HAND_OFF)],
)
def test_the_severity_of_a_finding_decides(reason: FlagReason, severity: Severity, delivery: Delivery) -> None:
    decision = decided(flag(severity, reason))

    assert decision.delivery is delivery
    assert [each.reason for each in decision.reasons] == ([] if delivery is Delivery.SEND else [reason])


def test_the_gravest_finding_counts() -> None:
    assert decided(flag(Severity.NOTE), flag(Severity.HAND_OFF), flag(Severity.HOLD)).delivery is Delivery.HAND_OFF
    assert decided(flag(Severity.NOTE), flag(Severity.HOLD)).delivery is Delivery.HOLD


def test_without_a_reply_a_person_takes_over() -> None:
    decision = decided(reply=None)

    assert decision.delivery is Delivery.HAND_OFF
    assert [each.reason for each in decision.reasons] == [FlagReason.NO_CANDIDATE]


def test_a_second_hold_in_a_row_hands_over() -> None:
    assert decided(flag(Severity.HOLD), failed=0).delivery is Delivery.HOLD
    second = decided(flag(Severity.HOLD), failed=1)
    assert second.delivery is Delivery.HAND_OFF
    assert FlagReason.REPEATED_FAILURE in {each.reason for each in second.reasons}


def test_a_good_reply_after_a_failure_is_sent() -> None:
    assert decided(failed=5).delivery is Delivery.SEND


@pytest.mark.parametrize(
    ("changes", "reason", "delivery"),
    [
        ({"decision": Delivery.HOLD}, FlagReason.PLAYBOOK_HOLD, Delivery.HOLD),
        ({"risk": Risk.HIGH}, FlagReason.PLAYBOOK_HOLD, Delivery.HOLD),
        ({"decision": Delivery.HAND_OFF}, FlagReason.PLAYBOOK_HAND_OFF, Delivery.HAND_OFF),
    ],
)
def test_the_playbook_has_the_last_word(changes: dict[str, object], reason: FlagReason, delivery: Delivery) -> None:
    record = talk(MAYA, with_rule(PARTS, "track_order/late", **changes)).says("where is my parcel")

    assert record.decision.delivery is delivery
    assert reason in {each.reason for each in record.flags}


def test_an_action_is_named_only_when_a_person_gets_to_see_it() -> None:
    assert talk(SAMUEL, PARTS).says("cancel my order").decision.action is None
    held = talk(SAMUEL, with_rule(PARTS, "cancel_order/can_cancel", decision=Delivery.HOLD)).says("cancel my order")
    assert held.decision.action == "cancel_order"


def test_a_reply_below_the_threshold_is_held() -> None:
    record = talk(MAYA, build_parts(send_threshold=0.99)).says("where is my parcel")

    assert record.decision.delivery is Delivery.HOLD
    assert [each.reason for each in record.decision.reasons] == [FlagReason.LOW_CONFIDENCE]


def test_a_calibrated_estimate_decides_and_says_on_how_many_verdicts_it_rests() -> None:
    doubtful = Calibration("calibration@abc", 735, {}, 0.0, (Step(0.8, 0.9, 0.03, 0.05),))
    record = talk(MAYA, replace(PARTS, calibration=doubtful)).says("where is my parcel")

    assert record.decision.delivery is Delivery.HOLD
    assert "735 judged replies" in record.decision.reasons[0].detail


def test_a_question_back_is_asked_whatever_risk_is_accepted() -> None:
    parts = replace(build_parts(send_threshold=1.01), classifier=KeywordIntents(confidence=0.45))

    assert talk(MAYA, parts).says("where is my parcel").decision.delivery is Delivery.SEND


def test_an_intent_that_is_unsure_is_asked_about_once_and_then_goes_to_a_person() -> None:
    conversation = talk(MAYA, replace(PARTS, classifier=KeywordIntents(confidence=0.45)))

    first = conversation.says("where is my parcel")
    second = conversation.says("where is my parcel")

    assert first.decision.delivery is Delivery.SEND
    assert "Could you put it in other words?" in first.delivered
    assert "You have ordered from us" not in first.delivered
    assert second.decision.delivery is Delivery.HAND_OFF


def test_what_may_be_a_danger_is_never_answered_with_a_question() -> None:
    ranked = (("damaged_item", 0.4), ("safety_incident", 0.3), ("complaint", 0.2))
    record = talk(MAYA, replace(PARTS, classifier=GivenIntent(ranked))).says("it smells burnt")

    assert record.decision.delivery is not Delivery.SEND


def test_a_question_that_is_only_perhaps_foreign_is_asked_about_and_not_declined() -> None:
    ranked = (("off_topic", 0.6), ("check_payment_methods", 0.3))
    record = talk(MAYA, replace(PARTS, classifier=GivenIntent(ranked, in_scope=0.2))).says("which ones do you take")

    assert "Could you put it in other words?" in record.delivered


def test_a_message_without_a_word_in_it_is_asked_about_and_not_declined() -> None:
    parts = replace(PARTS, classifier=GivenIntent((("off_topic", 0.95),), in_scope=0.01))

    assert "Could you put it in other words?" in talk(MAYA, parts).says("😡😡😡").delivered


def test_two_intents_about_as_likely_are_a_question() -> None:
    parts = replace(PARTS, classifier=KeywordIntents(confidence=0.45))

    record = talk(MAYA, parts).says("where can I cancel")

    assert record.decision.delivery is Delivery.SEND
    assert 'Is it about "Cancel my order" or about "Where is my order?"?' in record.delivered


@pytest.mark.parametrize("failed_before", [0, 1])
def test_nothing_of_a_held_reply_is_said(failed_before: int) -> None:
    conversation = talk(MAYA, build_parts(send_threshold=0.99))
    for _ in range(failed_before):
        conversation.says("where is my parcel")

    record = conversation.says("where is my parcel")

    assert record.proposed is not None
    assert "LF-10482" in record.proposed.text
    for value in ("LF-10482", "Maya", "late", "March"):
        assert value not in record.delivered


def test_a_held_turn_says_that_a_person_looks_and_the_second_one_that_she_takes_over() -> None:
    conversation = talk(MAYA, build_parts(send_threshold=0.99))

    first, second = conversation.says("where is my parcel"), conversation.says("where is my parcel")

    assert (
        first.delivered
        == "Thank you, I am having a colleague look at this before I answer. You will get the reply here."
    )
    assert second.decision.delivery is Delivery.HAND_OFF
    assert second.delivered.startswith("I am handing this over to a colleague, who will answer you here.")


TOLD = [
    (FlagReason.UNSPOKEN_LANGUAGE, "It is late."),
    (FlagReason.PERSON_REQUESTED, "It is late."),
    (FlagReason.PLAYBOOK_HAND_OFF, "It is late."),
    (FlagReason.CRM_DOWN, "I cannot see our order records at the moment"),
    (FlagReason.NO_CANDIDATE, "I am handing this over to a colleague"),
    (FlagReason.REPEATED_FAILURE, "I am handing this over to a colleague"),
]


@pytest.mark.parametrize(("reason", "begins"), TOLD)
def test_a_hand_off_says_why(reason: FlagReason, begins: str) -> None:
    decision = DeliveryDecision(Delivery.HAND_OFF, (flag(Severity.HAND_OFF, reason),))

    assert what_she_is_told(REPLY, decision, PARTS).startswith(begins)


def test_a_reply_with_a_fault_is_not_said_even_when_a_person_takes_over() -> None:
    reasons = (flag(Severity.HAND_OFF, FlagReason.PLAYBOOK_HAND_OFF), flag(Severity.HOLD, FlagReason.PROMISE))

    told = what_she_is_told(REPLY, DeliveryDecision(Delivery.HAND_OFF, reasons), PARTS)

    assert REPLY.text not in told


def test_without_hours_on_the_pages_the_notice_names_none() -> None:
    parts = replace(PARTS, knowledge=replace(PARTS.knowledge, pages={}))
    decision = DeliveryDecision(Delivery.HAND_OFF, (flag(Severity.HAND_OFF, FlagReason.NO_CANDIDATE),))

    assert what_she_is_told(None, decision, parts) == PARTS.notices.handed_off
