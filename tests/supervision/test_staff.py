"""Who may sign in is an admin's to say, and nobody says it of herself."""

from typing import Any

import pytest

from app.domain.audit import AuditAction
from app.domain.people import Person, Role
from app.errors import HandrailError, InvalidInput, NameTaken, NotAllowed, NotFound, WeakPassword
from app.supervision.staff import COMMAND_LINE
from tests.supervision.house import PASSWORD, Office

ADA, SAM, VIC = Person("ada", Role.ADMIN), Person("sam", Role.AGENT), Person("vic", Role.VIEWER)
OTHER = "another horse entirely"


@pytest.mark.parametrize("who", [SAM, VIC])
def test_only_an_admin_looks_after_people_and_the_refusal_is_logged(office: Office, who: Person) -> None:
    with pytest.raises(NotAllowed):
        office.staff.all(who)
    with pytest.raises(NotAllowed):
        office.staff.add(who, "eve", "", Role.ADMIN, PASSWORD)
    with pytest.raises(NotAllowed):
        office.staff.change(who, "vic", role=Role.ADMIN)
    assert office.refusals() == [
        (who.name, AuditAction.MANAGE_PEOPLE, "people", "not_allowed"),
        (who.name, AuditAction.ADD_PERSON, "person eve", "not_allowed"),
        (who.name, AuditAction.MANAGE_PEOPLE, "person vic", "not_allowed"),
    ]
    assert office.stores.people.find("eve") is None


def test_an_admin_adds_and_changes(office: Office) -> None:
    office.staff.add(ADA, "eve", "  Eve   Adams ", Role.VIEWER, PASSWORD)
    changed = office.staff.change(ADA, "eve", role=Role.AGENT, display_name="Eve", password=OTHER)
    assert (changed.role, changed.display_name) == (Role.AGENT, "Eve")
    assert office.door.person(office.door.come_in("eve", OTHER)) == Person("eve", Role.AGENT, "Eve")
    assert [one.name for one in office.staff.all(ADA)] == ["ada", "eve", "sam", "vic"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": "sam"}, NameTaken),
        ({"name": "Not A Name"}, InvalidInput),
        ({"name": ""}, InvalidInput),
        ({"password": "short"}, WeakPassword),
        ({"password": "x" * 257}, WeakPassword),
        ({"display_name": "x" * 65}, InvalidInput),
        ({"display_name": "a\0b"}, InvalidInput),
    ],
)
def test_what_cannot_be_is_refused_and_nobody_is_added(
    office: Office, changes: dict[str, Any], error: type[HandrailError]
) -> None:
    given = {"name": "eve", "display_name": "Eve", "role": Role.AGENT, "password": PASSWORD} | changes
    with pytest.raises(error):
        office.staff.add(ADA, **given)
    assert len(office.staff.all(ADA)) == 3
    assert [code for _, _, _, code in office.refusals()] == [error.code]


def test_a_change_is_whole_or_none(office: Office) -> None:
    with pytest.raises(WeakPassword):
        office.staff.change(ADA, "sam", role=Role.ADMIN, password="short")
    with pytest.raises(NotFound):
        office.staff.change(ADA, "nobody", role=Role.ADMIN)
    sam = office.stores.people.find("sam")
    assert sam is not None
    assert sam.role is Role.AGENT


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.VIEWER}])
def test_nobody_changes_her_own_rights(office: Office, change: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        office.staff.change(ADA, "ada", **change)
    office.staff.change(COMMAND_LINE, "ada", **change)


def test_everybody_gives_herself_another_password_and_is_signed_out(office: Office) -> None:
    token = office.door.come_in("vic", PASSWORD)
    assert office.door.is_password_of("vic", PASSWORD)
    assert not office.door.is_password_of("vic", OTHER)
    office.staff.change_own_password(VIC, OTHER)
    assert office.door.person(token) is None
    assert office.door.person(office.door.come_in("vic", OTHER)) is not None


def test_who_acts_by_a_token_has_no_password_to_change(office: Office) -> None:
    with pytest.raises(NotFound):
        office.staff.change_own_password(Person("Robot", Role.AGENT), OTHER)
    assert not office.door.is_password_of("Robot", "anything")
