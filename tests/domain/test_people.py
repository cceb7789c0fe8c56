"""What each role may do, how long a session holds, how long a guesser waits."""

from datetime import timedelta

import pytest

from app.domain.people import (
    FREE_ATTEMPTS,
    IDLE_FOR,
    LONGEST_WAIT,
    NAME_PATTERN,
    SIGNED_IN_FOR,
    Person,
    Right,
    Role,
    Session,
    wait_after,
)
from tests.builders import NOW


def test_a_viewer_reads_an_agent_decides_and_an_admin_looks_after_people_too() -> None:
    assert [right for right in Right if Role.VIEWER.may(right)] == [Right.READ]
    assert [right for right in Right if Role.AGENT.may(right)] == [Right.READ, Right.DECIDE]
    assert [right for right in Right if Role.ADMIN.may(right)] == list(Right)


def test_a_session_ends_when_nobody_is_there_and_at_the_end_of_the_day_in_any_case() -> None:
    session = Session("x", "sam", NOW, NOW)
    assert session.holds(NOW + IDLE_FOR - timedelta(seconds=1))
    assert not session.holds(NOW + IDLE_FOR)
    busy = Session("x", "sam", NOW, NOW + SIGNED_IN_FOR - timedelta(seconds=1))
    assert not busy.holds(NOW + SIGNED_IN_FOR)


def test_the_wait_doubles_up_to_a_limit() -> None:
    assert wait_after(FREE_ATTEMPTS - 1) == timedelta()
    assert [wait_after(FREE_ATTEMPTS + more).seconds for more in range(3)] == [2, 4, 8]
    assert wait_after(10_000) == LONGEST_WAIT


def test_who_shows_no_other_name_shows_her_own() -> None:
    assert (Person("sam", Role.AGENT).shown, Person("sam", Role.AGENT, "Samuel").shown) == ("sam", "Samuel")


@pytest.mark.parametrize("name", ["", "Sam", "sam smith", "-sam", "sam\n", "säm", "x" * 64, "sam\0"])
def test_a_name_is_plain(name: str) -> None:
    assert NAME_PATTERN.fullmatch(name) is None
