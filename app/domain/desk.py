"""What supervisors find, keep and share beside the conversation itself; none of it is shown to a customer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.conversation import Author, ConversationStatus, HandlingMode, TurnStatus
from app.domain.ids import ConversationId, TurnId
from app.domain.reply import Delivery, Origin

CLAIM_LASTS = timedelta(minutes=2)
"""So long an opened item shows to colleagues who has it open, unless it is claimed again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who has an item of the queue open. It keeps nobody from deciding: it only shows."""

    by: str
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it still counts."""
        return now < self.until


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """What to look for; what is left out does not narrow."""

    status: ConversationStatus | None = None
    mode: HandlingMode | None = None
    agent: str | None = None
    """Who has taken it over."""
    assigned_to: str | None = None
    customer_id: str | None = None
    text: str = ""
    """Stands in one of the messages, in any case."""
    since: datetime | None = None
    """Last written in at this moment or later."""


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """A conversation in a list."""

    id: ConversationId
    customer_id: str | None
    status: ConversationStatus
    mode: HandlingMode
    agent: str | None
    """Who has taken it over."""
    assigned_to: str | None
    started_at: datetime
    last_at: datetime
    """When the last message was written; when it was started, if there is none."""
    last_author: Author | None
    last_text: str
    waiting: int
    """Turns that wait for a person."""
    unread: int
    """The customer's messages since the one who looks has last opened it."""


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Some of them, newest first, and where to go on; None at the end."""

    items: tuple[ConversationLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """For the title of the tab."""

    waiting: int
    """Turns that wait for a person, whoever that is."""
    unread: int
    """Conversations of this supervisor in which the customer has written since she last looked."""


@dataclass(frozen=True, slots=True)
class Note:
    """What supervisors tell each other about a conversation."""

    id: str
    conversation_id: ConversationId
    by: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CannedReply:
    """Words that supervisors use again and again; slots are filled from the records of the turn."""

    id: str
    title: str
    """Names it; no two have the same."""
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TurnLine:
    """A turn of a conversation in a list; its whole record is read by its id, once it is decided."""

    id: TurnId
    at: datetime
    status: TurnStatus
    delivery: Delivery | None
    """None while nothing is decided."""
    origin: Origin | None
