"""Lessons: what a person's decision on one reply teaches, and where the votes on a past reply leave it.

A reply that was learnt is provisional until a second person agrees or it has been used without trouble; one about which
people disagree is suspended, and so is the one that it took the place of. All of it can be taken back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.ids import InteractionId
from app.domain.retrieval import Interaction, InteractionStatus
from app.domain.supervision import Annotation
from app.domain.turn import TurnRecord

LEARNT_FROM = "annotation:"
"""How the source of a learnt reply begins; the id of the annotation follows."""
FIRM_AFTER_VOTES = 2
FIRM_AFTER_USES = 5
"""Uses without trouble that are worth a second vote: sent, not rated down, and no person needed afterwards."""
SETTLED_AFTER = timedelta(hours=1)
"""Age from which nothing more is expected to be said against a reply that was sent."""
_AGAINST_APPROVED = 2
"""People it takes to suspend a reply that was approved outside any conversation."""


class LessonOutcome(StrEnum):
    """What became of a decision."""

    LEARNT = "learnt"
    """Its reply is a past reply now."""
    CONFIRMED = "confirmed"
    """A vote for a past reply."""
    DISPUTED = "disputed"
    """A vote against one."""
    NOTHING = "nothing"
    """It was about this customer only."""
    REFUSED = "refused"
    """It cannot be said to others as it stands."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one decision teaches about one request of its turn."""

    annotation_id: str
    number: int
    """Of the request, from 0."""
    outcome: LessonOutcome
    why: str
    by: str
    at: datetime
    interaction_id: InteractionId | None = None
    """The past reply that it brought in, or voted on."""
    replaces: InteractionId | None = None
    """The past reply whose place that one takes."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A lesson, and the past reply that it brings in."""

    lesson: Lesson
    fresh: Interaction | None = None


@dataclass(frozen=True, slots=True)
class Taught:
    """A decision to learn from, with the turn it was about."""

    annotation: Annotation
    record: TurnRecord
    revision: int
    """Counts its changes, the first is 1: a decision that was changed is learnt anew."""
    withdrawn: bool
    """It was taken back, and so is what was learnt from it."""


@dataclass(frozen=True, slots=True)
class Votes:
    """What stands for and against a past reply; each person counts once a side."""

    in_favour: int = 0
    """For a learnt reply, who taught it included."""
    against: int = 0
    replaced: bool = False
    """A learnt reply has taken its place."""
    taught: bool = False
    """The decision that brought it in stands."""


@dataclass(frozen=True, slots=True)
class LearntReply:
    """A past reply that was learnt, and where it stands."""

    interaction: Interaction
    lesson: Lesson
    """The one that brought it in."""
    votes: Votes
    uses: int
    """So far, without trouble."""


def status_after(now: InteractionStatus, votes: Votes, *, learnt: bool, uses: int = 0) -> InteractionStatus:
    """Where the votes leave a past reply. What rests or was withdrawn stays so: that is for a person to change.

    `learnt`: it came in by a decision, not by an import. `uses`: those without trouble.
    """
    if now in (InteractionStatus.RESTING, InteractionStatus.WITHDRAWN):
        return now
    if learnt and not votes.taught:
        return InteractionStatus.WITHDRAWN
    if votes.replaced or _disputed(votes, learnt=learnt):
        return InteractionStatus.SUSPENDED
    if learnt and votes.in_favour < FIRM_AFTER_VOTES and uses < FIRM_AFTER_USES:
        # A reply is not made provisional again by a count that no longer reaches back.
        return InteractionStatus.APPROVED if now is InteractionStatus.APPROVED else InteractionStatus.PROVISIONAL
    return InteractionStatus.APPROVED


def _disputed(votes: Votes, *, learnt: bool) -> bool:
    if learnt:
        return votes.against > 0 and votes.against >= votes.in_favour
    return votes.against >= _AGAINST_APPROVED and votes.against > votes.in_favour
