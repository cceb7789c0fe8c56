"""What leaves the house, in SQL: put in beside what it tells of, taken by one process at a time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update

from app.adapters.sql.database import writing
from app.adapters.sql.queue import WAITING
from app.adapters.sql.rows import aware, insert_if_new
from app.adapters.sql.schema import notes, outbox, turns
from app.domain.conversation import Conversation, Message, TurnStatus
from app.domain.desk import Note
from app.domain.ids import ConversationId, TurnId
from app.domain.post import GRACE, TAKEN_FOR, Errand, ErrandStatus, Outgoing
from app.domain.reply import Flag

_MOST_WORDS = 200


def to_mail(connection: Connection, conversation: Conversation, message: Message) -> None:
    """Puts in a reply for a customer who may be mailed to; one mail a message, whoever puts it in."""
    if conversation.contact is not None:
        _put(connection, Errand.MAIL, conversation.id, message.id, message.id, {}, message.at, message.at + GRACE)


def to_tell(
    connection: Connection,
    conversation: Conversation,
    turn_id: TurnId,
    status: TurnStatus,
    at: datetime,
    reasons: Sequence[Flag] = (),
    action: str | None = None,
) -> None:
    """Puts in word that a turn waits for a person; once for each step at which it does. Nobody waits for what was asked
    inside the house."""
    if conversation.token_hash is None:
        return
    content = {
        "status": status.value,
        "reasons": list(dict.fromkeys(flag.reason.value for flag in reasons)),
        "action": action,
    }
    _put(connection, Errand.CALL, conversation.id, f"{turn_id} {status}", turn_id, content, at, at)


def _put(
    connection: Connection,
    errand: Errand,
    conversation_id: ConversationId,
    name: str,
    item: str,
    content: Mapping[str, object],
    made_at: datetime,
    due_at: datetime,
) -> None:
    insert_if_new(
        connection,
        outbox,
        key=f"{errand} {name}",
        kind=errand,
        conversation_id=conversation_id,
        item=item,
        content=dict(content),
        status=ErrandStatus.WAITING,
        made_at=made_at,
        due_at=due_at,
    )


class SqlOutbox:
    """Fills the role of `Outbox`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, at: datetime, errands: Collection[Errand], limit: int = 20) -> list[Outgoing]:
        """What is due, an attempt counted; nobody else gets it until it is settled, put off, or taken for too long."""
        due = (outbox.c.status == ErrandStatus.WAITING, outbox.c.due_at <= at, outbox.c.kind.in_(list(errands)))
        query = select(outbox.c.key).where(*due).order_by(outbox.c.due_at, outbox.c.key).limit(limit)
        with self._engine.connect() as connection:
            keys = connection.execute(query).scalars().all()
        taken = []
        for key in keys:
            with writing(self._engine) as connection:
                mine = (
                    update(outbox)
                    .where(outbox.c.key == key, *due)
                    .values(attempts=outbox.c.attempts + 1, due_at=at + TAKEN_FOR)
                    .returning(outbox)
                )
                row = connection.execute(mine).first()
            if row is not None:
                taken.append(
                    Outgoing(
                        row.key,
                        Errand(row.kind),
                        ConversationId(row.conversation_id),
                        row.item,
                        row.content,
                        row.attempts,
                        aware(row.made_at),
                    )
                )
        return taken

    def done(self, key: str, at: datetime) -> None:
        """It was sent."""
        with writing(self._engine) as connection:
            _settle(connection, key, ErrandStatus.DONE, at, "")

    def not_needed(self, key: str, at: datetime, why: str) -> None:
        """It would tell nobody anything."""
        with writing(self._engine) as connection:
            _settle(connection, key, ErrandStatus.NOT_NEEDED, at, why)

    def put_off(self, key: str, until: datetime, why: str) -> None:
        """It failed, and is tried again."""
        with writing(self._engine) as connection:
            waits = (outbox.c.key == key, outbox.c.status == ErrandStatus.WAITING)
            connection.execute(update(outbox).where(*waits).values(due_at=until, why=why[:_MOST_WORDS]))

    def give_up(self, key: str, at: datetime, why: str, note: Note | None = None) -> None:
        """It failed for good; `note` tells supervisors, in the same transaction."""
        with writing(self._engine) as connection:
            if _settle(connection, key, ErrandStatus.GIVEN_UP, at, why) and note is not None:
                values = {"conversation_id": note.conversation_id, "by": note.by, "text": note.text, "at": note.at}
                connection.execute(insert(notes).values(id=note.id, **values))

    def still_waits(self, turn_id: TurnId) -> bool:
        """Whether a turn waits for a person."""
        query = select(turns.c.id).where(turns.c.id == turn_id, turns.c.status.in_(WAITING))
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None


def _settle(connection: Connection, key: str, status: ErrandStatus, at: datetime, why: str) -> bool:
    waits = (outbox.c.key == key, outbox.c.status == ErrandStatus.WAITING)
    values = {"status": status, "done_at": at, "why": why[:_MOST_WORDS]}
    return connection.execute(update(outbox).where(*waits).values(values)).rowcount > 0
