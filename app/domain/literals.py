"""Finds literal facts in a reply (numbers, dates, amounts, links, addresses, names) and asks what supports them.

Support comes from slots' values, from retrieved policy text, and, for an identifier alone, from the customer's own
words: a customer's words never support an amount, a date or a promise.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class LiteralKind(StrEnum):
    """What sort of fact a literal states."""

    LINK = "link"
    EMAIL = "email"
    AMOUNT = "amount"
    DATE = "date"
    SPAN = "span of time"
    IDENTIFIER = "identifier"
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Literal:
    """One literal fact as it stands in the text."""

    kind: LiteralKind
    text: str


_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)
_WEEKDAY = r"(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_COUNT_WORD = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty|forty|sixty|"
    r"ninety|hundred|a couple of|a few)"
)
_UNIT = r"(?:minute|hour|day|week|month|year)"
_MONEY = r"(?:dollars?|euros?|pounds?|bucks|cents|percent|usd|eur|gbp)"
_AMOUNT = (
    rf"[$€£]\s?\d[\d.,]*\d|[$€£]\s?\d|\b\d[\d.,]*\s?(?:{_MONEY}\b|%)"
    rf"|\b(?:{_COUNT_WORD}|fifty|eighty)(?: hundred)? {_MONEY}\b"
)
_DATE = (
    rf"\b{_WEEKDAY}\b|\b{_MONTH}\.? \d{{1,2}}\b|\b\d{{1,2}} {_MONTH}\b"
    r"|\b(?:today|tomorrow|tonight|yesterday|next week|this week)\b"
)
_PATTERNS = (
    (LiteralKind.LINK, re.compile(r"\b(?:https?://|www\.)[^\s)]+", re.IGNORECASE)),
    (LiteralKind.EMAIL, re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")),
    (LiteralKind.AMOUNT, re.compile(_AMOUNT, re.IGNORECASE)),
    (LiteralKind.DATE, re.compile(_DATE, re.IGNORECASE)),
    (LiteralKind.SPAN, re.compile(rf"\b{_COUNT_WORD}\s+(?:business |working )?{_UNIT}s?\b", re.IGNORECASE)),
    (LiteralKind.IDENTIFIER, re.compile(r"\b(?:[A-Z]{2,4}-)?\d{4,}\b|\b[A-Z]{2,4}-\d{3,}\b")),
    (LiteralKind.NUMBER, re.compile(r"\b\d[\d.,:/]*\b")),
)
_NAME = re.compile(r"(?:(?<=[^\W\d_A-Z] )|(?<=[,;] ))([A-Z][^\W\d_A-Z]{2,}(?: [A-Z][^\W\d_]+)*)")


def literals_in(text: str) -> list[Literal]:
    """Every literal, each stretch of text counted once, the most specific kind first."""
    found: list[Literal] = []
    rest = text
    for kind, pattern in _PATTERNS:
        found += [Literal(kind, match[0]) for match in pattern.finditer(rest)]
        rest = pattern.sub(lambda match: "\x00" * len(match[0]), rest)
    found += [Literal(LiteralKind.NAME, match[1]) for match in _NAME.finditer(rest)]
    return found


def unsupported(text: str, supports: Iterable[str], echoes: Iterable[str] = ()) -> list[Literal]:
    """The literals of `text` that stand in none of `supports`; identifiers may also be echoes of the customer's own."""
    pool = "\n".join(supports).casefold()
    echoed = {_digits(echo) for echo in echoes}
    return [literal for literal in literals_in(text) if not _supported(literal, pool, echoed)]


def _supported(literal: Literal, pool: str, echoed: set[str]) -> bool:
    needle = literal.text.casefold()
    if re.search(rf"(?<![\w]){re.escape(needle)}(?![\w])", pool):
        return True
    return literal.kind in (LiteralKind.IDENTIFIER, LiteralKind.NUMBER) and _digits(needle) in echoed


def _digits(text: str) -> str:
    """An echo counts whole: "3" is no echo of "LF-10483"."""
    return re.sub(r"\D", "", text)
