"""What a person needs who takes a turn over is kept with it, and stays when the turn moves on to that person."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.domain.conversation import Author, Conversation, DialogueState, Message
from app.domain.handoff import HandOff, Line
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.reply import Delivery, DeliveryDecision
from app.domain.turn import TurnRecord
from app.stores import Stores
from tests.builders import NOW

CUSTOMER = Conversation(ConversationId("conv_1"), None, NOW, token_hash="t" * 64)
HANDOFF = HandOff(
    "cancel my order",
    "cancel_order/can_cancel",
    (Line("Order", "LF-1"),),
    (Line("Asked", "cancel my order"),),
    (Line("Upset", "“ridiculous”"),),
    "cancel_order",
    "Cancel the order",
    ("Cancel it.",),
)
OTHER = HandOff("", None, (), (), (), "other", "Answer the customer", ())


@pytest.fixture
def stores(database: Engine) -> Stores:
    kept = Stores(database)
    kept.conversations.start(CUSTOMER)
    return kept


def decided(stores: Stores, number: int, delivery: Delivery, handoff: HandOff | None = None) -> TurnRecord:
    """A turn that is decided so."""
    at = NOW + timedelta(minutes=number)
    asked = Message(MessageId(f"asked_{number}"), Author.CUSTOMER, f"question {number}", at)
    turn_id = stores.turns.accept(CUSTOMER.id, asked, TurnId(f"turn_{number}")).turn_id
    work = stores.turns.begin(turn_id, at)
    assert work is not None
    record = TurnRecord(turn_id, CUSTOMER.id, None, at, "", (), (), DeliveryDecision(delivery), None, "", {}, ())
    said = Message(MessageId(f"said_{number}"), Author.ASSISTANT, "Wait.", at)
    assert stores.turns.finish(record, DialogueState(), said, [m.id for m in work.messages], handoff)
    return record


def waiting(stores: Stores) -> list[HandOff | None]:
    return [item.handoff for item in stores.supervision.waiting(10)]


def test_it_is_kept_with_the_turn_as_it_is(stores: Stores) -> None:
    decided(stores, 1, Delivery.HOLD, HANDOFF)
    assert waiting(stores) == [HANDOFF]


def test_it_stays_when_a_held_turn_goes_to_a_person(stores: Stores) -> None:
    decided(stores, 1, Delivery.HOLD, HANDOFF)
    stores.supervision.ask_for_person(CUSTOMER.id, TurnId("unused"), NOW, handoff=OTHER)

    assert waiting(stores) == [HANDOFF]


def test_who_asks_for_a_person_by_the_button_has_one_too(stores: Stores) -> None:
    stores.supervision.ask_for_person(CUSTOMER.id, TurnId("turn_9"), NOW, handoff=OTHER)

    assert waiting(stores) == [OTHER]


def test_a_turn_that_was_still_being_answered_gets_the_buttons(stores: Stores) -> None:
    stores.turns.accept(CUSTOMER.id, Message(MessageId("m"), Author.CUSTOMER, "hello", NOW), TurnId("turn_1"))
    stores.supervision.ask_for_person(CUSTOMER.id, TurnId("unused"), NOW, handoff=OTHER)

    assert waiting(stores) == [OTHER]


def test_a_turn_may_have_none(stores: Stores) -> None:
    decided(stores, 1, Delivery.HAND_OFF)
    assert waiting(stores) == [None]


def test_the_latest_records_of_a_conversation_come_newest_first_without_the_one_at_hand(stores: Stores) -> None:
    records = [decided(stores, number, Delivery.SEND) for number in range(1, 5)]
    stores.turns.accept(CUSTOMER.id, Message(MessageId("m"), Author.CUSTOMER, "hello", NOW), TurnId("turn_open"))

    assert stores.conversations.latest(CUSTOMER.id) == [records[3], records[2], records[1]]
    assert stores.conversations.latest(CUSTOMER.id, but=records[3].id, limit=2) == [records[2], records[1]]
    assert stores.conversations.latest(ConversationId("conv_none")) == []
