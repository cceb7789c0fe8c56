"""The outbox to Label Studio in SQL. A turn is put in when it is decided; what its task says is worked out from its
record when it is delivered, so that nothing waits here that could become outdated."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from app.adapters.sql.database import writing
from app.adapters.sql.rows import aware
from app.adapters.sql.schema import review_outbox
from app.domain.ids import TurnId
from app.domain.review import QueuedReview, QueueState, ReviewState, wants_review
from app.domain.turn import TurnRecord

BATCH = 500
"""Ids per query: below every database's limit on bound parameters."""
AGAIN = {"state": QueueState.WAITING, "attempts": 0, "error": None}


def queue_review(connection: Connection, record: TurnRecord, at: datetime) -> None:
    """Puts a turn in that wants to be looked at. One that was decided anew has one row still, whatever is decided now:
    its task shows the old draft and has to be changed."""
    there = connection.execute(
        update(review_outbox)
        .where(review_outbox.c.turn_id == record.id)
        .values(revision=review_outbox.c.revision + 1, next_at=at, unsettled=True, **AGAIN)
    )
    if there.rowcount == 0 and wants_review(record):
        values = {"turn_id": record.id, "queued_at": at, "next_at": at, "state": QueueState.WAITING}
        connection.execute(insert(review_outbox).values(**values))


def queued_of(row: Row[Any]) -> QueuedReview:
    """The turn that a row holds."""
    return QueuedReview(
        TurnId(row.turn_id),
        row.revision,
        QueueState(row.state),
        ReviewState(row.review),
        row.attempts,
        row.error,
        row.draft_id,
        aware(row.draft_since) if row.draft_since else None,
    )


class SqlReviewOutbox:
    """Fills the role of `ReviewOutbox`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(self, now: datetime, limit: int) -> list[QueuedReview]:
        """Those that wait and may be tried now, the oldest first."""
        query = (
            select(review_outbox)
            .where(review_outbox.c.state == QueueState.WAITING, review_outbox.c.next_at <= now)
            .order_by(review_outbox.c.queued_at, review_outbox.c.turn_id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [queued_of(row) for row in connection.execute(query)]

    def delivered(self, items: Sequence[tuple[QueuedReview, str]], at: datetime) -> None:
        """Their tasks say what these revisions say, and show these drafts; one that has changed meanwhile goes on
        waiting."""
        with writing(self._engine) as connection:
            for item, draft_id in items:
                of_it = review_outbox.c.turn_id == item.turn_id
                connection.execute(update(review_outbox).where(of_it).values(draft_id=draft_id))
                connection.execute(
                    update(review_outbox)
                    .where(review_outbox.c.turn_id == item.turn_id, review_outbox.c.revision == item.revision)
                    .values(state=QueueState.DELIVERED, attempts=0, error=None, delivered_at=at)
                )

    def draft_changed(self, turn_id: TurnId, draft_id: str, since: datetime) -> None:
        """The task shows another draft since then, by Label Studio's clock: annotations from before are about the old
        one."""
        with writing(self._engine) as connection:
            connection.execute(
                update(review_outbox)
                .where(review_outbox.c.turn_id == turn_id)
                .values(draft_id=draft_id, draft_since=since, unsettled=True)
            )

    def refused(self, item: QueuedReview, error: str, again_at: datetime | None) -> None:
        """Counts a failure; without a moment to try again it is given up as dead."""
        values: dict[str, object] = {"attempts": item.attempts + 1, "error": error}
        values |= {"next_at": again_at} if again_at else {"state": QueueState.DEAD}
        with writing(self._engine) as connection:
            connection.execute(
                update(review_outbox)
                .where(review_outbox.c.turn_id == item.turn_id, review_outbox.c.revision == item.revision)
                .values(**values)
            )

    def revive(self, now: datetime) -> int:
        """Has the dead ones tried again; gives how many."""
        with writing(self._engine) as connection:
            dead = update(review_outbox).where(review_outbox.c.state == QueueState.DEAD)
            return connection.execute(dead.values(next_at=now, **AGAIN)).rowcount

    def missing(self, there: Collection[TurnId], before: datetime) -> int:
        """Has every task made again that was delivered before a moment and is not `there`; gives how many."""
        query = select(review_outbox.c.turn_id).where(
            review_outbox.c.state == QueueState.DELIVERED, review_outbox.c.delivered_at < before
        )
        with self._engine.connect() as connection:
            gone = [row.turn_id for row in connection.execute(query) if row.turn_id not in there]
        with writing(self._engine) as connection:
            for start in range(0, len(gone), BATCH):
                connection.execute(
                    update(review_outbox)
                    .where(review_outbox.c.turn_id.in_(gone[start : start + BATCH]))
                    .values(next_at=before, draft_id=None, draft_since=None, **AGAIN)
                )
        return len(gone)

    def queued(self, turn_ids: Sequence[TurnId]) -> dict[TurnId, QueuedReview]:
        """Those that were ever put in."""
        found: dict[TurnId, QueuedReview] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(turn_ids), BATCH):
                query = select(review_outbox).where(review_outbox.c.turn_id.in_(turn_ids[start : start + BATCH]))
                found |= {TurnId(row.turn_id): queued_of(row) for row in connection.execute(query)}
        return found
