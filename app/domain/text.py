"""Small facts about written text: sentences, words, what stays when layout goes."""

import hashlib
import re

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[{A-Z])")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|No|St|e\.g|i\.e|approx)\.$", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_LINE_START = re.compile(r"(?<=\n)(?=[^\n])")


def tidy(text: str) -> str:
    """`text` on one line with single spaces."""
    return _SPACE.sub(" ", text).strip()


def sentences(text: str) -> list[str]:
    """`text` cut at the ends of its sentences; an abbreviation ends none."""
    return [part for part in (piece.strip() for piece in _cut(text)) if part]


def pieces(text: str) -> list[str]:
    """The lines and sentences of `text` with the space that follows each: put together they are `text` again."""
    return [piece for line in _LINE_START.split(text) for piece in _cut(line)]


def _cut(text: str) -> list[str]:
    """`text` in parts, each up to where the next sentence begins."""
    parts: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text[start : match.start()]):
            parts.append(text[start : match.end()])
            start = match.end()
    return [*parts, text[start:]] if text[start:] else parts


def fingerprint(text: str) -> bytes:
    """What a text is remembered by where it may hold what identifies somebody: the same text, the same bytes."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def words(text: str) -> list[str]:
    """The words of `text` in lower case."""
    return re.findall(r"[\w'-]+", text.lower())


def listed(items: list[str], last: str) -> str:
    """The items as people list them: "a", "a or b", "a, b or c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def stems(text: str) -> frozenset[str]:
    """What the longer words of `text` begin with, slots left out: "refunds" and "refunded" are one."""
    return frozenset(word[:_STEM] for word in words(_SLOT.sub(" ", text)) if len(word) >= _LONG and word.isalpha())


_SLOT = re.compile(r"\{\w+\}")
_LONG, _STEM = 4, 5
"""Letters from which a word says something of its own, and letters that tell two such words apart."""
