"""Silence is looked for once a minute, and tells whom it concerns."""

from datetime import datetime, timedelta

from app.domain.ids import ConversationId
from app.supervision.silence import Silence
from tests.builders import NOW
from tests.supervision.house import MovingClock

ONE, TWO = ConversationId("conv_1"), ConversationId("conv_2")


class Some:
    """Two conversations are silent; in the second somebody writes just now."""

    def __init__(self) -> None:
        self.looked: list[datetime] = []

    def silent(self, before: datetime, limit: int = 100) -> list[ConversationId]:
        self.looked.append(before)
        return [ONE, TWO]

    def resolve_silent(self, conversation_id: ConversationId, before: datetime, at: datetime) -> bool:
        return conversation_id == ONE


def test_those_that_are_still_silent_are_told() -> None:
    told: list[ConversationId] = []
    Silence(Some(), timedelta(hours=24), MovingClock(), told.append).resolve()

    assert told == [ONE]


def test_it_looks_once_a_minute_for_what_was_silent_for_long_enough() -> None:
    some, clock = Some(), MovingClock()
    silence = Silence(some, timedelta(hours=24), clock, lambda _: None)
    for _ in range(13):
        silence.resolve()
        clock.put_forward(seconds=5)

    assert some.looked == [NOW - timedelta(hours=24), NOW + timedelta(minutes=1) - timedelta(hours=24)]


def test_without_a_time_nothing_is_resolved() -> None:
    some = Some()
    Silence(some, timedelta(), MovingClock(), lambda _: None).resolve()

    assert some.looked == []
