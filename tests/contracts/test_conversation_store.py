"""What every store of conversations keeps: nothing is lost, a turn is decided once, events tell it in order."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from app.adapters.sql.database import open_database
from app.domain.conversation import (
    Author,
    Conversation,
    ConversationStatus,
    DialogueState,
    HandlingMode,
    Message,
    OpenQuestion,
)
from app.domain.events import EventKind
from app.domain.facts import Fact, FactKind
from app.domain.ids import ConversationId, CustomerId, MessageId, OrderId, PageId, ProductId, TurnId
from app.domain.reply import (
    ApprovalEstimate,
    Candidate,
    Delivery,
    DeliveryDecision,
    Flag,
    FlagReason,
    Origin,
    Reply,
    Severity,
)
from app.domain.retrieval import PolicyPassage
from app.domain.turn import PromptSent, RefinedDraft, Retrieved, Situation, StageTime, TurnRecord
from app.domain.understanding import Entities, IntentPrediction, Move, Request
from app.errors import BadEventId, MessageConflict, NotFound
from app.stores import Stores
from tests.builders import NOW

CONVERSATION = Conversation(ConversationId("conv_1"), CustomerId("C-1"), NOW, token_hash="a" * 64)
STATE = DialogueState(
    order_in_focus=OrderId("LF-10482"),
    product_in_focus=ProductId("P-2"),
    last_intent="track_order",
    open_question=OpenQuestion.WHICH_ORDER,
    offered_orders=(OrderId("LF-10482"), OrderId("LF-10010")),
    offered_action="replace_or_refund_lost_parcel",
    failed_attempts=2,
    greeted=True,
    used_interactions=("past_1", "past_2"),
)
NOTE = Flag(FlagReason.LOW_CONFIDENCE, Severity.NOTE, "the intent is unsure: “track_order” 0.61")
HOLD = Flag(FlagReason.PROMISE, Severity.HOLD, "promises a day — naïve 🙂")
SITUATION = Situation(
    request=Request(
        text="wo ist [order]? the second one",
        masked="where is [order]? the second one",
        prediction=IntentPrediction("track_order", 0.61, 0.98, (("track_order", 0.61), ("lost_parcel", 0.2))),
        entities=Entities(("LF-10482",), ("a@example.com",), (ProductId("P-2"),), ("Ms. Hill",), ("$20",), -1),
        move=Move.SELECT,
    ),
    key="track_order/late",
    signs={"shipment": "late", "order": "found"},
    facts=(
        Fact("order_id", "LF-10482", FactKind.SLOT, "crm"),
        Fact("days_late", "3 days", FactKind.SHOWN, "crm"),
    ),
    retrieved=(Retrieved("past_1", "track_order/late", 0.8123456789),),
    passages=(PolicyPassage("tracking#1", PageId("tracking"), "Tracking", "It moves.", "v1", 0.5),),
    candidates=(
        Candidate(
            "track_order/late", "It is {days_late} late.", Origin.APPROVED, "past_1", 0.81, (), None, chosen=True
        ),
        Candidate(
            "track_order/late",
            "It comes tomorrow.",
            Origin.DRAFTED,
            "smollm2 answer.order.v1",
            None,
            (HOLD,),
            ApprovalEstimate(0.12, "3 signals"),
        ),
    ),
    prompts=(PromptSent("answer.order.v1", "smollm2-135m-q8_0", "Larkfield\nSITUATION: late\n"),),
    refined=RefinedDraft("It is late by {days_late}.", "smollm2-135m-q8_0", delivered=False, problems=(NOTE,)),
)
RECORD = TurnRecord(
    id=TurnId("turn_1"),
    conversation_id=CONVERSATION.id,
    customer_id=CustomerId("C-1"),
    at=NOW + timedelta(microseconds=123456),
    asked="where is [order]? the second one",
    situations=(SITUATION, Situation(request=SITUATION.request, key=None)),
    flags=(NOTE, HOLD),
    decision=DeliveryDecision(Delivery.HOLD, (HOLD,), "replace_or_refund_lost_parcel"),
    proposed=Reply("It is 3 days late. Bye.", "It is {days_late} late. Bye.", ("It is 3 days late.", "Bye.")),
    delivered="A colleague takes a look.",
    versions={"playbook": "p1", "model": "smollm2-135m-q8_0"},
    timings=(StageTime("understand", 12.25), StageTime("answer", 0.0)),
    degradations=("index_down",),
)


def message(number: int, text: str = "hello", author: Author = Author.CUSTOMER) -> Message:
    return Message(MessageId(f"msg_{number}"), author, text, NOW + timedelta(seconds=number))


@pytest.fixture
def stores(database: Engine) -> Stores:
    kept = Stores(database)
    kept.conversations.start(CONVERSATION)
    return kept


def asked(stores: Stores, number: int = 1, text: str = "hello") -> TurnId:
    """A customer's message is accepted; the turn it belongs to."""
    return stores.turns.accept(CONVERSATION.id, sent(number, text), TurnId(f"turn_{number}")).turn_id


