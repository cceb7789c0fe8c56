"""Annotations of Label Studio in SQL, as they were last seen there, and where each turn stands with them."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from app.adapters.sql.database import writing
from app.adapters.sql.review_outbox import AGAIN, queued_of
from app.adapters.sql.rows import aware
from app.adapters.sql.schema import review_annotations, review_outbox, webhook_inbox
from app.adapters.sql.webhook_inbox import REFUSED, WAITING
from app.domain.ids import TurnId
from app.domain.review import (
    Opinion,
    QueuedReview,
    QueueState,
    ReviewAnnotation,
    ReviewCounts,
    ReviewState,
    Standing,
)

_OPINION = TypeAdapter(Opinion)


class SqlReviewAnnotations:
    """Fills the role of `ReviewAnnotations`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seen(self, items: Sequence[ReviewAnnotation]) -> int:
        """Keeps those that are new or newer than what is known; one that was withdrawn stays so. Gives how many."""
        kept = 0
        with writing(self._engine) as connection:
            for item in items:
                kept += self._keep(connection, item)
        return kept

    def gone(self, turn_id: TurnId, task_made_at: str, there: Collection[str]) -> int:
        """Withdraws those of this very task that are not `there` any more; gives how many."""
        table = review_annotations
        of_it = (table.c.turn_id == turn_id, table.c.task_made_at == task_made_at)
        lost = (*of_it, table.c.id.not_in(list(there)), table.c.state != Standing.WITHDRAWN)
        with writing(self._engine) as connection:
            values = {"state": Standing.WITHDRAWN, "reason": "deleted in Label Studio"}
            count = connection.execute(update(table).where(*lost).values(**values)).rowcount
            if count:
                self._look_again(connection, turn_id)
        return count

    def numbered(self, number: int) -> list[ReviewAnnotation]:
        """Those that had this number when they were last seen."""
        query = select(review_annotations).where(review_annotations.c.number == number)
        with self._engine.connect() as connection:
            return [_annotation(row) for row in connection.execute(query)]

    def of_turn(self, turn_id: TurnId) -> list[ReviewAnnotation]:
        """All of one turn, the oldest first."""
        with self._engine.connect() as connection:
            return _of_turn(connection, turn_id)

    def counted(self) -> list[ReviewAnnotation]:
        """Every one that counts, turn by turn."""
        table = review_annotations
        query = select(table).where(table.c.state == Standing.COUNTED).order_by(table.c.turn_id, table.c.at, table.c.id)
        with self._engine.connect() as connection:
            return [_annotation(row) for row in connection.execute(query)]

    def unsettled(self, limit: int) -> list[QueuedReview]:
        """Turns about whose annotations something has changed."""
        query = select(review_outbox).where(review_outbox.c.unsettled).order_by(review_outbox.c.turn_id).limit(limit)
        with self._engine.connect() as connection:
            return [queued_of(row) for row in connection.execute(query)]

    def settle(self, item: QueuedReview, review: ReviewState, seen: Sequence[ReviewAnnotation]) -> bool:
        """Keeps where the turn stands; its task is to say so when that has changed. False, and nothing is kept, when
        its annotations are not the ones `seen` any more."""
        of_it = review_outbox.c.turn_id == item.turn_id
        with writing(self._engine) as connection:
            if _of_turn(connection, item.turn_id) != list(seen):
                return False
            before = connection.execute(select(review_outbox).where(of_it)).one()
            values: dict[str, Any] = {"review": review, "unsettled": False}
            # Label Studio shows by itself what is done; that people disagree it has to be told.
            if before.review != review and ReviewState.DISAGREED in (before.review, review):
                values |= {"revision": before.revision + 1, **AGAIN}
            connection.execute(update(review_outbox).where(of_it).values(**values))
        return True

    def counts(self) -> ReviewCounts:
        """How the loop stands."""
        annotations, calls = review_annotations.c, webhook_inbox.c
        with self._engine.connect() as connection:

            def by(column: Any) -> dict[str, int]:  # noqa: ANN401 - any column
                rows = connection.execute(select(column, func.count()).group_by(column))
                return {row[0]: row[1] for row in rows}

            quarantined = select(annotations.reason).where(annotations.state == Standing.QUARANTINED)
            reasons = Counter(str(reason) for (reason,) in connection.execute(quarantined))
            waiting = by(calls.state)
            return ReviewCounts(
                {QueueState(name): count for name, count in by(review_outbox.c.state).items()},
                {ReviewState(name): count for name, count in by(review_outbox.c.review).items()},
                {Standing(name): count for name, count in by(annotations.state).items()},
                dict(reasons.most_common()),
                waiting.get(WAITING, 0),
                waiting.get(REFUSED, 0),
            )

    def _keep(self, connection: Connection, item: ReviewAnnotation) -> bool:
        table = review_annotations
        row = connection.execute(select(table).where(table.c.id == item.id)).first()
        if row is not None:
            known = _annotation(row)
            if known.standing is Standing.WITHDRAWN or known.updated_at > item.updated_at or known == item:
                return False
            connection.execute(update(table).where(table.c.id == item.id).values(**_row(item)))
            if known.turn_id is not None and known.turn_id != item.turn_id:
                self._look_again(connection, known.turn_id)
        else:
            connection.execute(insert(table).values(**_row(item)))
        if item.turn_id is not None:
            self._look_again(connection, item.turn_id)
        return True

    def _look_again(self, connection: Connection, turn_id: TurnId) -> None:
        of_it = review_outbox.c.turn_id == turn_id
        connection.execute(update(review_outbox).where(of_it).values(unsettled=True))


def _of_turn(connection: Connection, turn_id: TurnId) -> list[ReviewAnnotation]:
    table = review_annotations
    query = select(table).where(table.c.turn_id == turn_id).order_by(table.c.at, table.c.id)
    return [_annotation(row) for row in connection.execute(query)]


def _annotation(row: Row[Any]) -> ReviewAnnotation:
    return ReviewAnnotation(
        row.id,
        row.number,
        TurnId(row.turn_id) if row.turn_id else None,
        row.task_made_at,
        row.by,
        aware(row.at),
        aware(row.updated_at),
        Standing(row.state),
        row.reason,
        _OPINION.validate_python(row.opinion) if row.opinion else None,
        tuple(row.result or ()),
    )


def _row(item: ReviewAnnotation) -> dict[str, Any]:
    return {
        "id": item.id,
        "number": item.number,
        "turn_id": item.turn_id,
        "task_made_at": item.task_made_at,
        "by": item.by,
        "at": item.at,
        "updated_at": item.updated_at,
        "state": item.standing,
        "reason": item.reason,
        "opinion": _OPINION.dump_python(item.opinion, mode="json") if item.opinion else None,
        "result": [dict(part) for part in item.result],
    }
