"""Rows of conversations, messages and turns, and what several stores do with them inside a transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.adapters.sql.schema import conversations, events, messages, supervisors, turns
from app.domain.conversation import (
    Author,
    Conversation,
    ConversationStatus,
    DialogueState,
    HandlingMode,
    Message,
    TurnStatus,
)
from app.domain.events import EventKind
from app.domain.handoff import HandOff
from app.domain.ids import ConversationId, CustomerId, MessageId, TurnId
from app.domain.supervision import Annotation, UseAgain, Verdict
from app.domain.turn import TurnRecord
from app.errors import NotFound

STATE = TypeAdapter(DialogueState)
RECORD = TypeAdapter(TurnRecord)
HANDOFF = TypeAdapter(HandOff)


def locked(connection: Connection, conversation_id: ConversationId) -> Row[Any]:
    """The conversation, held until the transaction ends so that its events stay in order. Raises NotFound."""
    query = select(conversations).where(conversations.c.id == conversation_id).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"conversation {conversation_id}")
    return row


def conversation_of(row: Row[Any]) -> Conversation:
    """The conversation that a row holds."""
    return Conversation(
        id=ConversationId(row.id),
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        started_at=aware(row.started_at),
        status=ConversationStatus(row.status),
        mode=HandlingMode(row.mode),
        state=STATE.validate_python(row.state),
        agent=row.agent,
        token_hash=row.token_hash,
        expires_at=aware(row.expires_at) if row.expires_at else None,
        satisfaction=row.satisfaction,
        contact=row.contact,
        listened_at=aware(row.listened_at) if row.listened_at else None,
    )


def annotation_of(row: Row[Any]) -> Annotation:
    """The decision that a row holds; which draft was seen is not kept."""
    return Annotation(
        row.id,
        TurnId(row.turn_id),
        "",
        Verdict(row.verdict),
        row.by,
        aware(row.at),
        row.text,
        row.reason,
        row.text_in_slots,
        UseAgain(row.use_again),
    )


def message_of(row: Row[Any]) -> Message:
    """The message that a row holds."""
    return Message(
        MessageId(row.id), Author(row.author), row.text, aware(row.at), row.author_name, row.client_message_id
    )


def add_message(
    connection: Connection, conversation_id: ConversationId, message: Message, turn_id: TurnId | None
) -> None:
    """Adds a message at the end."""
    written = insert(messages).values(
        id=message.id,
        conversation_id=conversation_id,
        turn_id=turn_id,
        author=message.author,
        text=message.text,
        at=message.at,
        author_name=message.author_name,
        client_message_id=message.client_message_id,
    )
    seq = connection.execute(written.returning(messages.c.seq)).scalar_one()
    connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(last_seq=seq))


def tell(
    connection: Connection, conversation_id: ConversationId, at: datetime, *told: tuple[EventKind, dict[str, Any]]
) -> None:
    """Adds events to the conversation's stream, in order, without a gap in their numbers."""
    query = (
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(events=conversations.c.events + len(told))
        .returning(conversations.c.events)
    )
    last = connection.execute(query).scalar_one()
    for number, (kind, data) in enumerate(told, start=last - len(told) + 1):
        connection.execute(
            insert(events).values(conversation_id=conversation_id, number=number, kind=kind, data=data, at=at)
        )


def insert_if_new(connection: Connection, table: Table, **values: object) -> None:
    """Two at once insert one row, and neither fails."""
    if connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(table).values(values).on_conflict_do_nothing())
    else:
        connection.execute(sqlite.insert(table).values(values).on_conflict_do_nothing())


def kept_handoff(handoff: HandOff | None) -> dict[str, Any]:
    """The column with it; none when there is none, so that one that is there stays."""
    return {"handoff": HANDOFF.dump_python(handoff, mode="json")} if handoff else {}


def set_turns(
    connection: Connection, conversation_id: ConversationId, was: Sequence[TurnStatus], becomes: TurnStatus
) -> None:
    """Moves every turn of the conversation that is at one of these steps to another."""
    connection.execute(
        update(turns).where(turns.c.conversation_id == conversation_id, turns.c.status.in_(was)).values(status=becomes)
    )


def set_handling(
    connection: Connection,
    conversation_id: ConversationId,
    status: ConversationStatus,
    mode: HandlingMode,
    agent: str | None = None,
) -> None:
    """Where the conversation stands and who answers in it."""
    connection.execute(
        update(conversations).where(conversations.c.id == conversation_id).values(status=status, mode=mode, agent=agent)
    )


def shown_name(connection: Connection, name: str) -> str:
    """What a customer sees of who answers her."""
    query = select(supervisors.c.display_name).where(supervisors.c.name == name)
    return connection.execute(query).scalar_one_or_none() or name


def aware(moment: datetime) -> datetime:
    """SQLite forgets the time zone; everything is stored in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
