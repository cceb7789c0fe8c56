"""What leaves the house is put in beside what it tells of, once; it is taken by one at a time, and settled once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from app.adapters.sql.schema import conversations, outbox
from app.domain.conversation import Author, Conversation, DialogueState, Message
from app.domain.desk import Note
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.post import GRACE, MOST_ATTEMPTS, TAKEN_FOR, Errand, again_after
from app.domain.reply import Delivery, DeliveryDecision, Flag, FlagReason, Reply, Severity
from app.domain.supervision import Annotation, Verdict, draft_id
from app.domain.turn import TurnRecord
from app.stores import Stores
from tests.builders import NOW

CUSTOMER = Conversation(ConversationId("conv_1"), None, NOW, token_hash="t" * 64)
BOTH = (Errand.MAIL, Errand.CALL)
SOON = NOW + timedelta(minutes=1)
HELD = DeliveryDecision(Delivery.HOLD, (Flag(FlagReason.LOW_CONFIDENCE, Severity.HOLD, "0.4"),), "cancel_order")


class Shop:
    """A shop that tells others what waits."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.stores = Stores(engine, announces=True)

    def starts(self, conversation: Conversation = CUSTOMER, contact: str | None = "maya@post.example") -> None:
        self.stores.conversations.start(conversation)
        with self.engine.begin() as connection:
            mine = conversations.c.id == conversation.id
            connection.execute(update(conversations).where(mine).values(contact=contact))

    def asks(self, decision: DeliveryDecision = HELD, number: int = 1, of: Conversation = CUSTOMER) -> TurnRecord:
        """A turn that is decided so."""
        turn_id = TurnId(f"turn_{of.id}_{number}")
        asked = Message(MessageId(f"asked_{of.id}_{number}"), Author.CUSTOMER, "cancel my order", NOW)
        turn_id = self.stores.turns.accept(of.id, asked, turn_id).turn_id
        work = self.stores.turns.begin(turn_id, NOW)
        assert work is not None
        reply = Reply("It is cancelled.", "It is cancelled.")
        record = TurnRecord(turn_id, of.id, None, NOW, "", (), (), decision, reply, "Wait.", {}, ())
        said = Message(MessageId(f"said_{of.id}_{number}"), Author.ASSISTANT, "Wait.", NOW)
        assert self.stores.turns.finish(record, DialogueState(), said, [m.id for m in work.messages])
        return record

    def approves(self, record: TurnRecord, message: str = "msg_1") -> None:
        annotation = Annotation(f"a_{message}", record.id, draft_id(record), Verdict.APPROVE, "sam", NOW)
        self.stores.supervision.decide(
            annotation, Message(MessageId(message), Author.SUPERVISOR_FOR_ASSISTANT, "", NOW)
        )

    def put_in(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(outbox.c.key).order_by(outbox.c.key)).scalars())


@pytest.fixture
def shop(database: Engine) -> Shop:
    return Shop(database)


def test_an_approved_reply_is_put_in_for_who_may_be_mailed_to(shop: Shop) -> None:
    shop.starts()
    shop.approves(shop.asks())

    assert shop.stores.outbox.take(NOW, [Errand.MAIL]) == [], "she may still be listening"
    [mail] = shop.stores.outbox.take(NOW + GRACE, [Errand.MAIL])
    assert (mail.item, mail.conversation_id, mail.attempts, mail.made_at) == ("msg_1", CUSTOMER.id, 1, NOW)


def test_a_supervisors_own_message_is_put_in_once_however_often_it_is_sent(shop: Shop) -> None:
    shop.starts()
    shop.stores.supervision.take_over(CUSTOMER.id, "sam", NOW)
    message = Message(MessageId("msg_1"), Author.SUPERVISOR, "Hello", NOW, "Sam", "c-1")
    for _ in range(2):
        shop.stores.supervision.say(CUSTOMER.id, message, "sam")

    assert shop.put_in() == ["mail msg_1"]


def test_the_queue_says_who_may_be_mailed_to(shop: Shop) -> None:
    other = replace(CUSTOMER, id=ConversationId("conv_2"))
    shop.starts()
    shop.starts(other, contact=None)
    shop.asks()
    shop.asks(of=other)

    waiting = {item.conversation_id: item.by_mail for item in shop.stores.supervision.waiting(10)}
    assert waiting == {CUSTOMER.id: True, other.id: False}


def test_nothing_is_put_in_for_who_gave_no_address(shop: Shop) -> None:
    shop.starts(contact=None)
    shop.approves(shop.asks())

    assert shop.stores.outbox.take(SOON, [Errand.MAIL]) == []


def test_a_rejected_reply_is_not_mailed(shop: Shop) -> None:
    shop.starts()
    record = shop.asks()
    annotation = Annotation("a", record.id, draft_id(record), Verdict.REJECT, "sam", NOW, reason="no")
    shop.stores.supervision.decide(annotation, Message(MessageId("m"), Author.SUPERVISOR_FOR_ASSISTANT, "", NOW))

    assert shop.stores.outbox.take(SOON, [Errand.MAIL]) == []


def test_what_the_assistant_answers_after_a_hand_back_is_mailed_and_other_replies_are_not(shop: Shop) -> None:
    shop.starts()
    shop.asks(DeliveryDecision(Delivery.SEND), 1)
    shop.asks(DeliveryDecision(Delivery.HAND_OFF), 2)
    shop.stores.turns.accept(
        CUSTOMER.id, Message(MessageId("more"), Author.CUSTOMER, "hello?", NOW), TurnId("turn_unused")
    )
    [turn_id] = shop.stores.supervision.hand_back(CUSTOMER.id, "sam", NOW)
    work = shop.stores.turns.begin(turn_id, NOW)
    assert work is not None
    record = TurnRecord(turn_id, CUSTOMER.id, None, NOW, "", (), (), DeliveryDecision(Delivery.SEND), None, "", {}, ())
    answer = Message(MessageId("answer"), Author.ASSISTANT, "It is here.", NOW)
    assert shop.stores.turns.finish(record, DialogueState(), answer, [m.id for m in work.messages])

    assert [item.item for item in shop.stores.outbox.take(SOON, [Errand.MAIL])] == ["answer"]


