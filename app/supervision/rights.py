"""Whether somebody may do something; what is refused is in the audit log before it is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from app.domain.audit import AuditAction, AuditEntry
from app.domain.people import Person, Right
from app.errors import HandrailError, NotAllowed
from app.ports import AuditLog, Clock


@dataclass(frozen=True, slots=True)
class Rights:
    """Checks and keeps."""

    audit: AuditLog
    clock: Clock

    def check(self, who: Person, right: Right, action: AuditAction, item: str) -> None:
        """Raises NotAllowed."""
        if not who.role.may(right):
            self.refuse(who, action, item, NotAllowed(f"{who.name} is {who.role}, {action} needs {right}"))

    def refuse(self, who: Person, action: AuditAction, item: str, error: HandrailError, detail: str = "") -> NoReturn:
        """Keeps that it was refused, then raises the error."""
        self._keep(who, action, item, error, detail)
        raise error

    @contextmanager
    def doing(self, who: Person, right: Right, action: AuditAction, item: str) -> Iterator[None]:
        """Around an action: refused without the right, and kept as refused when it fails. What succeeds is kept by the
        store, in the transaction in which it is done. Raises NotAllowed."""
        self.check(who, right, action, item)
        try:
            yield
        except HandrailError as error:
            self._keep(who, action, item, error)
            raise

    def _keep(self, who: Person, action: AuditAction, item: str, error: HandrailError, detail: str = "") -> None:
        self.audit.keep(AuditEntry(who.name, action, item, self.clock.now(), error.code, detail))
