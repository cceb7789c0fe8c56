"""What a person needs who takes over: what is wanted, how things stand, what was said, what is to be done.

Nothing here is written by a model: each line is taken from the records of the conversation's turns or from the
customer's own words, and each step from the shop's list of actions with the records' values filled in.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.facts import fill_slots, slot_values, slots_in
from app.domain.playbook import SituationRule
from app.domain.redaction import street_in
from app.domain.reply import Delivery
from app.domain.text import pieces, tidy
from app.domain.turn import Situation, TurnRecord

OTHER = "other"
"""The action for whatever has none of its own."""
_ABOUT_NOTHING = frozenset({"contact_human_agent", "greeting", "thanks", "goodbye", "off_topic"})
"""Intents that say nothing of what is wanted: that stands in what was written before."""
_LONGEST = 160
_EXCHANGES = 3
_STANDS = (
    ("Order", ("{order_id}", "{items}", "{order_date}")),
    ("Total", ("{order_total}", "{payment_method}")),
    ("Parcel", ("{carrier}", "expected {delivery_date}", "{days_late} late", "delivered {delivered_date}")),
    ("Refund", ("{refund_amount}", "{refund_date}", "{refund_method}")),
    ("Invoice", ("{invoice_id}",)),
    ("Product", ("{product}", "{product_price}")),
    ("Orders it could be", ("{order_options}",)),
    ("Product it could be", ("{product_options}",)),
    ("Number that was named", ("{asked_number}",)),
)
"""What a line says, of what is known."""
_STATES = {
    "order_status": "order", "shipment": "parcel", "payment": "payment", "refund": "refund", "return": "return",
    "return_window": "return window", "damage_window": "window to report damage", "invoice": "invoice",
}  # fmt: skip
_NO_STATE = frozenset({"none", "not_started", "not_yet"})
_UPSET = re.compile(
    r"\b(?:angry|furious|ridiculous|unacceptable|disappoint\w+|fed up|sick of|worst|terrible|awful|scam|rip-?off|"
    r"outrag\w+|disgust\w+|frustrat\w+|annoy\w+|useless|never again|lawyer|sue|complain\w*|"
    r"(?:second|third|fourth|fifth) time|still (?:no|not|nothing|waiting))\b",
    re.IGNORECASE,
)
_IN_A_HURRY = re.compile(
    r"\b(?:urgent\w*|asap|as soon as possible|immediately|right now|emergency|hurry|by (?:today|tonight|tomorrow)|"
    r"before (?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a checklist, with slots; what is done `otherwise` where one of its values is not known."""

    does: str
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """Something that people do for customers, and how."""

    name: str
    title: str
    steps: tuple[Step, ...]
    wanted_in: tuple[str, ...] = ()
    """Situations that call for it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A value with its name, or a word with who said it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class HandOff:
    """All of it, as it stood when the turn began to wait."""

    wants: str
    """In her own words, in a line; empty when she has only asked for a person."""
    situation: str | None
    stands: tuple[Line, ...]
    """Order, amounts and states, as the records have them."""
    said: tuple[Line, ...]
    """What she asked and was told before, the oldest first."""
    mood: tuple[Line, ...]
    """What her words show, with those words; empty when they show nothing."""
    action: str
    title: str
    steps: tuple[str, ...]


def with_playbook(actions: Mapping[str, Action], rules: Iterable[SituationRule]) -> dict[str, Action]:
    """The actions, each also wanted in the situations for which the playbook names it. One that nobody has described is
    dealt with like any other request."""
    named: dict[str, list[str]] = {}
    for rule in rules:
        if rule.action is not None and rule.decision is Delivery.SEND:
            named.setdefault(rule.action, []).append(rule.key)
    other = actions.get(OTHER)
    bare = {name: Action(name, _readable(name), other.steps if other else ()) for name in named}
    return {
        name: replace(action, wanted_in=(*action.wanted_in, *named.get(name, ())))
        for name, action in {**bare, **actions}.items()
    }


def hand_off_of(now: TurnRecord | None, earlier: Sequence[TurnRecord], actions: Mapping[str, Action]) -> HandOff:
    """`now` is the turn that waits, None when nothing of it was worked on; `earlier` are those before, newest first."""
    records = [*([now] if now else []), *earlier]
    about = next((found for found in map(_speaking, records) if found), ())
    values = {name: value for each in reversed(about) for name, value in slot_values(each.facts).items()}
    texts = [each.request.text for each in about]
    wanted = tuple(_wanted(now, about, actions))
    action = actions.get(wanted[0]) if wanted else None
    fallback = actions.get(OTHER) or Action(OTHER, "Answer the customer", ())
    title = action.title if action else _readable(wanted[0]) if wanted else fallback.title
    wants = _short(" … ".join(texts))
    return HandOff(
        wants=wants,
        situation=about[0].key if about else None,
        stands=tuple(_stands(about, values)),
        said=tuple(line for line in _said(earlier[:_EXCHANGES]) if line.text not in ("", wants)),
        mood=tuple(_mood(record.asked for record in records[:_EXCHANGES])),
        action=wanted[0] if wanted else OTHER,
        title=title,
        steps=_steps(action or fallback, values | _from_her_words(texts)),
    )


def _speaking(record: TurnRecord) -> tuple[Situation, ...]:
    """The situations of a turn that say what is wanted; a bare "yes", or the wish for a person, says nothing."""
    return tuple(
        each
        for each in record.situations
        if each.key is not None and each.request.prediction.intent not in _ABOUT_NOTHING
    )


def _wanted(now: TurnRecord | None, about: Sequence[Situation], actions: Mapping[str, Action]) -> Iterable[str]:
    """The action that was decided on, else the one that the situation calls for, else what the playbook names."""
    decided = now.decision.action if now else None
    if decided is not None and decided != "talk_to_customer":
        yield decided
    for each in about:
        yield from (name for name, action in actions.items() if each.key in action.wanted_in)
    if decided is not None:
        yield decided


def _stands(about: Sequence[Situation], values: Mapping[str, str]) -> Iterable[Line]:
    for name, parts in _STANDS:
        known = [fill_slots(part, values) for part in parts if values.keys() >= set(slots_in(part))]
        if known:
            yield Line(name, " · ".join(known))
    signs = {name: value for each in reversed(about) for name, value in each.signs.items()}
    states = [f"{said} {_readable(signs[name]).lower()}" for name, said in _STATES.items() if _tells(signs.get(name))]
    if states:
        yield Line("State", ", ".join(states))


def _tells(value: str | None) -> bool:
    return value is not None and value not in _NO_STATE


def _said(earlier: Sequence[TurnRecord]) -> Iterable[Line]:
    for record in reversed(earlier):
        yield Line("Asked", _short(record.asked))
        yield Line("Told", _short(_first_sentence(record.delivered)))


def _first_sentence(text: str) -> str:
    """Without the greeting, which ends in a comma at the end of its line."""
    return next((each.strip() for each in pieces(text) if each.strip() and not each.strip().endswith(",")), "")


def _mood(texts: Iterable[str]) -> Iterable[Line]:
    said = "\n".join(texts)
    for name, pattern in (("Upset", _UPSET), ("In a hurry", _IN_A_HURRY)):
        found = list(dict.fromkeys(match[0].lower() for match in pattern.finditer(said)))
        if found:
            yield Line(name, ", ".join(f"“{each}”" for each in found[:3]))


def _steps(action: Action, values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(_step(step, values) for step in action.steps)


def _step(step: Step, values: Mapping[str, str]) -> str:
    if step.otherwise is not None and any(name not in values for name in slots_in(step.does)):
        return fill_slots(step.otherwise, values)
    unknown = {name: f"({_readable(name).lower()} not known)" for name in slots_in(step.does)}
    return fill_slots(step.does, {**unknown, **values})


def _from_her_words(texts: Iterable[str]) -> dict[str, str]:
    """Values that only she can name. They are hers to say, and a person's to check."""
    addresses = [found for text in texts if (found := street_in(text))]
    return {"new_address": addresses[0]} if addresses else {}


def _short(text: str) -> str:
    line = tidy(text)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rsplit(' ', 1)[0]} …"


def _readable(name: str) -> str:
    return name.replace("_", " ").capitalize()
