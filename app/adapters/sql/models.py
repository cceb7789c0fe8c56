"""The model registry in SQL: which versions there are, where each stands, and who moved it there and why."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.adapters.sql.database import writing
from app.adapters.sql.rows import aware
from app.adapters.sql.schema import model_transitions, model_versions
from app.domain.ids import ModelVersionId
from app.domain.rollout import GateVerdict, ModelState, ModelVersion, Transition, moves
from app.errors import Conflict, InvalidInput, MoveNotAllowed, NotFound

_VERDICT = TypeAdapter(GateVerdict)


class SqlModels:
    """Fills the role of `ModelRegistry`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def versions(self, task: str = "") -> list[ModelVersion]:
        """Those of a task, or all of them, the oldest first."""
        query = select(model_versions).order_by(model_versions.c.made_at, model_versions.c.id)
        if task:
            query = query.where(model_versions.c.task == task)
        with self._engine.connect() as connection:
            return [_version(row) for row in connection.execute(query)]

    def add(self, version: ModelVersion, by: str, why: str) -> None:
        """Registers a candidate. Raises Conflict when it is there already, InvalidInput without who and why."""
        if version.state is not ModelState.CANDIDATE:
            raise MoveNotAllowed(f"{version.id} begins as a candidate")
        try:
            with writing(self._engine) as connection:
                connection.execute(
                    insert(model_versions).values(
                        id=version.id,
                        task=version.task,
                        file=version.file,
                        sha256=version.sha256,
                        state=version.state,
                        share=0,
                        made_at=version.made_at,
                        since=version.since,
                        dataset=version.dataset,
                        shipped=version.shipped,
                        verdict=_VERDICT.dump_python(version.verdict, mode="json") if version.verdict else None,
                    )
                )
                _keep(connection, Transition(version.id, None, version.state, by, why, version.since))
        except IntegrityError as error:
            raise Conflict(f"{version.id} is registered already") from error

    def keep_verdict(self, version_id: ModelVersionId, verdict: GateVerdict) -> None:
        """Replaces what the gate found before. Raises NotFound."""
        with writing(self._engine) as connection:
            kept = connection.execute(
                update(model_versions)
                .where(model_versions.c.id == version_id)
                .values(verdict=_VERDICT.dump_python(verdict, mode="json"))
            )
            if kept.rowcount == 0:
                raise NotFound(f"there is no model version {version_id}")

    def move(
        self, version_id: ModelVersionId, to: ModelState, *, by: str, why: str, at: datetime, share: int = 0
    ) -> list[Transition]:
        """Moves a version, and in the same transaction the one that makes room for it or comes back; gives the steps
        taken. Raises NotFound, MoveNotAllowed, GateNotPassed, InvalidInput without who and why."""
        with writing(self._engine) as connection:
            steps = []
            for version, after in moves(_locked(connection, version_id), version_id, to, share=share):
                taken = share if after is ModelState.CANARY else 0
                connection.execute(
                    update(model_versions)
                    .where(model_versions.c.id == version.id)
                    .values(state=after, share=taken, since=at)
                )
                steps.append(Transition(version.id, version.state, after, by, why, at, taken))
                _keep(connection, steps[-1])
        return steps

    def history(self, task: str = "") -> list[Transition]:
        """Every step ever taken, in order."""
        query = (
            select(model_transitions)
            .join(model_versions, model_versions.c.id == model_transitions.c.version_id)
            .order_by(model_transitions.c.seq)
        )
        if task:
            query = query.where(model_versions.c.task == task)
        with self._engine.connect() as connection:
            return [_transition(row) for row in connection.execute(query)]


def _locked(connection: Connection, version_id: ModelVersionId) -> list[ModelVersion]:
    """Every version of the same task, held until the transaction ends. Raises NotFound."""
    found = select(model_versions.c.task).where(model_versions.c.id == version_id)
    task = connection.execute(found).scalar_one_or_none()
    if task is None:
        raise NotFound(f"there is no model version {version_id}")
    query = select(model_versions).where(model_versions.c.task == task).order_by(model_versions.c.id)
    return [_version(row) for row in connection.execute(query.with_for_update())]


def _keep(connection: Connection, step: Transition) -> None:
    if not step.by.strip() or not step.why.strip():
        raise InvalidInput("say who moves the version and why")
    connection.execute(
        insert(model_transitions).values(
            version_id=step.version,
            before=step.before,
            after=step.after,
            share=step.share,
            by=step.by,
            why=step.why,
            at=step.at,
        )
    )


def _version(row: Row[Any]) -> ModelVersion:
    return ModelVersion(
        id=ModelVersionId(row.id),
        task=row.task,
        file=row.file,
        sha256=row.sha256,
        state=ModelState(row.state),
        made_at=aware(row.made_at),
        since=aware(row.since),
        dataset=row.dataset,
        share=row.share,
        shipped=row.shipped,
        verdict=_VERDICT.validate_python(row.verdict) if row.verdict else None,
    )


def _transition(row: Row[Any]) -> Transition:
    return Transition(
        ModelVersionId(row.version_id),
        ModelState(row.before) if row.before else None,
        ModelState(row.after),
        row.by,
        row.why,
        aware(row.at),
        row.share,
    )
