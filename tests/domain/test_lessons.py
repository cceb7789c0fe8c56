"""Where the votes on a past reply leave it."""

import pytest

from app.domain.lessons import FIRM_AFTER_USES, Votes, status_after
from app.domain.retrieval import InteractionStatus as Status

TAUGHT = Votes(in_favour=1, taught=True)


@pytest.mark.parametrize(
    ("votes", "uses", "status"),
    [
        (TAUGHT, 0, Status.PROVISIONAL),
        (Votes(in_favour=2, taught=True), 0, Status.APPROVED),
        (TAUGHT, FIRM_AFTER_USES, Status.APPROVED),
        (TAUGHT, FIRM_AFTER_USES - 1, Status.PROVISIONAL),
        (Votes(in_favour=1, against=1, taught=True), FIRM_AFTER_USES, Status.SUSPENDED),
        (Votes(in_favour=2, against=1, taught=True), 0, Status.APPROVED),
        (Votes(in_favour=2, replaced=True, taught=True), 0, Status.SUSPENDED),
        (Votes(in_favour=3), 0, Status.WITHDRAWN),
    ],
)
def test_a_learnt_reply_stands_where_its_votes_leave_it(votes: Votes, uses: int, status: Status) -> None:
    assert status_after(Status.PROVISIONAL, votes, learnt=True, uses=uses) is status


@pytest.mark.parametrize(
    ("votes", "status"),
    [
        (Votes(), Status.APPROVED),
        (Votes(against=1), Status.APPROVED),
        (Votes(against=2), Status.SUSPENDED),
        (Votes(against=2, in_favour=2), Status.APPROVED),
        (Votes(replaced=True), Status.SUSPENDED),
    ],
)
def test_one_person_alone_does_not_suspend_what_was_approved_before(votes: Votes, status: Status) -> None:
    assert status_after(Status.APPROVED, votes, learnt=False) is status


@pytest.mark.parametrize("now", [Status.RESTING, Status.WITHDRAWN])
@pytest.mark.parametrize("votes", [Votes(in_favour=9, taught=True), Votes(replaced=True), Votes()])
def test_votes_do_not_wake_what_rests_or_was_withdrawn(now: Status, votes: Votes) -> None:
    assert status_after(now, votes, learnt=True) is now


def test_a_reply_that_was_firm_is_not_made_provisional_again() -> None:
    assert status_after(Status.APPROVED, TAUGHT, learnt=True) is Status.APPROVED


def test_a_reply_that_gets_its_place_back_is_usable_again() -> None:
    assert status_after(Status.SUSPENDED, Votes(), learnt=False) is Status.APPROVED
    assert status_after(Status.SUSPENDED, TAUGHT, learnt=True) is Status.PROVISIONAL
