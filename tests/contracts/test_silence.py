"""Conversations that have fallen silent are resolved; one in which somebody waits never is."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from app.adapters.sql.schema import turns
from app.domain.conversation import Author, Conversation, ConversationStatus, HandlingMode, Message, TurnStatus
from app.domain.ids import ConversationId, MessageId, TurnId
from app.stores import Stores
from tests.builders import NOW

LATER = NOW + timedelta(hours=25)
BEFORE = LATER - timedelta(hours=24)


class Shop:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.stores = Stores(engine)

    def writes(
        self, number: int, at: datetime = NOW, becomes: TurnStatus = TurnStatus.SENT, token: str | None = "t" * 64
    ) -> ConversationId:
        """Somebody starts a conversation and writes; so far is her turn."""
        conversation = Conversation(ConversationId(f"conv_{number}"), None, at, token_hash=token)
        self.stores.conversations.start(conversation)
        self.says(conversation.id, number, at)
        with self.engine.begin() as connection:
            mine = turns.c.id == f"turn_{number}"
            connection.execute(update(turns).where(mine).values(status=becomes))
        return conversation.id

    def says(self, conversation_id: ConversationId, number: int, at: datetime) -> None:
        message = Message(MessageId(f"msg_{number}"), Author.CUSTOMER, "hello", at)
        self.stores.turns.accept(conversation_id, message, TurnId(f"turn_{number}"))

    def kinds(self, conversation_id: ConversationId) -> list[str]:
        return [event.kind for event in self.stores.conversations.events_after(conversation_id, 0)]


@pytest.fixture
def shop(database: Engine) -> Shop:
    return Shop(database)


def test_a_silent_conversation_is_resolved_once_and_told_so(shop: Shop) -> None:
    silent = shop.writes(1)

    assert shop.stores.silence.silent(BEFORE) == [silent]
    assert shop.stores.silence.resolve_silent(silent, BEFORE, LATER)
    assert not shop.stores.silence.resolve_silent(silent, BEFORE, LATER)

    assert shop.stores.silence.silent(BEFORE) == []
    assert shop.stores.conversations.conversation(silent).status is ConversationStatus.RESOLVED
    assert shop.kinds(silent) == ["message.accepted", "conversation.resolved"]


@pytest.mark.parametrize("waits", [TurnStatus.OPEN, TurnStatus.HELD, TurnStatus.HELD_LONG, TurnStatus.WITH_PERSON])
def test_one_in_which_something_waits_is_never_resolved(shop: Shop, waits: TurnStatus) -> None:
    waiting = shop.writes(1, becomes=waits)

    assert shop.stores.silence.silent(BEFORE) == []
    assert not shop.stores.silence.resolve_silent(waiting, BEFORE, LATER)
    assert shop.kinds(waiting) == ["message.accepted"]


def test_one_that_a_person_has_and_has_answered_goes_back_to_the_assistant(shop: Shop) -> None:
    silent = shop.writes(1)
    shop.stores.supervision.take_over(silent, "sam", NOW)
    shop.stores.supervision.say(silent, Message(MessageId("answer"), Author.SUPERVISOR, "Hello", NOW), "sam")

    assert shop.stores.silence.resolve_silent(silent, BEFORE, LATER)
    resolved = shop.stores.conversations.conversation(silent)
    assert (resolved.mode, resolved.agent) == (HandlingMode.AUTO, None)


def test_the_last_word_counts_not_the_first(shop: Shop) -> None:
    lively = shop.writes(1)
    shop.stores.supervision.take_over(lively, "sam", NOW)
    answer = Message(MessageId("answer"), Author.SUPERVISOR, "Hello", LATER - timedelta(hours=1))
    shop.stores.supervision.say(lively, answer, "sam")

    assert shop.stores.silence.silent(BEFORE) == []


def test_a_message_that_came_just_before_keeps_it_open(shop: Shop) -> None:
    silent = shop.writes(1)
    shop.says(silent, 2, LATER)

    assert not shop.stores.silence.resolve_silent(silent, BEFORE, LATER)


def test_what_was_asked_inside_the_house_and_what_nobody_wrote_in_is_left_alone(shop: Shop) -> None:
    shop.writes(1, token=None)
    shop.stores.conversations.start(Conversation(ConversationId("conv_2"), None, NOW, token_hash="t" * 64))

    assert shop.stores.silence.silent(BEFORE) == []


def test_the_longest_silent_come_first_and_not_all_at_once(shop: Shop) -> None:
    silent = [shop.writes(number, NOW - timedelta(hours=3 - number)) for number in range(3)]

    assert shop.stores.silence.silent(BEFORE, limit=2) == silent[:2]


def test_she_reopens_it_by_writing(shop: Shop) -> None:
    silent = shop.writes(1)
    shop.stores.silence.resolve_silent(silent, BEFORE, LATER)
    shop.says(silent, 2, LATER)

    assert shop.stores.conversations.conversation(silent).status is ConversationStatus.OPEN
    assert shop.kinds(silent)[-2:] == ["conversation.reopened", "message.accepted"]
