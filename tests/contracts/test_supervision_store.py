"""What people do in conversations: decided once, told to the customer, and in nobody's way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from app.adapters.sql.schema import annotations
from app.domain.audit import AuditAction
from app.domain.conversation import (
    Author,
    Conversation,
    ConversationStatus,
    DialogueState,
    HandlingMode,
    Message,
    TurnStatus,
)
from app.domain.desk import Claim
from app.domain.events import EventKind
from app.domain.ids import ConversationId, CustomerId, MessageId, TurnId
from app.domain.people import Role, Supervisor
from app.domain.reply import Delivery, DeliveryDecision, Flag, FlagReason, Reply, Severity
from app.domain.supervision import Annotation, Rating, UseAgain, Verdict, draft_id
from app.domain.turn import TurnRecord
from app.errors import AlreadyDecided, AlreadyTaken, CustomerWrote, MessageConflict, NotFound, NotTakenOver
from app.stores import Stores
from tests.builders import NOW

CONVERSATION = Conversation(ConversationId("conv_1"), CustomerId("C-1"), NOW, token_hash="a" * 64)
TURN = TurnId("turn_1")


@pytest.fixture
def stores(database: Engine) -> Stores:
    """A conversation whose first question has been asked."""
    kept = Stores(database)
    kept.conversations.start(CONVERSATION)
    kept.turns.accept(CONVERSATION.id, said(1, "where is it?"), TURN)
    return kept


def said(number: int, text: str, author: Author = Author.CUSTOMER) -> Message:
    return Message(MessageId(f"msg_{number}"), author, text, NOW + timedelta(seconds=number), None, f"c-{number}")


def becomes(stores: Stores, delivery: Delivery, *, later: bool = False) -> None:
    """The chain decides the first turn."""
    reasons = (Flag(FlagReason.LOW_CONFIDENCE, Severity.HOLD, "it is unsure"),)
    record = TurnRecord(
        TURN,
        CONVERSATION.id,
        CONVERSATION.customer_id,
        NOW + timedelta(minutes=later),
        "where is it?",
        (),
        reasons,
        DeliveryDecision(delivery, reasons),
        Reply("It comes on Monday. Bye.", "It comes on {delivery_date}. Bye.", ()),
        "A colleague takes a look.",
        {},
        (),
    )
    work = stores.turns.begin(TURN, NOW)
    assert work is not None
    notice = replace(said(50 + later, "A colleague takes a look.", Author.ASSISTANT), client_message_id=None)
    assert stores.turns.finish(record, DialogueState(), notice, [each.id for each in work.messages])


def verdict(stores: Stores, kind: Verdict, text: str | None = None, number: int = 1) -> Annotation:
    """Of the draft that waits."""
    drafts = [draft_id(item.record) for item in stores.supervision.waiting(10) if item.record]
    seen = drafts[0] if drafts else "none"
    return Annotation(f"annotation_{number}", TURN, seen, kind, "Sam", NOW + timedelta(minutes=1), text, None)


def reply(number: int = 60) -> Message:
    return Message(MessageId(f"msg_{number}"), Author.SUPERVISOR_FOR_ASSISTANT, "", NOW + timedelta(minutes=1), "Sam")


def told(stores: Stores, after: int = 0) -> list[EventKind]:
    return [event.kind for event in stores.conversations.events_after(CONVERSATION.id, after)]


def standing(stores: Stores) -> tuple[ConversationStatus, HandlingMode, str | None]:
    conversation = stores.conversations.conversation(CONVERSATION.id)
    return conversation.status, conversation.mode, conversation.agent


def test_what_is_held_waits_with_the_words_the_draft_and_the_reasons(stores: Stores) -> None:
    assert stores.supervision.waiting(10) == []
    becomes(stores, Delivery.HOLD)

    [item] = stores.supervision.waiting(10)

    assert (item.turn_id, item.conversation_id, item.status) == (TURN, CONVERSATION.id, TurnStatus.HELD)
    assert [each.text for each in item.asked] == ["where is it?"]
    assert item.record is not None
    assert item.record.proposed is not None
    assert item.record.proposed.text == "It comes on Monday. Bye."


def test_what_was_asked_inside_the_house_waits_for_nobody(stores: Stores) -> None:
    inside = ConversationId("conv_2")
    stores.conversations.start(Conversation(inside, None, NOW))
    stores.turns.accept(inside, said(2, "a person please"), TurnId("turn_2"))
    stores.supervision.ask_for_person(inside, TurnId("turn_3"), NOW)
    assert stores.supervision.waiting(10) == []


def test_the_longest_waiting_comes_first_and_no_more_than_asked_for(stores: Stores) -> None:
    for number in (2, 3):
        other = ConversationId(f"conv_{number}")
        stores.conversations.start(replace(CONVERSATION, id=other))
        stores.turns.accept(other, said(number, "hello"), TurnId(f"turn_{number}"))
        stores.supervision.ask_for_person(other, TurnId("unused"), NOW)
    stores.supervision.ask_for_person(CONVERSATION.id, TurnId("unused"), NOW)

    assert [item.turn_id for item in stores.supervision.waiting(10)] == ["turn_1", "turn_2", "turn_3"]
    assert [item.turn_id for item in stores.supervision.waiting(2)] == ["turn_1", "turn_2"]


@pytest.mark.parametrize(("minutes", "order"), [(9, ["turn_2", "turn_1"]), (11, ["turn_1", "turn_2"])])
def test_who_was_told_that_a_person_comes_is_ten_minutes_ahead_of_who_waits_for_a_check(
    stores: Stores, minutes: int, order: list[str]
) -> None:
    other = ConversationId("conv_2")
    stores.conversations.start(replace(CONVERSATION, id=other))
    stores.turns.accept(other, said(minutes * 60, "hello"), TurnId("turn_2"))
    becomes(stores, Delivery.HOLD)
    stores.supervision.ask_for_person(other, TurnId("unused"), NOW)
    assert [item.turn_id for item in stores.supervision.waiting(10)] == order
    assert [item.turn_id for item in stores.supervision.waiting(1)] == order[:1]


def test_what_waits_says_how_urgent_it_is_and_until_when(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)
    [item] = stores.supervision.waiting(10)
    assert [flag.reason for flag in item.reasons] == [FlagReason.LOW_CONFIDENCE]
    assert (item.draft, item.decidable) == ("It comes on Monday. Bye.", True)
    assert item.record is not None
    assert item.draft_id == draft_id(item.record)
    assert item.held_since == NOW + timedelta(seconds=50)
    assert item.deadline(timedelta(minutes=10)) == NOW + timedelta(minutes=10, seconds=50)


def test_two_supervisors_see_who_has_it_open(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)
    sams = stores.supervision.claim(TURN, "sam", NOW)
    assert stores.supervision.claim(TURN, "ada", NOW + timedelta(minutes=1)) == sams
    [item] = stores.supervision.waiting(10)
    assert item.claim == sams == Claim("sam", NOW + timedelta(minutes=2))
    with pytest.raises(NotFound):
        stores.supervision.claim(TurnId("nothing"), "sam", NOW)


def test_a_claim_ends_by_itself_or_when_it_is_given_up_and_keeps_nobody_from_deciding(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)
    stores.supervision.claim(TURN, "sam", NOW)
    stores.supervision.claim(TURN, "sam", NOW + timedelta(minutes=1))
    assert stores.supervision.claim(TURN, "ada", NOW + timedelta(minutes=2)).by == "sam", "he had claimed it again"
    assert stores.supervision.claim(TURN, "ada", NOW + timedelta(minutes=3)).by == "ada"
    stores.supervision.release(TURN, "sam")
    assert stores.supervision.claim(TURN, "sam", NOW + timedelta(minutes=3)).by == "ada", "it was not his any more"
    stores.supervision.release(TURN, "ada")
    assert stores.supervision.claim(TURN, "sam", NOW + timedelta(minutes=3)).by == "sam"
    stores.supervision.decide(verdict(stores, Verdict.APPROVE), reply())
    claims = [each.by for each in stores.audit.entries() if each.action is AuditAction.CLAIM]
    assert claims == ["sam", "ada", "sam"], "opening it again is not logged again"


def test_an_approved_reply_is_sent_as_it_was_drafted_and_as_the_assistants(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)

    stores.supervision.decide(verdict(stores, Verdict.APPROVE), reply())

    last = stores.conversations.messages(CONVERSATION.id)[-1]
    assert (last.text, last.author) == ("It comes on Monday. Bye.", Author.SUPERVISOR_FOR_ASSISTANT)
    events = stores.conversations.events_after(CONVERSATION.id, 2)
    assert [event.kind for event in events] == [EventKind.REPLY_SENTENCE] * 2 + [EventKind.REPLY_COMPLETED]
    assert events[-1].data["message"]["author"] == "assistant"
    assert events[-1].data["message"]["author_name"] is None
    assert standing(stores) == (ConversationStatus.OPEN, HandlingMode.AUTO, None)
    assert stores.supervision.waiting(10) == []


def test_an_edited_reply_is_sent_in_its_place_and_both_are_kept(stores: Stores, database: Engine) -> None:
    becomes(stores, Delivery.HOLD)

    stores.supervision.decide(verdict(stores, Verdict.EDIT, "It comes on Tuesday."), reply())

    assert stores.conversations.messages(CONVERSATION.id)[-1].text == "It comes on Tuesday."
    with database.connect() as connection:
        [kept] = connection.execute(select(annotations)).all()
    assert (kept.verdict, kept.draft, kept.text, kept.by) == (
        "edit",
        "It comes on Monday. Bye.",
        "It comes on Tuesday.",
        "Sam",
    )


def test_what_was_edited_can_be_learnt_from_and_what_was_approved_has_no_other_words(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)
    [item] = stores.supervision.waiting(10)
    stores.supervision.decide(verdict(stores, Verdict.EDIT, "It comes on Tuesday."), reply())
    stores.turns.accept(CONVERSATION.id, said(2, "and the other?"), TurnId("turn_2"))

    [edit] = stores.decisions.edited()
    assert [each.verdict for each in stores.decisions.decided()] == [Verdict.EDIT]

    assert (edit.id, edit.draft, edit.text) == ("annotation_1", "It comes on Monday. Bye.", "It comes on Tuesday.")
    assert edit.record == item.record


@pytest.mark.parametrize("kind", [Verdict.APPROVE, Verdict.REJECT])
def test_a_reply_that_was_not_edited_is_no_edit(stores: Stores, kind: Verdict) -> None:
    becomes(stores, Delivery.HOLD)
    stores.supervision.decide(verdict(stores, kind), reply())
    assert stores.decisions.edited() == []
    assert [each.verdict for each in stores.decisions.decided()] == [kind]


def test_a_decision_is_read_again_with_its_draft_its_slots_and_how_far_it_is_from_it(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)
    edited = replace(
        verdict(stores, Verdict.EDIT, "It comes on Friday. Bye."),
        text_in_slots="It comes on {delivery_date}. Bye.",
        use_again=UseAgain.EVERY_SUCH_CASE,
    )
    stores.supervision.decide(edited, reply())

    [kept] = stores.supervision.annotations_of(TURN)

    assert kept.annotation == replace(edited, draft_id="")
    assert kept.draft == "It comes on Monday. Bye."
    assert kept.edit_distance == pytest.approx(3 / 24)
    assert stores.supervision.annotations_of(TurnId("nothing")) == []


@pytest.mark.parametrize(("kind", "distance"), [(Verdict.APPROVE, 0.0), (Verdict.REJECT, None)])
def test_only_what_was_sent_has_a_distance_from_its_draft(
    stores: Stores, kind: Verdict, distance: float | None
) -> None:
    becomes(stores, Delivery.HOLD)
    stores.supervision.decide(verdict(stores, kind), reply())
    assert [kept.edit_distance for kept in stores.supervision.annotations_of(TURN)] == [distance]


def test_whatever_a_supervisor_does_is_in_the_audit_log_and_nothing_that_anybody_wrote(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)
    stores.supervision.decide(verdict(stores, Verdict.EDIT, "It comes on Friday."), reply())
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)
    stores.supervision.say(CONVERSATION.id, said(70, "Hello.", Author.SUPERVISOR), "Sam")
    stores.supervision.hand_back(CONVERSATION.id, "Sam", NOW)
    stores.supervision.resolve(CONVERSATION.id, "Ada", NOW)
    assert [(each.by, each.action, each.item, each.detail) for each in reversed(stores.audit.entries())] == [
        ("Sam", AuditAction.EDIT, "turn turn_1", ""),
        *(
            (by, action, "conversation conv_1", "")
            for by, action in (
                ("Sam", AuditAction.TAKE_OVER),
                ("Sam", AuditAction.SAY),
                ("Sam", AuditAction.HAND_BACK),
                ("Ada", AuditAction.RESOLVE),
            )
        ),
    ]


def test_what_was_not_done_is_not_in_the_audit_log_as_done(stores: Stores) -> None:
    with pytest.raises(CustomerWrote):
        stores.supervision.resolve(CONVERSATION.id, "Sam", NOW)
    with pytest.raises(NotTakenOver):
        stores.supervision.say(CONVERSATION.id, said(70, "Hello.", Author.SUPERVISOR), "Sam")
    assert stores.audit.entries() == []


def test_the_customer_is_told_the_name_that_a_supervisor_shows(stores: Stores) -> None:
    stores.people.add(Supervisor("sam", "Samuel", Role.AGENT, "hash", active=True, added_at=NOW), "command line")
    stores.supervision.take_over(CONVERSATION.id, "sam", NOW)
    [changed] = stores.conversations.events_after(CONVERSATION.id, 1)
    assert changed.data["agent"] == "Samuel"


def test_a_rejected_reply_is_not_sent_and_the_person_has_the_conversation(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)

    stores.supervision.decide(verdict(stores, Verdict.REJECT), reply())

    assert [each.id for each in stores.conversations.messages(CONVERSATION.id)] == ["msg_1", "msg_50"]
    assert told(stores, 2) == [EventKind.HANDLING_CHANGED]
    assert standing(stores) == (ConversationStatus.PENDING, HandlingMode.MANUAL, "Sam")
    [item] = stores.supervision.waiting(10)
    assert item.status is TurnStatus.WITH_PERSON


def test_two_cannot_decide_the_same_reply(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)

    seen = verdict(stores, Verdict.APPROVE)

    def decide(number: int) -> bool:
        try:
            stores.supervision.decide(replace(seen, id=f"annotation_{number}"), reply(60 + number))
        except AlreadyDecided:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(decide, range(6))) == 1
    assert len(stores.conversations.messages(CONVERSATION.id)) == 3


def test_a_reply_that_was_dropped_because_she_wrote_again_cannot_be_decided(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)
    stores.turns.accept(CONVERSATION.id, said(2, "never mind"), TurnId("turn_2"))
    with pytest.raises(AlreadyDecided):
        stores.supervision.decide(verdict(stores, Verdict.APPROVE), reply())
    assert [each.author for each in stores.conversations.messages(CONVERSATION.id)][-1] is Author.CUSTOMER


def test_a_decision_counts_for_the_draft_that_was_seen_and_for_no_other(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)
    seen = verdict(stores, Verdict.APPROVE)
    stores.turns.accept(CONVERSATION.id, said(2, "the other one, I mean"), TurnId("turn_2"))
    becomes(stores, Delivery.HOLD, later=True)

    with pytest.raises(AlreadyDecided):
        stores.supervision.decide(seen, reply())

    stores.supervision.decide(verdict(stores, Verdict.APPROVE), reply())
    assert stores.conversations.messages(CONVERSATION.id)[-1].author is Author.SUPERVISOR_FOR_ASSISTANT


def test_what_is_not_there_cannot_be_decided(stores: Stores) -> None:
    with pytest.raises(NotFound):
        stores.supervision.decide(replace(verdict(stores, Verdict.APPROVE), turn_id=TurnId("nothing")), reply())
    with pytest.raises(AlreadyDecided):
        stores.supervision.decide(verdict(stores, Verdict.APPROVE), reply())


def test_a_hold_beyond_its_deadline_is_told_once_and_can_still_be_decided(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)
    notice = replace(said(80, "A colleague will follow up.", Author.ASSISTANT), client_message_id=None)
    assert stores.supervision.overdue(NOW) == []
    assert stores.supervision.overdue(NOW + timedelta(hours=1)) == [TURN]

    assert stores.supervision.tell_overdue(TURN, notice) == CONVERSATION.id
    assert stores.supervision.tell_overdue(TURN, replace(notice, id=MessageId("msg_81"))) is None

    assert stores.supervision.overdue(NOW + timedelta(hours=1)) == []
    assert told(stores, 2) == [EventKind.REPLY_HELD]
    [item] = stores.supervision.waiting(10)
    assert item.record is not None
    stores.supervision.decide(verdict(stores, Verdict.APPROVE), reply())
    assert stores.conversations.messages(CONVERSATION.id)[-1].text == "It comes on Monday. Bye."


def test_a_hold_that_was_dropped_is_not_told_to_take_longer(stores: Stores) -> None:
    becomes(stores, Delivery.HOLD)
    stores.turns.accept(CONVERSATION.id, said(2, "never mind"), TurnId("turn_2"))
    notice = replace(said(80, "A colleague will follow up.", Author.ASSISTANT), client_message_id=None)
    assert stores.supervision.overdue(NOW + timedelta(hours=1)) == []
    assert stores.supervision.tell_overdue(TURN, notice) is None


def test_taking_over_drops_the_draft_and_tells_who_is_there(stores: Stores) -> None:
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)

    assert standing(stores) == (ConversationStatus.PENDING, HandlingMode.MANUAL, "Sam")
    assert stores.turns.begin(TURN, NOW) is None
    [changed] = stores.conversations.events_after(CONVERSATION.id, 1)
    assert (changed.kind, dict(changed.data)) == (EventKind.HANDLING_CHANGED, {"mode": "manual", "agent": "Sam"})
    with pytest.raises(AlreadyTaken):
        stores.supervision.take_over(CONVERSATION.id, "Ada", NOW)


def test_a_persons_message_is_hers_by_name_and_answers_what_waited(stores: Stores) -> None:
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)
    words = replace(said(70, "Hello, Sam here.", Author.SUPERVISOR), author_name="Sam")

    stores.supervision.say(CONVERSATION.id, words, "Sam")
    again = stores.supervision.say(CONVERSATION.id, replace(words, id=MessageId("other")), "Sam")

    assert again == words
    [created] = stores.conversations.events_after(CONVERSATION.id, 2)
    assert created.kind is EventKind.MESSAGE_CREATED
    assert (created.data["message"]["author"], created.data["message"]["author_name"]) == ("supervisor", "Sam")
    assert standing(stores) == (ConversationStatus.OPEN, HandlingMode.MANUAL, "Sam")
    assert stores.supervision.waiting(10) == []
    with pytest.raises(MessageConflict):
        stores.supervision.say(CONVERSATION.id, replace(words, text="other words"), "Sam")


def test_a_customer_cannot_send_under_the_id_of_a_persons_message(stores: Stores) -> None:
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)
    stores.supervision.say(CONVERSATION.id, said(70, "Hello.", Author.SUPERVISOR), "Sam")
    with pytest.raises(MessageConflict):
        stores.turns.accept(CONVERSATION.id, replace(said(70, "Hello."), id=MessageId("other")), TurnId("turn_9"))


def test_only_who_has_taken_it_over_writes(stores: Stores) -> None:
    words = said(70, "Hello.", Author.SUPERVISOR)
    with pytest.raises(NotTakenOver):
        stores.supervision.say(CONVERSATION.id, words, "Sam")
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)
    with pytest.raises(AlreadyTaken):
        stores.supervision.say(CONVERSATION.id, words, "Ada")
    assert len(stores.conversations.messages(CONVERSATION.id)) == 1


def test_a_customer_who_asks_for_a_person_waits_for_one_and_asks_once(stores: Stores) -> None:
    assert stores.supervision.ask_for_person(CONVERSATION.id, TurnId("turn_2"), NOW)
    assert not stores.supervision.ask_for_person(CONVERSATION.id, TurnId("turn_3"), NOW)

    assert told(stores, 1) == [EventKind.HANDOFF_STARTED]
    assert [item.turn_id for item in stores.supervision.waiting(10)] == [TURN], "her open question is what waits"
    assert stores.turns.begin(TURN, NOW) is None


def test_a_customer_who_has_asked_nothing_can_ask_for_a_person_too(stores: Stores) -> None:
    quiet = ConversationId("conv_2")
    stores.conversations.start(replace(CONVERSATION, id=quiet))
    assert stores.supervision.ask_for_person(quiet, TurnId("turn_2"), NOW)
    [item] = stores.supervision.waiting(10)
    assert (item.turn_id, item.asked, item.record) == ("turn_2", (), None)


def test_handed_back_the_assistant_answers_what_nobody_has_answered(stores: Stores) -> None:
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)

    assert stores.supervision.hand_back(CONVERSATION.id, "Sam", NOW) == [TURN]
    assert stores.supervision.hand_back(CONVERSATION.id, "Sam", NOW) == []

    assert standing(stores) == (ConversationStatus.OPEN, HandlingMode.AUTO, None)
    assert told(stores, 1) == [EventKind.HANDLING_CHANGED] * 2
    work = stores.turns.begin(TURN, NOW)
    assert work is not None
    assert [each.text for each in work.messages] == ["where is it?"]


def test_handed_back_after_a_word_of_the_person_nothing_is_answered_twice(stores: Stores) -> None:
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)
    stores.supervision.say(CONVERSATION.id, said(70, "It comes today.", Author.SUPERVISOR), "Sam")

    assert stores.supervision.hand_back(CONVERSATION.id, "Sam", NOW) == []

    accepted = stores.turns.accept(CONVERSATION.id, said(2, "and now?"), TurnId("turn_2"))
    assert (accepted.turn_id, accepted.to_be_answered) == ("turn_2", True)


def test_what_the_customer_wrote_after_the_persons_last_word_is_answered_when_it_is_handed_back(stores: Stores) -> None:
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)
    stores.supervision.say(CONVERSATION.id, said(70, "It comes today.", Author.SUPERVISOR), "Sam")
    stores.turns.accept(CONVERSATION.id, said(2, "and the other one?"), TurnId("turn_2"))
    assert stores.supervision.hand_back(CONVERSATION.id, "Sam", NOW) == ["turn_2"]


def test_a_conversation_is_not_resolved_over_a_message_that_is_being_answered(stores: Stores) -> None:
    with pytest.raises(CustomerWrote):
        stores.supervision.resolve(CONVERSATION.id, "Sam", NOW)
    becomes(stores, Delivery.SEND)
    stores.supervision.resolve(CONVERSATION.id, "Sam", NOW)
    assert standing(stores)[0] is ConversationStatus.RESOLVED


def test_a_resolved_conversation_that_a_person_takes_up_again_is_open_again(stores: Stores) -> None:
    becomes(stores, Delivery.SEND)
    stores.supervision.resolve(CONVERSATION.id, "Sam", NOW)
    last = stores.conversations.position(CONVERSATION.id)[0]
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)
    assert told(stores, last) == [EventKind.REOPENED, EventKind.HANDLING_CHANGED]


def test_a_resolved_conversation_is_told_once_and_reopened_by_a_message(stores: Stores) -> None:
    stores.supervision.take_over(CONVERSATION.id, "Sam", NOW)
    stores.supervision.resolve(CONVERSATION.id, "Sam", NOW)
    stores.supervision.resolve(CONVERSATION.id, "Sam", NOW)
    assert standing(stores) == (ConversationStatus.RESOLVED, HandlingMode.AUTO, None)
    assert stores.supervision.waiting(10) == []

    accepted = stores.turns.accept(CONVERSATION.id, said(2, "one more thing"), TurnId("turn_2"))

    assert accepted.to_be_answered
    assert told(stores, 2) == [EventKind.RESOLVED, EventKind.REOPENED, EventKind.MESSAGE_ACCEPTED]
    assert standing(stores)[0] is ConversationStatus.OPEN


def test_a_rating_replaces_the_one_before_and_is_for_replies_only(stores: Stores) -> None:
    becomes(stores, Delivery.SEND)
    down = Rating(MessageId("msg_50"), helpful=False, comment="wrong day", at=NOW)
    stores.supervision.rate(CONVERSATION.id, replace(down, helpful=True, comment=None))
    stores.supervision.rate(CONVERSATION.id, down)

    assert stores.supervision.ratings(CONVERSATION.id) == [down]
    for other in ("msg_1", "nothing"):
        with pytest.raises(NotFound):
            stores.supervision.rate(CONVERSATION.id, replace(down, message_id=MessageId(other)))
    with pytest.raises(NotFound):
        stores.supervision.rate(ConversationId("conv_2"), down)


def test_the_answer_to_the_one_question_is_kept(stores: Stores) -> None:
    stores.supervision.keep_satisfaction(CONVERSATION.id, 4, "quick")
    assert stores.conversations.conversation(CONVERSATION.id).satisfaction == 4
    with pytest.raises(NotFound):
        stores.supervision.keep_satisfaction(ConversationId("nobody"), 4, None)


@pytest.mark.parametrize("do", ["ask", "take", "say", "back", "resolve"])
def test_nothing_is_done_in_a_conversation_that_is_not_there(stores: Stores, do: str) -> None:
    nobody = ConversationId("nobody")
    actions: dict[str, Callable[[], object]] = {
        "ask": lambda: stores.supervision.ask_for_person(nobody, TurnId("turn_2"), NOW),
        "take": lambda: stores.supervision.take_over(nobody, "Sam", NOW),
        "say": lambda: stores.supervision.say(nobody, said(2, "hello", Author.SUPERVISOR), "Sam"),
        "back": lambda: stores.supervision.hand_back(nobody, "Sam", NOW),
        "resolve": lambda: stores.supervision.resolve(nobody, "Sam", NOW),
    }
    with pytest.raises(NotFound):
        actions[do]()
