"""What supervisors look for and keep beside the conversations, in SQL."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Engine, Row, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.adapters.sql.audit import done
from app.adapters.sql.database import writing
from app.adapters.sql.queue import WAITING
from app.adapters.sql.rows import aware, locked
from app.adapters.sql.schema import (
    canned_replies,
    conversation_reads,
    conversations,
    messages,
    notes,
    supervisors,
    turns,
)
from app.domain.audit import AuditAction
from app.domain.conversation import Author, ConversationStatus, HandlingMode, TurnStatus
from app.domain.desk import (
    CannedReply,
    ConversationFilter,
    ConversationLine,
    ConversationPage,
    DeskCounts,
    Note,
    TurnLine,
)
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.people import Right, Role
from app.domain.reply import Delivery, Origin
from app.errors import InvalidInput, NameTaken, NotFound

_CUSTOMERS = conversations.c.token_hash.is_not(None)
"""Those that were started inside the house (terminal, files) are no customer's."""


class SqlDesk:
    """Fills the roles of `ConversationDesk` and `CannedReplies`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def search(
        self, wanted: ConversationFilter, viewer: str, *, limit: int = 50, cursor: str | None = None
    ) -> ConversationPage:
        """Customers' conversations, the last written in first, in one query. Words are looked for in every message that
        the other conditions leave over. Raises InvalidInput for a cursor that is none."""
        last = messages.alias("last")
        reads = conversation_reads.alias("reads")
        waiting = select(func.count()).where(turns.c.conversation_id == conversations.c.id, turns.c.status.in_(WAITING))
        unread = select(func.count()).where(
            messages.c.conversation_id == conversations.c.id,
            messages.c.author == Author.CUSTOMER,
            messages.c.seq > func.coalesce(reads.c.seq, 0),
        )
        query = (
            select(
                conversations,
                last.c.at.label("last_at"),
                last.c.author.label("last_author"),
                last.c.text.label("last_text"),
                waiting.correlate(conversations).scalar_subquery().label("waiting"),
                unread.correlate(conversations, reads).scalar_subquery().label("unread"),
            )
            .join(last, last.c.seq == conversations.c.last_seq, isouter=True)
            .join(reads, (reads.c.conversation_id == conversations.c.id) & (reads.c.name == viewer), isouter=True)
            .where(_CUSTOMERS, *_conditions(wanted, last.c.at))
            .order_by(conversations.c.last_seq.desc(), conversations.c.id.desc())
            .limit(limit + 1)
        )
        if cursor is not None:
            seq, conversation_id = _place(cursor)
            before = (conversations.c.last_seq == seq) & (conversations.c.id < conversation_id)
            query = query.where(or_(conversations.c.last_seq < seq, before))
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        more = len(rows) > limit
        shown = rows[:limit]
        next_cursor = f"{shown[-1].last_seq}.{shown[-1].id}" if more and shown else None
        return ConversationPage(tuple(_line(row) for row in shown), next_cursor)

    def counts(self, viewer: str) -> DeskCounts:
        """What waits, and what the viewer has not read."""
        waits = (
            select(func.count())
            .select_from(turns.join(conversations, conversations.c.id == turns.c.conversation_id))
            .where(turns.c.status.in_(WAITING), _CUSTOMERS)
        )
        reads = conversation_reads
        read_so_far = (
            select(reads.c.seq)
            .where(reads.c.conversation_id == conversations.c.id, reads.c.name == viewer)
            .correlate(conversations)
            .scalar_subquery()
        )
        written_since = exists().where(
            messages.c.conversation_id == conversations.c.id,
            messages.c.author == Author.CUSTOMER,
            messages.c.seq > func.coalesce(read_so_far, 0),
        )
        hers = or_(conversations.c.agent == viewer, conversations.c.assigned_to == viewer)
        unread = select(func.count()).select_from(conversations).where(_CUSTOMERS, hers, written_since)
        with self._engine.connect() as connection:
            return DeskCounts(connection.execute(waits).scalar_one(), connection.execute(unread).scalar_one())

    def mark_read(self, conversation_id: ConversationId, viewer: str) -> None:
        """The viewer has seen all that is written so far. Raises NotFound."""
        with writing(self._engine) as connection:
            seq = locked(connection, conversation_id).last_seq
            mine = (conversation_reads.c.conversation_id == conversation_id, conversation_reads.c.name == viewer)
            if connection.execute(update(conversation_reads).where(*mine).values(seq=seq)).rowcount == 0:
                row = {"conversation_id": conversation_id, "name": viewer, "seq": seq}
                connection.execute(insert(conversation_reads).values(row))

    def assign(self, conversation_id: ConversationId, to: str | None, by: str, at: datetime) -> None:
        """Makes it one supervisor's to look after, or nobody's; who answers stays as it is. Raises NotFound, also when
        there is no such supervisor, or she is switched off or may not decide."""
        with writing(self._engine) as connection:
            locked(connection, conversation_id)
            if to is not None:
                query = select(supervisors.c.role).where(supervisors.c.name == to, supervisors.c.active)
                role = connection.execute(query).scalar_one_or_none()
                if role is None or not Role(role).may(Right.DECIDE):
                    raise NotFound(f"nobody called {to} who may decide")
            mine = conversations.c.id == conversation_id
            connection.execute(update(conversations).where(mine).values(assigned_to=to))
            done(connection, by, AuditAction.ASSIGN, f"conversation {conversation_id}", at, f"to {to or 'nobody'}")

    def add_note(self, note: Note) -> None:
        """Keeps it for supervisors alone. Raises NotFound."""
        with writing(self._engine) as connection:
            locked(connection, note.conversation_id)
            connection.execute(
                insert(notes).values(
                    id=note.id, conversation_id=note.conversation_id, by=note.by, text=note.text, at=note.at
                )
            )
            done(connection, note.by, AuditAction.NOTE, f"conversation {note.conversation_id}", note.at)

    def notes(self, conversation_id: ConversationId) -> list[Note]:
        """The oldest first."""
        query = select(notes).where(notes.c.conversation_id == conversation_id).order_by(notes.c.at, notes.c.id)
        with self._engine.connect() as connection:
            return [
                Note(row.id, ConversationId(row.conversation_id), row.by, row.text, aware(row.at))
                for row in connection.execute(query)
            ]

    def turns_of(self, conversation_id: ConversationId) -> list[TurnLine]:
        """The turns of a conversation, the oldest first."""
        columns = (turns.c.id, turns.c.at, turns.c.status, turns.c.delivery, turns.c.origin)
        query = select(*columns).where(turns.c.conversation_id == conversation_id).order_by(turns.c.at, turns.c.id)
        with self._engine.connect() as connection:
            return [
                TurnLine(
                    TurnId(row.id),
                    aware(row.at),
                    TurnStatus(row.status),
                    Delivery(row.delivery) if row.delivery else None,
                    Origin(row.origin) if row.origin else None,
                )
                for row in connection.execute(query)
            ]

    def turn_by_message(self, conversation_id: ConversationId) -> Mapping[MessageId, TurnId]:
        """To which turn each message belongs; a person's own messages belong to none."""
        query = select(messages.c.id, messages.c.turn_id).where(
            messages.c.conversation_id == conversation_id, messages.c.turn_id.is_not(None)
        )
        with self._engine.connect() as connection:
            return {MessageId(row.id): TurnId(row.turn_id) for row in connection.execute(query)}

    def canned_replies(self) -> list[CannedReply]:
        """By title."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(canned_replies).order_by(canned_replies.c.title)).all()
        return [CannedReply(row.id, row.title, row.text, row.by, aware(row.at)) for row in rows]

    def add_canned_reply(self, reply: CannedReply) -> None:
        """Raises NameTaken when there is one of this title."""
        try:
            with writing(self._engine) as connection:
                connection.execute(
                    insert(canned_replies).values(
                        id=reply.id, title=reply.title, text=reply.text, by=reply.by, at=reply.at
                    )
                )
                done(connection, reply.by, AuditAction.ADD_CANNED_REPLY, f"canned reply {reply.id}", reply.at)
        except IntegrityError as error:
            raise NameTaken(f"a canned reply {reply.title!r}") from error

    def remove_canned_reply(self, reply_id: str, by: str, at: datetime) -> None:
        """Raises NotFound."""
        with writing(self._engine) as connection:
            if connection.execute(delete(canned_replies).where(canned_replies.c.id == reply_id)).rowcount == 0:
                raise NotFound(f"canned reply {reply_id}")
            done(connection, by, AuditAction.REMOVE_CANNED_REPLY, f"canned reply {reply_id}", at)


def _conditions(wanted: ConversationFilter, last_at: ColumnElement[datetime]) -> list[ColumnElement[bool]]:
    same = {
        conversations.c.status: wanted.status,
        conversations.c.mode: wanted.mode,
        conversations.c.agent: wanted.agent,
        conversations.c.assigned_to: wanted.assigned_to,
        conversations.c.customer_id: wanted.customer_id,
    }
    found: list[ColumnElement[bool]] = [column == value for column, value in same.items() if value is not None]
    if wanted.since is not None:
        found.append(func.coalesce(last_at, conversations.c.started_at) >= wanted.since.astimezone(UTC))
    if text := wanted.text.strip().replace("\0", ""):
        said = messages.alias("said")
        found.append(
            exists().where(said.c.conversation_id == conversations.c.id, said.c.text.icontains(text, autoescape=True))
        )
    return found


def _place(cursor: str) -> tuple[int, str]:
    seq, _, conversation_id = cursor.partition(".")
    if not (seq.isascii() and seq.isdigit() and len(seq) <= 18 and conversation_id and len(cursor) <= 100):
        raise InvalidInput(f"cursor {cursor[:100]!r}")
    return int(seq), conversation_id


def _line(row: Row[tuple[object, ...]]) -> ConversationLine:
    return ConversationLine(
        id=ConversationId(row.id),
        customer_id=row.customer_id,
        status=ConversationStatus(row.status),
        mode=HandlingMode(row.mode),
        agent=row.agent,
        assigned_to=row.assigned_to,
        started_at=aware(row.started_at),
        last_at=aware(row.last_at or row.started_at),
        last_author=Author(row.last_author) if row.last_author else None,
        last_text=row.last_text or "",
        waiting=row.waiting,
        unread=row.unread,
    )
