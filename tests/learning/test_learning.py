"""A decision is learnt from: the next customer is answered with it, and it can be taken back."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.adapters.memory import ScriptedChat
from app.adapters.sql.database import open_database
from app.domain.ids import MessageId
from app.domain.lessons import FIRM_AFTER_USES, SETTLED_AFTER, LessonOutcome
from app.domain.reply import Origin
from app.domain.retrieval import Interaction, InteractionStatus
from app.domain.supervision import Rating, UseAgain, Verdict
from app.errors import IndexDown, NotFound
from tests.builders import NOW
from tests.learning.school import BETTER, LATE, School
from tests.pipeline.chain import PLAYBOOK

WHERE = "where is my parcel"
AGAIN = "my parcel, where has it got to by now"


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_database("sqlite://")
    yield opened
    opened.dispose()


@pytest.fixture
def school(engine: Engine) -> School:
    return School(engine)


def better(school: School, question: str = WHERE) -> str:
    """What Maya would rather have read, with her own values."""
    record = school.asks(question)
    values = {fact.name: fact.value for fact in record.situations[0].facts}
    return "Hi Maya,\n" + BETTER.format(**values)


def test_a_correction_for_every_such_case_answers_the_next_question_of_that_kind(school: School) -> None:
    before = school.asks(WHERE)
    lesson = school.corrects(before, better(school))

    after = school.asks(AGAIN)

    assert lesson.outcome is LessonOutcome.LEARNT
    assert school.uses(after) == lesson.interaction_id
    assert "I am sorry that you have to wait." in after.delivered
    assert school.past_reply(lesson.interaction_id).reply == BETTER


def test_a_learnt_reply_is_provisional_and_says_where_it_comes_from_and_what_it_rests_on(school: School) -> None:
    lesson = school.corrects(school.asks(WHERE), better(school))

    learnt = school.past_reply(lesson.interaction_id)

    assert (learnt.status, learnt.situation, learnt.source) == (InteractionStatus.PROVISIONAL, LATE, "annotation:a1")
    rule = PLAYBOOK.rule(LATE)
    assert rule is not None
    assert learnt.rests_on.keys() == {f"playbook:{LATE}", *(f"policy:{page}" for page in rule.policies)}
    assert learnt.rests_on[f"playbook:{LATE}"] == rule.version
    assert all(learnt.rests_on.values())


def test_the_reply_that_was_corrected_gives_up_its_place_and_gets_it_back(school: School) -> None:
    before = school.asks(WHERE)
    old = school.uses(before)
    school.corrects(before, better(school))
    assert school.past_reply(old).status is InteractionStatus.SUSPENDED

    school.takes_back()

    assert school.past_reply(old).status is InteractionStatus.APPROVED
    assert school.uses(school.asks(AGAIN)) == old


def test_what_was_taken_back_can_be_said_again_and_what_changed_is_learnt_anew(school: School) -> None:
    before = school.asks(WHERE)
    first = school.corrects(before, better(school))
    school.takes_back()
    second = school.corrects(before, better(school))
    changed = school.corrects(before, better(school).replace("have to wait", "are kept waiting"))

    states = [school.past_reply(lesson.interaction_id).status for lesson in (first, second, changed)]

    assert states == [InteractionStatus.WITHDRAWN, InteractionStatus.WITHDRAWN, InteractionStatus.PROVISIONAL]
    assert "are kept waiting" in school.asks(AGAIN).delivered


def test_the_same_decision_again_teaches_nothing_more(school: School) -> None:
    before = school.asks(WHERE)
    text = better(school)
    school.corrects(before, text)
    school.decided(before, Verdict.EDIT, text=text)
    assert school.learner.learn() == 0


def test_a_correction_for_this_customer_only_changes_nothing_for_others(school: School) -> None:
    before = school.asks(WHERE)
    lesson = school.corrects(before, better(school), use_again=UseAgain.ONLY_HERE)

    assert lesson.outcome is LessonOutcome.NOTHING
    assert school.uses(school.asks(AGAIN)) == school.uses(before)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Hi Maya,\nIt will be there on Friday.", "has to be mentioned"),
        ("Hi Maya,\n{whole} Ask Ms. Hawkings.", "stands for no slot"),
        ("Hi Maya,\n{whole} I have refunded you.", "something was done"),
        ("Hi Maya,\n{whole} It costs $12.", "stands for no slot"),
        ("Hi Maya,", "nothing is left"),
    ],
)
def test_what_cannot_be_said_to_others_is_not_learnt_and_says_why(school: School, text: str, why: str) -> None:
    before = school.asks(WHERE)
    lesson = school.corrects(before, text.replace("{whole}", better(school).removeprefix("Hi Maya,\n")))

    assert lesson.outcome is LessonOutcome.REFUSED
    assert why in lesson.why
    assert school.uses(school.asks(AGAIN)) == school.uses(before)


def test_the_answer_to_two_requests_is_not_taken_apart(school: School) -> None:
    before = school.asks("where is my parcel? and what are the delivery options?")
    assert len(before.situations) == 2
    school.decided(before, Verdict.EDIT, text="Hi Maya,\nSomething else.")
    assert school.learner.learn() == 1
    outcomes = {lesson.outcome for lesson in school.stores.lessons.lessons_of("a1")}
    assert outcomes == {LessonOutcome.REFUSED}


def test_what_is_written_of_a_product_is_said_of_no_other(school: School) -> None:
    before = school.asks("tell me about the Inglenook Kettle")
    text = "The Inglenook Kettle is in stock. It whistles."
    lesson = school.corrects(before, text.replace("It whistles.", "Inglenook Kettle, made to last."))

    assert lesson.outcome is LessonOutcome.LEARNT, lesson.why
    learnt = school.past_reply(lesson.interaction_id)
    assert learnt.product_id == "P-1"
    assert school.uses(school.asks("tell me about the Ridgeline Trail Shoes")) == school.uses(before)
    assert learnt.id in {each.source for each in school.asks("tell me about the kettle").situations[0].candidates}


def test_a_second_person_who_approves_makes_it_firm(school: School) -> None:
    lesson = school.corrects(school.asks(WHERE), better(school))
    again = school.asks(AGAIN)
    school.teaches(again, Verdict.APPROVE, "a2")
    assert school.past_reply(lesson.interaction_id).status is InteractionStatus.PROVISIONAL  # the same person

    school.teaches(again, Verdict.APPROVE, "a3", by="Ada")

    assert school.past_reply(lesson.interaction_id).status is InteractionStatus.APPROVED


def test_a_person_who_rejects_it_suspends_it_and_the_old_reply_is_back(school: School) -> None:
    before = school.asks(WHERE)
    lesson = school.corrects(before, better(school))
    school.teaches(school.asks(AGAIN), Verdict.REJECT, "a2", by="Ada")

    assert school.past_reply(lesson.interaction_id).status is InteractionStatus.SUSPENDED
    assert school.uses(school.asks(AGAIN)) == school.uses(before)


def test_somebody_who_writes_the_same_words_votes_for_them(school: School) -> None:
    before = school.asks(WHERE)
    first = school.corrects(before, better(school))
    second = school.corrects(before, better(school), "a2", by="Ada")

    assert second.outcome is LessonOutcome.CONFIRMED
    assert second.interaction_id == first.interaction_id
    assert school.past_reply(first.interaction_id).status is InteractionStatus.APPROVED


def test_uses_without_trouble_make_it_firm_and_a_thumb_down_does_not_count(school: School) -> None:
    lesson = school.corrects(school.asks(WHERE), better(school))
    used = [school.asks(AGAIN) for _ in range(FIRM_AFTER_USES)]
    later = NOW + 2 * SETTLED_AFTER
    message = school.stores.conversations.messages(used[0].conversation_id)[-1]
    school.stores.supervision.rate(
        used[0].conversation_id, Rating(MessageId(message.id), helpful=False, comment=None, at=NOW)
    )
    assert school.stores.lessons.firm_up(later) == 0

    school.asks(AGAIN)

    assert school.stores.lessons.firm_up(NOW - timedelta(days=1)) == 0  # nothing has settled yet
    assert school.stores.lessons.firm_up(later) == 1
    assert school.past_reply(lesson.interaction_id).status is InteractionStatus.APPROVED


def test_a_draft_that_was_approved_is_a_past_reply_and_no_model_is_asked_again(engine: Engine) -> None:
    school = School(engine, model=ScriptedChat(lambda _: BETTER), past=())
    before = school.asks(WHERE)
    assert before.origin is Origin.DRAFTED
    lesson = school.teaches(before, Verdict.APPROVE, use_again=UseAgain.ONLY_HERE)

    after = school.asks(AGAIN)

    assert lesson.outcome is LessonOutcome.LEARNT
    assert (after.origin, school.uses(after)) == (Origin.APPROVED, lesson.interaction_id)


def test_the_index_hears_of_it_later_when_it_is_down(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Interaction] = []
    down = True

    def upsert(items: Sequence[Interaction]) -> None:
        if down:
            raise IndexDown("it is not there")
        heard.extend(items)

    monkeypatch.setattr(school.assistant.parts.interactions, "upsert", upsert)
    before = school.asks(WHERE)
    lesson = school.corrects(before, better(school))
    assert heard == []

    down = False
    school.learner.learn()

    assert {item.id for item in heard} == {lesson.interaction_id, school.uses(before)}
    assert school.stores.lessons.index_due() == []


def test_a_decision_about_a_turn_that_never_was_is_refused(school: School) -> None:
    record = school.asks(WHERE)
    with pytest.raises(NotFound):
        school.stores.annotation_inbox.withdraw("nobody", NOW)
    school.decided(record, Verdict.APPROVE)
    other = school.asks(WHERE)
    with pytest.raises(NotFound):
        school.decided(other, Verdict.APPROVE)


def test_from_a_past_reply_one_can_walk_back_to_the_decisions_about_it(school: School) -> None:
    before = school.asks(WHERE)
    old = school.uses(before)
    lesson = school.corrects(before, better(school))
    school.teaches(school.asks(AGAIN), Verdict.APPROVE, "a2", by="Ada")

    about = school.stores.lessons.lessons_about(str(lesson.interaction_id))

    assert [(each.annotation_id, each.outcome) for each in about] == [
        ("a1", LessonOutcome.LEARNT),
        ("a2", LessonOutcome.CONFIRMED),
    ]
    assert [each.annotation_id for each in school.stores.lessons.lessons_about(old)] == ["a1"]
