"""Webhook calls in SQL: a row is all that a call makes; what it means is worked out by the learning side."""

from datetime import datetime

from sqlalchemy import Engine, insert, select, update

from app.adapters.sql.database import writing
from app.adapters.sql.rows import aware
from app.adapters.sql.schema import webhook_inbox
from app.domain.review import WebhookCall

WAITING, DONE, REFUSED = "waiting", "done", "refused"


class SqlWebhookInbox:
    """Fills the role of `WebhookInbox`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, body: str, at: datetime) -> None:
        """Durable when this returns."""
        with writing(self._engine) as connection:
            connection.execute(insert(webhook_inbox).values(at=at, body=body, state=WAITING))

    def waiting(self, limit: int) -> list[WebhookCall]:
        """The oldest first."""
        of_it = webhook_inbox.c.state == WAITING
        query = select(webhook_inbox).where(of_it).order_by(webhook_inbox.c.seq).limit(limit)
        with self._engine.connect() as connection:
            return [WebhookCall(row.seq, aware(row.at), row.body) for row in connection.execute(query)]

    def done(self, seq: int) -> None:
        """It has been taken in."""
        self._becomes(seq, DONE, None)

    def refuse(self, seq: int, reason: str) -> None:
        """It says nothing that can be used; it is kept, with the reason."""
        self._becomes(seq, REFUSED, reason)

    def _becomes(self, seq: int, state: str, reason: str | None) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(webhook_inbox).where(webhook_inbox.c.seq == seq).values(state=state, reason=reason)
            )
