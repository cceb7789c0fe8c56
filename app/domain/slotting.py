"""Values back into slots: what a person wrote, as it can be used for the next customer.

Only values that this turn's records hold are recognised; what else stands in the text as a literal (a number, a date,
a name) is named, so that a person can see what would be said to everybody.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.facts import SLOT_PATTERN, slot_values, slots_in
from app.domain.literals import Literal, literals_in
from app.domain.redaction import mask
from app.domain.text import tidy
from app.domain.turn import TurnRecord

_LEAST_VALUE = 2
"""Shorter values ("1") stand everywhere by chance, unless the draft used their slot."""
_TELLING = 4
"""Letters from which a value is known for a slot's that the draft did not use: "12" may stand for anything."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A value that was found, and the slot it stands for."""

    slot: str
    written: str
    """As the person wrote it."""


@dataclass(frozen=True, slots=True)
class Slotted:
    """A text in slots."""

    text: str
    recognised: tuple[Recognised, ...]
    """In the order in which they stand in the text."""
    literals: tuple[Literal, ...]
    """What stands for no slot: it would be said to every customer as it is."""
    unsure: tuple[Recognised, ...] = ()
    """Of the recognised: values that stand for several slots, or are so short that they may stand for none, where the
    draft does not say which. A person can see it; nothing may be learnt from it unseen."""


def into_slots(text: str, values: Mapping[str, str], prefer: tuple[str, ...] = ()) -> Slotted:
    """`text` with every value of `values` (slot → value) replaced by its slot.

    Longer values go first, so that "Trail Shoes and 1 other item" is not taken apart. Where two slots have the same
    value, one of `prefer` (the slots that the draft had, in order) wins, then the name that comes first.
    """
    order = {name: index for index, name in enumerate(prefer)}
    by_value: dict[str, str] = {}
    shared = Counter(value.strip().casefold() for value in values.values())
    for name in sorted(values, key=lambda each: (order.get(each, len(order)), each)):
        value = values[name].strip()
        if len(value) >= (1 if name in order else _LEAST_VALUE):
            by_value.setdefault(value.casefold(), name)
    if not by_value:
        return Slotted(text, (), _literals(text))
    longest_first = sorted(by_value, key=lambda value: (-len(value), value))
    pattern = re.compile(
        "|".join(rf"(?<![\w{{])(?:{re.escape(value)})(?![\w}}])" for value in longest_first), re.IGNORECASE
    )
    found: list[Recognised] = []

    def slot(match: re.Match[str]) -> str:
        name = by_value.get(match[0].casefold())
        if name is None:  # two letters that are one when folded: left as written
            return match[0]
        found.append(Recognised(name, match[0]))
        return f"{{{name}}}"

    parts = re.split(rf"({SLOT_PATTERN.pattern.replace('(', '(?:')})", text)
    slotted = "".join(part if SLOT_PATTERN.fullmatch(part) else pattern.sub(slot, part) for part in parts)
    unsure = (
        one
        for one in found
        if one.slot not in order and (len(one.written) < _TELLING or shared[one.written.casefold()] > 1)
    )
    return Slotted(slotted, tuple(found), _literals(slotted), tuple(unsure))


def _literals(slotted: str) -> tuple[Literal, ...]:
    return tuple(literals_in(SLOT_PATTERN.sub(" ", slotted)))


def slotted(record: TurnRecord, text: str) -> Slotted:
    """What a person wrote in place of this turn's draft, with the values of the turn's records turned into slots."""
    values: dict[str, str] = {}
    for situation in record.situations:
        values = slot_values(situation.facts) | values
    prefer = slots_in(record.proposed.template) if record.proposed else ()
    return into_slots(text, values, tuple(dict.fromkeys(prefer)))


class NotInSlots(ValueError):
    """Why what a person wrote cannot be said to others."""


_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[^.?!:;\n]{0,40}?(?:,|\n)\s*", re.IGNORECASE
)


def body_in_slots(edited: str, template: str, body: str, values: Mapping[str, str]) -> str:
    """The body of an edited reply in slots, without the greeting and the sentences that code puts around a body.

    `template` is the whole reply that was edited, in slots, and `body` the part of it that was found or written;
    `values` are those of the turn (slot → value). Raises NotInSlots.
    """
    found = into_slots(edited.strip(), values, tuple(dict.fromkeys(slots_in(template))))
    if found.unsure:
        raise NotInSlots("a value that may stand for several slots, or for none")
    before, _, after = template.partition(body)
    kept = tidy(_GREETING.sub("", tidy(found.text).removeprefix(tidy(before)).removesuffix(tidy(after)).strip()))
    if not kept:
        raise NotInSlots("nothing is left of the body")
    plain = SLOT_PATTERN.sub("x", kept)
    if mask(plain) != plain:
        raise NotInSlots("a value that stands for no slot")
    return kept
