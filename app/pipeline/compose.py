"""Puts a reply together: greeting, the sentences that need no model, and the chosen body of each case."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.domain.crm_facts import counts
from app.domain.facts import fill_slots, slot_values
from app.domain.playbook import Addition
from app.domain.reply import Reply
from app.domain.text import sentences
from app.pipeline.answer import Answered
from app.pipeline.gather import Case
from app.pipeline.parts import Parts, Turn

_OFTEN = 4
"""Orders in six months from which a customer hears that we know her."""
_UNGREETED = frozenset({"greeting", "thanks", "goodbye"})
"""Intents whose replies greet, or need no greeting."""


def compose(turn: Turn, answered: Sequence[Answered], parts: Parts) -> Reply | None:
    """The whole reply from the best candidate of each case; None when a case has none at all."""
    bodies = [(item, item.body) for item in answered if item.candidates]
    if not bodies or len(bodies) < len(answered):
        return None
    templates: list[str] = []
    texts: list[str] = []
    for position, (item, body) in enumerate(bodies):
        values = slot_values(item.case.facts)
        if (orders := counts(item.case.facts).get("N")) is not None:
            values |= {"orders_in_six_months": str(orders)}
        before = f"{parts.notices.second_request}\n" if position else _greeting(turn, item.case, parts, values)
        added = _additions(turn, item, parts, said_so_far=[*templates, body])
        joint = " " if body.endswith((".", "?", "}")) and not body.endswith("_link}") else "\n"
        template = before + joint.join([body, *(text for text in (_unsaid(each, body) for each in added) if text)])
        templates.append(template)
        texts.append(fill_slots(template, values))
    text = "\n\n".join(texts)
    return Reply(text=text, template="\n\n".join(templates), sentences=tuple(sentences(text)))


def _unsaid(addition: str, body: str) -> str:
    """The sentences of `addition` that the body does not say word for word: "I am sorry about that." is said once."""
    return " ".join(sentence for sentence in sentences(addition) if sentence not in sentences(body))


def notice(text: str, parts: Parts, values: Mapping[str, str] = MappingProxyType({})) -> Reply:
    """A ready sentence of the notices with the shop's facts, and what else is given, filled in."""
    filled = fill_slots(text, {**parts.knowledge.values, "store_name": parts.policy.store_name, **values})
    return Reply(text=filled, template=text, sentences=tuple(sentences(filled)))


def _greeting(turn: Turn, case: Case, parts: Parts, values: dict[str, str]) -> str:
    known = "first_name" in values
    greets = known and not turn.state.greeted and case.intent not in _UNGREETED
    return f"{parts.notices.greeting}\n" if greets else ""


def _additions(turn: Turn, item: Answered, parts: Parts, said_so_far: Sequence[str]) -> list[str]:
    """The sentences that the facts call for, once a conversation each, never beside a body that says the same, nor
    beside a question back (it has no offer)."""
    case = item.case
    if case.rule is None or item.offer is None or turn.state.greeted:
        return []
    added = []
    told = any("{days_late}" in template for template in said_so_far)
    if Addition.DELAY in case.rule.add and case.signs.get("shipment") == "late" and not told:
        added.append(parts.notices.delay)
    if Addition.LOYALTY in case.rule.add and counts(case.facts).get("N", 0) >= _OFTEN:
        added.append(parts.notices.loyalty)
    return added