def sent(number: int, text: str = "hello") -> Message:
    return replace(message(number, text), client_message_id=f"c-{number}")


def decided(stores: Stores, delivery: Delivery = Delivery.SEND, number: int = 90, **changes: Any) -> bool:  # noqa: ANN401
    """The turn `turn_1` is decided for the messages that are in it."""
    work = stores.turns.begin(TurnId("turn_1"), NOW)
    assert work is not None
    record = replace(RECORD, decision=replace(RECORD.decision, delivery=delivery), **changes)
    said = message(number, "It is late. Bye.", Author.ASSISTANT)
    return stores.turns.finish(record, STATE, said, [each.id for each in work.messages])


def told(stores: Stores) -> list[EventKind]:
    return [event.kind for event in stores.conversations.events_after(CONVERSATION.id, 0)]


@pytest.mark.parametrize(
    "conversation",
    [
        Conversation(ConversationId("conv_2"), None, NOW),
        Conversation(
            ConversationId("conv_3"),
            CustomerId("C-9"),
            NOW,
            ConversationStatus.PENDING,
            HandlingMode.MANUAL,
            STATE,
            "Sam",
            "a" * 64,
            NOW + timedelta(hours=1),
        ),
    ],
    ids=["anonymous", "taken over"],
)
def test_a_conversation_comes_back_as_it_was_started(stores: Stores, conversation: Conversation) -> None:
    stores.conversations.start(conversation)
    assert stores.conversations.conversation(conversation.id) == conversation


def test_messages_come_back_in_the_order_in_which_they_were_accepted(stores: Stores) -> None:
    written = [sent(3, "first"), sent(1, "then\nthis 🙂"), sent(2, "a third")]
    for each in written:
        stores.turns.accept(CONVERSATION.id, each, TurnId("turn_1"))
    assert stores.conversations.messages(CONVERSATION.id) == written


def test_an_accepted_message_is_told_and_waits_for_its_answer(stores: Stores) -> None:
    accepted = stores.turns.accept(CONVERSATION.id, sent(1), TurnId("turn_1"))

    assert (accepted.turn_id, accepted.duplicate, accepted.to_be_answered) == ("turn_1", False, True)
    assert stores.turns.open_turns(NOW + timedelta(hours=1)) == ["turn_1"]
    assert stores.turns.open_turns(NOW) == [], "only those that began before"
    assert stores.conversations.position(CONVERSATION.id) == (1, True)
    assert told(stores) == [EventKind.MESSAGE_ACCEPTED]


def test_the_same_message_again_is_the_same_message(stores: Stores) -> None:
    asked(stores)
    again = stores.turns.accept(CONVERSATION.id, replace(sent(1), id=MessageId("another")), TurnId("turn_9"))

    assert again.duplicate
    assert again.message == sent(1)
    assert again.turn_id == "turn_1"
    assert again.to_be_answered, "it has not been answered yet"
    assert stores.conversations.messages(CONVERSATION.id) == [sent(1)]
    assert told(stores) == [EventKind.MESSAGE_ACCEPTED]
    decided(stores)
    settled = stores.turns.accept(CONVERSATION.id, sent(1), TurnId("turn_9"))
    assert settled.duplicate
    assert not settled.to_be_answered


