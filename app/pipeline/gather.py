"""Stage two begins: for each request, what the records show, which situation that is, what was said in it before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain import crm_facts, extraction
from app.domain import signs as signs_
from app.domain.concerns import Concern, concerns_in
from app.domain.customer import CustomerContext
from app.domain.facts import Fact, FactKind
from app.domain.focus import OrderFocus, ProductFocus, order_meant, product_meant
from app.domain.playbook import About, IntentPlaybook, SituationRule
from app.domain.retrieval import PolicyPassage, RetrievedInteraction
from app.domain.understanding import Request
from app.errors import CrmDown, IndexDown
from app.pipeline.parts import Parts, Turn
from app.pipeline.understand import Understood

OFF_TOPIC = "off_topic"
PERSON_INTENT = "contact_human_agent"
DANGER_INTENT = "safety_incident"
_BY_WORDS = 0.9
"""What is worth an intent that only the words show: set, not measured. Nobody is kept from a person because the
classifier is sure of something else."""
_SHOWN_BY_WORDS = {Concern.DANGER: DANGER_INTENT, Concern.PERSON: PERSON_INTENT}
"""Concerns that the playbook has an answer to, the graver first."""
_NEEDS_RECORDS = (About.ORDER, About.ACCOUNT)
_PAST_CASES = 8
_PASSAGES = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One request in the light of the records."""

    request: Request
    intent: str
    confidence: float
    """Calibrated probability that `intent` is what is asked."""
    entry: IntentPlaybook | None
    rule: SituationRule | None
    signs: Mapping[str, str]
    facts: tuple[Fact, ...]
    order: OrderFocus
    product: ProductFocus
    past: tuple[RetrievedInteraction, ...]
    passages: tuple[PolicyPassage, ...]
    records_down: bool = False
    """The answer needs the records and they cannot be read."""

    @property
    def amount(self) -> Decimal | None:
        """What is at stake: the order's refund, else what it cost; None where no order is meant."""
        order = self.order.order
        if order is None:
            return None
        return order.refund.amount if order.refund else order.total


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything stage two works from."""

    cases: tuple[Case, ...]
    degradations: tuple[str, ...]


def read_customer(turn: Turn, parts: Parts) -> CustomerContext | None:
    """The records of the signed-in customer, None when she is not signed in. Raises CrmDown."""
    if turn.customer_id is None:
        return None
    context = parts.records.customer(turn.customer_id)
    if context is None:
        raise CrmDown("the records hold no customer of that id")
    return context


def gather(turn: Turn, understood: Understood, context: CustomerContext | None, parts: Parts) -> Gathered:
    """One case a request."""
    degradations: list[str] = []
    cases = tuple(_case(request, turn, context, parts, degradations) for request in _requests(turn, understood))
    return Gathered(cases, tuple(dict.fromkeys(degradations)))


def _requests(turn: Turn, understood: Understood) -> tuple[Request, ...]:
    """Her requests; the whole message as one where what has an answer of its own stands beside them, in no request."""
    heard = frozenset[Concern]().union(*(concerns_in(request.text) for request in understood.requests))
    if concerns_in(turn.text) & set(_SHOWN_BY_WORDS) <= heard:
        return understood.requests
    return (replace(understood.requests[0], text=turn.text, masked=understood.masked),)


def intent_of(request: Request, parts: Parts) -> tuple[str, float]:
    """The intent with its probability: what the words show first; off-topic when the request is out of scope."""
    prediction, concerns = request.prediction, concerns_in(request.text)
    for concern, intent in _SHOWN_BY_WORDS.items():
        if concern in concerns and intent in parts.playbook.intents:
            return intent, max(_BY_WORDS, dict(prediction.ranked).get(intent, 0.0))
    if prediction.in_scope < parts.policy.scope_threshold:
        foreign = dict(prediction.ranked).get(OFF_TOPIC, 0.0)
        return OFF_TOPIC, min(1.0 - prediction.in_scope, foreign)
    return prediction.intent, prediction.confidence


def _case(request: Request, turn: Turn, context: CustomerContext | None, parts: Parts, degradations: list[str]) -> Case:
    intent, confidence = intent_of(request, parts)
    entry = parts.playbook.intents.get(intent)
    if entry is not None and entry.about in _NEEDS_RECORDS and context is None and turn.customer_id is not None:
        nothing = OrderFocus("not_readable"), ProductFocus("not_named")
        return Case(request, intent, confidence, entry, None, {}, (), *nothing, (), (), records_down=True)
    order, product, signs = look_up(request, entry, turn, context, parts)
    rule = parts.playbook.situation(intent, signs)
    rendering = crm_facts.Rendering(turn.at.date(), parts.policy.currency)
    facts = (
        *crm_facts.facts_of(context, order, product, parts.knowledge.values, rendering),
        *parts.knowledge.facts(rule.policies if rule else ()),
        Fact("store_name", parts.policy.store_name, FactKind.SLOT, "settings"),
    )
    past, passages = _remembered(request, rule, product, parts, degradations)
    sure = _same_whichever(request, intent, rule, signs, parts)
    return Case(request, intent, min(1.0, confidence + sure), entry, rule, signs, facts, order, product, past, passages)


def _same_whichever(
    request: Request, intent: str, rule: SituationRule | None, signs: Mapping[str, str], parts: Parts
) -> float:
    """The probability of other intents that would come to the same: who is not signed in, or names an order that is
    not hers, is told so whether she wants to track it or to cancel it."""
    if rule is None:
        return 0.0
    others = ((other, share) for other, share in request.prediction.ranked if other != intent)
    return sum(
        share
        for other, share in others
        if (theirs := parts.playbook.situation(other, signs)) is not None and theirs.means == rule.means
    )


def look_up(
    request: Request, entry: IntentPlaybook | None, turn: Turn, context: CustomerContext | None, parts: Parts
) -> tuple[OrderFocus, ProductFocus, dict[str, str]]:
    """The order and the product meant, and the signs that follow."""
    order, product = OrderFocus("not_readable"), ProductFocus("not_named")
    own_names = (context.account.first_name, context.account.last_name) if context else ()
    signs = signs_.of_account(context, turn.at.date())
    served = parts.knowledge.values.get("delivery_countries", "")
    signs |= extraction.signs_of_message(request.text, request.entities, own_names, served)
    about = entry.about if entry else About.SHOP
    if entry is not None and about is About.ORDER:
        policy, today = parts.knowledge.values, turn.at.date()
        order = order_meant(context, entry, request.entities, turn.state, policy, today, request.move)
        signs |= signs_.of_order(order.order, policy, today) if order.order else {"order": order.state}
    elif about is About.PRODUCT:
        product = product_meant(parts.product_names.products, request.entities, turn.state)
        signs |= signs_.of_product(product.product) if product.product else {"product": product.state}
    return order, product, signs


def _remembered(
    request: Request, rule: SituationRule | None, product: ProductFocus, parts: Parts, degradations: list[str]
) -> tuple[tuple[RetrievedInteraction, ...], tuple[PolicyPassage, ...]]:
    """Past cases of the very situation, and the passages of its policy pages."""
    if rule is None:
        return (), ()
    try:
        past = parts.interactions.search(request.masked, situation=rule.key, limit=_PAST_CASES)
        passages = parts.passages.search_passages(request.masked, pages=rule.policies, limit=_PASSAGES)
    except IndexDown:
        degradations.append("index_down")
        parts.degradations.count("index_down")
        return (), ()
    about = product.product.id if product.product else None
    fitting = [hit for hit in past if hit.interaction.product_id in (None, about) and parts.is_current(hit.interaction)]
    return tuple(fitting), tuple(passages) if rule.policies else ()
