"""The audit log in SQL: added to in the transaction of what is done, never changed."""

from datetime import datetime

from sqlalchemy import Connection, Engine, Row, insert, select

from app.adapters.sql.database import writing
from app.adapters.sql.rows import aware
from app.adapters.sql.schema import audit_log
from app.domain.audit import AuditAction, AuditEntry

_ITEM_CHARACTERS, _DETAIL_CHARACTERS, _NAME_CHARACTERS = 160, 200, 64


class SqlAuditLog:
    """Fills the role of `AuditLog`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, entry: AuditEntry) -> None:
        """Adds one that belongs to no transaction of another store: a refusal."""
        with writing(self._engine) as connection:
            add_entry(connection, entry)

    def entries(
        self, *, by: str | None = None, item: str | None = None, before: int | None = None, limit: int = 100
    ) -> list[AuditEntry]:
        """The newest first; `before` is the number of the last one seen."""
        query = select(audit_log).order_by(audit_log.c.seq.desc()).limit(limit)
        if by is not None:
            query = query.where(audit_log.c.by == by)
        if item is not None:
            query = query.where(audit_log.c.item == item)
        if before is not None:
            query = query.where(audit_log.c.seq < before)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query)]


def add_entry(connection: Connection, entry: AuditEntry) -> None:
    """Adds it to whatever else this transaction does."""
    connection.execute(
        insert(audit_log).values(
            by=entry.by[:_NAME_CHARACTERS],
            action=entry.action,
            item=entry.item[:_ITEM_CHARACTERS],
            at=entry.at,
            refused=entry.refused,
            detail=entry.detail[:_DETAIL_CHARACTERS],
        )
    )


def done(connection: Connection, by: str, action: AuditAction, item: str, at: datetime, detail: str = "") -> None:
    """The same, in short, for what was done."""
    add_entry(connection, AuditEntry(by, action, item, at, detail=detail))


def _entry(row: Row[tuple[object, ...]]) -> AuditEntry:
    return AuditEntry(row.by, AuditAction(row.action), row.item, aware(row.at), row.refused, row.detail, row.seq)
