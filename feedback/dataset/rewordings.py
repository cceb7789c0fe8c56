"""Rewordings: replies of the demo shop as a clumsy draft would say them, said again in other words, and made to say
something else. They teach the model to refine, and the meaning check to tell a polish from a change.

`rewordings/*.jsonl`, one reply a line, written for this project. What is held out is held out with its whole line.
"""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, Field

from app.domain.facts import SLOT_PATTERN, slots_in
from app.domain.voice import Voice
from app.prompts.loader import PromptTemplate
from feedback.dataset.rows import Named, read_named
from feedback.dataset.snapshot import Line, Lineage, TrainingExample

FOLDER = Path(__file__).parent / "rewordings"
_HELD_OUT = 0.2
_LONGEST = 520


class Reworded(Named):
    """One reply in slots, and what became of it."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(min_length=3, max_length=80)
    polished: str = Field(min_length=20, max_length=_LONGEST)
    """In the brand's voice."""
    rough: list[str] = Field(min_length=1, max_length=4)
    """The same, as a clumsy draft says it."""
    same: list[str] = Field(min_length=1, max_length=4)
    """The same in other words."""
    other: list[str] = Field(min_length=1, max_length=4)
    """Almost the same words, and another meaning."""

    @property
    def held_out(self) -> bool:
        """Whether nothing learns from it."""
        return int(hashlib.sha256(self.id.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF < _HELD_OUT


@dataclass(frozen=True, slots=True)
class MeaningPair:
    """A reply, another one, and whether they say the same."""

    before: str
    after: str
    same: bool
    of: str
    """The line it comes from."""


def read_rewordings(folder: Path = FOLDER) -> tuple[Reworded, ...]:
    """All of them. Raises ConfigurationError naming file and line."""
    return read_named(folder, Reworded)


def meaning_pairs(items: Iterable[Reworded]) -> Iterator[MeaningPair]:
    """What a polish may look like and what it may not, in both directions: each way of saying it beside each other
    one and beside itself a little changed (else likeness in words would speak for another meaning), and each beside
    what says something else."""
    for item in items:
        ways = [item.polished, *item.rough, *item.same]
        for one in ways:
            yield from (MeaningPair(one, other, same=True, of=item.id) for other in ways if other is not one)
            for touched in retouched(one):
                yield MeaningPair(one, touched, same=True, of=item.id)
                yield MeaningPair(touched, one, same=True, of=item.id)
            for other in item.other:
                yield MeaningPair(one, other, same=False, of=item.id)
                yield MeaningPair(other, one, same=False, of=item.id)


_RETOUCHES: tuple[tuple[str, str], ...] = (
    (r"\bcannot\b", "can't"), (r"\bcan't\b", "cannot"), (r"\bdo not\b", "don't"), (r"\bdoes not\b", "doesn't"),
    (r"\bis not\b", "isn't"), (r"\bhas not\b", "hasn't"), (r"\bit is\b", "it's"), (r"\bIt is\b", "It's"),
    (r"\bwill be\b", "is going to be"), (r"\bPlease (\w)", r"\1"), (r"\bplease ", ""), (r", so ", " and so "),
    (r"\bat the moment\b", "for now"), (r"\bbecause\b", "as"), (r"\byou can\b", "you are able to"),
    (r"\bYou can\b", "You are able to"), (r"\bas soon as\b", "once"), (r"\bpossible\b", "feasible"),
    (r"\bbuy\b", "purchase"), (r"\bsend\b", "forward"), (r"\bopen\b", "go to"), (r"\bOpen\b", "Go to"),
    (r"\bchoose\b", "select"), (r"\btell me\b", "let me know"), (r"\. ([A-Z])", r"; \1"), (r"; ", ". "),
    (r"\bparcel\b", "package"), (r"\bwithin\b", "in no more than"), (r"\bsorry\b", "truly sorry"),
)  # fmt: skip
"""Changes of a word or a sign that leave the meaning as it is."""
_TOUCHES = 2


def retouched(text: str) -> Iterator[str]:
    """The text, and the text with a few small changes, the same ones each time."""
    yield text
    fitting = [(pattern, put) for pattern, put in _RETOUCHES if re.search(pattern, text)]
    order = random.Random(text).sample(fitting, len(fitting))  # noqa: S311 - a seeded choice
    for start in range(0, min(len(order), 2 * _TOUCHES), _TOUCHES):
        changed = text
        for pattern, put in order[start : start + _TOUCHES]:
            changed = re.sub(pattern, put, changed, count=1)
        if changed != text:
            yield changed


def refine_examples(items: Iterable[Reworded], template: PromptTemplate) -> Iterator[TrainingExample]:
    """What the model learns to refine from: each rough draft with its reply, and the reply itself, which is to stay as
    it is. The prompts are those that serve."""
    for item in items:
        lineage = Lineage(
            interaction=f"rewordings/{item.id}",
            question_of=f"rewordings/{item.id}",
            source="rewordings",
            consent="written for this project, to be trained on",
            playbook="rewordings",
            prompt=template.key,
        )
        for number, draft in enumerate((*item.rough, item.polished)):
            yield TrainingExample(
                id=f"rewordings/{item.id}#{number}",
                task="refine",
                situation=f"rewordings/{item.id}",
                split="held_out_phrase" if item.held_out else "train",
                messages=[Line(role=m.role, content=m.content) for m in template.render({"DRAFT": draft})],
                reply=item.polished,
                lineage=lineage,
            )


def problems(item: Reworded, voice: Voice) -> Iterator[str]:
    """What in a line would teach something wrong."""
    slots = Counter(slots_in(item.polished))
    for kind, texts in (("rough", item.rough), ("same", item.same), ("other", item.other)):
        for text in texts:
            if len(text) > _LONGEST:
                yield f"{kind} is {len(text)} characters long"
            if text == item.polished:
                yield f"{kind} is the reply itself"
            if Counter(slots_in(text)) != slots and kind != "other":
                yield f"{kind} has other slots: “{text[:50]}”"
            if "{" in SLOT_PATTERN.sub("", text):
                yield f"{kind} has a brace that is no slot"
    if len({*item.rough, *item.same, *item.other}) < len(item.rough) + len(item.same) + len(item.other):
        yield "a version is there twice"
    for text in (item.polished, *item.same):
        yield from (f"“{text[:40]}”: {problem}" for problem in voice.problems(text))
