"""What Label Studio refuses does not stop the rest, and is given up in the end, where it can be seen."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import pytest

from app.adapters.sql.database import open_database
from app.domain.ids import TurnId
from app.domain.review import QueueState
from app.stores import Stores
from feedback.annotation.delivery import Delivery, wait_after
from feedback.annotation.label_studio import LabelStudio, Refused
from feedback.annotation.task import TaskBody, TaskWriter
from tests.api.house import RunningClock
from tests.feedback.annotation.turns import a_record, decided

BAD = TurnId("turn_2")


class Picky:
    """A Label Studio that keeps every task but one."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def tasks_of(self, project: int, external_ids: Sequence[str]) -> list[object]:
        return []

    def create(self, project: int, tasks: Sequence[tuple[TaskBody, Sequence[Mapping[str, Any]]]]) -> None:
        if any(body.external_id == BAD for body, _ in tasks):
            raise Refused("400")
        self.kept += [body.external_id for body, _ in tasks]


@pytest.fixture
def stores() -> Iterator[Stores]:
    opened = Stores(open_database("sqlite://"))
    for number in (1, 2, 3):
        decided(opened, a_record(number))
    yield opened
    opened.engine.dispose()


def test_the_one_that_is_refused_waits_ever_longer_and_is_given_up(stores: Stores) -> None:
    picky, clock = Picky(), RunningClock()
    writer = TaskWriter(stores.conversations, stores.conversations, stores.desk, stores.interactions)
    tool = cast("LabelStudio", picky)
    delivery = Delivery(tool, stores.review_outbox, stores.review_annotations, writer, clock, lambda: None)

    for _ in range(20):
        delivery.deliver(1)
        clock.put_forward(hours=1, minutes=1)

    assert sorted(picky.kept) == ["turn_1", "turn_3"]
    bad = stores.review_outbox.queued([BAD])[BAD]
    assert (bad.state, bad.attempts, bad.error) == (QueueState.DEAD, 8, "400")


def test_waiting_doubles_up_to_an_hour() -> None:
    waits = [wait_after(attempts) for attempts in range(12)]
    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert waits[-1] == timedelta(hours=1)


def test_one_record_that_cannot_be_read_does_not_hold_the_others_up(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = TaskWriter(stores.conversations, stores.conversations, stores.desk, stores.interactions)
    whole = writer.task

    def breaks(turn_id: TurnId, *rest: Any) -> TaskBody:  # noqa: ANN401
        if turn_id == BAD:
            raise ValueError
        return whole(turn_id, *rest)

    monkeypatch.setattr(writer, "task", breaks)
    picky = Picky()
    tool = cast("LabelStudio", picky)
    Delivery(tool, stores.review_outbox, stores.review_annotations, writer, RunningClock(), lambda: None).deliver(1)
    assert sorted(picky.kept) == ["turn_1", "turn_3"]
    assert stores.review_outbox.queued([BAD])[BAD].error == "ValueError"
