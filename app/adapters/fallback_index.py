"""Searches the vector index, and the lexical one where that fails; each fall is counted and heals by itself."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from app.domain.ids import InteractionId
from app.domain.retrieval import Interaction, PolicyPassage, RetrievedInteraction
from app.errors import IndexDown
from app.ports import InteractionIndex, PassageIndex

T = TypeVar("T")


class SearchIndex(InteractionIndex, PassageIndex, Protocol):
    """Both roles in one."""


class FallbackIndex:
    """Fills the roles of `InteractionIndex` and `PassageIndex`."""

    def __init__(self, first: SearchIndex, second: SearchIndex) -> None:
        self._first = first
        self._second = second
        self.falls = 0
        """How many searches the second index has answered."""
        self.last_failure: str | None = None
        """Why the first one failed last, until it answers again."""

    def search(
        self, question: str, *, situation: str | None = None, intent: str | None = None, limit: int = 5
    ) -> list[RetrievedInteraction]:
        """Best first."""
        return self._try(lambda index: index.search(question, situation=situation, intent=intent, limit=limit))

    def search_passages(self, question: str, *, pages: Sequence[str] = (), limit: int = 3) -> list[PolicyPassage]:
        """Best first."""
        return self._try(lambda index: index.search_passages(question, pages=pages, limit=limit))

    def upsert(self, interactions: Sequence[Interaction]) -> None:
        """Raises IndexDown when the first index cannot take it; the second reads the truth anyway."""
        self._second.upsert(interactions)
        self._first.upsert(interactions)

    def remove(self, ids: Sequence[InteractionId]) -> None:
        """As `upsert`."""
        self._second.remove(ids)
        self._first.remove(ids)

    def replace_passages(self, passages: Sequence[PolicyPassage]) -> None:
        """As `upsert`."""
        self._second.replace_passages(passages)
        self._first.replace_passages(passages)

    def count(self) -> int:
        """What the first index can find."""
        return self._try(lambda index: index.count())

    def count_passages(self) -> int:
        """What the first index can find."""
        return self._try(lambda index: index.count_passages())

    def _try(self, ask: Callable[[SearchIndex], T]) -> T:
        try:
            answer = ask(self._first)
        except IndexDown as error:
            self.falls += 1
            self.last_failure = error.detail
            return ask(self._second)
        self.last_failure = None
        return answer
