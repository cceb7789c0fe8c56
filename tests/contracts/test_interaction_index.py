"""One suite over every index of past replies: whichever answers, the pipeline may rely on this."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.adapters.chroma_index import ChromaIndex
from app.adapters.fallback_index import FallbackIndex
from app.adapters.memory_encoder import HashingEncoder
from app.adapters.sql.database import open_database
from app.adapters.sql.interactions import SqlInteractions
from app.adapters.sql.lexical import LexicalIndex
from app.domain.ids import InteractionId
from app.domain.retrieval import Interaction, InteractionStatus
from app.ports import InteractionIndex
from tests.builders import an_interaction

LATE = an_interaction("where is my parcel, it is late", situation="track_order/late")
STILL_LATE = an_interaction("my parcel is late, where is it now", situation="track_order/late")
LOST = an_interaction("where is my parcel, is it lost", situation="lost_parcel/lost")
ON_TIME = an_interaction("when does my parcel arrive", situation="track_order/on_time")
REFUND = an_interaction("when do I get my money back", situation="track_refund/approved")


@dataclass
class PastReplies:
    """Replies in SQL, and an index over them, kept in step as an import keeps them."""

    store: SqlInteractions
    index: InteractionIndex

    def bring(self, *items: Interaction) -> None:
        self.store.approve(items)
        self.index.upsert(items)

    def found(self, question: str, *, situation: str | None = None, intent: str | None = None) -> list[InteractionId]:
        hits = self.index.search(question, situation=situation, intent=intent, limit=10)
        return [hit.interaction.id for hit in hits]


@pytest.fixture(params=["chroma", "lexical", "fallback"])
def past(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PastReplies]:
    engine = open_database("sqlite://")
    store = SqlInteractions(engine)
    vectors = ChromaIndex(tmp_path / "index", HashingEncoder(), store.by_id, lambda: ())
    words = LexicalIndex(store.all_interactions, lambda: ())
    kinds: dict[str, InteractionIndex] = {
        "chroma": vectors,
        "lexical": words,
        "fallback": FallbackIndex(vectors, words),
    }
    yield PastReplies(store, kinds[request.param])
    vectors.close()
    engine.dispose()


def test_an_empty_index_finds_nothing(past: PastReplies) -> None:
    assert past.index.search("where is my parcel") == []
    assert past.index.count() == 0


def test_the_nearest_question_comes_first_and_scores_lie_between_0_and_1(past: PastReplies) -> None:
    past.bring(REFUND, ON_TIME, LATE, LOST)

    hits = past.index.search(LATE.question, limit=10)

    assert hits[0].interaction == LATE
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert scores[0] > scores[1]


def test_what_is_found_is_the_whole_reply_as_sql_holds_it(past: PastReplies) -> None:
    kept = replace(LATE, rests_on={"playbook:track_order/late": "v1"})
    past.bring(kept)

    (hit,) = past.index.search(LATE.question)

    assert hit.interaction == kept


def test_bringing_the_same_again_changes_nothing(past: PastReplies) -> None:
    past.bring(LATE, LOST)
    before = past.index.search(LATE.question)

    past.bring(LATE, LOST)

    assert past.index.search(LATE.question) == before
    assert past.index.count() == 2


def test_a_reply_that_was_corrected_is_found_by_its_new_question_with_its_new_words(past: PastReplies) -> None:
    past.bring(LATE, REFUND)
    corrected = replace(LATE, question="how many days is the delivery behind", reply="It is {days_late} late.")

    past.bring(corrected)

    assert past.index.search(corrected.question)[0].interaction == corrected
    assert past.index.count() == 2


def test_a_situation_narrows_the_search(past: PastReplies) -> None:
    past.bring(LATE, STILL_LATE, LOST, ON_TIME, REFUND)
    assert set(past.found("where is my parcel", situation="track_order/late")) == {LATE.id, STILL_LATE.id}
    assert past.found("where is my parcel", situation="track_order/nowhere") == []


def test_an_intent_narrows_the_search(past: PastReplies) -> None:
    past.bring(LATE, STILL_LATE, LOST, ON_TIME, REFUND)
    assert set(past.found("where is my parcel", intent="track_order")) == {LATE.id, STILL_LATE.id, ON_TIME.id}


def test_a_situation_and_an_intent_must_both_hold(past: PastReplies) -> None:
    past.bring(LATE, STILL_LATE, LOST)
    assert past.found("where is my parcel", situation="lost_parcel/lost", intent="lost_parcel") == [LOST.id]
    assert past.found("where is my parcel", situation="lost_parcel/lost", intent="track_order") == []


def test_no_more_than_the_limit_is_found(past: PastReplies) -> None:
    past.bring(LATE, STILL_LATE, LOST, ON_TIME)
    every = past.index.search("where is my parcel", limit=10)
    assert len(every) == 4
    assert past.index.search("where is my parcel", limit=2) == every[:2]


@pytest.mark.parametrize("status", [InteractionStatus.RESTING, InteractionStatus.WITHDRAWN])
def test_a_reply_that_is_not_usable_any_more_leaves_the_index(past: PastReplies, status: InteractionStatus) -> None:
    past.bring(LATE, LOST)

    past.bring(replace(LATE, status=status))

    assert past.found(LATE.question) == [LOST.id]
    assert past.index.count() == 1


def test_a_provisional_reply_is_found(past: PastReplies) -> None:
    past.bring(replace(LATE, status=InteractionStatus.PROVISIONAL))
    assert past.found(LATE.question) == [LATE.id]


@pytest.mark.parametrize("status", [InteractionStatus.RESTING, InteractionStatus.WITHDRAWN])
def test_a_reply_that_rests_in_sql_alone_is_not_found(past: PastReplies, status: InteractionStatus) -> None:
    past.bring(LATE, LOST)
    assert past.found(LATE.question) == [LATE.id, LOST.id]

    past.store.approve([replace(LATE, status=status)])

    assert past.found(LATE.question) == [LOST.id]


def test_replies_that_rest_in_sql_alone_do_not_crowd_out_the_ones_at_work(past: PastReplies) -> None:
    nearest = [an_interaction(f"where is my parcel number {number}") for number in range(3)]
    past.bring(*nearest, ON_TIME)

    past.store.approve([replace(item, status=InteractionStatus.RESTING) for item in nearest])

    assert [hit.interaction for hit in past.index.search("where is my parcel number 1", limit=1)] == [ON_TIME]


def test_a_reply_goes_back_to_work(past: PastReplies) -> None:
    past.bring(replace(LATE, status=InteractionStatus.RESTING), LOST)

    past.bring(LATE)

    assert past.found(LATE.question) == [LATE.id, LOST.id]


def test_a_reply_that_was_removed_is_not_found_and_an_unknown_id_is_ignored(past: PastReplies) -> None:
    past.bring(LATE, LOST)
    past.store.approve([replace(LATE, status=InteractionStatus.WITHDRAWN)])

    past.index.remove([LATE.id, InteractionId("past_nobody")])
    past.index.remove([])

    assert past.found(LATE.question) == [LOST.id]
    assert past.index.count() == 1


@pytest.mark.parametrize(
    "question", ["", "?!", 'parcel" OR NOT * AND (', "'; DROP TABLE interactions --", "🙂", "ß" * 900]
)
def test_any_question_can_be_asked(past: PastReplies, question: str) -> None:
    past.bring(LATE)
    assert all(hit.interaction == LATE for hit in past.index.search(question))
