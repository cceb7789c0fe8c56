"""What goes to Label Studio and what comes back from it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.ids import TurnId
from app.domain.review import QueuedReview, ReviewAnnotation, ReviewState, WebhookCall


class ReviewOutbox(Protocol):
    """Turns on their way to Label Studio; each is put in when it is decided, in the same transaction."""

    def due(self, now: datetime, limit: int) -> list[QueuedReview]:
        """Those that wait and may be tried now, the oldest first."""
        ...

    def delivered(self, items: Sequence[tuple[QueuedReview, str]], at: datetime) -> None:
        """Their tasks say what these revisions say, and show these drafts; one that has changed meanwhile goes on
        waiting."""
        ...

    def draft_changed(self, turn_id: TurnId, draft_id: str, since: datetime) -> None:
        """The task shows another draft since then, by Label Studio's clock: annotations from before are about the old
        one."""
        ...

    def refused(self, item: QueuedReview, error: str, again_at: datetime | None) -> None:
        """Counts a failure; without a moment to try again it is given up as dead."""
        ...

    def revive(self, now: datetime) -> int:
        """Has the dead ones tried again; gives how many."""
        ...

    def missing(self, there: Collection[TurnId], before: datetime) -> int:
        """Has every task made again that was delivered before a moment and is not `there`; gives how many."""
        ...

    def queued(self, turn_ids: Sequence[TurnId]) -> dict[TurnId, QueuedReview]:
        """Those that were ever put in."""
        ...


class ReviewAnnotations(Protocol):
    """Annotations as they were last seen in Label Studio, and what they add up to."""

    def seen(self, items: Sequence[ReviewAnnotation]) -> int:
        """Keeps those that are new or newer than what is known; one that was withdrawn stays so. Gives how many."""
        ...

    def gone(self, turn_id: TurnId, task_made_at: str, there: Collection[str]) -> int:
        """Withdraws those of this very task that are not `there` any more; gives how many."""
        ...

    def numbered(self, number: int) -> list[ReviewAnnotation]:
        """Those that had this number when they were last seen."""
        ...

    def of_turn(self, turn_id: TurnId) -> list[ReviewAnnotation]:
        """All of one turn, the oldest first."""
        ...

    def unsettled(self, limit: int) -> list[QueuedReview]:
        """Turns about whose annotations something has changed."""
        ...

    def settle(self, item: QueuedReview, review: ReviewState, seen: Sequence[ReviewAnnotation]) -> bool:
        """Keeps where the turn stands; its task is to say so when that has changed. False, and nothing is kept, when
        its annotations are not the ones `seen` any more."""
        ...


class WebhookInbox(Protocol):
    """What Label Studio tells us, kept before anything is made of it."""

    def keep(self, body: str, at: datetime) -> None:
        """Durable when this returns."""
        ...

    def waiting(self, limit: int) -> list[WebhookCall]:
        """The oldest first."""
        ...

    def done(self, seq: int) -> None:
        """It has been taken in."""
        ...

    def refuse(self, seq: int, reason: str) -> None:
        """It says nothing that can be used; it is kept, with the reason."""
        ...


class Leases(Protocol):
    """Work that one process at a time may do."""

    def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Takes it, or holds it for longer; False while another one has it."""
        ...

    def release(self, name: str, holder: str) -> None:
        """Gives it up; nothing happens when another one has it."""
        ...
