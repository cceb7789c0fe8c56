"""Two texts side by side, word by word: what was dropped, what was added."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from app.console.markup import Html, joined, tag

_WORD = re.compile(r"\s+|[^\s]+")


class Change(StrEnum):
    """What became of a stretch of text."""

    SAME = "same"
    DROPPED = "dropped"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some words, and what became of them."""

    change: Change
    text: str


def compared(before: str, after: str) -> list[Stretch]:
    """How `after` came of `before`: what is kept and added put together is `after`, kept and dropped is `before`."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    stretches: list[Stretch] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            stretches.append(Stretch(Change.SAME, "".join(old[i1:i2])))
            continue
        if i2 > i1:
            stretches.append(Stretch(Change.DROPPED, "".join(old[i1:i2])))
        if j2 > j1:
            stretches.append(Stretch(Change.ADDED, "".join(new[j1:j2])))
    return stretches


def shown(before: str, after: str) -> Html:
    """The same for the page."""
    names = {Change.SAME: "span", Change.DROPPED: "del", Change.ADDED: "ins"}
    return tag("p", joined(tag(names[each.change], each.text) for each in compared(before, after)), cls="diff")
