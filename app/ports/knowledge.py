"""Where past replies, policy pages and what was brought in are kept."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from app.domain.ids import InteractionId
from app.domain.retrieval import Interaction, PolicyPage, PolicyPassage


class InteractionStore(Protocol):
    """Past questions and approved replies; the truth about them."""

    def put(self, interactions: Sequence[Interaction]) -> None:
        """Adds new ones; one that is there keeps its status and what it rests on, so that repeating an import
        approves nothing again."""
        ...

    def approve(self, interactions: Sequence[Interaction]) -> None:
        """Replaces by id, status and versions included: a person has checked these."""
        ...

    def by_id(self, ids: Sequence[InteractionId]) -> dict[InteractionId, Interaction]:
        """Those that exist."""
        ...

    def all_interactions(self) -> list[Interaction]:
        """Every one, by id."""
        ...

    def rest_outdated(self, versions: Mapping[str, str]) -> list[Interaction]:
        """Lets every usable reply rest that rests on something whose version is another now, or gone; returns them."""
        ...


class KnowledgeStore(Protocol):
    """Policy pages and their passages; the truth about them."""

    def replace_pages(self, pages: Sequence[PolicyPage], passages: Sequence[PolicyPassage]) -> None:
        """Makes these, and only these, the knowledge, in one transaction."""
        ...

    def pages(self) -> list[PolicyPage]:
        """Every page, by id."""
        ...

    def passages(self) -> list[PolicyPassage]:
        """Every passage, by id."""
        ...


class ManifestStore(Protocol):
    """What was brought in last, and from what, so that it is not brought in again."""

    def manifest(self, name: str) -> Mapping[str, str] | None:
        """None when nothing was brought in under this name."""
        ...

    def keep_manifest(self, name: str, content: Mapping[str, str]) -> None:
        """Replaces it."""
        ...
