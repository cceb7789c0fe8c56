"""A data set as it was, for good: rows with their lineage, a manifest, and a name that is the hash of both.

A snapshot is written once, into a folder of its own, by one rename; what is in it never changes. A model card names the
snapshot that a model was trained on, and each row says what it was made from.
"""

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.errors import ConfigurationError
from feedback.dataset.rows import read_rows

ROWS, MANIFEST = "rows.jsonl", "manifest.json"

Split = Literal["train", "held_out_phrase", "held_out_situation"]
HELD_OUT: tuple[Split, ...] = ("held_out_phrase", "held_out_situation")


class Line(BaseModel):
    """One message of a prompt."""

    model_config = ConfigDict(extra="forbid")
    role: Literal["system", "user", "assistant"]
    content: str


class Lineage(BaseModel):
    """What a row was made from."""

    model_config = ConfigDict(extra="forbid")
    interaction: str = Field(min_length=1)
    """The past reply."""
    question_of: str = Field(min_length=1)
    """The past case whose question is asked; another one of the same situation where the reply fits it too."""
    source: str = Field(min_length=1)
    consent: str = Field(min_length=1)
    """Why it may be trained on."""
    playbook: str = Field(min_length=1)
    """Version of the situation."""
    prompt: str = Field(min_length=1)


class TrainingExample(BaseModel):
    """A prompt as it is served, and the reply that a person approved."""

    model_config = ConfigDict(extra="forbid")
    id: str
    task: Literal["answer", "refine"]
    situation: str
    split: Split
    messages: list[Line] = Field(min_length=1)
    reply: str = Field(min_length=1)
    lineage: Lineage


@dataclass(frozen=True, slots=True)
class DatasetSnapshot:
    """A folder that holds one."""

    folder: Path
    name: str
    rows: int
    splits: Mapping[str, int]

    def examples(self, split: Split | None = None) -> Iterator[TrainingExample]:
        """The rows, in their order. Raises ConfigurationError naming the line that is wrong."""
        for example in read_rows(self.folder / ROWS, TrainingExample):
            if split in (None, example.split):
                yield example


def write_snapshot(parent: Path, examples: Iterable[TrainingExample], about: Mapping[str, object]) -> DatasetSnapshot:
    """Writes the rows with what is to be said `about` them; the same rows again are the same snapshot.

    Raises ConfigurationError for no rows, and for two rows with one prompt and one reply.
    """
    rows = list(examples)
    if not rows:
        raise ConfigurationError("there is nothing to make a data set of")
    seen: dict[tuple[str, str], str] = {}
    for row in rows:
        key = (row.messages[-1].content, row.reply)
        if key in seen:
            raise ConfigurationError(f"rows {seen[key]} and {row.id} are the same")
        seen[key] = row.id
    folder = write_folder(
        parent,
        rows,
        {
            "splits": dict(Counter(row.split for row in rows)),
            "tasks": dict(Counter(row.task for row in rows)),
            "sources": dict(Counter(row.lineage.source for row in rows)),
            "consent": sorted({row.lineage.consent for row in rows}),
            **about,
        },
    )
    return read_snapshot(folder)


def read_snapshot(folder: Path) -> DatasetSnapshot:
    """Opens one and checks that it is what its name says. Raises ConfigurationError."""
    manifest = read_manifest(folder)
    return DatasetSnapshot(folder, folder.name, manifest["rows"], manifest["splits"])


def write_folder(parent: Path, rows: Sequence[BaseModel], about: Mapping[str, object]) -> Path:
    """Writes rows and a manifest into a folder named for the rows' hash, by one rename; one that is there stays."""
    text = "".join(f"{row.model_dump_json()}\n" for row in rows)
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    folder = parent / name
    if not folder.exists():
        manifest = {"name": name, "rows": len(rows), **about}
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=".writing-") as writing:
            unfinished = Path(writing) / name
            unfinished.mkdir()
            for file, content in ((ROWS, text), (MANIFEST, json.dumps(manifest, indent=2, sort_keys=True) + "\n")):
                with (unfinished / file).open("w", encoding="utf-8") as target:
                    target.write(content)
                    target.flush()
                    os.fsync(target.fileno())
            unfinished.rename(folder)
    return folder


def read_manifest(folder: Path) -> dict[str, Any]:
    """What is said about the rows in a folder, after a check that they are what its name says. Raises
    ConfigurationError."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digest = hashlib.sha256((folder / ROWS).read_bytes()).hexdigest()[:12]
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{folder} is no data set: {error}") from error
    if digest != manifest.get("name") or digest != folder.name:
        raise ConfigurationError(f"{folder} was changed: its rows are {digest}, not {manifest.get('name')}")
    return manifest
