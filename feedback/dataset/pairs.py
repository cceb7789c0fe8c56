"""Preference pairs: of two replies to one prompt, the one that a person stands by and one that is not to be sent.

Kept as data sets are: rows in a folder that is named for their hash and never changes. The rejected reply is either the
model's own draft on a question it may learn from, where it breaks a hard rule, was cut off, or is doubted by the
verifier; or a draft that a supervisor edited (`feedback.dataset.edits`). Nothing that is held out of the data set is in
a pair; of the pairs themselves some situations are held out whole, to be watched while training.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.domain.text import tidy
from app.errors import ConfigurationError
from app.ports import Verifier
from feedback.dataset.rows import read_rows
from feedback.dataset.snapshot import ROWS as ROWS_FILE
from feedback.dataset.snapshot import (
    DatasetSnapshot,
    Line,
    TrainingExample,
    read_manifest,
    write_folder,
)
from feedback.training.judged import SheetDraft, SheetGroup

PairSplit = Literal["train", "held_out"]

_KIND = "preference pairs"
_HELD_OUT = 0.1
"""The share of situations whose pairs are watched and not learnt from."""
_MOST_REJECTED = 2
_CUT_OFF = "cut off"


class PairLineage(BaseModel):
    """What a pair was made from."""

    model_config = ConfigDict(extra="forbid")
    source: Literal["draft", "edit"]
    chosen_from: str = Field(min_length=1)
    """The past reply, or the supervisor's decision."""
    rejected_from: str = Field(min_length=1)
    """The draft: its sheet, question and number; or the turn in which it was held."""
    written_by: str = Field(min_length=1)
    """The version of the model that wrote the rejected reply, or the past reply that it was."""
    why: str = Field(min_length=1)
    """What is wrong with it."""
    consent: str = Field(min_length=1)


class PreferencePair(BaseModel):
    """A prompt as it is served, a reply to it that is right, and one that is not to be sent."""

    model_config = ConfigDict(extra="forbid")
    id: str
    situation: str
    split: PairSplit
    messages: list[Line] = Field(min_length=1)
    chosen: str = Field(min_length=1)
    rejected: str = Field(min_length=1)
    rejected_whole: bool = True
    """False: it was cut off, so that its end is not the model's."""
    lineage: PairLineage

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if tidy(self.chosen) == tidy(self.rejected):
            raise ValueError(f"pair {self.id}: what is chosen is what is rejected")
        return self


@dataclass(frozen=True, slots=True)
class PairSet:
    """A folder of pairs."""

    folder: Path
    name: str
    rows: int
    splits: Mapping[str, int]
    dataset: str
    """The data set that they belong to."""

    def pairs(self, split: PairSplit | None = None) -> Iterator[PreferencePair]:
        """The pairs, in their order. Raises ConfigurationError naming the line that is wrong."""
        for pair in read_rows(self.folder / ROWS_FILE, PreferencePair):
            if split in (None, pair.split):
                yield pair


@dataclass(slots=True)
class Found:
    """Pairs, and what became of everything that is none, by reason."""

    pairs: list[PreferencePair] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def write_pairs(
    parent: Path, pairs: Iterable[PreferencePair], dataset: str, about: Mapping[str, object] | None = None
) -> PairSet:
    """Writes them with what is to be said `about` them; the same pairs again are the same folder. Raises
    ConfigurationError for none, and for a pair that is there twice."""
    rows = list(pairs)
    if not rows:
        raise ConfigurationError("there is nothing to make pairs of")
    seen: dict[tuple[str, str, str], str] = {}
    for row in rows:
        key = (row.messages[-1].content, row.chosen, row.rejected)
        if key in seen:
            raise ConfigurationError(f"pairs {seen[key]} and {row.id} are the same")
        seen[key] = row.id
    folder = write_folder(
        parent,
        rows,
        {
            "kind": _KIND,
            "dataset": dataset,
            "splits": dict(Counter(row.split for row in rows)),
            "sources": dict(Counter(row.lineage.source for row in rows)),
            "consent": sorted({row.lineage.consent for row in rows}),
            **(about or {}),
        },
    )
    return read_pairs(folder)


def read_pairs(folder: Path) -> PairSet:
    """Opens a folder of pairs and checks that it is what its name says. Raises ConfigurationError."""
    manifest = read_manifest(folder)
    if manifest.get("kind") != _KIND:
        raise ConfigurationError(f"{folder} holds no preference pairs; make them with `handrail-feedback build-pairs`")
    return PairSet(folder, folder.name, manifest["rows"], manifest["splits"], manifest["dataset"])


