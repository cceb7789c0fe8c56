"""What the customer is told, and what is remembered for the next turn."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.conversation import DialogueState, OpenQuestion
from app.domain.reply import Candidate, Delivery, DeliveryDecision, FlagReason, Origin, Reply, Severity
from app.pipeline.answer import Answered
from app.pipeline.clarify import REPHRASE
from app.pipeline.compose import notice
from app.pipeline.parts import Parts, Turn

_REMEMBERED = 30
"""How many used replies a conversation remembers."""
_SPEAKS_FOR_ITSELF = frozenset(
    {FlagReason.UNSPOKEN_LANGUAGE, FlagReason.PERSON_REQUESTED, FlagReason.PLAYBOOK_HAND_OFF}
)
"""Hand-offs whose reply is itself the notice that a person takes over."""


def what_she_is_told(reply: Reply | None, decision: DeliveryDecision, parts: Parts) -> str:
    """The reply when it is sent; else a ready sentence that says who takes a look, never a word of a held reply."""
    if decision.delivery is Delivery.SEND and reply is not None:
        return reply.text
    if decision.delivery is Delivery.HOLD:
        return notice(parts.notices.held, parts).text
    reasons = {flag.reason for flag in decision.reasons}
    if FlagReason.EMERGENCY in reasons:
        return notice(parts.notices.emergency, parts).text
    held = any(flag.severity is Severity.HOLD for flag in decision.reasons)
    if reply is not None and not held and reasons <= _SPEAKS_FOR_ITSELF:
        return reply.text
    if FlagReason.CRM_DOWN in reasons:
        return notice(parts.notices.records_down, parts).text
    if "support_hours" in parts.knowledge.values:
        return notice(parts.notices.handed_off_with_hours, parts).text
    return notice(parts.notices.handed_off, parts).text


def remembered(turn: Turn, answered: Sequence[Answered], decision: DeliveryDecision) -> DialogueState:
    """The dialogue state after this turn."""
    state = turn.state
    asked_back = any(item.chosen is not None and item.chosen.source == REPHRASE for item in answered)
    failed = state.failed_attempts + 1 if asked_back or decision.delivery is not Delivery.SEND else 0
    if not answered:
        return replace(state, open_question=None, offered_action=None, offered_orders=(), failed_attempts=failed)
    last = answered[-1].case
    orders = [item.case.order.order.id for item in answered if item.case.order.order]
    products = [item.case.product.product.id for item in answered if item.case.product.product]
    sent = decision.delivery is Delivery.SEND
    question = _open_question(answered[-1]) if sent else None
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
