"""Tasks and annotations as Label Studio gives them, by its API and by its webhooks."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, field_validator


class RawAnnotation(BaseModel):
    """An annotation as the API and its webhooks give it."""

    id: int
    completed_by: int | None = None
    created_at: datetime
    updated_at: datetime
    was_cancelled: bool = False
    result: Any = None
    """Whatever somebody put there; `LabelConfig.opinion` checks it."""
    task: int | None = None
    project: int | None = None

    @field_validator("completed_by", mode="before")
    @classmethod
    def _only_its_number(cls, value: object) -> object:
        """Some answers hold the whole person."""
        return value.get("id") if isinstance(value, dict) else value

    @property
    def unique_id(self) -> str:
        """Numbers come again after a deletion; a number and a moment do not."""
        return f"{self.id}@{self.created_at.astimezone(UTC).isoformat()}"


class RawTask(BaseModel):
    """A task as the API and its webhooks give it."""

    id: int
    data: dict[str, Any] = {}
    created_at: datetime
    updated_at: datetime | None = None
    project: int | None = None
    annotations: list[RawAnnotation] = []

    @property
    def external_id(self) -> str:
        """The turn it is about."""
        return str(self.data.get("external_id", ""))

    @property
    def made_at(self) -> str:
        """Tells it from a later task under its number."""
        return self.created_at.astimezone(UTC).isoformat()


class TaskLine(BaseModel):
    """A task as the walk through all of them gives it."""

    id: int
    created_at: datetime
    meta: dict[str, Any] | None = None
    total_annotations: int = 0

    @property
    def external_id(self) -> str:
        """The turn it is about."""
        return str((self.meta or {}).get("external_id", ""))
