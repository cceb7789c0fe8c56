"""The vector index in Chroma, embedded. A cache of ids and vectors: what is found is read from SQL, and the whole is
rebuilt from SQL when it is lost, damaged, or was made by another encoder."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from app.domain.ids import InteractionId
from app.domain.retrieval import Interaction, PolicyPassage, RetrievedInteraction
from app.errors import IndexDown
from app.ports import Encoder

_BATCH = 500
_SPARE = 4
"""Hits asked of Chroma for each one wanted: replies that rest by now are dropped from what it finds."""
_INTERACTIONS, _PASSAGES = "interactions", "passages"

Interactions = Callable[[Sequence[InteractionId]], Mapping[InteractionId, Interaction]]
Passages = Callable[[], Sequence[PolicyPassage]]


class ChromaIndex:
    """Fills the roles of `InteractionIndex` and `PassageIndex`. Every failure of Chroma is an IndexDown."""

    def __init__(self, folder: Path, encoder: Encoder, interactions: Interactions, passages: Passages) -> None:
        """`interactions` and `passages` read the truth; nothing is opened before the first use."""
        self._folder = folder
        self._encoder = encoder
        self._read_interactions = interactions
        self._read_passages = passages
        self._lock = threading.Lock()
        self._client: Any = None
        self._collections: dict[str, Any] = {}

    def search(
        self, question: str, *, situation: str | None = None, intent: str | None = None, limit: int = 5
    ) -> list[RetrievedInteraction]:
        """Best first, usable replies only, scored by cosine similarity."""
        wanted = [{key: value} for key, value in (("situation", situation), ("intent", intent)) if value is not None]
        where: Mapping[str, Any] | None = {"$and": wanted} if len(wanted) > 1 else next(iter(wanted), None)
        hits = self._query(_INTERACTIONS, question, where, limit * _SPARE)
        truth = self._read_interactions([InteractionId(key) for key, _ in hits])
        found = [(truth.get(InteractionId(key)), score) for key, score in hits]
        return [RetrievedInteraction(item, score) for item, score in found if item is not None and item.usable][:limit]

    def search_passages(self, question: str, *, pages: Sequence[str] = (), limit: int = 3) -> list[PolicyPassage]:
        """Best first, within `pages` when any are named."""
        where = {"page_id": {"$in": list(pages)}} if pages else None
        truth = {passage.id: passage for passage in self._read_passages()}
        return [
            PolicyPassage(item.id, item.page_id, item.title, item.text, item.version, score)
            for key, score in self._query(_PASSAGES, question, where, limit)
            if (item := truth.get(key)) is not None
        ]

    def upsert(self, interactions: Sequence[Interaction]) -> None:
        """Adds or replaces by id; one that is not usable any more is removed."""
        self.remove([item.id for item in interactions if not item.usable])
        usable = [item for item in interactions if item.usable]
        self._put(
            _INTERACTIONS,
            [item.id for item in usable],
            [item.question for item in usable],
            [{"situation": item.situation, "intent": item.intent} for item in usable],
        )

    def remove(self, ids: Sequence[InteractionId]) -> None:
        """Forgets these; unknown ids are ignored."""
        if ids:
            with self._guarded():
                self._collection(_INTERACTIONS).delete(ids=list(ids))

    def replace_passages(self, passages: Sequence[PolicyPassage]) -> None:
        """Makes these, and only these, findable."""
        self._drop(_PASSAGES)
        self._put(
            _PASSAGES,
            [item.id for item in passages],
            [f"{item.title}. {item.text}" for item in passages],
            [{"page_id": item.page_id} for item in passages],
        )

    def start_over(self) -> None:
        """Forgets everything, and which encoder made the index; what Chroma cannot open is deleted."""
        try:
            self._drop(_INTERACTIONS)
            self._drop(_PASSAGES)
        except IndexDown:
            with self._guarded():
                shutil.rmtree(self._folder, ignore_errors=True)
                # A client that could not start is handed out by Chroma once more before it is let go.
                with suppress(Exception):
                    self._open()

    def count(self) -> int:
        """How many replies can be found."""
        with self._guarded():
            return int(self._collection(_INTERACTIONS).count())

    def count_passages(self) -> int:
        """How many passages can be found."""
        with self._guarded():
            return int(self._collection(_PASSAGES).count())

    def close(self) -> None:
        """Lets go of all that was opened; the next use opens it anew."""
        with self._lock:
            self._close()

    def _query(self, name: str, question: str, where: Mapping[str, Any] | None, limit: int) -> list[tuple[str, float]]:
        vector = self._encoder.encode([question])[0]
        with self._guarded():
            answer = self._collection(name).query(
                query_embeddings=[vector.tolist()], n_results=limit, where=where, include=["distances"]
            )
        return [
            (key, min(1.0, max(0.0, 1.0 - distance)))
            for key, distance in zip(answer["ids"][0], answer["distances"][0], strict=True)
        ]

    def _put(self, name: str, ids: list[Any], texts: list[str], metadatas: list[dict[str, str]]) -> None:
        for start in range(0, len(ids), _BATCH):
            part = slice(start, start + _BATCH)
            vectors = self._encoder.encode(texts[part])
            with self._guarded():
                self._collection(name).upsert(ids=ids[part], embeddings=vectors.tolist(), metadatas=metadatas[part])

    def _drop(self, name: str) -> None:
        with self._guarded():
            self._open()
            if name in {collection.name for collection in self._client.list_collections()}:
                self._client.delete_collection(name)
            self._collections.pop(name, None)

    def _open(self) -> None:
        if self._client is None:
            # Chroma is slow to import and opens files: not before it is needed.
            import chromadb  # noqa: PLC0415
            from chromadb.config import Settings  # noqa: PLC0415

            self._folder.mkdir(parents=True, exist_ok=True)
            self._client = chromadb.PersistentClient(
                path=str(self._folder), settings=Settings(anonymized_telemetry=False)
            )

    def _collection(self, name: str) -> Any:  # noqa: ANN401 - chromadb's own type, which is not exported typed
        self._open()
        if name not in self._collections:
            collection = self._client.get_or_create_collection(
                name, metadata={"encoder": self._encoder.version, "hnsw:space": "cosine"}, embedding_function=None
            )
            made_by = (collection.metadata or {}).get("encoder")
            if made_by != self._encoder.version:
                raise IndexDown(f"the index {name} was made by encoder {made_by}; run handrail-ingest reindex")
            self._collections[name] = collection
        return self._collections[name]

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Holds the lock (one writer, and Chroma's client is not documented as thread-safe) and names every failure."""
        with self._lock:
            try:
                yield
            # Chroma's Rust core panics as a BaseException on a damaged segment; only a stop request may pass as it is.
            except (IndexDown, KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:
                # Another process may have rebuilt the index, or be about to: what is open here is of no use any more.
                self._close()
                raise IndexDown(f"Chroma: {type(error).__name__}: {error}") from error

    def _close(self) -> None:
        client, self._client = self._client, None
        self._collections.clear()
        if client is not None:
            with suppress(Exception):  # what is broken may break in closing too
                client.close()
