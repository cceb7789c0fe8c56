"""One suite over every index of policy passages."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.adapters.chroma_index import ChromaIndex
from app.adapters.fallback_index import FallbackIndex
from app.adapters.memory_encoder import HashingEncoder
from app.adapters.sql.database import open_database
from app.adapters.sql.knowledge import SqlKnowledge
from app.adapters.sql.lexical import LexicalIndex
from app.domain.retrieval import PolicyPage, PolicyPassage
from app.ports import PassageIndex
from tests.builders import a_page, a_passage

RETURNS = a_page("returns")
DELIVERY = a_page("delivery")
HOW_TO_RETURN = a_passage(RETURNS, 0, "Open your orders, choose the order and start a return.")
RETURN_WINDOW = a_passage(RETURNS, 1, "An order can be sent back within 30 days of delivery.")
DELIVERY_TIME = a_passage(DELIVERY, 0, "Standard delivery takes three days.")
EVERY = (HOW_TO_RETURN, RETURN_WINDOW, DELIVERY_TIME)


@dataclass
class Pages:
    """Pages in SQL, and an index over their passages, kept in step as an import keeps them."""

    store: SqlKnowledge
    index: PassageIndex

    def bring(self, *passages: PolicyPassage, pages: tuple[PolicyPage, ...] = (RETURNS, DELIVERY)) -> None:
        self.store.replace_pages(pages, passages)
        self.index.replace_passages(passages)

    def found(self, question: str, *pages: str) -> set[str]:
        return {passage.id for passage in self.index.search_passages(question, pages=pages, limit=10)}


@pytest.fixture(params=["chroma", "lexical", "fallback"])
def known(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pages]:
    engine = open_database("sqlite://")
    store = SqlKnowledge(engine)
    vectors = ChromaIndex(tmp_path / "index", HashingEncoder(), lambda _: {}, store.passages)
    words = LexicalIndex(lambda: (), store.passages)
    kinds: dict[str, PassageIndex] = {"chroma": vectors, "lexical": words, "fallback": FallbackIndex(vectors, words)}
    yield Pages(store, kinds[request.param])
    vectors.close()
    engine.dispose()


def test_an_empty_index_finds_no_passage(known: Pages) -> None:
    assert known.index.search_passages("how long is delivery") == []
    assert known.index.count_passages() == 0


def test_the_nearest_passage_comes_first_with_its_source_and_a_score(known: Pages) -> None:
    known.bring(*EVERY)

    hits = known.index.search_passages("how long does standard delivery take", limit=10)

    first = hits[0]
    assert (first.id, first.page_id, first.text, first.version) == (
        DELIVERY_TIME.id,
        DELIVERY.id,
        DELIVERY_TIME.text,
        DELIVERY.version,
    )
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert first.score > 0.0


def test_naming_pages_narrows_the_search_to_them(known: Pages) -> None:
    known.bring(*EVERY)
    question = "delivery of an order"
    assert known.found(question, "returns") == {HOW_TO_RETURN.id, RETURN_WINDOW.id}
    assert known.found(question, "returns", "delivery") == {passage.id for passage in EVERY}
    assert known.found(question, "warranty") == set()


def test_no_more_passages_than_the_limit_are_found(known: Pages) -> None:
    known.bring(*EVERY)
    assert len(known.index.search_passages("delivery of an order", limit=1)) == 1


def test_bringing_the_same_pages_again_changes_nothing(known: Pages) -> None:
    known.bring(*EVERY)
    before = known.index.search_passages("delivery of an order")

    known.bring(*EVERY)

    assert known.index.search_passages("delivery of an order") == before
    assert known.index.count_passages() == 3


def test_passages_that_are_gone_are_not_found(known: Pages) -> None:
    known.bring(*EVERY)

    known.bring(DELIVERY_TIME, pages=(DELIVERY,))

    assert known.found("delivery of an order") == {DELIVERY_TIME.id}
    assert known.index.count_passages() == 1
    known.bring(pages=())
    assert known.found("delivery of an order") == set()
    assert known.index.count_passages() == 0


def test_a_passage_says_what_sql_says_though_the_index_was_not_told(known: Pages) -> None:
    known.bring(*EVERY)
    shorter = a_page("returns", "An order can be sent back within 14 days of delivery.")
    known.store.replace_pages([shorter, DELIVERY], [a_passage(shorter, 1), DELIVERY_TIME])

    (hit,) = known.index.search_passages("sent back within days of delivery", pages=("returns",))

    assert (hit.text, hit.version) == (shorter.text, shorter.version)


@pytest.mark.parametrize("question", ["", "?!", 'delivery" OR NOT * AND (', "🙂"])
def test_anything_can_be_looked_up(known: Pages, question: str) -> None:
    known.bring(*EVERY)
    assert len(known.index.search_passages(question)) <= len(EVERY)
