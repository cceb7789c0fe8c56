"""What waits for a person, what a person decided, and what customers think of replies."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.conversation import AWAITING_DECISION, Message, TurnStatus
from app.domain.desk import Claim
from app.domain.handoff import HandOff
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.reply import Flag, FlagReason
from app.domain.turn import TurnRecord

CONSOLE = "console"
"""Where a decision comes from that a supervisor made at her desk, on a reply that waited for it."""


class Verdict(StrEnum):
    """What a person says of a draft."""

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"


class UseAgain(StrEnum):
    """What an edit is good for."""

    ONLY_HERE = "only_here"
    EVERY_SUCH_CASE = "every_such_case"


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
    held_since: datetime | None = None
    """When the reply was held; None when nothing waits for a decision."""
    claim: Claim | None = None
    """Who had it open last; ask whether it still holds."""
    handoff: HandOff | None = None
    """What a person needs who takes it; None when it was not worked out."""
    by_mail: bool = False
    """Whether an answer is mailed to the customer when she has left."""

    @property
    def reasons(self) -> tuple[Flag, ...]:
        """Why a person has to look."""
        return self.record.decision.reasons if self.record else ()

    @property
    def draft(self) -> str | None:
        """What the assistant would have said, None when it had nothing to say."""
        return self.record.proposed.text if self.record and self.record.proposed else None

    @property
    def draft_id(self) -> str | None:
        """Names the draft."""
        return draft_id(self.record) if self.record and self.record.proposed else None

    @property
    def decidable(self) -> bool:
        """Whether the draft can be approved, edited or rejected; else the conversation is a person's."""
        return self.status in AWAITING_DECISION

    @property
    def action(self) -> str | None:
        """What the customer wants done, when the playbook names it."""
        return self.record.decision.action if self.record else None

    def deadline(self, hold: timedelta) -> datetime | None:
        """When the customer is told that it takes longer; None when nothing is held."""
        return self.held_since + hold if self.held_since else None


_TOLD_OF_A_PERSON = timedelta(minutes=10)
_RISKY = timedelta(minutes=5)
_RISKS = frozenset({FlagReason.PLAYBOOK_HOLD, FlagReason.PLAYBOOK_HAND_OFF, FlagReason.REPEATED_FAILURE})


def urgent_from(status: TurnStatus, since: datetime, reasons: Collection[str]) -> datetime:
    """Who waits from the earliest such moment is looked at first: it is when she began to wait, ten minutes earlier
    when she was told that a person comes, and five when the playbook calls her case a risk or nothing has helped. So
    nobody who waits for a check is passed for longer than that."""
    ahead = _TOLD_OF_A_PERSON if status is TurnStatus.WITH_PERSON else timedelta()
    return since - ahead - (_RISKY if _RISKS.intersection(reasons) else timedelta())


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
    text_in_slots: str | None = None
    """The edited reply as it can be said to others."""
    use_again: UseAgain = UseAgain.ONLY_HERE


@dataclass(frozen=True, slots=True)
class KeptAnnotation:
    """A decision as it is read again: with the draft it was about, and how far the reply is from it."""

    annotation: Annotation
    draft: str
    edit_distance: float | None
    """0 as it stood, 1 nothing left of it; None for a rejected one."""


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
class DecidedReply:
    """What a supervisor said of a held draft, with the record of the turn. Who it was is not told."""

    id: str
    """Of the decision."""
    verdict: Verdict
    record: TurnRecord


@dataclass(frozen=True, slots=True)
class Rating:
    """Thumbs up or down for one reply."""

    message_id: MessageId
    helpful: bool
    comment: str | None
    at: datetime
