"""Who may sign in: kept once, changed with a line in the audit log, signed out when it has to be."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.adapters.sql.people import SqlPeople
from app.domain.audit import AuditAction, AuditEntry
from app.domain.people import FREE_ATTEMPTS, SIGNED_IN_FOR, Role, Session, Supervisor
from app.errors import NameTaken, NotFound
from app.stores import Stores
from tests.builders import NOW

SAM = Supervisor("sam", "Sam", Role.AGENT, "hash", active=True, added_at=NOW)
SESSION = Session("f" * 64, "sam", NOW, NOW)


@pytest.fixture
def stores(database: Engine) -> Stores:
    kept = Stores(database)
    kept.people.add(SAM, "command line")
    return kept


@pytest.fixture
def people(stores: Stores) -> SqlPeople:
    return stores.people


def logged(stores: Stores) -> list[tuple[str, AuditAction, str, str]]:
    return [(each.by, each.action, each.item, each.detail) for each in reversed(stores.audit.entries())]


def test_somebody_is_found_by_name_and_listed(people: SqlPeople) -> None:
    people.add(replace(SAM, name="ada", role=Role.ADMIN), "sam")
    assert people.find("sam") == SAM
    assert people.find("nobody") is None
    assert [each.name for each in people.supervisors()] == ["ada", "sam"]


def test_a_name_is_given_once(people: SqlPeople, stores: Stores) -> None:
    with pytest.raises(NameTaken):
        people.add(SAM, "ada")
    assert len(logged(stores)) == 1, "what was not done is not logged as done"


def test_each_change_is_kept_and_logged_with_who_made_it(people: SqlPeople, stores: Stores) -> None:
    changed = people.change(
        "sam", "ada", NOW, role=Role.ADMIN, display_name="Samuel", password_hash="new", active=False
    )
    assert changed == people.find("sam") == Supervisor("sam", "Samuel", Role.ADMIN, "new", active=False, added_at=NOW)
    assert logged(stores) == [
        ("command line", AuditAction.ADD_PERSON, "person sam", "agent"),
        ("ada", AuditAction.CHANGE_ROLE, "person sam", "admin"),
        ("ada", AuditAction.CHANGE_NAME, "person sam", ""),
        ("ada", AuditAction.CHANGE_PASSWORD, "person sam", ""),
        ("ada", AuditAction.SWITCH_OFF, "person sam", ""),
    ]
    with pytest.raises(NotFound):
        people.change("nobody", "ada", NOW, active=True)


def test_a_session_is_found_until_it_is_ended(people: SqlPeople, stores: Stores) -> None:
    people.open_session(SESSION)
    people.seen(SESSION.token_hash, NOW + timedelta(minutes=1))
    assert people.session(SESSION.token_hash) == (replace(SESSION, seen_at=NOW + timedelta(minutes=1)), SAM)

    people.end_session(SESSION.token_hash, NOW)
    people.end_session(SESSION.token_hash, NOW)

    assert people.session(SESSION.token_hash) is None
    assert [action for _, action, _, _ in logged(stores)[1:]] == [AuditAction.SIGN_IN, AuditAction.SIGN_OUT]


@pytest.mark.parametrize("change", [{"password_hash": "new"}, {"active": False}, {"role": Role.VIEWER}])
def test_sessions_end_with_the_password_the_role_and_the_work(people: SqlPeople, change: dict[str, object]) -> None:
    people.open_session(SESSION)
    people.change("sam", "ada", NOW, **change)  # type: ignore[arg-type]
    assert people.session(SESSION.token_hash) is None


def test_who_was_at_the_keyboard_lately_is_on_duty(people: SqlPeople) -> None:
    assert not people.on_duty(NOW)
    people.open_session(SESSION)

    assert people.on_duty(NOW - timedelta(minutes=10))
    assert not people.on_duty(NOW + timedelta(seconds=1))
    people.seen(SESSION.token_hash, NOW + timedelta(minutes=5))
    assert people.on_duty(NOW + timedelta(minutes=5))

    people.end_session(SESSION.token_hash, NOW)
    assert not people.on_duty(NOW)


def test_who_may_only_read_is_not_on_duty(people: SqlPeople) -> None:
    people.change("sam", "ada", NOW, role=Role.VIEWER)
    people.open_session(SESSION)

    assert not people.on_duty(NOW)


def test_another_shown_name_ends_no_session(people: SqlPeople) -> None:
    people.open_session(SESSION)
    people.change("sam", "ada", NOW, display_name="Samuel")
    assert people.session(SESSION.token_hash) is not None


def test_sessions_that_are_over_are_forgotten_when_the_next_is_opened(people: SqlPeople) -> None:
    people.open_session(SESSION)
    later = NOW + SIGNED_IN_FOR + timedelta(seconds=1)
    people.open_session(Session("e" * 64, "sam", later, later))
    assert people.session(SESSION.token_hash) is None


def test_after_some_failures_the_next_attempt_has_to_wait_and_longer_each_time(people: SqlPeople) -> None:
    at = NOW
    assert [people.attempt("sam", at) for _ in range(FREE_ATTEMPTS)] == [0] * FREE_ATTEMPTS
    waits = []
    for _ in range(3):
        waits.append(people.attempt("sam", at))
        at += timedelta(seconds=waits[-1])
        assert people.attempt("sam", at) == 0
    assert waits == [2, 4, 8]
    assert people.attempt("ada", at) == 0, "another name is not slowed down"


def test_who_signs_in_at_last_starts_anew(people: SqlPeople) -> None:
    for _ in range(FREE_ATTEMPTS):
        people.attempt("sam", NOW)
    people.succeeded("sam")
    assert people.attempt("sam", NOW) == 0


def test_attempts_at_once_count_each(people: SqlPeople) -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: people.attempt("sam", NOW), range(3 * FREE_ATTEMPTS)))
    assert waits.count(0) == FREE_ATTEMPTS


def test_old_failures_are_forgotten(people: SqlPeople) -> None:
    for _ in range(FREE_ATTEMPTS):
        people.attempt("sam", NOW)
    assert people.attempt("sam", NOW + timedelta(hours=2)) == 0


def test_the_audit_log_is_read_newest_first_by_whom_and_on_what(stores: Stores) -> None:
    refusal = AuditEntry("sam", AuditAction.APPROVE, "turn turn_1", NOW, "not_allowed")
    for number in range(3):
        stores.audit.keep(replace(refusal, item=f"turn turn_{number}"))

    newest = stores.audit.entries(limit=2)

    assert [each.item for each in newest] == ["turn turn_2", "turn turn_1"]
    assert (newest[1].by, newest[1].refused) == ("sam", "not_allowed")
    assert [each.item for each in stores.audit.entries(before=newest[-1].number, limit=1)] == ["turn turn_0"]
    assert [each.item for each in stores.audit.entries(item="turn turn_0")] == ["turn turn_0"]
    assert [each.action for each in stores.audit.entries(by="command line")] == [AuditAction.ADD_PERSON]


def test_a_long_word_in_the_log_is_cut_and_the_line_is_kept(stores: Stores) -> None:
    stores.audit.keep(AuditEntry("s" * 300, AuditAction.NOTE, "i" * 300, NOW, detail="d" * 300))
    [newest] = stores.audit.entries(limit=1)
    assert (len(newest.by), len(newest.item), len(newest.detail)) == (64, 160, 200)
