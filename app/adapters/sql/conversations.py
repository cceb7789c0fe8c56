"""Conversations, messages and turns in SQL. Records are stored as JSON beside the columns that are searched by."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import TypeAdapter
from sqlalchemy import Engine, func, insert, select, update

from app.adapters.sql.schema import conversations, messages, turns
from app.domain.conversation import (
    Author,
    Conversation,
    ConversationStatus,
    DialogueState,
    HandlingMode,
    Message,
)
from app.domain.ids import ConversationId, CustomerId, MessageId, TurnId
from app.domain.turn import TurnRecord
from app.errors import NotFound

STATE = TypeAdapter(DialogueState)
RECORD = TypeAdapter(TurnRecord)


class SqlConversations:
    """Fills the role of `ConversationStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, conversation: Conversation) -> None:
        """Keeps a new conversation."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(conversations).values(
                    id=conversation.id,
                    customer_id=conversation.customer_id,
                    status=conversation.status,
                    mode=conversation.mode,
                    started_at=conversation.started_at,
                    state=STATE.dump_python(conversation.state, mode="json"),
                )
            )

    def conversation(self, conversation_id: ConversationId) -> Conversation:
        """Raises NotFound."""
        with self._engine.connect() as connection:
            row = connection.execute(select(conversations).where(conversations.c.id == conversation_id)).first()
        if row is None:
            raise NotFound(f"conversation {conversation_id}")
        return Conversation(
            id=ConversationId(row.id),
            customer_id=CustomerId(row.customer_id) if row.customer_id else None,
            started_at=_aware(row.started_at),
            status=ConversationStatus(row.status),
            mode=HandlingMode(row.mode),
            state=STATE.validate_python(row.state),
        )

    def append(self, conversation_id: ConversationId, message: Message, turn_id: TurnId | None = None) -> None:
        """Adds a message at the end."""
        with self._engine.begin() as connection:
            connection.execute(insert(messages).values(**_message_row(conversation_id, message, turn_id)))

    def messages(self, conversation_id: ConversationId) -> list[Message]:
        """In the order in which they were written."""
        query = select(messages).where(messages.c.conversation_id == conversation_id).order_by(messages.c.seq)
        with self._engine.connect() as connection:
            return [
                Message(MessageId(row.id), Author(row.author), row.text, _aware(row.at))
                for row in connection.execute(query)
            ]

    def finish_turn(self, record: TurnRecord, state: DialogueState, said: Sequence[Message]) -> None:
        """Keeps the record, what was said and what is remembered, in one transaction."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(turns).values(
                    id=record.id,
                    conversation_id=record.conversation_id,
                    at=record.at,
                    delivery=record.decision.delivery,
                    origin=record.origin,
                    record=RECORD.dump_python(record, mode="json"),
                )
            )
            for message in said:
                connection.execute(insert(messages).values(**_message_row(record.conversation_id, message, record.id)))
            connection.execute(
                update(conversations)
                .where(conversations.c.id == record.conversation_id)
                .values(state=STATE.dump_python(state, mode="json"))
            )

    def amend_turn(self, record: TurnRecord) -> None:
        """Replaces the record of a turn by a fuller one. Raises NotFound."""
        with self._engine.begin() as connection:
            result = connection.execute(
                update(turns).where(turns.c.id == record.id).values(record=RECORD.dump_python(record, mode="json"))
            )
        if result.rowcount == 0:
            raise NotFound(f"turn {record.id}")

    def turn(self, turn_id: TurnId) -> TurnRecord:
        """Raises NotFound."""
        with self._engine.connect() as connection:
            row = connection.execute(select(turns.c.record).where(turns.c.id == turn_id)).first()
        if row is None:
            raise NotFound(f"turn {turn_id}")
        return RECORD.validate_python(row.record)

    def turn_count(self) -> int:
        """How many turns are kept."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(turns)).scalar_one()


def _message_row(conversation_id: ConversationId, message: Message, turn_id: TurnId | None) -> dict[str, object]:
    return {
        "id": message.id,
        "conversation_id": conversation_id,
        "turn_id": turn_id,
        "author": message.author,
        "text": message.text,
        "at": message.at,
    }


def _aware(moment: datetime) -> datetime:
    """SQLite forgets the time zone; everything is stored in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
