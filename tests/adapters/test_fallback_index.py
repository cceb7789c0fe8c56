"""When the vector index is down the lexical one answers; each fall is counted, and it heals by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.adapters.chroma_index import ChromaIndex
from app.adapters.fallback_index import FallbackIndex
from app.adapters.memory_encoder import HashingEncoder
from app.adapters.sql.database import open_database
from app.adapters.sql.interactions import SqlInteractions
from app.adapters.sql.knowledge import SqlKnowledge
from app.adapters.sql.lexical import LexicalIndex
from app.errors import IndexDown
from tests.builders import a_page, a_passage, an_interaction

LATE = an_interaction("where is my parcel, it is late")
NEW = an_interaction("the courier left my parcel outside")
PAGE = a_page()


@dataclass
class Shelf:
    """Replies and pages in SQL under a vector index whose folder can be blocked by a file."""

    store: SqlInteractions
    knowledge: SqlKnowledge
    vectors: ChromaIndex
    index: FallbackIndex
    folder: Path

    def block(self) -> None:
        self.vectors.close()
        self.folder.rename(self.folder.with_suffix(".away"))
        self.folder.write_text("not a folder", encoding="utf-8")

    def unblock(self) -> None:
        self.folder.unlink()
        self.folder.with_suffix(".away").rename(self.folder)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    engine = open_database("sqlite://")
    store, knowledge = SqlInteractions(engine), SqlKnowledge(engine)
    vectors = ChromaIndex(tmp_path / "index", HashingEncoder(), store.by_id, knowledge.passages)
    index = FallbackIndex(vectors, LexicalIndex(store.all_interactions, knowledge.passages))
    store.put([LATE])
    knowledge.replace_pages([PAGE], [a_passage(PAGE)])
    index.upsert([LATE])
    index.replace_passages(knowledge.passages())
    yield Shelf(store, knowledge, vectors, index, tmp_path / "index")
    vectors.close()
    engine.dispose()


def test_while_the_vectors_answer_nothing_is_counted(shelf: Shelf) -> None:
    (hit,) = shelf.index.search(LATE.question)
    assert hit.score == pytest.approx(1.0)
    assert (shelf.index.falls, shelf.index.last_failure) == (0, None)


def test_when_they_are_down_words_are_searched_and_each_fall_is_counted(shelf: Shelf) -> None:
    shelf.block()

    (reply,) = shelf.index.search(LATE.question)
    (passage,) = shelf.index.search_passages("send it back")

    assert reply.interaction == LATE
    assert reply.score < 1.0
    assert passage.text == PAGE.text
    assert (shelf.index.count(), shelf.index.count_passages()) == (1, 1)
    assert shelf.index.falls == 4
    assert "FileExistsError" in (shelf.index.last_failure or "")


def test_it_heals_by_itself(shelf: Shelf) -> None:
    shelf.block()
    shelf.index.search(LATE.question)

    shelf.unblock()

    (hit,) = shelf.index.search(LATE.question)
    assert hit.score == pytest.approx(1.0)
    assert (shelf.index.falls, shelf.index.last_failure) == (1, None)


def test_a_reply_that_the_vectors_could_not_take_is_found_by_its_words(shelf: Shelf) -> None:
    shelf.block()
    shelf.store.put([NEW])

    with pytest.raises(IndexDown):
        shelf.index.upsert([NEW])

    assert shelf.index.search(NEW.question)[0].interaction == NEW


def test_what_cannot_be_removed_or_replaced_is_said(shelf: Shelf) -> None:
    shelf.block()
    with pytest.raises(IndexDown):
        shelf.index.remove([LATE.id])
    with pytest.raises(IndexDown):
        shelf.index.replace_passages([])


def test_the_second_index_learns_what_the_first_cannot_take(shelf: Shelf, tmp_path: Path) -> None:
    second = ChromaIndex(tmp_path / "second", HashingEncoder(), shelf.store.by_id, shelf.knowledge.passages)
    index = FallbackIndex(shelf.vectors, second)
    shelf.block()

    with pytest.raises(IndexDown):
        index.upsert([LATE])
    with pytest.raises(IndexDown):
        index.replace_passages([a_passage(PAGE)])
    assert [hit.interaction for hit in index.search(LATE.question)] == [LATE]
    assert [hit.text for hit in index.search_passages("send it back")] == [PAGE.text]

    with pytest.raises(IndexDown):
        index.remove([LATE.id])
    assert index.search(LATE.question) == []
    second.close()


def test_a_mistake_in_the_code_is_not_taken_for_an_index_that_is_down(shelf: Shelf) -> None:
    class Mistaken(LexicalIndex):
        def count(self) -> int:
            raise KeyError("a mistake")

    words = LexicalIndex(list, list)
    index = FallbackIndex(Mistaken(list, list), words)

    with pytest.raises(KeyError):
        index.count()
    assert index.falls == 0
