"""What learning from people's decisions leans on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.domain.lessons import Learnt, LearntReply, Lesson, Taught
from app.domain.retrieval import Interaction
from app.domain.supervision import Annotation


class AnnotationInbox(Protocol):
    """Takes decisions that were made elsewhere than in the console, such as in Label Studio."""

    def keep(self, annotation: Annotation, draft: str, source: str) -> None:
        """Keeps it, or replaces the one of its id where it says something else now, one that was taken back included.
        `draft` is what it was about, `source` where it comes from. Raises NotFound when there is no such turn."""
        ...

    def withdraw(self, annotation_id: str, at: datetime, by: str = "") -> None:
        """Takes it back, and with it what was learnt from it; nothing happens when it is gone already. With `by` it is
        in the audit log as that person's act. Raises NotFound."""
        ...


class LessonStore(Protocol):
    """What each decision has taught, and where that leaves the past replies. Every method is one transaction."""

    def to_learn(self, limit: int) -> list[Taught]:
        """Decisions that were made, changed or taken back and not learnt from since, the oldest first."""
        ...

    def keep(self, taught: Taught, learnt: Sequence[Learnt]) -> bool:
        """Keeps the lessons of a decision in place of those before, adds the replies, and brings every past reply that
        they touch to where its votes leave it. False, and nothing is kept, when the decision has changed meanwhile or
        somebody else has learnt from it."""
        ...

    def in_situation(self, situation: str) -> list[Interaction]:
        """The past replies of one situation, whatever became of them."""
        ...

    def firm_up(self, before: datetime) -> int:
        """Approves provisional replies that were used often enough without trouble before a moment; gives how many."""
        ...

    def index_due(self) -> list[Interaction]:
        """Past replies of whose last change the index has not heard."""
        ...

    def indexed(self, told: Sequence[Interaction]) -> None:
        """The index has heard of these, as they were."""
        ...

    def learnt_replies(self, limit: int) -> list[LearntReply]:
        """What was learnt last, the newest first."""
        ...

    def lessons_of(self, annotation_id: str) -> list[Lesson]:
        """What one decision has taught, request by request."""
        ...

    def lessons_about(self, interaction_id: str) -> list[Lesson]:
        """Which decisions brought in a past reply, voted on it, or replaced it; the oldest first."""
        ...
