"""Conversations in which nobody has said anything for long, and nobody has to."""

from datetime import datetime

from sqlalchemy import Engine, Select, exists, select

from app.adapters.sql.database import writing
from app.adapters.sql.queue import WAITING
from app.adapters.sql.rows import locked, set_handling, tell
from app.adapters.sql.schema import conversations, messages, turns
from app.domain.conversation import ConversationStatus, HandlingMode, TurnStatus
from app.domain.events import EventKind
from app.domain.ids import ConversationId


class SqlSilence:
    """Fills the role of `SilentConversations`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def silent(self, before: datetime, limit: int = 100) -> list[ConversationId]:
        """Customers' conversations without a word since a moment, the oldest first, in which nothing waits."""
        query = _silent(before).order_by(conversations.c.last_seq).limit(limit)
        with self._engine.connect() as connection:
            return [ConversationId(row.id) for row in connection.execute(query)]

    def resolve_silent(self, conversation_id: ConversationId, before: datetime, at: datetime) -> bool:
        """Nothing is open any more; a new message of the customer reopens it. False when it is not silent any more."""
        with writing(self._engine) as connection:
            locked(connection, conversation_id)
            still = _silent(before).where(conversations.c.id == conversation_id)
            if connection.execute(still).first() is None:
                return False
            set_handling(connection, conversation_id, ConversationStatus.RESOLVED, HandlingMode.AUTO)
            tell(connection, conversation_id, at, (EventKind.RESOLVED, {}))
        return True


def _silent(before: datetime) -> Select[str]:
    unanswered = exists().where(
        turns.c.conversation_id == conversations.c.id, turns.c.status.in_((TurnStatus.OPEN, *WAITING))
    )
    return (
        select(conversations.c.id)
        .join(messages, messages.c.seq == conversations.c.last_seq)
        .where(
            conversations.c.status != ConversationStatus.RESOLVED,
            conversations.c.token_hash.is_not(None),
            messages.c.at < before,
            ~unanswered,
        )
    )
