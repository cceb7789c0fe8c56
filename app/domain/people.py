"""Who works in the console, what each may do, and for how long somebody stays signed in."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
"""What a supervisor signs in with: small letters, digits, dots, dashes."""
LEAST_PASSWORD, LONGEST_PASSWORD = 12, 256
"""In characters. The longest keeps the work of hashing within limits."""
IDLE_FOR = timedelta(minutes=30)
"""Nobody at the keyboard for so long ends a session."""
SIGNED_IN_FOR = timedelta(hours=12)
"""After so long everybody signs in again."""
ON_DUTY_FOR = timedelta(minutes=10)
"""Who was at the keyboard within so long is on duty."""


class Right(StrEnum):
    """What a role can allow."""

    READ = "read"
    """Conversations, records, figures."""
    DECIDE = "decide"
    """Decide held replies, take conversations over, write, keep notes."""
    MANAGE_PEOPLE = "manage_people"
    """Add supervisors, change what they may do, switch them off; read the audit log."""


class Role(StrEnum):
    """What a supervisor is."""

    VIEWER = "viewer"
    AGENT = "agent"
    ADMIN = "admin"

    def may(self, right: Right) -> bool:
        """Whether the role allows it."""
        return right in _RIGHTS[self]


_RIGHTS = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.AGENT: frozenset({Right.READ, Right.DECIDE}),
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who is acting: a signed-in supervisor, or the holder of an agent's token."""

    name: str
    role: Role
    display_name: str = ""
    """What customers and colleagues see; the name when it is empty."""

    @property
    def shown(self) -> str:
        """The name to show."""
        return self.display_name or self.name


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Somebody who may sign in to the console."""

    name: str
    display_name: str
    role: Role
    password_hash: str
    active: bool
    added_at: datetime

    @property
    def person(self) -> Person:
        """The same without what nobody needs to see."""
        return Person(self.name, self.role, self.display_name)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. The token itself is with the browser alone."""

    token_hash: str
    """SHA-256 of the token."""
    name: str
    started_at: datetime
    seen_at: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it has neither been idle nor open for too long."""
        return now < self.seen_at + IDLE_FOR and now < self.started_at + SIGNED_IN_FOR


FREE_ATTEMPTS = 5
"""So many wrong passwords cost no waiting."""
LONGEST_WAIT = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(hours=1)
"""After so long without a wrong password, the earlier ones do not count any more."""


def wait_after(failures: int) -> timedelta:
    """How long the next attempt has to wait after so many wrong passwords in a row: 2, 4, 8 … seconds."""
    if failures < FREE_ATTEMPTS:
        return timedelta()
    doubled = min(failures - FREE_ATTEMPTS + 1, 16)
    return min(timedelta(seconds=2**doubled), LONGEST_WAIT)
