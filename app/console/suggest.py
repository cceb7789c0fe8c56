"""Replies that fit while a supervisor types: the draft, replies approved in this situation, the team's own."""

from collections.abc import Iterable, Sequence

from app.domain.facts import SLOT_PATTERN, fill_slots, slot_values
from app.domain.text import words
from app.domain.turn import TurnRecord
from app.errors import IndexDown
from app.ports import InteractionIndex

Suggestion = tuple[str, str]
"""Where it comes from, and the reply."""
_MOST = 3
_SEARCHED = 4


def candidates(
    record: TurnRecord | None, index: InteractionIndex, canned: Iterable[tuple[str, str]]
) -> list[Suggestion]:
    """All that could be said, slots filled; what holds a slot that cannot be filled is left out."""
    values: dict[str, str] = {}
    found: list[Suggestion] = []
    if record is not None:
        for situation in record.situations:
            values = slot_values(situation.facts) | values
        if record.proposed is not None:
            found.append(("The draft", record.proposed.text))
        found += [("Approved before", reply) for reply in _approved(record, index)]
    found += canned
    filled = [(where, fill_slots(reply, values)) for where, reply in found]
    unique = {reply: where for where, reply in reversed(filled) if not SLOT_PATTERN.search(reply)}
    return [(where, reply) for reply, where in reversed(unique.items())]


def _approved(record: TurnRecord, index: InteractionIndex) -> list[str]:
    try:
        return [
            case.interaction.reply
            for situation in record.situations
            if situation.key
            for case in index.search(situation.request.masked, situation=situation.key, limit=_SEARCHED)
        ]
    except IndexDown:
        return []


def fitting(typed: str, found: Sequence[Suggestion]) -> list[Suggestion]:
    """The ones that hold most of the words typed so far, at most three; as they come while nothing is typed."""
    wanted = set(words(typed))
    if not wanted:
        return list(found[:_MOST])
    ranked = sorted(found, key=lambda each: -_held(wanted, each[1]))
    return [each for each in ranked if _held(wanted, each[1]) >= 0.5][:_MOST]


def _held(wanted: set[str], reply: str) -> float:
    """The share of the words that stand in the reply; the last may be unfinished."""
    own = set(words(reply))
    return sum(word in own or any(each.startswith(word) for each in own) for word in wanted) / len(wanted)