def test_another_text_under_the_same_id_is_refused_and_changes_nothing(stores: Stores) -> None:
    asked(stores)
    with pytest.raises(MessageConflict):
        stores.turns.accept(CONVERSATION.id, replace(sent(1, "other"), id=MessageId("another")), TurnId("turn_9"))
    assert stores.conversations.messages(CONVERSATION.id) == [sent(1)]


def test_messages_in_a_row_are_one_turn_and_the_next_after_the_answer_is_another(stores: Stores) -> None:
    assert asked(stores, 1) == "turn_1"
    assert asked(stores, 2) == "turn_1"
    assert decided(stores)
    assert asked(stores, 3) == "turn_3"


def test_work_begins_with_the_messages_so_far_and_counts_how_often(stores: Stores) -> None:
    asked(stores, 1)
    asked(stores, 2, "one more thing")
    first = stores.turns.begin(TurnId("turn_1"), NOW)
    second = stores.turns.begin(TurnId("turn_1"), NOW)

    assert first is not None
    assert second is not None
    assert [each.text for each in first.messages] == ["hello", "one more thing"]
    assert first.conversation.customer_id == "C-1"
    assert (first.attempts, second.attempts) == (1, 2)
    assert stores.turns.begin(TurnId("nothing"), NOW) is None


def test_a_decided_turn_comes_back_whole_and_is_told_sentence_by_sentence(stores: Stores) -> None:
    asked(stores)
    assert decided(stores)

    record = stores.conversations.turn(RECORD.id)
    assert record == replace(RECORD, decision=replace(RECORD.decision, delivery=Delivery.SEND))
    assert [each.text for each in stores.conversations.messages(CONVERSATION.id)] == ["hello", "It is late. Bye."]
    assert stores.conversations.conversation(CONVERSATION.id).state == STATE
    assert stores.conversations.turn_count() == 1
    assert stores.conversations.position(CONVERSATION.id) == (4, False)
    assert told(stores) == [
        EventKind.MESSAGE_ACCEPTED,
        EventKind.REPLY_SENTENCE,
        EventKind.REPLY_SENTENCE,
        EventKind.REPLY_COMPLETED,
    ]
    events = stores.conversations.events_after(CONVERSATION.id, 1)
    assert [event.number for event in events] == [2, 3, 4]
    assert "".join(event.data["text"] for event in events[:2]) == "It is late. Bye."
    assert events[2].data["message"]["text"] == "It is late. Bye."


def test_a_turn_that_had_no_answer_comes_back_too(stores: Stores) -> None:
    asked(stores)
    bare: dict[str, Any] = {"situations": (), "flags": (), "proposed": None, "timings": (), "degradations": ()}
    assert decided(stores, Delivery.HAND_OFF, **bare)
    assert stores.conversations.turn(RECORD.id).proposed is None


def test_a_turn_is_decided_once(stores: Stores) -> None:
    asked(stores)
    assert decided(stores)
    assert not stores.turns.finish(
        RECORD, DialogueState(), message(91, "again", Author.ASSISTANT), [MessageId("msg_1")]
    )
    assert stores.turns.begin(RECORD.id, NOW) is None
    assert [each.text for each in stores.conversations.messages(CONVERSATION.id)] == ["hello", "It is late. Bye."]
    assert stores.conversations.conversation(CONVERSATION.id).state == STATE


def test_a_message_that_joins_meanwhile_drops_the_draft_and_leaves_nothing_of_it(stores: Stores) -> None:
    asked(stores, 1)
    work = stores.turns.begin(TurnId("turn_1"), NOW)
    assert work is not None
    asked(stores, 2, "wait, I mean the other one")

    kept = stores.turns.finish(RECORD, STATE, message(90, "It is late.", Author.ASSISTANT), [MessageId("msg_1")])

    assert not kept
    assert [each.author for each in stores.conversations.messages(CONVERSATION.id)] == [Author.CUSTOMER] * 2
    assert stores.conversations.conversation(CONVERSATION.id) == CONVERSATION
    assert stores.conversations.turn_count() == 0
    again = stores.turns.begin(TurnId("turn_1"), NOW)
    assert again is not None
    assert len(again.messages) == 2
    assert again.attempts == 1, "a message that joins is no failed attempt"


