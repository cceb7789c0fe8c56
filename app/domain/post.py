"""What leaves the house: mails to customers who have left, and word to colleagues that something new waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.domain.ids import ConversationId

MOST_ATTEMPTS = 10
"""After so many that failed it is given up, visibly: some nine hours after the first."""
TAKEN_FOR = timedelta(minutes=2)
"""So long whoever took it has to send it; after that it is taken anew."""
GRACE = timedelta(seconds=45)
"""So long after a reply its customer may still be found listening, so that no mail is needed."""
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=4)


class Errand(StrEnum):
    """What is to be done."""

    MAIL = "mail"
    """Mail a reply to the customer."""
    CALL = "call"
    """Tell colleagues that a turn waits."""


class ErrandStatus(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    DONE = "done"
    NOT_NEEDED = "not_needed"
    """It would have told nobody anything: she was there, or the turn does not wait any more."""
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to be sent, taken by whoever is about to send it."""

    key: str
    errand: Errand
    conversation_id: ConversationId
    item: str
    """The message to mail, or the turn to tell of."""
    content: Mapping[str, Any]
    attempts: int
    """This one included."""
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in plain text."""

    id: str
    """Names it for good: sent twice, it is the same letter to whoever gets it."""
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    at: datetime


def again_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts that failed: 1, 2, 4 … minutes, at most hours; None: give up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    doubled = 1 << (attempts - 1)
    return min(_FIRST * doubled, _LONGEST)
