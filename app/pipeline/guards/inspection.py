"""What a guard looks at, and what a guard is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.domain.customer import CustomerContext
from app.domain.reply import Flag, FlagReason, Reply, Severity
from app.pipeline.answer import Answered
from app.pipeline.parts import Parts, Turn

FAILED = "guard_failed"
"""The degradation that is counted when a guard fails or is late."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything a guard may look at."""

    turn: Turn
    asked: str
    """The customer's words, masked: what a detector sees."""
    context: CustomerContext | None
    """Her records; None when she is not signed in."""
    answered: tuple[Answered, ...]
    """The cases with all that was retrieved for them."""
    reply: Reply | None
    """None: there is nothing to say yet, and the message is looked at all the same."""
    parts: Parts

    @property
    def text(self) -> str:
        """The reply as the customer would read it."""
        return self.reply.text if self.reply is not None else ""


def _always(_: Parts) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard: a look at the turn that names what it finds."""

    name: str
    look: Callable[[Inspection], Iterable[Flag]]
    present: Callable[[Parts], bool] = _always
    """Whether what it leans on is there; without it the guard is left out, and the record says so."""
    by_model: bool = False
    """Whether a model is asked: such a guard waits for no other."""


def hold(reason: FlagReason, detail: str) -> Flag:
    """A finding that a person has to see before anything is sent."""
    return Flag(reason, Severity.HOLD, detail)


def note(reason: FlagReason, detail: str) -> Flag:
    """A finding that is recorded and changes nothing."""
    return Flag(reason, Severity.NOTE, detail)
