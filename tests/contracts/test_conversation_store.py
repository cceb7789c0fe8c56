"""What every store of conversations keeps: nothing said is lost, and a turn is kept whole or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from app.adapters.sql.conversations import SqlConversations
from app.adapters.sql.schema import open_database
from app.domain.conversation import (
    Author,
    Conversation,
    ConversationStatus,
    DialogueState,
    HandlingMode,
    Message,
    OpenQuestion,
)
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
from app.errors import NotFound
from app.ports import ConversationStore
from tests.builders import NOW

CONVERSATION = Conversation(ConversationId("conv_1"), CustomerId("C-1"), NOW)
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


@pytest.fixture(params=["sqlite"])
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    engine = open_database(f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    kept = SqlConversations(engine)
    kept.start(CONVERSATION)
    yield kept
    engine.dispose()


@pytest.mark.parametrize(
    "conversation",
    [
        Conversation(ConversationId("conv_2"), None, NOW),
        Conversation(
            ConversationId("conv_3"), CustomerId("C-9"), NOW, ConversationStatus.PENDING, HandlingMode.MANUAL, STATE
        ),
    ],
    ids=["anonymous", "taken over"],
)
def test_a_conversation_comes_back_as_it_was_started(store: ConversationStore, conversation: Conversation) -> None:
    store.start(conversation)
    assert store.conversation(conversation.id) == conversation


def test_messages_come_back_in_the_order_in_which_they_were_written(store: ConversationStore) -> None:
    other = Conversation(ConversationId("conv_2"), None, NOW)
    store.start(other)
    written = [message(3, "first"), message(1, "then\nthis 🙂"), message(2, "a reply", Author.ASSISTANT)]
    for said in written:
        store.append(CONVERSATION.id, said)
        store.append(other.id, replace(said, id=MessageId(f"{said.id}_other")))
    assert store.messages(CONVERSATION.id) == written


def test_one_message_is_kept_once(store: ConversationStore) -> None:
    store.append(CONVERSATION.id, message(1))
    with pytest.raises(IntegrityError):
        store.append(CONVERSATION.id, message(1, "hello again"))
    assert store.messages(CONVERSATION.id) == [message(1)]


def test_a_message_of_no_conversation_is_refused(store: ConversationStore) -> None:
    with pytest.raises(IntegrityError):
        store.append(ConversationId("nobody"), message(1))


def test_a_turn_comes_back_whole(store: ConversationStore) -> None:
    store.finish_turn(RECORD, STATE, [])
    assert store.turn(RECORD.id) == RECORD


def test_a_turn_that_had_no_answer_comes_back_too(store: ConversationStore) -> None:
    bare = replace(RECORD, customer_id=None, situations=(), flags=(), proposed=None, timings=(), degradations=())
    store.finish_turn(bare, DialogueState(), [])
    assert store.turn(bare.id) == bare


def test_finishing_a_turn_keeps_what_was_said_and_what_is_remembered(store: ConversationStore) -> None:
    store.append(CONVERSATION.id, message(1))

    store.finish_turn(
        RECORD, STATE, [message(2, "It is late.", Author.ASSISTANT), message(3, "Bye.", Author.ASSISTANT)]
    )

    assert [said.text for said in store.messages(CONVERSATION.id)] == ["hello", "It is late.", "Bye."]
    assert store.conversation(CONVERSATION.id) == replace(CONVERSATION, state=STATE)
    assert store.turn_count() == 1


def test_a_turn_whose_message_cannot_be_kept_leaves_nothing(store: ConversationStore) -> None:
    store.append(CONVERSATION.id, message(1))

    with pytest.raises(IntegrityError):
        store.finish_turn(RECORD, STATE, [message(2, "It is late."), message(1, "an id that is taken")])

    assert store.turn_count() == 0
    assert store.messages(CONVERSATION.id) == [message(1)]
    assert store.conversation(CONVERSATION.id) == CONVERSATION
    store.finish_turn(RECORD, STATE, [message(2, "It is late.")])
    assert store.turn(RECORD.id) == RECORD


def test_a_turn_is_finished_once(store: ConversationStore) -> None:
    store.finish_turn(RECORD, STATE, [message(1)])
    with pytest.raises(IntegrityError):
        store.finish_turn(RECORD, DialogueState(), [message(2)])
    assert store.messages(CONVERSATION.id) == [message(1)]
    assert store.conversation(CONVERSATION.id).state == STATE


def test_a_turn_of_no_conversation_is_refused(store: ConversationStore) -> None:
    with pytest.raises(IntegrityError):
        store.finish_turn(replace(RECORD, conversation_id=ConversationId("nobody")), STATE, [])
    assert store.turn_count() == 0


def test_a_turn_can_be_amended_by_what_ran_after_it(store: ConversationStore) -> None:
    store.finish_turn(RECORD, STATE, [message(1)])
    fuller = replace(RECORD, timings=(*RECORD.timings, StageTime("refine", 801.5)))

    store.amend_turn(fuller)

    assert store.turn(RECORD.id) == fuller
    assert store.messages(CONVERSATION.id) == [message(1)]
    assert store.turn_count() == 1


def test_what_is_not_there_is_not_found(store: ConversationStore) -> None:
    with pytest.raises(NotFound):
        store.conversation(ConversationId("nobody"))
    with pytest.raises(NotFound):
        store.turn(TurnId("nothing"))
    with pytest.raises(NotFound):
        store.amend_turn(RECORD)
    assert store.messages(ConversationId("nobody")) == []


def test_all_of_it_is_there_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    first = open_database(url)
    before = SqlConversations(first)
    before.start(CONVERSATION)
    before.finish_turn(RECORD, STATE, [message(1)])
    first.dispose()

    second = open_database(url)
    after = SqlConversations(second)

    assert after.turn(RECORD.id) == RECORD
    assert after.conversation(CONVERSATION.id).state == STATE
    assert after.messages(CONVERSATION.id) == [message(1)]
    second.dispose()