def pairs_of_sheet(
    sheet: str, groups: Iterable[SheetGroup], snapshot: DatasetSnapshot, verifier: Verifier, below: float
) -> Found:
    """What the model wrote to questions it may learn from, against the reply that was approved for each.

    Raises ConfigurationError when the sheet asks something that is held out, or that is not in the data set.
    """
    examples = {example.id: example for example in snapshot.examples()}
    approved: defaultdict[str, set[str]] = defaultdict(set)
    for example in examples.values():
        approved[example.situation].add(tidy(example.reply))
    found = Found()
    for group in groups:
        example = _to_learn_from(sheet, group, examples, snapshot.name)
        rejected = _rejected(group, verifier, below)
        found.left_out["nothing wrong with it"] += len(group.drafts) - len(rejected)
        taken: set[str] = set()
        for _, number, why in sorted(rejected):
            draft = group.drafts[number]
            if not tidy(draft.text):
                found.left_out["empty"] += 1
            elif tidy(draft.text) in approved[example.situation]:
                found.left_out["an approved reply, word for word"] += 1
            elif tidy(draft.text) in taken:
                found.left_out["the same draft twice"] += 1
            elif len(taken) == _MOST_REJECTED:
                found.left_out[f"more than {_MOST_REJECTED} for one question"] += 1
            else:
                taken.add(tidy(draft.text))
                found.pairs.append(_pair(sheet, group, number, draft, example, why))
    return found


def split_of(situation: str) -> PairSplit:
    """Where the pairs of a situation belong, on every machine."""
    digest = hashlib.sha256(f"pairs/{situation}".encode()).hexdigest()
    return "held_out" if int(digest[:8], 16) / 0xFFFFFFFF < _HELD_OUT else "train"


def evenly(examples: Iterable[TrainingExample], count: int) -> list[TrainingExample]:
    """So many of the examples, as many of each situation as of any other, as far as they go; always the same ones."""
    situations: defaultdict[str, list[TrainingExample]] = defaultdict(list)
    for example in examples:
        situations[example.situation].append(example)
    queues = [sorted(each, key=lambda one: _order(one.id)) for _, each in sorted(situations.items())]
    chosen: list[TrainingExample] = []
    while queues and len(chosen) < count:
        room = count - len(chosen)
        # The last round goes to situations from all over the list, not to those that come first in it.
        turn = queues if len(queues) <= room else [queues[place * len(queues) // room] for place in range(room)]
        chosen += [queue.pop(0) for queue in turn]
        queues = [queue for queue in queues if queue]
    return chosen


def _to_learn_from(
    sheet: str, group: SheetGroup, examples: Mapping[str, TrainingExample], dataset: str
) -> TrainingExample:
    example = examples.get(group.id)
    if example is None:
        raise ConfigurationError(f"{sheet}: {group.id} is not in data set {dataset}; draft for this one")
    if example.split != "train" or group.split != "train":
        raise ConfigurationError(
            f"{sheet}: {group.id} is held out, and nothing that is held out may be learnt from; "
            "draft for training questions with `handrail-feedback sheet --split train`"
        )
    return example


def _rejected(group: SheetGroup, verifier: Verifier, below: float) -> list[tuple[tuple[int, float], int, str]]:
    """The drafts that are not to be sent: how bad each is (worst first), its number, and why."""
    estimates: Sequence[float] = [each.probability for each in verifier.estimate(group.completions, group.context)]
    rejected: list[tuple[tuple[int, float], int, str]] = []
    for number, (draft, estimate) in enumerate(zip(group.drafts, estimates, strict=True)):
        if draft.problems:
            rejected.append(((0, estimate), number, "; ".join(draft.problems)))
        elif not draft.finished:
            rejected.append(((1, estimate), number, _CUT_OFF))
        elif estimate < below:
            rejected.append(((2, estimate), number, f"{verifier.version} estimates {estimate:.2f}, below {below:.2f}"))
    return rejected


def _pair(
    sheet: str, group: SheetGroup, number: int, draft: SheetDraft, example: TrainingExample, why: str
) -> PreferencePair:
    return PreferencePair(
        id=f"{example.id}/{number}",
        situation=example.situation,
        split=split_of(example.situation),
        messages=example.messages,
        chosen=example.reply,
        rejected=draft.text,
        rejected_whole=draft.finished,
        lineage=PairLineage(
            source="draft",
            chosen_from=example.lineage.interaction,
            rejected_from=f"{sheet}: {group.id}, draft {number}",
            written_by=group.model,
            why=why,
            consent=example.lineage.consent,
        ),
    )


def _order(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
