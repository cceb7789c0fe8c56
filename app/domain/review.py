"""Turns that people look at in Label Studio: which they are, where each stands, what annotators say of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.ids import TurnId
from app.domain.reply import Delivery
from app.domain.supervision import UseAgain, Verdict
from app.domain.turn import TurnRecord

WEBHOOK_HEADER = "x-handrail-secret"
"""The header in which Label Studio's webhooks bring the shared secret."""


class QueueState(StrEnum):
    """Where a turn stands on its way to Label Studio."""

    WAITING = "waiting"
    """Its task is to be made, or says something that has changed."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """It was refused again and again; a person has to look why."""


class ReviewState(StrEnum):
    """Where a turn stands among its annotators."""

    OPEN = "open"
    DISAGREED = "disagreed"
    """They say different things: an adjudicator decides."""
    SETTLED = "settled"


class Standing(StrEnum):
    """What becomes of one annotation."""

    COUNTED = "counted"
    QUARANTINED = "quarantined"
    """It says what cannot be used; the reason is beside it, and nothing is learnt from it."""
    WITHDRAWN = "withdrawn"


def wants_review(record: TurnRecord) -> bool:
    """Held, handed off, or sent although something was noted."""
    return record.decision.delivery is not Delivery.SEND or bool(record.flags)


@dataclass(frozen=True, slots=True)
class QueuedReview:
    """A turn in the outbox."""

    turn_id: TurnId
    revision: int
    """Grows whenever its task has to say something else."""
    state: QueueState
    review: ReviewState
    attempts: int = 0
    error: str | None = None
    draft_id: str | None = None
    """The draft that its task shows."""
    draft_since: datetime | None = None
    """Since when, by Label Studio's clock; None: since it was made."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What an annotator says, checked: every label is one of ours, every slot one that the turn has."""

    verdict: Verdict
    intent: str | None = None
    """The right one, where it was not the predicted one."""
    text_in_slots: str | None = None
    """Of an edit."""
    failures: tuple[str, ...] = ()
    rating: int | None = None
    use_again: UseAgain = UseAgain.ONLY_HERE


@dataclass(frozen=True, slots=True)
class ReviewAnnotation:
    """One annotation as it was last seen in Label Studio."""

    id: str
    """Label Studio's unique id of it: its numbers come again after a deletion, this does not."""
    number: int
    turn_id: TurnId | None
    """None: it belongs to no turn of ours."""
    task_made_at: str
    """Tells its task from a later one under the same number."""
    by: str
    at: datetime
    updated_at: datetime
    standing: Standing
    reason: str | None = None
    opinion: Opinion | None = None
    result: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)
    """As Label Studio holds it."""


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """Something Label Studio told us, as it came in."""

    seq: int
    at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """How the loop stands."""

    queue: Mapping[QueueState, int]
    reviews: Mapping[ReviewState, int]
    annotations: Mapping[Standing, int]
    quarantined_because: Mapping[str, int]
    calls_waiting: int
    calls_refused: int
