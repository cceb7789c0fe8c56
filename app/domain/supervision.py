"""What waits for a person, what a person decided, and what customers think of replies."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.conversation import Message, TurnStatus
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.turn import TurnRecord


class Verdict(StrEnum):
    """What a person says of a draft."""

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class WaitingTurn:
    """A turn that waits for a person: its reply is held, or the conversation was handed off."""

    turn_id: TurnId
    conversation_id: ConversationId
    customer_id: str | None
    status: TurnStatus
    since: datetime
    agent: str | None
    """Who has taken the conversation over."""
    asked: tuple[Message, ...]
    record: TurnRecord | None
    """None: it was never worked on, because a person had the conversation."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A supervisor's decision on a held reply."""

    id: str
    turn_id: TurnId
    verdict: Verdict
    by: str
    at: datetime
    text: str | None = None
    """The edited reply."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """Thumbs up or down for one reply."""

    message_id: MessageId
    helpful: bool
    comment: str | None
    at: datetime
