"""Lexical search over the same tables, for when the vector index cannot be searched.

SQLite's FTS5 with BM25, built in memory from the truth on first use and again when the truth has changed; scores are
scaled to 0 to 1 by the best possible match, so that the thresholds downstream keep their meaning.
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
        self._interactions: dict[str, Interaction] = {}
        self._passages: dict[str, PolicyPassage] = {}

    def search(
        self, question: str, *, situation: str | None = None, intent: str | None = None, limit: int = 5
    ) -> list[RetrievedInteraction]:
        """Best first, usable replies only."""
        with self._lock:
            hits = self._matches("interactions", question)
        found = [RetrievedInteraction(self._interactions[key], score) for key, score in hits]
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

    def upsert(self, interactions: Sequence[Interaction]) -> None:  # noqa: ARG002 - the truth is read anew
        """The truth has changed: it is read again at the next search."""
        self._forget()

    def remove(self, ids: Sequence[InteractionId]) -> None:  # noqa: ARG002
        """The truth has changed: it is read again at the next search."""
        self._forget()

    def replace_passages(self, passages: Sequence[PolicyPassage]) -> None:  # noqa: ARG002
        """The truth has changed: it is read again at the next search."""
        self._forget()

    def count(self) -> int:
        """How many replies can be found."""
        return sum(1 for item in self._read_interactions() if item.usable)

    def count_passages(self) -> int:
        """How many passages can be found."""
        return len(self._read_passages())

    def _forget(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _matches(self, table: str, question: str) -> list[tuple[str, float]]:
        database = self._database or self._build()
        terms = list(dict.fromkeys(_WORD.findall(question.lower())))
        if not terms:
            return []
        query = " OR ".join(f'"{term}"' for term in terms)
        rows = database.execute(
            # The table is one of this file's two names, never a caller's word.
            f"SELECT key, text FROM {table} WHERE {table} MATCH ? ORDER BY bm25({table}) LIMIT 400",  # noqa: S608
            (query,),
        ).fetchall()
        return sorted(((key, _overlap(terms, text)) for key, text in rows), key=lambda hit: -hit[1])

    def _build(self) -> sqlite3.Connection:
        database = sqlite3.connect(":memory:", check_same_thread=False)
        for table in ("interactions", "passages"):
            database.execute(
                f"CREATE VIRTUAL TABLE {table} USING fts5(key UNINDEXED, text, tokenize='porter unicode61')"
            )
        self._interactions = {item.id: item for item in self._read_interactions() if item.usable}
        self._passages = {item.id: item for item in self._read_passages()}
        database.executemany(
            "INSERT INTO interactions VALUES (?, ?)", [(key, item.question) for key, item in self._interactions.items()]
        )
        database.executemany(
            "INSERT INTO passages VALUES (?, ?)",
            [(key, f"{item.title} {item.text}") for key, item in self._passages.items()],
        )
        self._database = database
        return database


def _overlap(terms: Sequence[str], text: str) -> float:
    """Dice coefficient of the words, times the ceiling."""
    words = set(_WORD.findall(text.lower()))
    return _CEILING * 2 * len(words & set(terms)) / (len(words) + len(terms)) if words else 0.0