def test_a_held_reply_is_told_as_held_and_the_draft_is_not_shown(stores: Stores) -> None:
    asked(stores)
    assert decided(stores, Delivery.HOLD)

    conversation = stores.conversations.conversation(CONVERSATION.id)
    assert (conversation.status, conversation.mode) == (ConversationStatus.PENDING, HandlingMode.AUTO)
    assert told(stores) == [EventKind.MESSAGE_ACCEPTED, EventKind.REPLY_HELD]
    assert stores.turns.open_turns(NOW + timedelta(hours=1)) == []


def test_a_new_message_drops_a_held_reply_and_its_turn_starts_anew(stores: Stores) -> None:
    asked(stores)
    decided(stores, Delivery.HOLD)

    assert asked(stores, 2, "it is urgent") == "turn_1"

    work = stores.turns.begin(TurnId("turn_1"), NOW)
    assert work is not None
    assert [each.text for each in work.messages] == ["hello", "it is urgent"]
    assert work.conversation.status is ConversationStatus.OPEN


def test_what_a_dropped_reply_left_in_the_memory_is_taken_back(stores: Stores) -> None:
    before = stores.conversations.conversation(CONVERSATION.id).state
    asked(stores)
    decided(stores, Delivery.HOLD)
    assert stores.conversations.conversation(CONVERSATION.id).state == STATE

    asked(stores, 2, "it is urgent")

    assert stores.conversations.conversation(CONVERSATION.id).state == before
    decided(stores, Delivery.SEND, number=91)
    asked(stores, 3, "thanks")
    assert stores.conversations.conversation(CONVERSATION.id).state == STATE, "what was sent is remembered"


def test_a_turn_that_somebody_works_on_is_not_abandoned_and_one_inside_the_house_is_nobodys(stores: Stores) -> None:
    asked(stores)
    stores.turns.begin(TurnId("turn_1"), NOW + timedelta(minutes=5))
    assert stores.turns.open_turns(NOW + timedelta(minutes=5)) == []
    assert stores.turns.open_turns(NOW + timedelta(minutes=6)) == ["turn_1"]
    inside = ConversationId("conv_2")
    stores.conversations.start(Conversation(inside, None, NOW))
    stores.turns.accept(inside, sent(2), TurnId("turn_2"))
    assert stores.turns.open_turns(NOW + timedelta(days=1)) == ["turn_1"]


def test_after_a_hand_off_messages_wait_for_the_person(stores: Stores) -> None:
    asked(stores)
    assert decided(stores, Delivery.HAND_OFF)

    later = stores.turns.accept(CONVERSATION.id, sent(2), TurnId("turn_2"))

    assert (later.turn_id, later.to_be_answered) == ("turn_1", False)
    conversation = stores.conversations.conversation(CONVERSATION.id)
    assert (conversation.status, conversation.mode) == (ConversationStatus.PENDING, HandlingMode.MANUAL)
    assert told(stores) == [EventKind.MESSAGE_ACCEPTED, EventKind.HANDOFF_STARTED, EventKind.MESSAGE_ACCEPTED]
    assert stores.turns.open_turns(NOW + timedelta(hours=1)) == []


def test_where_no_person_is_the_assistant_answers_after_a_hand_off_too(stores: Stores) -> None:
    asked(stores)
    decided(stores, Delivery.HAND_OFF)
    later = stores.turns.accept(CONVERSATION.id, sent(2), TurnId("turn_2"), alone=True)
    assert (later.turn_id, later.to_be_answered) == ("turn_2", True)


