"""Send, hold or hand off: decided on the whole reply, from the flags, the playbook and the estimate."""

from collections.abc import Iterable, Sequence

from app.domain.concerns import Concern, concerns_in
from app.domain.playbook import Risk
from app.domain.reply import Delivery, DeliveryDecision, Flag, FlagReason, Origin, Reply, Severity
from app.pipeline.answer import Answered
from app.pipeline.gather import DANGER_INTENT, OFF_TOPIC, PERSON_INTENT
from app.pipeline.parts import Parts, Turn

_PATIENCE = 2
"""Unanswered turns in a row after which a person takes over instead of another wait."""


def decide(
    turn: Turn, answered: Sequence[Answered], reply: Reply | None, found: Sequence[Flag], parts: Parts
) -> tuple[DeliveryDecision, tuple[Flag, ...]]:
    """The decision, and all flags it rests on."""
    flags = [*found, *_of_words(turn, answered), *_of_cases(answered, parts)]
    if reply is None:
        flags.append(Flag(FlagReason.NO_CANDIDATE, Severity.HAND_OFF, "there is no reply to send or to check"))
    held = [flag for flag in flags if flag.severity is Severity.HOLD]
    if held and turn.state.failed_attempts >= _PATIENCE - 1:
        flags.append(Flag(FlagReason.REPEATED_FAILURE, Severity.HAND_OFF, "the turn before was not answered either"))
    reasons = tuple(flag for flag in flags if flag.severity is not Severity.NOTE)
    if any(flag.severity is Severity.HAND_OFF for flag in reasons):
        delivery = Delivery.HAND_OFF
    else:
        delivery = Delivery.HOLD if reasons else Delivery.SEND
    action = next((item.case.rule.action for item in answered if item.case.rule and item.case.rule.action), None)
    return DeliveryDecision(delivery, reasons, action if delivery is not Delivery.SEND else None), tuple(flags)


_CONCERNS = {
    Concern.EMERGENCY: (FlagReason.EMERGENCY, "a life may be at stake"),
    Concern.DANGER: (FlagReason.DANGER, "somebody was hurt, or could be"),
    Concern.LEGAL: (FlagReason.LEGAL_THREAT, "a lawyer, a court, a bank, an authority or the press is named"),
    Concern.SECURITY: (FlagReason.ACCOUNT_AT_RISK, "a card, an account or data may be in other hands"),
    Concern.PERSON: (FlagReason.PERSON_REQUESTED, "the customer asks for a person"),
}
_ANSWERED_AS = {Concern.DANGER: DANGER_INTENT, Concern.PERSON: PERSON_INTENT}


def _of_words(turn: Turn, answered: Sequence[Answered]) -> Iterable[Flag]:
    """What the customer's words alone give to a person, where the playbook does not give it to one by the intent."""
    rules = [item.case.rule for item in answered if item.case.rule]
    given = {rule.intent for rule in rules if rule.decision is Delivery.HAND_OFF}
    concerns = concerns_in(turn.text)
    for concern, (reason, detail) in _CONCERNS.items():
        if concern in concerns and _ANSWERED_AS.get(concern) not in given:
            yield Flag(reason, Severity.HAND_OFF, detail)


def _of_cases(answered: Sequence[Answered], parts: Parts) -> Iterable[Flag]:
    for item in answered:
        yield from _of_case(item, parts)


def _of_case(item: Answered, parts: Parts) -> Iterable[Flag]:
    case, rule = item.case, item.case.rule
    if case.records_down:
        yield Flag(FlagReason.CRM_DOWN, Severity.HAND_OFF, "the customer's records cannot be read")
        return
    if case.intent == OFF_TOPIC:
        yield Flag(FlagReason.OUT_OF_SCOPE, Severity.NOTE, f"out of scope ({case.request.prediction.in_scope:.2f})")
    if rule is not None and rule.decision is Delivery.HAND_OFF:
        reason = FlagReason.PERSON_REQUESTED if rule.intent == PERSON_INTENT else FlagReason.PLAYBOOK_HAND_OFF
        yield Flag(reason, Severity.HAND_OFF, f"the playbook hands {rule.key} to a person")
    elif rule is not None and (rule.decision is Delivery.HOLD or rule.risk is Risk.HIGH):
        yield Flag(FlagReason.PLAYBOOK_HOLD, Severity.HOLD, f"the playbook has a person check {rule.key}")
    if rule is not None and rule.shop is not None and rule.shop.holds_for(case.amount):
        severity = Severity.HAND_OFF if rule.shop.decision is Delivery.HAND_OFF else Severity.HOLD
        more = f" above {rule.shop.above}" if rule.shop.above is not None else ""
        yield Flag(FlagReason.SHOP_RULE, severity, f"decisions.yaml gives {rule.key}{more} to a person")
    if not item.candidates:
        return
    if item.chosen is None:
        yield from (flag for flag in item.candidates[0].violations)
        return
    if item.chosen.origin is Origin.DRAFTED and not (parts.policy.drafts_may_send and parts.verifier):
        yield Flag(FlagReason.UNVERIFIED_DRAFT, Severity.HOLD, "written by a model that may not send unseen")
    if item.chosen.origin is Origin.COMPOSED:  # a question back states nothing
        return
    estimate = item.chosen.estimate
    if estimate is None or estimate.probability < parts.policy.send_threshold:
        detail = f"estimate {estimate.probability:.2f} ({estimate.basis})" if estimate else "no estimate"
        yield Flag(FlagReason.LOW_CONFIDENCE, Severity.HOLD, detail)
