"""Where conversations, turns and what happens in them are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.domain.contact import AboutMail
from app.domain.conversation import Accepted, Conversation, DialogueState, Message, OpenQuestion, TurnWork
from app.domain.events import Event
from app.domain.handoff import HandOff
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.supervision import Rating
from app.domain.turn import TurnRecord


class ConversationStore(Protocol):
    """Conversations and their messages; the truth about them."""

    def start(self, conversation: Conversation) -> None:
        """Keeps a new conversation."""
        ...

    def conversation(self, conversation_id: ConversationId) -> Conversation:
        """Raises NotFound."""
        ...

    def messages(self, conversation_id: ConversationId) -> list[Message]:
        """In the order in which they were written."""
        ...


class TurnSteps(Protocol):
    """The steps of a turn, each durable: accepted, worked on, decided."""

    def accept(
        self,
        conversation_id: ConversationId,
        message: Message,
        fresh: TurnId,
        *,
        alone: bool = False,
        about: AboutMail | None = None,
    ) -> Accepted:
        """Keeps a customer's message for good; it joins the unanswered turn or begins the turn `fresh`. `alone`: no
        person is behind this conversation, so the assistant answers even after a hand-off. `about`: what it says to
        the question where she may be mailed to, if that is still open; a message about that alone joins no turn, and
        what waits goes on waiting. Raises NotFound, MessageConflict."""
        ...

    def open_turns(self, before: datetime) -> list[TurnId]:
        """Undecided turns on which nobody has begun work since a moment, oldest first; those inside the house
        (terminal, files) are left to who began them."""
        ...

    def begin(self, turn_id: TurnId, at: datetime) -> TurnWork | None:
        """Counts an attempt and gives what there is to answer; None when the turn is not open any more."""
        ...

    def finish(
        self,
        record: TurnRecord,
        state: DialogueState,
        said: Message,
        answered: Sequence[MessageId],
        handoff: HandOff | None = None,
    ) -> bool:
        """Keeps decision, record, what was said and what is remembered, in one transaction, with what a person needs
        when one has to take it; False, and nothing is kept, when the turn is not open any more or a message has joined
        those `answered`."""
        ...


class TurnRecords(Protocol):
    """The records of decided turns."""

    def turn(self, turn_id: TurnId) -> TurnRecord:
        """Raises NotFound, also for a turn that is not decided yet."""
        ...

    def latest(self, conversation_id: ConversationId, but: TurnId | None = None, limit: int = 3) -> list[TurnRecord]:
        """The conversation's decided turns but for one of them, the newest first."""
        ...

    def amend_turn(self, record: TurnRecord) -> None:
        """Replaces the record of a turn by a fuller one of the same decision (what ran after the delivery); a decision
        that has been taken anew meanwhile keeps its own record. Raises NotFound."""
        ...

    def turn_count(self) -> int:
        """How many turns are decided."""
        ...


class EventLog(Protocol):
    """What happened in conversations, in order."""

    def events_after(self, conversation_id: ConversationId, number: int) -> list[Event]:
        """What happened after event `number`, in order. Raises BadEventId when there was no such event."""
        ...

    def position(self, conversation_id: ConversationId) -> tuple[int, bool]:
        """The number of the last event, and whether the assistant is at work on a turn."""
        ...

    def told_since(self, seq: int) -> list[tuple[int, ConversationId]]:
        """Events of all conversations after the store's own counter `seq`: the counter of each, and its conversation.
        With -1: the newest alone, to begin from."""
        ...


class HoldDeadlines(Protocol):
    """Held replies that nobody has decided in time."""

    def overdue(self, before: datetime) -> list[TurnId]:
        """Turns held since before a moment, whose customer has not been told that it takes longer."""
        ...

    def tell_overdue(self, turn_id: TurnId, notice: Message, asks: OpenQuestion | None = None) -> ConversationId | None:
        """Tells the customer once that a person will follow up; None when the turn is not held any more. `asks` is what
        the notice asks."""
        ...


class SilentConversations(Protocol):
    """Conversations in which nobody has said anything for long, and nobody has to."""

    def silent(self, before: datetime, limit: int = 100) -> list[ConversationId]:
        """Customers' conversations without a word since a moment, the oldest first, in which nothing waits."""
        ...

    def resolve_silent(self, conversation_id: ConversationId, before: datetime, at: datetime) -> bool:
        """Nothing is open any more; a new message of the customer reopens it. False when it is not silent any more."""
        ...


class RatingStore(Protocol):
    """What customers think of replies and of conversations."""

    def rate(self, conversation_id: ConversationId, rating: Rating) -> None:
        """Keeps it in place of what she thought before. Raises NotFound when it is no reply of this conversation."""
        ...

    def ratings(self, conversation_id: ConversationId) -> list[Rating]:
        """Of the replies of one conversation."""
        ...

    def keep_satisfaction(self, conversation_id: ConversationId, score: int, comment: str | None) -> None:
        """Keeps the answer to the one question, 1 to 5. Raises NotFound."""
        ...
