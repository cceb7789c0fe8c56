"""handrail people: who may sign in, said on the command line, with the password never an argument."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import people
from app.adapters.argon2_passwords import Argon2Passwords
from app.cli import app
from app.domain.people import Role
from app.errors import HandrailError, InvalidInput, NameTaken, NotFound, WeakPassword
from app.settings import Settings
from app.stores import Stores, open_stores

runner = CliRunner()
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(people.PASSWORD_VARIABLE, PASSWORD)


@pytest.fixture
def stores() -> Stores:
    return open_stores(Settings())


def run(*arguments: str) -> str:
    result = runner.invoke(app, ["people", *arguments], env={"COLUMNS": "200"})
    if result.exception is not None:
        raise result.exception
    return " ".join(result.output.split())


def test_the_first_is_added_and_everybody_is_listed(stores: Stores) -> None:
    assert "handrail people add" in run("list")
    assert run("add", "ada", "--role", "admin", "--shown", "Ada L.") == "ada can sign in, as admin."
    run("add", "sam")

    listed = run("list")

    assert "Ada L." in listed
    assert "sam" in listed
    ada = stores.people.find("ada")
    assert ada is not None
    assert ada.role is Role.ADMIN
    assert Argon2Passwords().verify(ada.password_hash, PASSWORD)
    assert stores.audit.entries()[-1].by == "command line"
    stores.engine.dispose()


def test_role_password_and_whether_at_all_can_be_changed(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "sam")
    run("role", "sam", "viewer")
    monkeypatch.setenv(people.PASSWORD_VARIABLE, "another horse entirely")
    run("password", "sam")
    assert run("off", "sam") == "sam cannot sign in any more."
    sam = stores.people.find("sam")
    assert sam is not None
    assert (sam.role, sam.active) == (Role.VIEWER, False)
    assert Argon2Passwords().verify(sam.password_hash, "another horse entirely")
    assert run("off", "sam", "--undo") == "sam can sign in again."
    stores.engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("add", "sam"), NameTaken),
        (("add", "Sam Smith"), InvalidInput),
        (("role", "nobody", "admin"), NotFound),
        (("password", "nobody"), NotFound),
        (("off", "nobody"), NotFound),
    ],
)
def test_a_mistake_is_one_clear_error(arguments: tuple[str, ...], error: type[HandrailError]) -> None:
    run("add", "sam")
    with pytest.raises(error):
        run(*arguments)


def test_a_short_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(people.PASSWORD_VARIABLE, "short")
    with pytest.raises(WeakPassword):
        run("add", "sam")


def test_where_nobody_can_be_asked_the_variable_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(people.PASSWORD_VARIABLE)
    with pytest.raises(InvalidInput, match=people.PASSWORD_VARIABLE):
        run("add", "sam")
