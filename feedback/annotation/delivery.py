"""From the outbox to Label Studio. One writer: it holds a lease, because Label Studio itself does not notice that a
task comes twice. Before anything is made it is looked for, so that a crash between making a task and noting it makes
no second one."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.domain.ids import TurnId
from app.domain.review import QueuedReview, ReviewAnnotation, Standing
from app.ports import Clock, ReviewAnnotations, ReviewOutbox
from feedback.annotation.label_studio import LabelStudio, Refused
from feedback.annotation.raw import RawTask
from feedback.annotation.task import TaskBody, TaskWriter

log = logging.getLogger(__name__)

BATCH = 100
_MOST_ATTEMPTS = 8
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass
class Delivered:
    """What one pass did."""

    made: int = 0
    changed: int = 0
    refused: int = 0
    removed: int = 0
    """Copies of tasks that were there already."""
    queued_again: int = 0
    """Tasks that Label Studio has lost."""
    model_version: str = ""
    """Of the last one made."""


@dataclass(frozen=True, slots=True)
class _Ready:
    item: QueuedReview
    body: TaskBody
    there: list[RawTask] = field(default_factory=list)

    @property
    def draft_id(self) -> str:
        """The draft that the task is to show."""
        return str(self.body.data["draft_id"])


class Delivery:
    """Carries the outbox to one project."""

    def __init__(
        self,
        tool: LabelStudio,
        outbox: ReviewOutbox,
        annotations: ReviewAnnotations,
        writer: TaskWriter,
        clock: Clock,
        still_ours: Callable[[], None],
        batch: int = BATCH,
    ) -> None:
        """`still_ours` renews the lease, and raises when it is lost."""
        self._batch = batch
        self._tool = tool
        self._outbox = outbox
        self._annotations = annotations
        self._writer = writer
        self._clock = clock
        self._still_ours = still_ours

    def deliver(self, project: int) -> Delivered:
        """Everything that is due. Raises LabelStudioDown; what was not delivered by then waits."""
        done = Delivered()
        while items := self._outbox.due(self._clock.now(), self._batch):
            self._still_ours()
            ready = self._looked_for(project, items, done)
            self._make(project, [each for each in ready if not each.there], done)
            for each in ready:
                if each.there:
                    self._change(each, done)
        return done

    def look_for_all(self, project: int) -> Delivered:
        """Walks through all tasks: what Label Studio has lost is queued again, what it holds twice is removed. Raises
        LabelStudioDown."""
        done = Delivered()
        began = self._clock.now()
        numbers: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for line in self._tool.all_tasks(project):
            numbers[line.external_id].append((-line.total_annotations, line.id))
        done.queued_again = self._outbox.missing({TurnId(name) for name in numbers}, began)
        for name, copies in numbers.items():
            if name:
                # The annotated one stays, else the first; an annotated copy stays too, its annotations count.
                for annotated, number in sorted(copies)[1:]:
                    if not annotated:
                        self._still_ours()
                        self._tool.remove(number)
                        done.removed += 1
        return done

    def _looked_for(self, project: int, items: Sequence[QueuedReview], done: Delivered) -> list[_Ready]:
        found: defaultdict[str, list[RawTask]] = defaultdict(list)
        for task in self._tool.tasks_of(project, [item.turn_id for item in items]):
            found[task.external_id].append(task)
        ready: list[_Ready] = []
        for item in items:
            try:
                ready.append(_Ready(item, self._writer.task(item.turn_id, item.review), found[item.turn_id]))
            except Exception as error:  # whatever it is: one turn does not hold the others up
                log.exception("no task can be made of turn %s", item.turn_id)
                self._refuse(item, type(error).__name__, done)
        return ready

    def _make(self, project: int, ready: Sequence[_Ready], done: Delivered) -> None:
        """All at once; where that is refused one by one, so that only what is at fault stays behind."""
        if not ready:
            return
        try:
            self._tool.create(project, [(each.body, self._said_before(each)) for each in ready])
        except Refused as error:
            if len(ready) == 1:
                self._refuse(ready[0].item, error.detail, done)
                return
            for each in ready:
                self._still_ours()
                self._make(project, [each], done)
            return
        self._outbox.delivered([(each.item, each.draft_id) for each in ready], self._clock.now())
        done.made += len(ready)
        done.model_version = ready[-1].body.model_version

    def _change(self, ready: _Ready, done: Delivered) -> None:
        self._still_ours()
        try:
            for task in ready.there:
                # What a crash left half done is done again: a draft counts as shown once we have noted it.
                shown = ready.item.draft_id or task.data.get("draft_id")
                if shown != ready.draft_id or task.data != dict(ready.body.data):
                    since = self._tool.change(task, ready.body)
                    done.changed += 1
                    if shown != ready.draft_id:
                        self._tool.predict_anew(task, ready.body)
                        self._outbox.draft_changed(ready.item.turn_id, ready.draft_id, since)
        except Refused as error:
            self._refuse(ready.item, error.detail, done)
            return
        self._outbox.delivered([(ready.item, ready.draft_id)], self._clock.now())

    def _said_before(self, ready: _Ready) -> list[dict[str, Any]]:
        """Annotations of the task in the database that was lost, by people whom the new one knows."""
        before = _last_of_each(self._annotations.of_turn(ready.item.turn_id))
        numbers = {email: number for number, email in self._tool.people().items()} if before else {}
        return [
            {"result": list(each.result), "completed_by": numbers[each.by]} for each in before if each.by in numbers
        ]

    def _refuse(self, item: QueuedReview, error: str, done: Delivered) -> None:
        done.refused += 1
        dead = item.attempts + 1 >= _MOST_ATTEMPTS
        self._outbox.refused(item, error, None if dead else self._clock.now() + wait_after(item.attempts))
        if dead:
            log.error("turn %s is given up for review after %s attempts: %s", item.turn_id, _MOST_ATTEMPTS, error)


def wait_after(attempts: int) -> timedelta:
    """Doubles with each attempt, up to an hour."""
    return min(_FIRST_WAIT * (1 << min(attempts, 10)), _LONGEST_WAIT)


def _last_of_each(annotations: Sequence[ReviewAnnotation]) -> list[ReviewAnnotation]:
    counted = [each for each in annotations if each.standing is Standing.COUNTED]
    return list({each.by: each for each in sorted(counted, key=lambda each: each.updated_at)}.values())
