"""Past questions and approved replies in SQL."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, Row, insert, select, update

from app.adapters.sql.database import writing
from app.adapters.sql.schema import interactions
from app.domain.ids import InteractionId, ProductId
from app.domain.retrieval import Interaction, InteractionStatus

_BATCH = 500
"""Ids per query: below every database's limit on bound parameters."""


class SqlInteractions:
    """Fills the role of `InteractionStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, items: Sequence[Interaction]) -> None:
        """Adds new ones; one that is there keeps its status and what it rests on."""
        known = self.by_id([item.id for item in items])
        rows = [row_of(item) for item in {item.id: item for item in items}.values() if item.id not in known]
        if rows:
            with writing(self._engine) as connection:
                connection.execute(insert(interactions), rows)

    def approve(self, items: Sequence[Interaction]) -> None:
        """Replaces by id, status and versions included."""
        self.put(items)
        with writing(self._engine) as connection:
            for item in items:
                connection.execute(update(interactions).where(interactions.c.id == item.id).values(**row_of(item)))

    def by_id(self, ids: Sequence[InteractionId]) -> dict[InteractionId, Interaction]:
        """Those that exist."""
        found: dict[InteractionId, Interaction] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(ids), _BATCH):
                query = select(interactions).where(interactions.c.id.in_(ids[start : start + _BATCH]))
                found |= {InteractionId(row.id): interaction_of(row) for row in connection.execute(query)}
        return found

    def all_interactions(self) -> list[Interaction]:
        """Every one, by id."""
        with self._engine.connect() as connection:
            return [interaction_of(row) for row in connection.execute(select(interactions).order_by(interactions.c.id))]

    def rest_outdated(self, versions: Mapping[str, str]) -> list[Interaction]:
        """Lets every usable reply rest that rests on something whose version is another now, or gone."""
        outdated = [
            item
            for item in self.all_interactions()
            if item.usable and any(versions.get(name) != version for name, version in item.rests_on.items())
        ]
        with writing(self._engine) as connection:
            for item in outdated:
                connection.execute(
                    update(interactions)
                    # Only as it was read: one that a person withdraws meanwhile stays withdrawn.
                    .where(interactions.c.id == item.id, interactions.c.status == item.status.value)
                    .values(status=InteractionStatus.RESTING.value)
                )
        return outdated


def row_of(item: Interaction) -> dict[str, object]:
    """The row that holds it."""
    return {
        "id": item.id,
        "intent": item.intent,
        "situation": item.situation,
        "question": item.question,
        "reply": item.reply,
        "source": item.source,
        "status": item.status.value,
        "product_id": item.product_id,
        "rests_on": dict(item.rests_on),
    }


def interaction_of(row: Row[tuple[object, ...]]) -> Interaction:
    """The past reply that a row holds."""
    return Interaction(
        id=InteractionId(row.id),
        intent=row.intent,
        situation=row.situation,
        question=row.question,
        reply=row.reply,
        source=row.source,
        status=InteractionStatus(row.status),
        product_id=ProductId(row.product_id) if row.product_id else None,
        rests_on=row.rests_on,
    )
