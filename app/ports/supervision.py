"""What supervisors lean on: what waits, what they look for, who they are, what they did."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.audit import AuditEntry
from app.domain.conversation import Message, OpenQuestion
from app.domain.desk import (
    CannedReply,
    Claim,
    ConversationFilter,
    ConversationPage,
    DeskCounts,
    Note,
    TurnLine,
)
from app.domain.handoff import HandOff
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.people import Role, Session, Supervisor
from app.domain.quality import Coverage, Figures, FiguresAsked
from app.domain.supervision import Annotation, KeptAnnotation, WaitingTurn


class SupervisionStore(Protocol):
    """What people do in conversations; every method is one transaction, and what a supervisor does is in the audit log
    with it."""

    def waiting(self, limit: int) -> list[WaitingTurn]:
        """Turns that wait for a person, the most urgent first, see `urgent_from`."""
        ...

    def claim(self, turn_id: TurnId, by: str, at: datetime) -> Claim:
        """Shows colleagues who has it open; gives the claim that holds now, which is another's when she was first.
        Raises NotFound."""
        ...

    def release(self, turn_id: TurnId, by: str) -> None:
        """Gives up the supervisor's own claim, if it is hers."""
        ...

    def decide(self, annotation: Annotation, message: Message) -> ConversationId:
        """Decides a held reply, once. Approved or edited, `message` is sent on the assistant's behalf (with the draft's
        words when it has none of its own); rejected, a person has the conversation. Raises NotFound, AlreadyDecided."""
        ...

    def ask_for_person(
        self,
        conversation_id: ConversationId,
        turn_id: TurnId,
        at: datetime,
        notice: Message | None = None,
        asks: OpenQuestion | None = None,
        handoff: HandOff | None = None,
    ) -> bool:
        """The customer wants a person; False when one has the conversation already. `notice` is what she is told of the
        wait, `asks` what it asks, `handoff` what that person needs. Raises NotFound."""
        ...

    def take_over(self, conversation_id: ConversationId, by: str, at: datetime) -> None:
        """A supervisor answers from here on; undelivered drafts are dropped. Raises NotFound, AlreadyTaken."""
        ...

    def say(self, conversation_id: ConversationId, message: Message, by: str) -> Message:
        """A supervisor's own message; what waited is answered by it. Raises NotFound, NotTakenOver, AlreadyTaken,
        MessageConflict."""
        ...

    def hand_back(self, conversation_id: ConversationId, by: str, at: datetime) -> list[TurnId]:
        """The assistant answers from here on; gives the turns that it has to answer now, because nobody has said
        anything since the customer wrote. Raises NotFound."""
        ...

    def resolve(self, conversation_id: ConversationId, by: str, at: datetime) -> None:
        """Nothing is open any more; a new message of the customer reopens it. Raises NotFound, CustomerWrote while the
        assistant is at work on a message."""
        ...


class ConversationDesk(Protocol):
    """What supervisors find, and what they keep about conversations beside them."""

    def search(
        self, wanted: ConversationFilter, viewer: str, *, limit: int = 50, cursor: str | None = None
    ) -> ConversationPage:
        """Customers' conversations, the last written in first; `viewer` is for whom messages count as unread. Raises
        InvalidInput for a cursor that is none."""
        ...

    def counts(self, viewer: str) -> DeskCounts:
        """What waits, and what the viewer has not read."""
        ...

    def mark_read(self, conversation_id: ConversationId, viewer: str) -> None:
        """The viewer has seen all that is written so far. Raises NotFound."""
        ...

    def assign(self, conversation_id: ConversationId, to: str | None, by: str, at: datetime) -> None:
        """Makes it one supervisor's to look after, or nobody's; who answers stays as it is. Raises NotFound, also when
        there is no such supervisor, or she is switched off or may not decide."""
        ...

    def add_note(self, note: Note) -> None:
        """Keeps it for supervisors alone. Raises NotFound."""
        ...

    def notes(self, conversation_id: ConversationId) -> list[Note]:
        """The oldest first."""
        ...

    def turns_of(self, conversation_id: ConversationId) -> list[TurnLine]:
        """The turns of a conversation, the oldest first."""
        ...

    def turn_by_message(self, conversation_id: ConversationId) -> Mapping[MessageId, TurnId]:
        """To which turn each message belongs; a person's own messages belong to none."""
        ...