def test_a_turn_can_be_amended_by_what_ran_after_it(stores: Stores) -> None:
    asked(stores)
    decided(stores)
    fuller = replace(stores.conversations.turn(RECORD.id), timings=(*RECORD.timings, StageTime("refine", 801.5)))

    stores.conversations.amend_turn(fuller)

    assert stores.conversations.turn(RECORD.id) == fuller
    assert stores.conversations.turn_count() == 1


def test_what_ran_after_an_older_decision_does_not_replace_a_newer_one(stores: Stores) -> None:
    asked(stores)
    decided(stores, Delivery.HOLD)
    older = stores.conversations.turn(RECORD.id)
    asked(stores, 2)
    work = stores.turns.begin(RECORD.id, NOW)
    assert work is not None
    newer = replace(RECORD, at=RECORD.at + timedelta(seconds=9))
    stores.turns.finish(newer, STATE, message(91, "Now.", Author.ASSISTANT), [each.id for each in work.messages])

    stores.conversations.amend_turn(replace(older, timings=()))

    assert stores.conversations.turn(RECORD.id) == newer


def test_events_are_read_from_any_place_and_from_no_place_that_never_was(stores: Stores) -> None:
    for number in range(1, 4):
        asked(stores, number)
    assert [event.number for event in stores.conversations.events_after(CONVERSATION.id, 1)] == [2, 3]
    assert stores.conversations.events_after(CONVERSATION.id, 3) == []
    for wrong in (4, -1):
        with pytest.raises(BadEventId):
            stores.conversations.events_after(CONVERSATION.id, wrong)
    with pytest.raises(BadEventId):
        stores.conversations.events_after(ConversationId("nobody"), 0)


def test_what_other_processes_tell_is_found_by_the_counter(stores: Stores) -> None:
    assert stores.conversations.told_since(-1) == []
    asked(stores, 1)
    [(counter, conversation_id)] = stores.conversations.told_since(-1)
    assert conversation_id == CONVERSATION.id
    assert stores.conversations.told_since(counter) == []
    asked(stores, 2)
    assert [found for _, found in stores.conversations.told_since(counter)] == [CONVERSATION.id]


def test_what_is_not_there_is_not_found(stores: Stores) -> None:
    nobody = ConversationId("nobody")
    with pytest.raises(NotFound):
        stores.conversations.conversation(nobody)
    with pytest.raises(NotFound):
        stores.turns.accept(nobody, sent(1), TurnId("turn_1"))
    with pytest.raises(NotFound):
        stores.conversations.turn(TurnId("nothing"))
    with pytest.raises(NotFound):
        stores.conversations.amend_turn(RECORD)
    asked(stores)
    with pytest.raises(NotFound):
        stores.conversations.turn(TurnId("turn_1"))
    assert stores.conversations.messages(nobody) == []
    assert stores.conversations.position(nobody) == (0, False)


def test_two_who_write_at_once_neither_lose_nor_double_anything(stores: Stores) -> None:
    def write(number: int) -> None:
        stores.turns.accept(CONVERSATION.id, sent(number, f"message {number}"), TurnId(f"turn_{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, [*range(40), *range(40)]))

    assert sorted(each.text for each in stores.conversations.messages(CONVERSATION.id)) == sorted(
        f"message {number}" for number in range(40)
    )
    events = stores.conversations.events_after(CONVERSATION.id, 0)
    assert [event.number for event in events] == list(range(1, 41))
    assert len(stores.turns.open_turns(NOW + timedelta(days=1))) == 1


def test_all_of_it_is_there_after_a_restart(database_url: str) -> None:
    first = open_database(database_url)
    before = Stores(first)
    before.conversations.start(CONVERSATION)
    asked(before)
    decided(before)
    first.dispose()

    second = open_database(database_url)
    after = Stores(second)

    assert after.conversations.turn(RECORD.id).id == RECORD.id
    assert after.conversations.conversation(CONVERSATION.id).state == STATE
    assert [each.text for each in after.conversations.messages(CONVERSATION.id)] == ["hello", "It is late. Bye."]
    assert len(told(after)) == 4
    second.dispose()
