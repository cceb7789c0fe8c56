"""The grammar that drafts are decoded under: sentences of words and offered slots, every required fact, no digits."""

from collections.abc import Collection, Iterable
from itertools import combinations

_MOST_SENTENCES = 4
_MOST_REQUIRED = 4
"""The grammar has a rule for each part of the required slots that is still to come; more than these would make it slow
to read, so the rest is left to the hard rules."""
_TEXT = """[a-zA-Z ,'":;()-]"""


def reply_grammar(slots: Iterable[str], required: Collection[str] = ()) -> str:
    """GBNF for one to four sentences that use only these slots, the required ones at least once each; a digit, a link
    or another brace cannot be written, and the reply cannot end before its facts are in it."""
    offered = sorted(set(slots))
    needed = tuple(sorted(set(required) & set(offered)))[:_MOST_REQUIRED]
    rules = [f"root ::= {_start(1, needed)}"]
    for sentence in range(1, _MOST_SENTENCES + 1):
        for size in range(len(needed), -1, -1):
            for missing in combinations(needed, size):
                rules += _sentence(sentence, missing, offered)
    return "\n".join(rules)


def _sentence(number: int, missing: tuple[str, ...], offered: list[str]) -> list[str]:
    """The rules of one sentence while these slots have not appeared yet."""
    free = " | ".join([_TEXT, *(f'"{{{name}}}"' for name in offered if name not in missing)])
    onward = [f'"{{{name}}}" {_inside(number, _without(missing, name))}' for name in missing]
    opening = ["[A-Z]", *(f'"{{{name}}}"' for name in offered if name not in missing)]
    begin = [f"({' | '.join(opening)}) ({free}) {_inside(number, missing)}", *onward]
    ends = [f'[.?] " " {_start(number + 1, missing)}'] if number < _MOST_SENTENCES else []
    if not missing:
        ends.append("[.?]")
    return [
        f"{_start(number, missing)} ::= {' | '.join(begin)}",
        f"{_inside(number, missing)} ::= ({free})* ({' | '.join([*onward, *ends])})",
    ]


def _without(missing: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(other for other in missing if other != name)


def _start(sentence: int, missing: tuple[str, ...]) -> str:
    return f"start-{sentence}-{_label(missing)}"


def _inside(sentence: int, missing: tuple[str, ...]) -> str:
    return f"inside-{sentence}-{_label(missing)}"


def _label(missing: tuple[str, ...]) -> str:
    return "-".join(name.replace("_", "-") for name in missing) or "done"
