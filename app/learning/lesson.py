"""What one decision teaches: a reply in slots that others can be given, a vote, or nothing, and why in words."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.facts import slot_values, slots_in
from app.domain.ids import InteractionId, ProductId
from app.domain.lessons import LEARNT_FROM, Learnt, Lesson, LessonOutcome, Taught
from app.domain.playbook import About, Playbook, SituationRule
from app.domain.reply import Candidate, Origin
from app.domain.retrieval import Interaction, InteractionStatus, PolicyPassage
from app.domain.slotting import NotInSlots, body_in_slots
from app.domain.standing import problems, stands_on
from app.domain.supervision import UseAgain, Verdict
from app.domain.text import tidy
from app.domain.turn import Situation
from app.domain.voice import Voice


@dataclass(frozen=True, slots=True)
class Shop:
    """What a new reply is held against."""

    playbook: Playbook
    voice: Voice
    passages: Mapping[str, list[PolicyPassage]]
    """By page."""
    version: Callable[[str], str | None]
    """Of what a reply can rest on, as it is now."""
    interaction: Callable[[InteractionId], Interaction | None]
    in_situation: Callable[[str], Sequence[Interaction]]
    """The past replies of one."""


class _CannotLearn(Exception):
    """Why, in words for a supervisor."""


def lessons_of(taught: Taught, shop: Shop) -> list[Learnt]:
    """One for each request of the turn; none for a decision that was taken back."""
    if taught.withdrawn:
        return []
    return [_lesson(taught, number, shop) for number in range(len(taught.record.situations))]


def _lesson(taught: Taught, number: int, shop: Shop) -> Learnt:
    situation = taught.record.situations[number]
    body = situation.chosen or next(iter(situation.candidates), None)
    known = shop.interaction(InteractionId(body.source)) if body and body.origin is Origin.APPROVED else None
    match taught.annotation.verdict:
        case Verdict.REJECT:
            return _rejected(taught, number, known)
        case Verdict.APPROVE if known is not None:
            return _outcome(taught, number, LessonOutcome.CONFIRMED, "approved as it stood", known.id)
        case Verdict.EDIT if taught.annotation.use_again is not UseAgain.EVERY_SUCH_CASE:
            return _outcome(taught, number, LessonOutcome.NOTHING, "written for this customer only")
    try:
        return _taught_reply(taught, number, shop, body, known)
    except _CannotLearn as reason:
        return _outcome(taught, number, LessonOutcome.REFUSED, str(reason))


def _rejected(taught: Taught, number: int, known: Interaction | None) -> Learnt:
    if known is None or len(taught.record.situations) > 1:
        return _outcome(taught, number, LessonOutcome.NOTHING, "rejected; there is no one reply that it was about")
    return _outcome(taught, number, LessonOutcome.DISPUTED, "rejected", known.id)


def _taught_reply(taught: Taught, number: int, shop: Shop, body: Candidate | None, known: Interaction | None) -> Learnt:
    situation = taught.record.situations[number]
    rule = shop.playbook.rule(situation.key or "")
    if rule is None or body is None or body.origin is Origin.COMPOSED:
        raise _CannotLearn("the playbook has no such situation")
    reply = _reply(taught, situation, body)
    product = _product(rule, situation, known, shop.playbook)
    found = problems(reply, rule, shop.playbook, shop.voice, shop.passages)
    if found:
        raise _CannotLearn("; ".join(flag.detail for flag in found))
    same = next((item for item in shop.in_situation(rule.key) if _says(item, reply, product)), None)
    # A reply about one product stands beside what is said of all: it takes the place of none but its own kind.
    of_a_kind = known is not None and known.product_id == product and (same is None or same.id != known.id)
    replaces = known.id if known is not None and of_a_kind else None
    if same is not None:
        why = "says what a past reply says"
        return _outcome(taught, number, LessonOutcome.CONFIRMED, why, same.id, replaces)
    fresh = Interaction(
        id=_id(taught, number),
        intent=rule.intent,
        situation=rule.key,
        question=situation.request.masked,
        reply=reply,
        source=f"{LEARNT_FROM}{taught.annotation.id}",
        status=InteractionStatus.PROVISIONAL,
        product_id=product,
        rests_on=_rests_on(rule, product, shop),
    )
    why = "corrected for every such case" if taught.annotation.verdict is Verdict.EDIT else "a draft that was approved"
    return replace(_outcome(taught, number, LessonOutcome.LEARNT, why, fresh.id, replaces), fresh=fresh)


def _reply(taught: Taught, situation: Situation, body: Candidate) -> str:
    """What is to be said again, in slots."""
    record, annotation = taught.record, taught.annotation
    written = situation.refined.text if situation.refined and situation.refined.delivered else body.text
    if annotation.verdict is Verdict.APPROVE:
        return tidy(written)
    edited = annotation.text or annotation.text_in_slots
    if len(record.situations) > 1 or record.proposed is None or not edited:
        raise _CannotLearn("it answers two requests at once, or there was no draft")
    try:
        return body_in_slots(edited, record.proposed.template, written, slot_values(situation.facts))
    except NotInSlots as reason:
        raise _CannotLearn(str(reason)) from reason


def _product(
    rule: SituationRule, situation: Situation, known: Interaction | None, playbook: Playbook
) -> ProductId | None:
    """The one product that the reply is about. What was written of one must not be said of another."""
    entry = playbook.intents[rule.intent]
    if entry.about is not About.PRODUCT or "product" not in {fact.name for fact in situation.facts}:
        return known.product_id if known else None
    named = situation.request.entities.products
    if known is not None and known.product_id is not None:
        return known.product_id
    if len(named) != 1:
        raise _CannotLearn("it is not known which product it is about")
    return named[0]


def _rests_on(rule: SituationRule, product: ProductId | None, shop: Shop) -> dict[str, str]:
    versions = {name: shop.version(name) for name in stands_on(rule, product)}
    if missing := [name for name, version in versions.items() if not version]:
        raise _CannotLearn(f"{', '.join(missing)} cannot be found")
    return {name: version for name, version in versions.items() if version}


def _says(item: Interaction, reply: str, product: ProductId | None) -> bool:
    same = tidy(item.reply).casefold() == tidy(reply).casefold() and slots_in(item.reply) == slots_in(reply)
    return same and item.product_id == product and item.status is not InteractionStatus.WITHDRAWN


def _id(taught: Taught, number: int) -> InteractionId:
    name = f"{taught.annotation.id}/{number}/{taught.revision}"
    return InteractionId(f"learnt-{hashlib.sha256(name.encode()).hexdigest()[:20]}")


def _outcome(
    taught: Taught,
    number: int,
    outcome: LessonOutcome,
    why: str,
    interaction: InteractionId | None = None,
    replaces: InteractionId | None = None,
) -> Learnt:
    annotation = taught.annotation
    return Learnt(Lesson(annotation.id, number, outcome, why, annotation.by, annotation.at, interaction, replaces))
