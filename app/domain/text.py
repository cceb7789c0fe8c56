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


def words(text: str) -> list[str]:
    """The words of `text` in lower case."""
    return re.findall(r"[\w'-]+", text.lower())


def listed(items: list[str], last: str) -> str:
    """The items as people list them: "a", "a or b", "a, b or c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
