"""Rows in files of JSON lines, written or collected by people: each line is checked, and what is wrong is named."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from app.errors import ConfigurationError

Row = TypeVar("Row", bound=BaseModel)


class Named(BaseModel):
    """A row that has a name of its own."""

    id: str


NamedRow = TypeVar("NamedRow", bound=Named)


def read_rows(path: Path, model: type[Row]) -> Iterator[Row]:
    """The rows of a file, in their order. Raises ConfigurationError naming the line that is wrong."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield model.model_validate_json(line)
            except ValidationError as error:
                raise ConfigurationError(f"{path.name}, line {number}: {error}") from error


def read_named(folder: Path, model: type[NamedRow]) -> tuple[NamedRow, ...]:
    """The rows of all files of a folder. Raises ConfigurationError naming file and line of what is wrong, or there
    twice."""
    found: dict[str, NamedRow] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, row in enumerate(read_rows(path, model), start=1):
            if row.id in found:
                raise ConfigurationError(f"{path.name}, line {number}: {row.id} is there already")
            found[row.id] = row
    return tuple(found.values())
