"""Conversations, their messages, the records of their turns, and the events that the customer's stream tells."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine, func, insert, select, update

from app.adapters.sql.database import writing
from app.adapters.sql.rows import RECORD, STATE, conversation_of, message_of
from app.adapters.sql.schema import conversations, events, messages, turns
from app.domain.conversation import Conversation, Message, TurnStatus
from app.domain.events import Event, EventKind
from app.domain.ids import ConversationId, TurnId
from app.domain.turn import TurnRecord
from app.errors import BadEventId, NotFound

_AT_ONCE = 500


class SqlConversations:
    """Fills the roles of `ConversationStore`, `TurnRecords`, `EventLog` and `Listening`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, conversation: Conversation) -> None:
        """Keeps a new conversation."""
        with writing(self._engine) as connection:
            connection.execute(
                insert(conversations).values(
                    id=conversation.id,
                    customer_id=conversation.customer_id,
                    status=conversation.status,
                    mode=conversation.mode,
                    started_at=conversation.started_at,
                    state=STATE.dump_python(conversation.state, mode="json"),
                    agent=conversation.agent,
                    token_hash=conversation.token_hash,
                    expires_at=conversation.expires_at,
                )
            )

    def conversation(self, conversation_id: ConversationId) -> Conversation:
        """Raises NotFound."""
        with self._engine.connect() as connection:
            row = connection.execute(select(conversations).where(conversations.c.id == conversation_id)).first()
        if row is None:
            raise NotFound(f"conversation {conversation_id}")
        return conversation_of(row)

    def messages(self, conversation_id: ConversationId) -> list[Message]:
        """In the order in which they were written."""
        query = select(messages).where(messages.c.conversation_id == conversation_id).order_by(messages.c.seq)
        with self._engine.connect() as connection:
            return [message_of(row) for row in connection.execute(query)]

    def amend_turn(self, record: TurnRecord) -> None:
        """Replaces the record of a decided turn by a fuller one of the same decision; a decision taken anew meanwhile
        keeps its own record. Raises NotFound."""
        with writing(self._engine) as connection:
            query = (
                select(turns.c.record).where(turns.c.id == record.id, turns.c.delivery.is_not(None)).with_for_update()
            )
            row = connection.execute(query).first()
            if row is None:
                raise NotFound(f"turn {record.id}")
            if RECORD.validate_python(row.record).at == record.at:
                fuller = RECORD.dump_python(record, mode="json")
                connection.execute(update(turns).where(turns.c.id == record.id).values(record=fuller))

    def turn(self, turn_id: TurnId) -> TurnRecord:
        """Raises NotFound, also for a turn that is not decided yet."""
        query = select(turns.c.record).where(turns.c.id == turn_id, turns.c.delivery.is_not(None))
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"turn {turn_id}")
        return RECORD.validate_python(row.record)

    def latest(self, conversation_id: ConversationId, but: TurnId | None = None, limit: int = 3) -> list[TurnRecord]:
        """The conversation's decided turns but for one of them, the newest first."""
        query = (
            select(turns.c.record)
            .where(turns.c.conversation_id == conversation_id, turns.c.delivery.is_not(None))
            .order_by(turns.c.at.desc(), turns.c.id.desc())
            .limit(limit)
        )
        if but is not None:
            query = query.where(turns.c.id != but)
        with self._engine.connect() as connection:
            return [RECORD.validate_python(row.record) for row in connection.execute(query)]

    def turn_count(self) -> int:
        """How many turns are decided."""
        query = select(func.count()).select_from(turns).where(turns.c.delivery.is_not(None))
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def events_after(self, conversation_id: ConversationId, number: int) -> list[Event]:
        """What happened after event `number`, in order. Raises BadEventId when there was no such event."""
        with self._engine.connect() as connection:
            last = connection.execute(
                select(conversations.c.events).where(conversations.c.id == conversation_id)
            ).scalar_one_or_none()
            if last is None or not 0 <= number <= last:
                raise BadEventId(f"event {number} of {last}")
            if number == last:
                return []
            query = (
                select(events)
                .where(events.c.conversation_id == conversation_id, events.c.number > number)
                .order_by(events.c.number)
            )
            return [Event(row.number, EventKind(row.kind), row.data) for row in connection.execute(query)]

    def position(self, conversation_id: ConversationId) -> tuple[int, bool]:
        """The number of the last event, and whether the assistant is at work on a turn."""
        open_turn = select(turns.c.id).where(
            turns.c.conversation_id == conversation_id, turns.c.status == TurnStatus.OPEN
        )
        query = select(conversations.c.events, open_turn.exists()).where(conversations.c.id == conversation_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return (row[0], bool(row[1])) if row else (0, False)

    def listened(self, conversation_ids: Collection[ConversationId], at: datetime) -> None:
        """Their streams are open at a moment; kept for those who may be mailed to, many at a time."""
        ids = sorted(conversation_ids)
        for start in range(0, len(ids), _AT_ONCE):
            theirs = (conversations.c.id.in_(ids[start : start + _AT_ONCE]), conversations.c.contact.is_not(None))
            with self._engine.connect() as connection:
                known = connection.execute(select(conversations.c.id).where(*theirs)).scalars().all()
            if known:
                with writing(self._engine) as connection:
                    connection.execute(update(conversations).where(*theirs).values(listened_at=at))

    def told_since(self, seq: int) -> list[tuple[int, ConversationId]]:
        """Events of all conversations after the store's own counter `seq`: the counter of each, and its conversation.
        With -1: the newest alone, to begin from."""
        query = select(events.c.seq, events.c.conversation_id)
        query = (
            query.order_by(events.c.seq.desc()).limit(1)
            if seq < 0
            else query.where(events.c.seq > seq).order_by(events.c.seq)
        )
        with self._engine.connect() as connection:
            return [(row.seq, ConversationId(row.conversation_id)) for row in connection.execute(query)]
