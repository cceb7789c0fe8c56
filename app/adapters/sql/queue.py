"""The queue: which turns wait for a person, the most urgent first, and who has which of them open."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, insert, select, update

from app.adapters.sql.audit import done
from app.adapters.sql.database import writing
from app.adapters.sql.rows import HANDOFF, RECORD, aware, locked, message_of
from app.adapters.sql.schema import conversations, messages, turn_claims, turn_facts, turns
from app.domain.audit import AuditAction
from app.domain.conversation import AWAITING_DECISION, Author, Message, TurnStatus
from app.domain.desk import CLAIM_LASTS, Claim
from app.domain.ids import ConversationId, TurnId
from app.domain.supervision import WaitingTurn, urgent_from
from app.domain.turn import TurnRecord
from app.errors import NotFound

WAITING = (*AWAITING_DECISION, TurnStatus.WITH_PERSON)


class SqlQueue:
    """The part of `SupervisionStore` that shows what waits."""

    def __init__(self, engine: Engine, *, announces: bool = False) -> None:
        """`announces`: what begins to wait for a person is put into the outbox, to be told to others."""
        self._engine = engine
        self._announces = announces
        self._records: dict[str, tuple[datetime | None, TurnRecord | None]] = {}
        """By turn, with the moment of the decision: reading a record is most of the work of a look."""

    def waiting(self, limit: int) -> list[WaitingTurn]:
        """Turns that wait for a person, the most urgent first, see `urgent_from`. What was asked inside the house
        (terminal, files) waits for nobody."""
        with self._engine.connect() as connection:
            urgent = _most_urgent(connection, limit)
            rows = {row.id: row for row in connection.execute(_WHOLE.where(turns.c.id.in_(urgent), *_WAITS))}
            asked = _asked(connection, urgent)
            records = self._with_records(connection, rows)
        return [
            WaitingTurn(
                TurnId(row.id),
                ConversationId(row.conversation_id),
                row.customer_id,
                TurnStatus(row.status),
                aware(row.at),
                row.agent,
                tuple(asked.get(row.id, ())),
                records[row.id][1],
                aware(row.decided_at) if row.status in AWAITING_DECISION and row.decided_at else None,
                Claim(row.claimed_by, aware(row.claimed_until)) if row.claimed_by else None,
                HANDOFF.validate_python(row.handoff) if row.handoff else None,
                bool(row.by_mail),
            )
            for row in (rows[turn_id] for turn_id in urgent if turn_id in rows)
        ]

    def _with_records(
        self, connection: Connection, rows: Mapping[str, Row[Any]]
    ) -> dict[str, tuple[datetime | None, TurnRecord | None]]:
        known = self._records
        fresh = [name for name, row in rows.items() if name not in known or known[name][0] != row.decided_at]
        query = select(turns.c.id, turns.c.decided_at, turns.c.record).where(turns.c.id.in_(fresh))
        read = {
            row.id: (row.decided_at, RECORD.validate_python(row.record) if row.record else None)
            for row in connection.execute(query)
        }
        self._records = {name: read[name] if name in read else known[name] for name in rows}
        return self._records

    def claim(self, turn_id: TurnId, by: str, at: datetime) -> Claim:
        """Shows colleagues who has it open; gives the claim that holds now, which is another's when she was first.
        Raises NotFound."""
        with writing(self._engine) as connection:
            found = connection.execute(
                select(turns.c.conversation_id).where(turns.c.id == turn_id)
            ).scalar_one_or_none()
            if found is None:
                raise NotFound(f"turn {turn_id}")
            locked(connection, ConversationId(found))
            row = connection.execute(select(turn_claims).where(turn_claims.c.turn_id == turn_id)).first()
            known = Claim(row.by, aware(row.until)) if row else None
            if known is not None and known.by != by and known.holds(at):
                return known
            mine = Claim(by, at + CLAIM_LASTS)
            values = {"by": by, "until": mine.until}
            if known is None:
                connection.execute(insert(turn_claims).values(turn_id=turn_id, **values))
            else:
                connection.execute(update(turn_claims).where(turn_claims.c.turn_id == turn_id).values(values))
            if known is None or known.by != by or not known.holds(at):
                done(connection, by, AuditAction.CLAIM, f"turn {turn_id}", at)
        return mine

    def release(self, turn_id: TurnId, by: str) -> None:
        """Gives up the supervisor's own claim, if it is hers."""
        with writing(self._engine) as connection:
            connection.execute(delete(turn_claims).where(turn_claims.c.turn_id == turn_id, turn_claims.c.by == by))


_WAITS: tuple[ColumnElement[bool], ...] = (turns.c.status.in_(WAITING), conversations.c.token_hash.is_not(None))
_WHOLE = (
    select(
        turns.c.id,
        turns.c.conversation_id,
        turns.c.status,
        turns.c.at,
        turns.c.decided_at,
        turns.c.handoff,
        conversations.c.customer_id,
        conversations.c.agent,
        conversations.c.contact.is_not(None).label("by_mail"),
        turn_claims.c.by.label("claimed_by"),
        turn_claims.c.until.label("claimed_until"),
    )
    .join(conversations, conversations.c.id == turns.c.conversation_id)
    .join(turn_claims, turn_claims.c.turn_id == turns.c.id, isouter=True)
)


def _most_urgent(connection: Connection, limit: int) -> list[str]:
    """The turns, without their records: those are read for the ones that are shown."""
    query = (
        select(turns.c.id, turns.c.status, turns.c.at, turn_facts.c.reasons)
        .join(conversations, conversations.c.id == turns.c.conversation_id)
        .join(turn_facts, (turn_facts.c.turn_id == turns.c.id) & (turn_facts.c.number == 0), isouter=True)
        .where(*_WAITS)
    )
    found = [
        (urgent_from(TurnStatus(row.status), aware(row.at), row.reasons or ()), row.id)
        for row in connection.execute(query)
    ]
    return [turn_id for _, turn_id in sorted(found)[:limit]]


def _asked(connection: Connection, turn_ids: list[str]) -> dict[str, list[Message]]:
    query = (
        select(messages)
        .where(messages.c.turn_id.in_(turn_ids), messages.c.author == Author.CUSTOMER)
        .order_by(messages.c.seq)
    )
    asked: dict[str, list[Message]] = {}
    for row in connection.execute(query):
        asked.setdefault(row.turn_id, []).append(message_of(row))
    return asked
