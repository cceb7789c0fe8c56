"""What supervisors decided, to be learnt from."""

from sqlalchemy import Engine, select

from app.adapters.sql.rows import RECORD
from app.adapters.sql.schema import annotations, turns
from app.domain.supervision import DecidedReply, EditedReply, Verdict


class SqlDecisions:
    """Reads decisions; `SqlSupervision` keeps them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def edited(self) -> list[EditedReply]:
        """Every held reply that was sent in other words, the oldest first."""
        query = (
            select(annotations, turns.c.record)
            .join(turns, turns.c.id == annotations.c.turn_id)
            .where(
                annotations.c.verdict == Verdict.EDIT,
                annotations.c.text.is_not(None),
                annotations.c.withdrawn_at.is_(None),
                turns.c.record.is_not(None),
            )
            .order_by(annotations.c.at, annotations.c.id)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [EditedReply(row.id, row.draft, row.text, RECORD.validate_python(row.record)) for row in rows]

    def decided(self) -> list[DecidedReply]:
        """Every decision on a held reply that is still the turn's, the oldest first."""
        query = (
            select(annotations, turns.c.record)
            .join(turns, turns.c.id == annotations.c.turn_id)
            .where(annotations.c.withdrawn_at.is_(None), turns.c.record.is_not(None))
            .order_by(annotations.c.at, annotations.c.id)
        )
        with self._engine.connect() as connection:
            rows = [(row, RECORD.validate_python(row.record)) for row in connection.execute(query)]
        return [
            DecidedReply(row.id, Verdict(row.verdict), record)
            for row, record in rows
            if record.proposed is not None and record.proposed.text == row.draft
        ]
