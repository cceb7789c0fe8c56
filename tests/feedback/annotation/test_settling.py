"""What several annotators add up to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.ids import TurnId
from app.domain.review import Opinion, ReviewAnnotation, ReviewState, Standing
from app.domain.supervision import UseAgain, Verdict
from feedback.annotation.settling import Rule, annotation_of, outcome, votes_of
from tests.builders import NOW
from tests.feedback.annotation.turns import a_record

ONE, TWO = Rule(1, frozenset({"chief"})), Rule(2, frozenset({"chief"}))
FIRST_TASK, SECOND_TASK = "2026-03-02T10:00", "2026-03-09T10:00"
APPROVE, REJECT = Opinion(Verdict.APPROVE), Opinion(Verdict.REJECT)


def edit(text: str, use_again: UseAgain = UseAgain.ONLY_HERE) -> Opinion:
    return Opinion(Verdict.EDIT, text_in_slots=text, use_again=use_again)


def an_annotation(
    by: str,
    opinion: Opinion | None,
    minute: int = 0,
    *,
    standing: Standing = Standing.COUNTED,
    task: str = FIRST_TASK,
) -> ReviewAnnotation:
    at = NOW + timedelta(minutes=minute)
    name = f"{by}@{minute}@{task}"
    return ReviewAnnotation(name, 1, TurnId("turn_1"), task, by, at, at, standing, None, opinion)


@pytest.mark.parametrize(
    ("rule", "said", "becomes"),
    [
        (ONE, [], ReviewState.OPEN),
        (ONE, [("ada", APPROVE)], ReviewState.SETTLED),
        (TWO, [("ada", APPROVE)], ReviewState.OPEN),
        (TWO, [("ada", APPROVE), ("sam", APPROVE)], ReviewState.SETTLED),
        (ONE, [("ada", APPROVE), ("sam", REJECT)], ReviewState.DISAGREED),
        (TWO, [("ada", edit("One.")), ("sam", edit("Two."))], ReviewState.DISAGREED),
        (TWO, [("ada", edit("One  way.")), ("sam", edit("One way."))], ReviewState.SETTLED),
        (ONE, [("ada", APPROVE), ("sam", replace(APPROVE, intent="get_refund"))], ReviewState.DISAGREED),
        (TWO, [("chief", REJECT)], ReviewState.SETTLED),
        (TWO, [("ada", APPROVE), ("sam", REJECT), ("chief", REJECT)], ReviewState.SETTLED),
    ],
)
def test_agreement_settles_disagreement_waits_for_an_adjudicator(
    rule: Rule, said: list[tuple[str, Opinion]], becomes: ReviewState
) -> None:
    votes = votes_of([an_annotation(by, opinion, minute) for minute, (by, opinion) in enumerate(said)])
    assert outcome(votes, rule).review is becomes


def test_the_adjudicators_word_is_what_counts() -> None:
    votes = votes_of(
        [an_annotation("ada", APPROVE), an_annotation("sam", REJECT, 1), an_annotation("chief", REJECT, 2)]
    )
    found = outcome(votes, TWO)
    assert found.vote is not None
    assert (found.vote.by, found.vote.opinion) == ("chief", REJECT)


def test_only_the_last_word_of_each_annotator_counts() -> None:
    said = [an_annotation("ada", APPROVE), an_annotation("ada", REJECT, 5)]
    assert [vote.opinion for vote in votes_of(said)] == [REJECT]


def test_what_cannot_be_used_or_was_taken_back_is_no_vote() -> None:
    said = [
        an_annotation("ada", None, standing=Standing.QUARANTINED),
        an_annotation("sam", APPROVE, standing=Standing.WITHDRAWN),
    ]
    assert votes_of(said) == []


def test_deleting_the_last_word_brings_the_one_before_back() -> None:
    said = [an_annotation("ada", APPROVE), an_annotation("ada", REJECT, 5, standing=Standing.WITHDRAWN)]
    assert [vote.opinion for vote in votes_of(said)] == [APPROVE]


def test_a_task_that_was_made_again_speaks_for_those_who_are_in_it() -> None:
    said = [
        an_annotation("ada", APPROVE),
        an_annotation("sam", APPROVE, 1),
        an_annotation("kim", APPROVE, 2),
        an_annotation("ada", REJECT, 9, task=SECOND_TASK),
        an_annotation("sam", APPROVE, 10, standing=Standing.WITHDRAWN, task=SECOND_TASK),
    ]
    assert {vote.by: vote.opinion for vote in votes_of(said)} == {"kim": APPROVE, "ada": REJECT}


def test_a_reply_goes_into_every_such_case_only_when_all_who_agree_say_so() -> None:
    every = edit("{order_id} is late.", UseAgain.EVERY_SUCH_CASE)
    eager = votes_of([an_annotation("ada", every), an_annotation("sam", every, 1)])
    mixed = votes_of([an_annotation("ada", every), an_annotation("sam", edit("{order_id} is late."), 1)])
    assert annotation_of(a_record(), eager[0], eager).use_again is UseAgain.EVERY_SUCH_CASE
    assert annotation_of(a_record(), mixed[0], mixed).use_again is UseAgain.ONLY_HERE


def test_an_outcome_is_kept_as_the_customer_would_read_it_and_in_slots() -> None:
    votes = votes_of([an_annotation("ada", replace(edit("{order_id} is late."), failures=("tone",)))])
    kept = annotation_of(a_record(), votes[0], votes)
    assert kept.text == "LF-10482 is late."
    assert kept.text_in_slots == "{order_id} is late."
    assert (kept.by, kept.reason, kept.verdict) == ("ada", "tone", Verdict.EDIT)
