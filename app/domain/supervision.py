"""What waits for a person, what a person decided, and what customers think of replies."""

import hashlib
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


def draft_id(record: TurnRecord) -> str:
    """Names one draft of a turn: a turn that is decided anew has another, and a decision is for the draft that was
    seen."""
    text = record.proposed.text if record.proposed else ""
    return hashlib.sha256(f"{record.id} {record.at.isoformat()} {text}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A supervisor's decision on a held reply."""

    id: str
    turn_id: TurnId
    draft_id: str
    """The draft that was seen, see `draft_id`."""
    verdict: Verdict
    by: str
    at: datetime
    text: str | None = None
    """The edited reply."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class EditedReply:
    """A held draft and what a supervisor sent in its place, with the record of the turn. Who it was is not told."""

    id: str
    """Of the decision."""
    draft: str
    """As the customer would have read it."""
    text: str
    record: TurnRecord


@dataclass(frozen=True, slots=True)
class Rating:
    """Thumbs up or down for one reply."""

    message_id: MessageId
    helpful: bool
    comment: str | None
    at: datetime
