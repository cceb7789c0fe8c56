"""Who comes in: sign-in with name and password, sessions, and the waits of who guesses."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from app.domain.audit import AuditAction, AuditEntry
from app.domain.people import LONGEST_PASSWORD, NAME_PATTERN, Person, Session, Supervisor
from app.errors import SignInFailed, TooManyRequests
from app.ports import AuditLog, Clock, PasswordHasher, SessionStore, SupervisorStore

_TOKEN_BYTES = 32
_LONGEST_TOKEN = 200
_SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when somebody was last at the keyboard; each time is a write."""
_UNKNOWN = "unknown"
"""Stands in the log for a name that nobody has: people type passwords into the wrong field."""


@dataclass(frozen=True, slots=True)
class Door:
    """Safe to share between threads."""

    people: SupervisorStore
    sessions: SessionStore
    hasher: PasswordHasher
    audit: AuditLog
    clock: Clock

    def has_people(self) -> bool:
        """Whether anybody can sign in at all; the console is closed otherwise."""
        return any(each.active for each in self.people.supervisors())

    def come_in(self, name: str, password: str) -> str:
        """The token of a new session. The same work is done for a name that nobody has. Raises SignInFailed,
        TooManyRequests."""
        name = name.strip().lower()
        known = self._counted(name)
        # A password that nobody can have is not hashed as it is: the work stays the same for any length.
        right = self.hasher.verify(known.password_hash if known else None, password[:LONGEST_PASSWORD])
        if known is None or not right or not known.active or len(password) > LONGEST_PASSWORD:
            self._refused(known, SignInFailed.code)
            raise SignInFailed("wrong name or password")
        now = self.clock.now()
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self.sessions.open_session(Session(_digest(token), known.name, now, now))
        self.sessions.succeeded(name)
        return token

    def person(self, token: str) -> Person | None:
        """Whose session it is; None when it is over, or never was."""
        found = self._session(token)
        return found[1].person if found else None

    def seen(self, token: str) -> None:
        """Somebody is at the keyboard."""
        found = self._session(token)
        now = self.clock.now()
        if found and now - found[0].seen_at >= _SEEN_EVERY:
            self.sessions.seen(found[0].token_hash, now)

    def leave(self, token: str) -> None:
        """Ends the session."""
        self.sessions.end_session(_digest(token), self.clock.now())

    def is_password_of(self, name: str, password: str) -> bool:
        """Whether it is; wrong ones are counted like those of a sign-in. Raises TooManyRequests."""
        known = self._counted(name)
        right = self.hasher.verify(known.password_hash if known else None, password[:LONGEST_PASSWORD])
        if right and len(password) <= LONGEST_PASSWORD:
            self.sessions.succeeded(name)
            return True
        return False

    def _counted(self, name: str) -> Supervisor | None:
        """Who has this name, after the attempt is counted. Raises TooManyRequests."""
        fits = NAME_PATTERN.fullmatch(name) is not None
        known = self.people.find(name) if fits else None
        # Names that nobody can have share one count; those that somebody could have are each counted, known or not.
        wait = self.sessions.attempt(name if fits else "", self.clock.now())
        if wait:
            self._refused(known, TooManyRequests.code)
            raise TooManyRequests(wait)
        return known

    def _refused(self, known: Supervisor | None, code: str) -> None:
        name = known.name if known else _UNKNOWN
        self.audit.keep(AuditEntry(name, AuditAction.SIGN_IN, f"person {name}", self.clock.now(), code))

    def _session(self, token: str) -> tuple[Session, Supervisor] | None:
        if not 0 < len(token) <= _LONGEST_TOKEN:
            return None
        found = self.sessions.session(_digest(token))
        if found is None or not found[1].active or not found[0].holds(self.clock.now()):
            return None
        return found


def _digest(token: str) -> str:
    """256 random bits: nothing to guess, so a plain hash is enough to keep, and to look up by."""
    return hashlib.sha256(token.encode()).hexdigest()
