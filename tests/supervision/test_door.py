"""Who comes in, for how long, and what whoever guesses learns: nothing."""

import pytest

from app.domain.audit import AuditAction
from app.domain.people import FREE_ATTEMPTS, Person, Role
from app.errors import SignInFailed, TooManyRequests
from app.supervision.staff import COMMAND_LINE
from tests.supervision.house import PASSWORD, Office

SAM = Person("sam", Role.AGENT, "Sam")


def guesses(office: Office, name: str, word: str = "wrong") -> None:
    with pytest.raises(SignInFailed):
        office.door.come_in(name, word)


def test_the_right_password_opens_a_session_of_this_person(office: Office) -> None:
    assert office.door.person(office.door.come_in("sam", PASSWORD)) == SAM
    assert office.door.person(office.door.come_in(" Sam ", PASSWORD)) == SAM, "a phone writes the first letter large"


def test_where_nobody_works_the_door_is_closed() -> None:
    empty = Office()
    assert not empty.door.has_people()
    guesses(empty, "sam", PASSWORD)
    empty.has("sam", Role.AGENT)
    assert empty.door.has_people()
    empty.staff.change(COMMAND_LINE, "sam", active=False)
    assert not empty.door.has_people()
    empty.stores.engine.dispose()


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), PASSWORD + "x", PASSWORD * 50, "\ud800"])
def test_no_other_password_does(office: Office, password: str) -> None:
    guesses(office, "sam", password)


@pytest.mark.parametrize("name", ["", "nobody", "sam\0", "säm", "x" * 500, "' OR 1=1 --", "\ud800"])
def test_no_other_name_does_and_it_is_refused_like_a_wrong_password(office: Office, name: str) -> None:
    guesses(office, name, PASSWORD)
    assert office.refusals() == [("unknown", AuditAction.SIGN_IN, "person unknown", "sign_in_failed")]


def test_who_is_switched_off_is_refused_like_a_wrong_password(office: Office) -> None:
    office.staff.change(COMMAND_LINE, "sam", active=False)
    guesses(office, "sam", PASSWORD)


@pytest.mark.parametrize("name", ["sam", "nobody", "NOT A NAME"])
def test_who_guesses_has_to_wait_whether_the_name_exists_or_not(office: Office, name: str) -> None:
    for _ in range(FREE_ATTEMPTS):
        guesses(office, name)
    with pytest.raises(TooManyRequests) as waits:
        office.door.come_in(name, PASSWORD)
    assert waits.value.retry_after_s == 2
    office.clock.put_forward(seconds=2)
    guesses(office, name)


def test_after_the_wait_the_right_password_opens_and_the_count_begins_anew(office: Office) -> None:
    for _ in range(FREE_ATTEMPTS):
        guesses(office, "sam")
    office.clock.put_forward(seconds=2)
    office.door.come_in("sam", PASSWORD)
    for _ in range(FREE_ATTEMPTS):
        guesses(office, "sam")


def test_nobody_at_the_keyboard_for_half_an_hour_ends_a_session(office: Office) -> None:
    token = office.door.come_in("sam", PASSWORD)
    for _ in range(3):
        office.clock.put_forward(minutes=29)
        office.door.seen(token)
    assert office.door.person(token) == SAM
    office.clock.put_forward(minutes=30)
    assert office.door.person(token) is None
    office.door.seen(token)
    assert office.door.person(token) is None, "who comes back too late does not wake it"


def test_the_longest_day_ends(office: Office) -> None:
    token = office.door.come_in("sam", PASSWORD)
    for _ in range(24 * 2):
        office.clock.put_forward(minutes=15)
        office.door.seen(token)
    assert office.door.person(token) is None


def test_who_leaves_is_out_and_others_are_not(office: Office) -> None:
    first, second = office.door.come_in("sam", PASSWORD), office.door.come_in("sam", PASSWORD)
    office.door.leave(first)
    assert (office.door.person(first), office.door.person(second)) == (None, SAM)


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "é"])
def test_what_is_no_token_opens_nothing(office: Office, token: str) -> None:
    office.door.come_in("sam", PASSWORD)
    assert office.door.person(token) is None
    office.door.leave(token)


def test_a_token_is_long_and_not_kept(office: Office) -> None:
    token = office.door.come_in("sam", PASSWORD)
    assert len(token) >= 43
    assert office.stores.people.session(token) is None


def test_a_role_that_changes_counts_at_once(office: Office) -> None:
    token = office.door.come_in("sam", PASSWORD)
    office.staff.change(COMMAND_LINE, "sam", role=Role.VIEWER)
    assert office.door.person(token) is None
