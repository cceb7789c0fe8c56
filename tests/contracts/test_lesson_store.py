"""What every store of lessons keeps: each decision is learnt from once, and the votes on a past reply leave it where
they should, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.domain.conversation import Author, Conversation, DialogueState, Message
from app.domain.ids import ConversationId, CustomerId, InteractionId, MessageId, TurnId
from app.domain.lessons import Learnt, Lesson, LessonOutcome, Taught
from app.domain.reply import Delivery, DeliveryDecision, Reply
from app.domain.retrieval import InteractionStatus
from app.domain.supervision import Annotation, Verdict
from app.domain.turn import TurnRecord
from app.errors import NotFound
from app.stores import Stores
from tests.builders import NOW, an_interaction

CONVERSATION = Conversation(ConversationId("conv_1"), CustomerId("C-1"), NOW, token_hash="a" * 64)
TURN = TurnId("turn_1")
OLD = an_interaction("where is my parcel")
FRESH = replace(
    OLD, id=InteractionId("learnt-1"), source="annotation:a1", status=InteractionStatus.PROVISIONAL, reply="Better."
)


@pytest.fixture
def stores(database: Engine) -> Stores:
    """One turn that was decided, and one past reply."""
    kept = Stores(database)
    kept.conversations.start(CONVERSATION)
    kept.interactions.put([OLD])
    asked = Message(MessageId("msg_1"), Author.CUSTOMER, "where is it?", NOW, None, "c-1")
    kept.turns.accept(CONVERSATION.id, asked, TURN)
    work = kept.turns.begin(TURN, NOW)
    assert work is not None
    reply = Reply("It comes on Monday.", "It comes on {delivery_date}.", ())
    record = TurnRecord(
        TURN, CONVERSATION.id, CONVERSATION.customer_id, NOW, "where is it?", (), (), DeliveryDecision(Delivery.SEND),
        reply, reply.text, {}, (),
    )  # fmt: skip
    said = Message(MessageId("msg_2"), Author.ASSISTANT, reply.text, NOW)
    assert kept.turns.finish(record, DialogueState(), said, [asked.id])
    return kept


def decides(stores: Stores, name: str = "a1", by: str = "Sam", verdict: Verdict = Verdict.APPROVE) -> Taught:
    """Somebody decides, and that is what there is to learn from next."""
    at = NOW + timedelta(minutes=int(name[1:]))
    stores.annotation_inbox.keep(Annotation(name, TURN, "", verdict, by, at), "It comes on Monday.", "label_studio")
    [taught] = [taught for taught in stores.lessons.to_learn(10) if taught.annotation.id == name]
    return taught


def learns(
    stores: Stores, taught: Taught, outcome: LessonOutcome, *, fresh: bool = False, instead: bool = False
) -> bool:
    """Keeps one lesson: about the new reply when it is `fresh` or comes `instead`, else about the old one."""
    annotation = taught.annotation
    about = FRESH.id if fresh or instead else OLD.id
    lesson = Lesson(
        annotation.id, 0, outcome, "because", annotation.by, annotation.at, about, OLD.id if fresh else None
    )
    return stores.lessons.keep(taught, [Learnt(lesson, FRESH if fresh else None)])


def status(stores: Stores, key: InteractionId) -> InteractionStatus:
    return stores.interactions.by_id([key])[key].status


def test_a_decision_waits_until_it_is_learnt_from_and_then_no_more(stores: Stores) -> None:
    taught = decides(stores)
    assert (taught.revision, taught.withdrawn, taught.annotation.by) == (1, False, "Sam")
    assert learns(stores, taught, LessonOutcome.CONFIRMED)
    assert stores.lessons.to_learn(10) == []
    assert [lesson.outcome for lesson in stores.lessons.lessons_of("a1")] == [LessonOutcome.CONFIRMED]


def test_the_oldest_decision_comes_first_and_no_more_than_asked_for(stores: Stores) -> None:
    decides(stores, "a2")
    decides(stores, "a1")
    assert [taught.annotation.id for taught in stores.lessons.to_learn(1)] == ["a1"]


def test_two_who_learn_from_the_same_decision_keep_it_once(stores: Stores) -> None:
    taught = decides(stores)
    assert learns(stores, taught, LessonOutcome.LEARNT, fresh=True)
    assert not learns(stores, taught, LessonOutcome.LEARNT, fresh=True)


def test_a_decision_that_changes_meanwhile_is_not_learnt_as_it_was(stores: Stores) -> None:
    seen = decides(stores)
    now = decides(stores, verdict=Verdict.REJECT)
    assert now.revision == 2
    assert not learns(stores, seen, LessonOutcome.CONFIRMED)
    assert learns(stores, now, LessonOutcome.DISPUTED)


def test_a_decision_that_comes_again_unchanged_is_nothing_new(stores: Stores) -> None:
    learns(stores, decides(stores), LessonOutcome.CONFIRMED)
    stores.annotation_inbox.keep(
        Annotation("a1", TURN, "", Verdict.APPROVE, "Sam", NOW), "It comes on Monday.", "label_studio"
    )
    assert stores.lessons.to_learn(10) == []


def test_a_learnt_reply_takes_the_place_of_the_old_one_and_the_index_has_to_hear_of_both(stores: Stores) -> None:
    learns(stores, decides(stores), LessonOutcome.LEARNT, fresh=True)

    assert status(stores, FRESH.id) is InteractionStatus.PROVISIONAL
    assert status(stores, OLD.id) is InteractionStatus.SUSPENDED
    due = stores.lessons.index_due()
    assert {item.id for item in due} == {OLD.id, FRESH.id}
    stores.lessons.indexed(due)
    assert stores.lessons.index_due() == []


def test_what_changes_while_the_index_hears_of_it_stays_due(stores: Stores) -> None:
    learns(stores, decides(stores), LessonOutcome.LEARNT, fresh=True)
    due = stores.lessons.index_due()
    learns(stores, decides(stores, "a2", "Ada"), LessonOutcome.DISPUTED, instead=True)

    stores.lessons.indexed(due)

    assert {item.id for item in stores.lessons.index_due()} == {OLD.id, FRESH.id}


def test_taking_a_decision_back_undoes_all_that_it_did(stores: Stores) -> None:
    learns(stores, decides(stores), LessonOutcome.LEARNT, fresh=True)
    stores.annotation_inbox.withdraw("a1", NOW + timedelta(hours=1))
    [taught] = stores.lessons.to_learn(10)
    assert taught.withdrawn
    assert stores.lessons.keep(taught, [])

    assert status(stores, FRESH.id) is InteractionStatus.WITHDRAWN
    assert status(stores, OLD.id) is InteractionStatus.APPROVED
    assert stores.lessons.lessons_of("a1") == []
    stores.annotation_inbox.withdraw("a1", NOW + timedelta(hours=2))
    assert stores.lessons.to_learn(10) == []


def test_what_was_taken_back_is_nothing_to_calibrate_on(stores: Stores) -> None:
    decides(stores)
    assert [each.id for each in stores.decisions.decided()] == ["a1"]
    stores.annotation_inbox.withdraw("a1", NOW + timedelta(hours=1))
    assert stores.decisions.decided() == []


@pytest.mark.parametrize(
    ("verdict", "text", "distance"),
    [
        (Verdict.APPROVE, None, 0.0),
        (Verdict.EDIT, "It comes on Friday.", 3 / 19),
        (Verdict.EDIT, None, None),
        (Verdict.REJECT, None, None),
    ],
)
def test_how_far_an_edit_is_from_the_draft_is_known_where_both_have_values(
    stores: Stores, verdict: Verdict, text: str | None, distance: float | None
) -> None:
    said = Annotation("a1", TURN, "", verdict, "Sam", NOW, text, None, "It comes on {delivery_date}.")
    stores.annotation_inbox.keep(said, "It comes on Monday.", "label_studio")
    [kept] = stores.supervision.annotations_of(TURN)
    assert kept.edit_distance == pytest.approx(distance)


def test_two_people_against_suspend_an_approved_reply_and_one_alone_does_not(stores: Stores) -> None:
    learns(stores, decides(stores), LessonOutcome.DISPUTED)
    learns(stores, decides(stores, "a2"), LessonOutcome.DISPUTED)  # the same person
    assert status(stores, OLD.id) is InteractionStatus.APPROVED

    learns(stores, decides(stores, "a3", "Ada"), LessonOutcome.DISPUTED)

    assert status(stores, OLD.id) is InteractionStatus.SUSPENDED


def test_a_dispute_about_the_new_reply_gives_the_old_one_its_place_back(stores: Stores) -> None:
    learns(stores, decides(stores), LessonOutcome.LEARNT, fresh=True)
    learns(stores, decides(stores, "a2", "Ada"), LessonOutcome.DISPUTED, instead=True)
    assert status(stores, FRESH.id) is InteractionStatus.SUSPENDED
    assert status(stores, OLD.id) is InteractionStatus.APPROVED

    learns(stores, decides(stores, "a3", "Eve"), LessonOutcome.CONFIRMED, instead=True)

    assert status(stores, FRESH.id) is InteractionStatus.APPROVED
    assert status(stores, OLD.id) is InteractionStatus.SUSPENDED


def test_the_way_back_from_a_past_reply_names_every_decision_about_it(stores: Stores) -> None:
    learns(stores, decides(stores), LessonOutcome.LEARNT, fresh=True)
    learns(stores, decides(stores, "a2", "Ada"), LessonOutcome.CONFIRMED, instead=True)
    assert [each.annotation_id for each in stores.lessons.lessons_about(FRESH.id)] == ["a1", "a2"]
    assert [each.annotation_id for each in stores.lessons.lessons_about(OLD.id)] == ["a1"]


def test_the_past_replies_of_a_situation_are_listed_whatever_became_of_them(stores: Stores) -> None:
    learns(stores, decides(stores), LessonOutcome.LEARNT, fresh=True)
    assert {item.id for item in stores.lessons.in_situation(OLD.situation)} == {OLD.id, FRESH.id}
    assert stores.lessons.in_situation("nothing/like_it") == []


def test_a_decision_about_nothing_that_is_there_is_refused(stores: Stores) -> None:
    nowhere = Annotation("a9", TurnId("turn_9"), "", Verdict.APPROVE, "Sam", NOW)
    with pytest.raises(NotFound):
        stores.annotation_inbox.keep(nowhere, "draft", "label_studio")
    with pytest.raises(NotFound):
        stores.annotation_inbox.withdraw("a9", NOW)
