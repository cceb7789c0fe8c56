"""From Label Studio back: what webhooks told, and what looking ourselves finds. Looking is the truth; a webhook only
makes it come sooner. Everything is checked, and what cannot be used is kept with the reason."""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from app.domain.ids import TurnId
from app.domain.review import Opinion, QueuedReview, ReviewAnnotation, Standing, WebhookCall
from app.domain.supervision import draft_id
from app.domain.turn import TurnRecord
from app.ports import ReviewAnnotations, ReviewOutbox, TurnRecords, WebhookInbox
from feedback.annotation.label_studio import LabelStudio, Refused
from feedback.annotation.labels import LabelConfig, Unusable, parts_of
from feedback.annotation.raw import RawAnnotation, RawTask

log = logging.getLogger(__name__)

OVERLAP = timedelta(seconds=15)
"""Looked at again for so long after the last change: what was written first may become visible last."""
FROM_THE_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_BATCH = 200
_LARGEST_RESULT = 100_000
"""Characters; a larger one is named, not kept."""


class _Project(BaseModel):
    id: int


class _Call(BaseModel):
    """What a webhook says; deletions name numbers only."""

    action: str
    project: _Project
    task: RawTask | None = None
    annotation: RawAnnotation | None = None
    annotations: list[dict[str, object]] = []


@dataclass
class TakenIn:
    """What one pass did."""

    calls: int = 0
    calls_refused: int = 0
    annotations: int = 0
    """New, or changed."""
    withdrawn: int = 0


class Intake:
    """Takes annotations in from one project."""

    def __init__(
        self,
        tool: LabelStudio,
        inbox: WebhookInbox,
        annotations: ReviewAnnotations,
        outbox: ReviewOutbox,
        records: TurnRecords,
        config: LabelConfig,
    ) -> None:
        self._tool = tool
        self._inbox = inbox
        self._annotations = annotations
        self._outbox = outbox
        self._records = records
        self._config = config
        self._people: dict[int, str] = {}
        self._changed: tuple[datetime, float] = (FROM_THE_BEGINNING, 0.0)
        """The last change that was seen, and when it was."""

    def hear(self, project: int) -> TakenIn:
        """Takes in what webhooks told. Raises LabelStudioDown; what was not taken in by then waits."""
        done = TakenIn()
        while calls := self._inbox.waiting(_BATCH):
            for call in calls:
                done.calls += 1
                try:
                    self._hear(project, _read(call), done)
                except (Unusable, Refused) as error:
                    self._inbox.refuse(call.seq, str(error))
                    done.calls_refused += 1
                else:
                    self._inbox.done(call.seq)
        return done

    def look(self, project: int, since: datetime) -> tuple[TakenIn, datetime]:
        """Takes in what has changed since a moment of Label Studio's clock; gives from when to look next time. Raises
        LabelStudioDown."""
        done, last = TakenIn(), since
        for tasks in self._tool.changed_since(project, since - self._overlap(since)):
            self._take(tasks, done)
            last = max(last, *(task.updated_at or since for task in tasks))
        return done, last

    def _overlap(self, since: datetime) -> timedelta:
        """Nothing once it has been quiet for long enough, or each look would find the last minute before it again."""
        seen, at = self._changed
        if seen != since:
            self._changed = (since, time.monotonic())
            return OVERLAP
        return OVERLAP if time.monotonic() - at < OVERLAP.total_seconds() else timedelta()

    def _hear(self, project: int, call: _Call, done: TakenIn) -> None:
        if call.project.id != project:
            raise Unusable("another project")
        if call.action in ("ANNOTATION_CREATED", "ANNOTATION_UPDATED"):
            task, annotation = call.task, call.annotation
            if task is None or annotation is None:
                raise Unusable("no task or no annotation")
            if annotation.task not in (None, task.id):
                raise Unusable("an annotation of another task")
            if TurnId(task.external_id) not in self._outbox.queued([TurnId(task.external_id)]):
                raise Unusable("unknown task")
            self._take([task.model_copy(update={"annotations": [annotation]})], done, whole=False)
        elif call.action == "ANNOTATIONS_DELETED":
            # A number alone may be another annotation's by now: the task itself is asked.
            numbers = [each["id"] for each in call.annotations if isinstance(each.get("id"), int)]
            known = [each for number in numbers for each in self._annotations.numbered(int(str(number)))]
            turns = {each.turn_id for each in known if each.turn_id}
            self._take(self._tool.tasks_of(project, turns), done)
        else:
            raise Unusable("another action")

    def _take(self, tasks: Sequence[RawTask], done: TakenIn, *, whole: bool = True) -> None:
        """`whole`: the tasks hold all of their annotations, so what is not there has been deleted."""
        queued = self._outbox.queued([TurnId(task.external_id) for task in tasks])
        self._know_people(tasks)
        for task in tasks:
            item = queued.get(TurnId(task.external_id))
            record = self._records.turn(item.turn_id) if item and task.annotations else None
            seen = [self._seen(task, each, item, record) for each in task.annotations]
            done.annotations += self._annotations.seen(seen)
            if whole and item is not None:
                there = [each.id for each in seen]
                done.withdrawn += self._annotations.gone(item.turn_id, task.made_at, there)

    def _seen(
        self, task: RawTask, raw: RawAnnotation, item: QueuedReview | None, record: TurnRecord | None
    ) -> ReviewAnnotation:
        small = len(json.dumps(raw.result)) <= _LARGEST_RESULT
        opinion, reason = None, None
        try:
            opinion = self._opinion(task, raw, item, record, small=small)
        except Unusable as error:
            reason = str(error)
        return ReviewAnnotation(
            id=raw.unique_id,
            number=raw.id,
            turn_id=item.turn_id if item else None,
            task_made_at=task.made_at,
            by=self._people.get(raw.completed_by or 0, f"annotator {raw.completed_by}"),
            at=raw.created_at.astimezone(UTC),
            updated_at=raw.updated_at.astimezone(UTC),
            standing=Standing.COUNTED if opinion else Standing.QUARANTINED,
            reason=reason,
            opinion=opinion,
            result=_kept(raw.result) if small else (),
        )

    def _opinion(
        self, task: RawTask, raw: RawAnnotation, item: QueuedReview | None, record: TurnRecord | None, *, small: bool
    ) -> Opinion:
        if not small:
            raise Unusable("too large")
        if item is None or record is None:
            raise Unusable("unknown task")
        if raw.was_cancelled:
            raise Unusable("skipped")
        earlier = item.draft_since is not None and raw.updated_at < item.draft_since
        if earlier or task.data.get("draft_id") != draft_id(record):
            raise Unusable("about an earlier draft")
        return self._config.opinion(raw.result, record)

    def _know_people(self, tasks: Sequence[RawTask]) -> None:
        who = {each.completed_by for task in tasks for each in task.annotations if each.completed_by is not None}
        if not who <= self._people.keys():
            self._people = self._tool.people()


def _kept(result: object) -> tuple[Mapping[str, Any], ...]:
    try:
        return tuple(parts_of(result))
    except Unusable:
        return ()


def _read(call: WebhookCall) -> _Call:
    try:
        body: Mapping[str, object] = json.loads(call.body)
        return _Call.model_validate(body)
    except (ValueError, ValidationError, RecursionError) as error:
        raise Unusable("not what Label Studio sends") from error
