"""Past questions and replies: the demo's YAML (one file an intent) or JSON lines with the same fields."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.domain import redaction
from app.domain.ids import InteractionId, ProductId
from app.domain.text import tidy
from app.errors import ConfigurationError, PlaybookError
from app.playbook.source import Source

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class _Pair(BaseModel):
    model_config = ConfigDict(extra="forbid")
    question: Text
    reply: Text
    product: ProductId | None = None


class _IntentFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    intent: str
    situations: dict[str, list[_Pair]]


class _Line(_Pair):
    situation: str
    """`intent/situation`."""


@dataclass(frozen=True, slots=True)
class PastCase:
    """One question and its reply as they stand in the source, with where."""

    situation: str
    question: str
    reply: str
    product: ProductId | None
    where: str

    @property
    def id(self) -> InteractionId:
        """The same for the same content, so that bringing it in again changes nothing."""
        content = json.dumps([self.situation, self.question, self.reply, self.product], ensure_ascii=False)
        return InteractionId(f"past_{hashlib.sha256(content.encode()).hexdigest()[:16]}")


def read_past_cases(source: Path) -> list[PastCase]:
    """From a folder of YAML files, one YAML file, or a `.jsonl` file. Raises ConfigurationError naming file and line.

    Questions are masked as they are read: an index never sees a name or a number."""
    files = sorted(source.glob("*.yaml")) if source.is_dir() else [source]
    if not files:
        raise ConfigurationError(f"{source}: there are no interactions here")
    return [case for file in files for case in (_lines(file) if file.suffix == ".jsonl" else _yaml(file))]


def _yaml(path: Path) -> Iterator[PastCase]:
    try:
        file = Source(path).parse(_IntentFile)
    except PlaybookError as error:
        raise ConfigurationError(error.detail) from error
    for situation, pairs in file.situations.items():
        for index, pair in enumerate(pairs):
            where = f"{path.name}: {situation}, pair {index + 1}"
            yield PastCase(f"{file.intent}/{situation}", _masked(pair.question), pair.reply, pair.product, where)


def _lines(path: Path) -> Iterator[PastCase]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    # Not splitlines(): JSON lets U+2028 and its like stand inside a string.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            pair = _Line.model_validate_json(line)
        except ValidationError as error:
            raise ConfigurationError(f"{path}, line {number}: {error}") from error
        yield PastCase(pair.situation, _masked(pair.question), pair.reply, pair.product, f"{path.name}, line {number}")


def _masked(question: str) -> str:
    return tidy(redaction.mask(question))
