"""handrail people: who may sign in to the console."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.adapters.argon2_passwords import Argon2Passwords
from app.adapters.system import SystemClock
from app.domain.people import Role, Supervisor
from app.errors import InvalidInput, NotFound
from app.settings import Settings
from app.stores import open_stores
from app.supervision.rights import Rights
from app.supervision.staff import COMMAND_LINE, Staff

app = typer.Typer(help="Who may sign in to the console: add, list, change, switch off.", no_args_is_help=True)
console = Console(highlight=False)

PASSWORD_VARIABLE = "HANDRAIL_NEW_PASSWORD"  # noqa: S105 - the name of a variable
Name = Annotated[str, typer.Argument(help="What the supervisor signs in with.")]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What she may do.")] = Role.AGENT,
    shown: Annotated[str, typer.Option(help="The name that customers see; empty: the same.")] = "",
) -> None:
    """Let somebody sign in; asks for the password, or takes it from HANDRAIL_NEW_PASSWORD."""
    with _staffed() as staff:
        added = staff.add(COMMAND_LINE, name, shown, role, _new_password())
    console.print(f"{added.name} can sign in, as {added.role}.", markup=False)


@app.command("list")
def list_people() -> None:
    """Everybody, also those who are switched off."""
    with _staffed() as staff:
        people = staff.all(COMMAND_LINE)
    if not people:
        console.print("Nobody can sign in yet, so the console is closed: handrail people add NAME --role admin")
        return
    table = Table("name", "shown as", "role", "can sign in", "since")
    for one in people:
        table.add_row(one.name, one.display_name, one.role.value, "yes" if one.active else "no", f"{one.added_at:%F}")
    console.print(table)


@app.command()
def password(name: Name) -> None:
    """Give somebody another password; whoever is signed in under this name is signed out."""
    with _staffed() as staff:
        _known(staff, name)
        staff.change(COMMAND_LINE, name, password=_new_password())
    console.print(f"{name} has another password, and is signed out everywhere.", markup=False)


@app.command()
def role(name: Name, role: Annotated[Role, typer.Argument(help="What she may do from now on.")]) -> None:
    """Change what somebody may do; she signs in again."""
    with _staffed() as staff:
        staff.change(COMMAND_LINE, name, role=role)
    console.print(f"{name} is {role} from now on.", markup=False)


@app.command()
def off(name: Name, *, undo: Annotated[bool, typer.Option("--undo", help="Let her sign in again.")] = False) -> None:
    """Switch somebody off: signed out at once, and cannot sign in any more."""
    with _staffed() as staff:
        staff.change(COMMAND_LINE, name, active=undo)
    console.print(f"{name} can sign in again." if undo else f"{name} cannot sign in any more.", markup=False)


@contextmanager
def _staffed() -> Iterator[Staff]:
    """The people in the database that the settings name."""
    stores, clock = open_stores(Settings()), SystemClock()
    try:
        yield Staff(stores.people, Argon2Passwords(), Rights(stores.audit, clock), clock)
    finally:
        stores.engine.dispose()


def _known(staff: Staff, name: str) -> Supervisor:
    """Before anybody is asked for a password. Raises NotFound."""
    found = staff.people.find(name)
    if found is None:
        raise NotFound(f"nobody is called {name}")
    return found


def _new_password() -> str:
    """Never an argument: those stand in the shell's history and in the list of processes. Raises InvalidInput."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise InvalidInput(f"nobody is there to be asked for a password: set {PASSWORD_VARIABLE}")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
