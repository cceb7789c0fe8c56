"""The line at the top tells the page's script what waits, so that something new can be heard."""

import re
from dataclasses import replace

from app.console.header import header
from app.domain.conversation import TurnStatus
from app.domain.ids import ConversationId, TurnId
from app.domain.people import Person, Role
from app.domain.supervision import WaitingTurn
from tests.builders import NOW

SAM = Person("sam", Role.AGENT, "Sam")
FIRST = WaitingTurn(TurnId("turn_1"), ConversationId("conv_1"), None, TurnStatus.HELD, NOW, None, (), None)
SECOND = replace(FIRST, turn_id=TurnId("turn_0"))


def told(*items: WaitingTurn) -> tuple[int, set[str]]:
    shown = str(header("Larkfield", SAM, items))
    count = re.search(r'data-waiting="(\d+)"', shown)
    marks = re.search(r'data-items="([^"]*)"', shown)
    assert count is not None
    assert marks is not None
    return int(count[1]), set(marks[1].split())


def test_what_comes_later_is_new_even_where_its_turn_began_earlier() -> None:
    assert told(FIRST)[1] < told(FIRST, SECOND)[1]
    assert told(FIRST, SECOND)[0] == 2


def test_a_turn_that_moves_on_to_a_person_is_new() -> None:
    assert told(FIRST)[1].isdisjoint(told(replace(FIRST, status=TurnStatus.WITH_PERSON))[1])


def test_nothing_waits_without_a_mark() -> None:
    assert told() == (0, set())