def test_a_hold_is_told_with_its_reasons_and_without_a_word_of_the_customer(shop: Shop) -> None:
    shop.starts()
    record = shop.asks()

    [call] = shop.stores.outbox.take(NOW, [Errand.CALL])
    assert call.item == record.id
    assert call.content == {"status": "held", "reasons": ["low_confidence"], "action": "cancel_order"}


def test_a_turn_is_told_once_for_each_step_at_which_it_waits(shop: Shop) -> None:
    shop.starts()
    shop.asks(number=1)
    shop.asks(number=2)
    assert len(shop.put_in()) == 1, "the second message joined the turn that was held"

    shop.stores.supervision.ask_for_person(CUSTOMER.id, TurnId("turn_unused"), NOW)
    assert [key.rpartition(" ")[2] for key in shop.put_in()] == ["held", "with_person"]


def test_the_wish_for_a_person_is_told_where_nothing_waited_before(shop: Shop) -> None:
    shop.starts()
    shop.stores.supervision.ask_for_person(CUSTOMER.id, TurnId("turn_9"), NOW)

    assert shop.put_in() == ["call turn_9 with_person"]


def test_what_is_sent_and_what_is_asked_inside_the_house_is_told_to_nobody(shop: Shop) -> None:
    inside = replace(CUSTOMER, id=ConversationId("conv_2"), token_hash=None)
    for conversation in (CUSTOMER, inside):
        shop.starts(conversation)
    shop.asks(DeliveryDecision(Delivery.SEND))
    shop.asks(of=inside)

    assert shop.put_in() == []


def test_a_shop_that_tells_nobody_keeps_nothing_to_tell(database: Engine) -> None:
    shop = Shop(database)
    shop.stores = Stores(database)
    shop.starts()
    shop.asks()
    shop.stores.supervision.ask_for_person(CUSTOMER.id, TurnId("turn_9"), NOW)

    assert shop.put_in() == []


def test_what_is_taken_is_nobody_elses_until_it_was_taken_for_too_long(shop: Shop) -> None:
    shop.starts()
    shop.asks()
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: shop.stores.outbox.take(NOW, BOTH), range(8)))

    assert sum(len(items) for items in taken) == 1
    assert shop.stores.outbox.take(NOW + TAKEN_FOR - timedelta(seconds=1), BOTH) == []
    [again] = shop.stores.outbox.take(NOW + TAKEN_FOR, BOTH)
    assert again.attempts == 2


@pytest.mark.parametrize("how", ["done", "not_needed", "give_up"])
def test_what_is_settled_is_not_taken_again(shop: Shop, how: str) -> None:
    shop.starts()
    shop.asks()
    [item] = shop.stores.outbox.take(NOW, BOTH)
    if how == "done":
        shop.stores.outbox.done(item.key, NOW)
    else:
        getattr(shop.stores.outbox, how)(item.key, NOW, "why")
    shop.stores.outbox.put_off(item.key, NOW, "too late")

    assert shop.stores.outbox.take(NOW + timedelta(days=1), BOTH) == []


def test_what_is_put_off_comes_again_when_it_is_time(shop: Shop) -> None:
    shop.starts()
    shop.asks()
    [item] = shop.stores.outbox.take(NOW, BOTH)
    shop.stores.outbox.put_off(item.key, NOW + timedelta(hours=1), "HTTP 503" * 100)

    assert shop.stores.outbox.take(NOW + timedelta(minutes=59), BOTH) == []
    assert shop.stores.outbox.take(NOW + timedelta(hours=1), [Errand.MAIL]) == []
    assert len(shop.stores.outbox.take(NOW + timedelta(hours=1), [Errand.CALL])) == 1


def test_giving_up_leaves_one_note_among_supervisors(shop: Shop) -> None:
    shop.starts()
    shop.approves(shop.asks())
    [mail] = shop.stores.outbox.take(SOON, [Errand.MAIL])
    for number in range(2):
        note = Note(f"note_{number}", CUSTOMER.id, "Handrail", "It could not be mailed.", NOW)
        shop.stores.outbox.give_up(mail.key, NOW, "refused", note)

    assert [note.id for note in shop.stores.desk.notes(CUSTOMER.id)] == ["note_0"]


def test_whether_a_turn_still_waits(shop: Shop) -> None:
    shop.starts()
    record = shop.asks()
    assert shop.stores.outbox.still_waits(record.id)

    shop.approves(record)
    assert not shop.stores.outbox.still_waits(record.id)
    assert not shop.stores.outbox.still_waits(TurnId("turn_none"))


def test_who_listens_is_noted_for_those_who_may_be_mailed_to(shop: Shop) -> None:
    other = replace(CUSTOMER, id=ConversationId("conv_2"))
    shop.starts()
    shop.starts(other, contact=None)

    shop.stores.conversations.listened([CUSTOMER.id, other.id, ConversationId("conv_none")], NOW)

    assert shop.stores.conversations.conversation(CUSTOMER.id).listened_at == NOW
    assert shop.stores.conversations.conversation(other.id).listened_at is None


def test_delays_grow_and_end() -> None:
    waits = [again_after(attempts) for attempts in range(1, MOST_ATTEMPTS + 1)]

    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits[-2] == timedelta(hours=4)
    assert waits[-1] is None
