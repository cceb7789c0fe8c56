"""Small facts about written text: sentences, words, what stays when layout goes."""

import re

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[{A-Z])")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|No|St|e\.g|i\.e|approx)\.$", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def tidy(text: str) -> str:
    """`text` on one line with single spaces."""
    return _SPACE.sub(" ", text).strip()


def sentences(text: str) -> list[str]:
    """`text` cut at the ends of its sentences; an abbreviation ends none."""
    parts: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text[start : match.start()]):
            continue
        parts.append(text[start : match.end()].strip())
        start = match.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def pieces(text: str) -> list[str]:
    """The sentences of `text` with the space that follows each: put together they are `text` again."""
    found: list[str] = []
    start = 0
    for match in re.finditer(r"\s+", text):
        sentence = text[start : match.start()]
        if "\n" in match[0] or len(sentences(f"{sentence} {text[match.end() :]}")) > len(
            sentences(text[match.end() :])
        ):
            found.append(text[start : match.end()])
            start = match.end()
    return [*found, text[start:]] if text[start:] else found


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
