"""Facts, and the slots in which a reply carries them.

A reply is written with slots (`{order_id}`); the renderer fills them from facts. The model sees the *shown* facts
(counts, status words) and the *names* of the slots, never a slot's value.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

SLOT_PATTERN = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""A slot in a reply template."""


class FactKind(StrEnum):
    """How a fact may reach a reply."""

    SHOWN = "shown"
    """Written into the prompt: not identifying (a count, a status word)."""
    SLOT = "slot"
    """Known to the model by name only; its value is filled in by the renderer."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the records say, with where it stands ("crm", "policy:returns", "message")."""

    name: str
    value: str
    kind: FactKind
    source: str


def slots_in(text: str) -> tuple[str, ...]:
    """The names of the slots in `text`, in order, repeats kept."""
    return tuple(SLOT_PATTERN.findall(text))


def slot_values(facts: Iterable[Fact]) -> dict[str, str]:
    """Slot name → value, for the facts that may be rendered."""
    return {fact.name: fact.value for fact in facts if fact.kind is FactKind.SLOT}


def fill_slots(text: str, values: Mapping[str, str]) -> str:
    """`text` with each known slot replaced by its value; an unknown slot stays visible for the guard to catch."""
    return SLOT_PATTERN.sub(lambda match: values.get(match[1], match[0]), text)
