"""Who may sign in: added, changed and switched off by an admin or on the command line."""

from dataclasses import dataclass

from app.domain.audit import AuditAction
from app.domain.people import LEAST_PASSWORD, LONGEST_PASSWORD, NAME_PATTERN, Person, Right, Role, Supervisor
from app.errors import InvalidInput, NotAllowed, NotFound, WeakPassword
from app.ports import Clock, PasswordHasher, SupervisorStore
from app.supervision.rights import Rights

COMMAND_LINE = Person("command line", Role.ADMIN)
"""Whoever can run the command can read the database too."""
_LONGEST_SHOWN = 64


@dataclass(frozen=True, slots=True)
class Staff:
    """The people, looked after."""

    people: SupervisorStore
    hasher: PasswordHasher
    rights: Rights
    clock: Clock

    def all(self, who: Person) -> list[Supervisor]:
        """Everybody, by name. Raises NotAllowed."""
        self.rights.check(who, Right.MANAGE_PEOPLE, AuditAction.MANAGE_PEOPLE, "people")
        return self.people.supervisors()

    def add(self, who: Person, name: str, display_name: str, role: Role, password: str) -> Supervisor:
        """Raises NotAllowed, InvalidInput, WeakPassword, NameTaken."""
        with self.rights.doing(who, Right.MANAGE_PEOPLE, AuditAction.ADD_PERSON, f"person {_fitting(name)}"):
            if not NAME_PATTERN.fullmatch(name):
                raise InvalidInput(f"{name!r}: a name has small letters, digits, dots and dashes, at most 63")
            shown = _shown(display_name or name)
            added = Supervisor(name, shown, role, self._hashed(password), active=True, added_at=self.clock.now())
            self.people.add(added, who.name)
        return added

    def change(
        self,
        who: Person,
        name: str,
        *,
        role: Role | None = None,
        display_name: str | None = None,
        active: bool | None = None,
        password: str | None = None,
    ) -> Supervisor:
        """Changes what is given, all or nothing. A new role, a new password and being switched off end her sessions.
        Raises NotAllowed, also for one's own role and for switching oneself off; NotFound, InvalidInput,
        WeakPassword."""
        with self.rights.doing(who, Right.MANAGE_PEOPLE, AuditAction.MANAGE_PEOPLE, f"person {_fitting(name)}"):
            if who.name == name and (role is not None or active is not None):
                raise NotAllowed("one's own rights are another's to change: who locks herself out stays out")
            self._there(name)
            return self.people.change(
                name,
                who.name,
                self.clock.now(),
                role=role,
                display_name=None if display_name is None else _shown(display_name),
                active=active,
                password_hash=None if password is None else self._hashed(password),
            )

    def change_own_password(self, who: Person, password: str) -> None:
        """Ends all sessions of that person. Raises NotFound (the holder of a token has none), WeakPassword."""
        with self.rights.doing(who, Right.READ, AuditAction.CHANGE_PASSWORD, f"person {who.name}"):
            self._there(who.name)
            self.people.change(who.name, who.name, self.clock.now(), password_hash=self._hashed(password))

    def _there(self, name: str) -> None:
        """Before the work of hashing. Raises NotFound."""
        if self.people.find(name) is None:
            raise NotFound(f"supervisor {name}")

    def _hashed(self, password: str) -> str:
        if not LEAST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise WeakPassword(f"a password needs {LEAST_PASSWORD} to {LONGEST_PASSWORD} characters")
        return self.hasher.hash(password)


def _fitting(name: str) -> str:
    """A name for the log; what cannot be one may be anything."""
    return name if NAME_PATTERN.fullmatch(name) else "unknown"


def _shown(display_name: str) -> str:
    clean = " ".join(display_name.split())
    if not clean or len(clean) > _LONGEST_SHOWN or not clean.isprintable():
        raise InvalidInput("a shown name has 1 to 64 characters")
    return clean
