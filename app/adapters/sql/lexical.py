"""Lexical search over the same tables, for when the vector index cannot be searched.

SQLite's FTS5 in memory. The truth is read at every search, and the tables are built anew when it has changed, whoever
changed it: another process may have let a reply rest. Scores are scaled to 0 to 1 by the best possible match, so that
the thresholds downstream keep their meaning.
"""

import re
import sqlite3
import threading
from collections.abc import Callable, Sequence

from app.domain.ids import InteractionId
from app.domain.retrieval import Interaction, PolicyPassage, RetrievedInteraction

_WORD = re.compile(r"[a-z0-9]+")
_CEILING = 0.75
"""A lexical match never counts for more: shared words are weaker evidence than shared meaning."""


class LexicalIndex:
    """Fills the roles of `InteractionIndex` and `PassageIndex`."""

    def __init__(
        self,
        interactions: Callable[[], Sequence[Interaction]],
        passages: Callable[[], Sequence[PolicyPassage]],
    ) -> None:
        """`interactions` and `passages` read the truth."""
        self._read_interactions = interactions
        self._read_passages = passages
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._interactions: dict[InteractionId, Interaction] = {}
        self._passages: dict[str, PolicyPassage] = {}

    def search(
        self, question: str, *, situation: str | None = None, intent: str | None = None, limit: int = 5
    ) -> list[RetrievedInteraction]:
        """Best first, usable replies only."""
        with self._lock:
            hits = self._matches("interactions", question)
            found = [RetrievedInteraction(self._interactions[InteractionId(key)], score) for key, score in hits]
        return [
            hit
            for hit in found
            if (situation is None or hit.interaction.situation == situation)
            and (intent is None or hit.interaction.intent == intent)
        ][:limit]

    def search_passages(self, question: str, *, pages: Sequence[str] = (), limit: int = 3) -> list[PolicyPassage]:
        """Best first, within `pages` when any are named."""
        with self._lock:
            hits = self._matches("passages", question)
            found = [(self._passages[key], score) for key, score in hits]
        return [
            PolicyPassage(item.id, item.page_id, item.title, item.text, item.version, score)
            for item, score in found
            if not pages or item.page_id in pages
        ][:limit]

    def upsert(self, interactions: Sequence[Interaction]) -> None:
        """Nothing to do: the truth is read at every search."""

    def remove(self, ids: Sequence[InteractionId]) -> None:
        """Nothing to do: the truth is read at every search."""

    def replace_passages(self, passages: Sequence[PolicyPassage]) -> None:
        """Nothing to do: the truth is read at every search."""

    def count(self) -> int:
        """How many replies can be found."""
        return sum(1 for item in self._read_interactions() if item.usable)

    def count_passages(self) -> int:
        """How many passages can be found."""
        return len(self._read_passages())

    def _matches(self, table: str, question: str) -> list[tuple[str, float]]:
        database = self._built()
        terms = list(dict.fromkeys(_WORD.findall(question.lower())))
        if not terms:
            return []
        query = " OR ".join(f'"{term}"' for term in terms)
        rows = database.execute(
            # The table is one of this file's two names, never a caller's word.
            f"SELECT key, text FROM {table} WHERE {table} MATCH ? ORDER BY bm25({table})",  # noqa: S608
            (query,),
        ).fetchall()
        return sorted(((key, _overlap(terms, text)) for key, text in rows), key=lambda hit: -hit[1])

    def _built(self) -> sqlite3.Connection:
        """The tables over the truth as it is now."""
        interactions = {item.id: item for item in self._read_interactions() if item.usable}
        passages = {item.id: item for item in self._read_passages()}
        if self._database is not None:
            if (interactions, passages) == (self._interactions, self._passages):
                return self._database
            self._database.close()
        self._interactions, self._passages = interactions, passages
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        for table, texts in (
            ("interactions", [(key, item.question) for key, item in interactions.items()]),
            ("passages", [(key, f"{item.title} {item.text}") for key, item in passages.items()]),
        ):
            self._database.execute(
                f"CREATE VIRTUAL TABLE {table} USING fts5(key UNINDEXED, text, tokenize='porter unicode61')"
            )
            self._database.executemany(f"INSERT INTO {table} VALUES (?, ?)", texts)  # noqa: S608 - as above
        return self._database


def _overlap(terms: Sequence[str], text: str) -> float:
    """Dice coefficient of the words, times the ceiling."""
    words = set(_WORD.findall(text.lower()))
    return _CEILING * 2 * len(words & set(terms)) / (len(words) + len(terms)) if words else 0.0
