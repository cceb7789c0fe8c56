"""What the customer is told, and what is remembered for the next turn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.conversation import Conversation, DialogueState, OpenQuestion
from app.domain.people import ON_DUTY_FOR
from app.domain.reply import Candidate, Delivery, DeliveryDecision, FlagReason, Origin, Reply, Severity
from app.domain.turn import TurnRecord
from app.pipeline.answer import Answered
from app.pipeline.clarify import REPHRASE
from app.pipeline.compose import notice
from app.pipeline.mail import mail_question
from app.pipeline.parts import Parts, Turn

_REMEMBERED = 30
"""How many used replies a conversation remembers."""
_SPEAKS_FOR_ITSELF = frozenset(
    {FlagReason.UNSPOKEN_LANGUAGE, FlagReason.PERSON_REQUESTED, FlagReason.PLAYBOOK_HAND_OFF}
)
"""Hand-offs whose reply is itself the notice that a person takes over."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What the customer is told of the wait for a person; empty while somebody is there."""

    text: str
    asks: OpenQuestion | None = None


def what_she_is_told(reply: Reply | None, decision: DeliveryDecision, parts: Parts) -> str:
    """The reply when it is sent; else a ready sentence that says who takes a look, never a word of a held reply."""
    if decision.delivery is Delivery.SEND and reply is not None:
        return reply.text
    if decision.delivery is Delivery.HOLD:
        return notice(parts.notices.held, parts).text
    reasons = {flag.reason for flag in decision.reasons}
    held = any(flag.severity is Severity.HOLD for flag in decision.reasons)
    if reply is not None and not held and reasons <= _SPEAKS_FOR_ITSELF:
        return reply.text
    if FlagReason.CRM_DOWN in reasons:
        return notice(parts.notices.records_down, parts).text
    return notice(parts.notices.handed_off, parts).text


def until_when(parts: Parts) -> str:
    """How long it may take until a person answers, in a sentence; empty while somebody is there."""
    if parts.hours is None:
        return ""
    now = parts.clock.now()
    is_open = parts.hours.is_open(now)
    if is_open and (parts.presence is None or parts.presence.on_duty(now - ON_DUTY_FOR)):
        return ""
    opening = None if is_open else parts.hours.opens_next(now)
    if opening is None:
        return notice(parts.notices.wait_busy, parts).text
    return notice(parts.notices.wait_closed, parts, {"opens_next": parts.hours.said(opening, now)}).text


def told_to_wait(record: TurnRecord, conversation: Conversation, parts: Parts) -> tuple[TurnRecord, Wait]:
    """The record with a notice that says how long a person may take, and what the customer is asked meanwhile. A
    reply that was sent, and a notice in a language that the sentences are not in, stay as they are."""
    reasons = {flag.reason for flag in record.decision.reasons}
    if record.decision.delivery is Delivery.SEND or FlagReason.UNSPOKEN_LANGUAGE in reasons:
        return record, Wait("")
    wait = the_wait(conversation, parts)
    return replace(record, delivered="\n\n".join(part for part in (record.delivered, wait.text) if part)), wait


def the_wait(conversation: Conversation, parts: Parts) -> Wait:
    """What is said after a notice that a person answers, and what it asks."""
    until = until_when(parts)
    if not until:
        return Wait("")
    asked, asks = mail_question(conversation, parts)
    return Wait(" ".join(part for part in (until, asked) if part), asks)


def remembered(
    turn: Turn, answered: Sequence[Answered], decision: DeliveryDecision, asks: OpenQuestion | None = None
) -> DialogueState:
    """The dialogue state after this turn. `asks` is what the customer was asked beside a notice."""
    state = turn.state
    asked_back = any(item.chosen is not None and item.chosen.source == REPHRASE for item in answered)
    failed = state.failed_attempts + 1 if asked_back or decision.delivery is not Delivery.SEND else 0
    if not answered:
        return replace(state, open_question=asks, offered_action=None, offered_orders=(), failed_attempts=failed)
    last = answered[-1].case
    orders = [item.case.order.order.id for item in answered if item.case.order.order]
    products = [item.case.product.product.id for item in answered if item.case.product.product]
    sent = decision.delivery is Delivery.SEND
    question = _open_question(answered[-1]) if sent else asks
    used = [item.chosen.source for item in answered if sent and item.chosen and item.chosen.origin is Origin.APPROVED]
    return DialogueState(
        order_in_focus=orders[-1] if orders else state.order_in_focus,
        product_in_focus=products[-1] if products else state.product_in_focus,
        last_intent=last.intent,
        open_question=question,
        offered_orders=tuple(order.id for order in last.order.options) if question is OpenQuestion.WHICH_ORDER else (),
        offered_action=last.rule.action if last.rule and question is OpenQuestion.PASS_TO_PERSON else None,
        failed_attempts=failed,
        greeted=state.greeted or sent,
        used_interactions=(*state.used_interactions, *used)[-_REMEMBERED:],
        no_mail=state.no_mail,
    )


def _open_question(item: Answered) -> OpenQuestion | None:
    rule, chosen = item.case.rule, item.chosen
    if rule is None or chosen is None:
        return None
    if rule.asks is not None:
        return rule.asks
    return OpenQuestion.PASS_TO_PERSON if rule.offers_person and _offers_a_person(chosen) else None


def _offers_a_person(candidate: Candidate) -> bool:
    """Whether this reply makes the offer that its situation allows."""
    return "colleague" in candidate.text.lower()
