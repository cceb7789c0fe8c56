"""Supervisors and stores for tests, with hashing that takes no time."""

from datetime import datetime, timedelta

import argon2

from app.adapters.argon2_passwords import Argon2Passwords
from app.adapters.sql.database import open_database
from app.domain.audit import AuditAction
from app.domain.people import Role
from app.stores import Stores
from app.supervision.door import Door
from app.supervision.rights import Rights
from app.supervision.staff import COMMAND_LINE, Staff
from tests.builders import NOW

PASSWORD = "correct horse battery"


class MovingClock:
    """A `Clock` that a test puts forward."""

    def __init__(self) -> None:
        self._moment = NOW

    def now(self) -> datetime:
        """Where it was put."""
        return self._moment

    def put_forward(self, **by: float) -> None:
        """By hours, minutes …"""
        self._moment += timedelta(**by)


class Office:
    """A database in memory with an agent, Sam, and an admin, Ada."""

    def __init__(self) -> None:
        self.stores = Stores(open_database("sqlite://"))
        self.clock = MovingClock()
        hasher = Argon2Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.rights = Rights(self.stores.audit, self.clock)
        people = self.stores.people
        self.door = Door(people, people, hasher, self.stores.audit, self.clock)
        self.staff = Staff(people, hasher, self.rights, self.clock)

    def has(self, name: str, role: Role) -> None:
        """Somebody can sign in with `PASSWORD`."""
        self.staff.add(COMMAND_LINE, name, name.title(), role, PASSWORD)

    def refusals(self) -> list[tuple[str, AuditAction, str, str | None]]:
        """What the audit log says was refused, the oldest first."""
        return [
            (each.by, each.action, each.item, each.refused)
            for each in reversed(self.stores.audit.entries())
            if each.refused
        ]
