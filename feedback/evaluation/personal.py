"""How much personal data is recognised by its shape: what the guard of replies finds, and what the mask of the
customer's words takes away, on sentences in which others have marked it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.domain.literals import literals_in
from app.domain.others import not_hers
from app.domain.personal import personal_in
from app.domain.redaction import mask
from app.errors import ConfigurationError

SHAPED = (
    "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "IP_ADDRESS", "STREET_ADDRESS", "ZIP_CODE",
    "PERSON",
)  # fmt: skip
"""Kinds that the guard or the mask is there for, in the words of the collection."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence with what stands in it: (kind, start, end)."""

    text: str
    spans: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Recall:
    """Of one kind: how often it stands there, how often the guard finds it, how often some guard would hold it (as a
    name or a number that stands in no record), how often the mask takes it away."""

    kind: str
    there: int
    found: int
    held: int
    masked: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """What came of all sentences."""

    kinds: tuple[Recall, ...]
    finds: int
    """Everything that the guard takes for personal data."""
    right: int
    """Of these, what is marked as personal data of any kind."""


def read_marked(data: Path) -> list[Marked]:
    """The synthetic sentences of Presidio's research data. Raises ConfigurationError."""
    path = data / "pii" / "presidio_research" / "synth_dataset_v2.json"
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    return [
        Marked(
            row["full_text"],
            tuple((span["entity_type"], span["start_position"], span["end_position"]) for span in row["spans"]),
        )
        for row in rows
    ]


def recognised(sentences: Iterable[Marked]) -> Recognised:
    """Counts over the sentences; a span counts as found when a find overlaps it by half, as masked when nothing of its
    longest word is left."""
    there: dict[str, list[int]] = {kind: [0, 0, 0, 0] for kind in SHAPED}
    finds = right = 0
    for sentence in sentences:
        places = _places(sentence.text, _finds(sentence.text))
        held = [*places, *_places(sentence.text, [literal.text for literal in literals_in(sentence.text)])]
        masked = mask(sentence.text)
        for kind, start, end in sentence.spans:
            if kind in there:
                there[kind][0] += 1
                there[kind][1] += any(_overlap(place, (start, end)) * 2 >= end - start for place in places)
                there[kind][2] += any(_overlap(place, (start, end)) for place in held)
                longest = max(sentence.text[start:end].split() or [""], key=len)
                there[kind][3] += longest not in masked
        finds += len(places)
        right += sum(any(_overlap(place, span[1:]) for span in sentence.spans) for place in places)
    return Recognised(tuple(Recall(kind, *counts) for kind, counts in there.items()), finds, right)


def _finds(text: str) -> list[str]:
    """What the guard finds."""
    shaped = [each.text for each in personal_in(text)]
    for find in shaped:
        text = text.replace(find, " ")
    return [*shaped, *(literal.text for literal in not_hers(text, ()))]


def _places(text: str, finds: Iterable[str]) -> list[tuple[int, int]]:
    """Where these stand, as (start, end)."""
    places: set[tuple[int, int]] = set()
    for find in dict.fromkeys(finds):
        start = text.find(find)
        while start >= 0:
            places.add((start, start + len(find)))
            start = text.find(find, start + len(find))
    return sorted(places)


def _overlap(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