class CannedReplies(Protocol):
    """Words that supervisors use again and again."""

    def canned_replies(self) -> list[CannedReply]:
        """By title."""
        ...

    def add_canned_reply(self, reply: CannedReply) -> None:
        """Raises Conflict when there is one of this title."""
        ...

    def remove_canned_reply(self, reply_id: str, by: str, at: datetime) -> None:
        """Raises NotFound."""
        ...


class Annotations(Protocol):
    """What supervisors decided about drafts."""

    def annotations_of(self, turn_id: TurnId) -> list[KeptAnnotation]:
        """Of one turn, the oldest first."""
        ...


class SupervisorStore(Protocol):
    """Who may sign in. `by` is who changes it: a supervisor, or "command line"; each change is in the audit log."""

    def supervisors(self) -> list[Supervisor]:
        """Everybody, also those who are switched off, by name."""
        ...

    def find(self, name: str) -> Supervisor | None:
        """None when there is nobody of this name."""
        ...

    def add(self, supervisor: Supervisor, by: str) -> None:
        """Raises Conflict when the name is taken."""
        ...

    def change(
        self,
        name: str,
        by: str,
        at: datetime,
        *,
        role: Role | None = None,
        display_name: str | None = None,
        password_hash: str | None = None,
        active: bool | None = None,
    ) -> Supervisor:
        """Changes what is given. A new password, a new role or being switched off ends the supervisor's sessions in the
        same transaction. Raises NotFound."""
        ...


class SessionStore(Protocol):
    """Who is signed in, and who has tried."""

    def open_session(self, session: Session) -> None:
        """Keeps it, with its line in the audit log; those that are over are forgotten."""
        ...

    def session(self, token_hash: str) -> tuple[Session, Supervisor] | None:
        """The session and whose it is; None when it was ended or never was. Whether it still holds is asked of it."""
        ...

    def seen(self, token_hash: str, at: datetime) -> None:
        """Somebody is still at the keyboard."""
        ...

    def end_session(self, token_hash: str, at: datetime) -> None:
        """Signs out; nothing happens when it is over already."""
        ...

    def attempt(self, name: str, at: datetime) -> int:
        """Counts an attempt to sign in before the password is looked at, so that attempts at once count each; gives how
        many seconds the next has to wait, 0 when this one may go on. An attempt that has to wait does not count."""
        ...

    def succeeded(self, name: str) -> None:
        """Forgets the failures under this name."""
        ...


class Presence(Protocol):
    """Whether somebody is there to answer."""

    def on_duty(self, since: datetime) -> bool:
        """Whether a supervisor who may decide has been at the keyboard since a moment."""
        ...


class PasswordHasher(Protocol):
    """Keeps passwords so that they cannot be read back."""

    def hash(self, password: str) -> str:
        """A hash with its own salt and the parameters it was made with."""
        ...

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; None (nobody of this name) takes just as long and is never it."""
        ...


class AuditLog(Protocol):
    """What supervisors did and what was refused to them. Nothing is ever removed."""

    def keep(self, entry: AuditEntry) -> None:
        """Adds one that belongs to no transaction of another store: a refusal, a sign-out."""
        ...

    def entries(
        self, *, by: str | None = None, item: str | None = None, before: int | None = None, limit: int = 100
    ) -> list[AuditEntry]:
        """The newest first; `before` is the number of the last one seen."""
        ...


class QualityFigures(Protocol):
    """How well it goes, from what is kept of decided turns."""

    def figures(self, asked: FiguresAsked, now: datetime) -> list[Figures]:
        """By period, then group; periods in which nothing was asked are left out."""
        ...

    def coverage(self, situations: Sequence[str], since: datetime) -> list[Coverage]:
        """The playbook's situations, those without a usable approved reply first, the most asked first."""
        ...
