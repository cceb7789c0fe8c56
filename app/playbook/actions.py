"""Reads what colleagues are asked to do (`actions.yaml`); a playbook of one's own without it takes the shipped one."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel

from app.domain.handoff import OTHER, Action, Step
from app.playbook.loader import SHIPPED, Name
from app.playbook.source import Source


class _StepFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    do: str
    otherwise: str = Field(alias="else")


class _ActionFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    steps: list[str | _StepFile] = Field(min_length=1)
    wanted_in: list[str] = []


class _ActionsFile(RootModel[dict[Name, _ActionFile]]):
    pass


def load_actions(folder: Path = SHIPPED) -> Mapping[str, Action]:
    """Name → action. Raises PlaybookError naming file, line and field."""
    path = folder / "actions.yaml"
    source = Source(path if path.exists() else SHIPPED / path.name)
    file = source.parse(_ActionsFile).root
    if OTHER not in file:
        raise source.error(f"there has to be one that is called {OTHER!r}, for whatever has none of its own")
    return {
        name: Action(
            name,
            entry.title,
            tuple(Step(step) if isinstance(step, str) else Step(step.do, step.otherwise) for step in entry.steps),
            tuple(entry.wanted_in),
        )
        for name, entry in file.items()
    }
