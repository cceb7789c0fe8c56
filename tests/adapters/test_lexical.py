"""Search by words: how it scores, and that it follows the truth whoever changes it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.adapters.sql.lexical import LexicalIndex
from app.domain.retrieval import Interaction, PolicyPassage
from tests.builders import a_page, a_passage, an_interaction

LATE = an_interaction("where is my parcel", number="late")


def index_of(*items: Interaction, passages: tuple[PolicyPassage, ...] = ()) -> LexicalIndex:
    return LexicalIndex(lambda: items, lambda: passages)


def score(kept: str, asked: str) -> float:
    (hit,) = index_of(an_interaction(kept)).search(asked)
    return hit.score


def test_the_very_same_words_score_the_ceiling_and_no_more() -> None:
    assert score("where is my parcel", "Where is my PARCEL?") == pytest.approx(0.75)


def test_fewer_shared_words_score_less() -> None:
    assert score("where is my parcel", "where is the parcel") == pytest.approx(0.75 * 2 * 3 / 8)
    assert score("where is my parcel", "a parcel came") == pytest.approx(0.75 * 2 * 1 / 7)


def test_saying_a_word_twice_does_not_count_twice() -> None:
    assert score("where is my parcel", "parcel parcel where is my parcel") == pytest.approx(0.75)


def test_no_shared_word_is_no_match() -> None:
    assert index_of(LATE).search("cancel everything") == []


def test_another_form_of_a_word_is_a_match() -> None:
    assert [hit.interaction for hit in index_of(LATE).search("parcels")] == [LATE]


def test_a_passage_is_found_by_its_title_too() -> None:
    passage = a_passage(a_page("warranty", "Two years, whatever breaks."))
    assert [hit.id for hit in index_of(passages=(passage,)).search_passages("warranty")] == [passage.id]


def test_many_replies_of_other_situations_do_not_hide_the_one_that_is_wanted() -> None:
    crowd = [an_interaction("where is my parcel", number=f"n{number}") for number in range(600)]
    lost = an_interaction("hello, I fear that my poor parcel has been lost", situation="lost_parcel/lost")
    hits = index_of(*crowd, lost).search("where is my parcel", situation="lost_parcel/lost")
    assert [hit.interaction for hit in hits] == [lost]


def test_a_reply_that_another_process_brought_is_found_without_being_told() -> None:
    truth: list[Interaction] = []
    index = LexicalIndex(lambda: truth, list)
    assert index.search("where is my parcel") == []

    truth.append(LATE)

    assert [hit.interaction for hit in index.search("where is my parcel")] == [LATE]
    truth.clear()
    assert index.search("where is my parcel") == []


def test_searching_from_many_threads_while_the_truth_changes_finds_only_what_is_there() -> None:
    truth = [LATE]
    index = LexicalIndex(lambda: list(truth), list)

    def search(turn: int) -> set[str]:
        if turn % 3 == 0:
            truth.append(an_interaction("where is my parcel", number=f"n{turn}"))
        return {hit.interaction.situation for hit in index.search("where is my parcel", limit=50)}

    with ThreadPoolExecutor(4) as pool:
        assert set().union(*pool.map(search, range(60))) == {LATE.situation}
    assert index.count() == 21
