"""The roles that the pipeline leans on, each a small Protocol. Adapters fill them; `app.bootstrap` chooses which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.audit import AuditEntry
from app.domain.conversation import Accepted, Conversation, DialogueState, Message, TurnWork
from app.domain.customer import CustomerContext, Product
from app.domain.desk import (
    CannedReply,
    Claim,
    ConversationFilter,
    ConversationPage,
    DeskCounts,
    Note,
    TurnLine,
)
from app.domain.events import Event
from app.domain.evidence import DraftContext
from app.domain.ids import ConversationId, CustomerId, InteractionId, MessageId, ModelVersionId, TurnId
from app.domain.people import Role, Session, Supervisor
from app.domain.quality import Coverage, Figures, FiguresAsked
from app.domain.reply import ApprovalEstimate
from app.domain.retrieval import Interaction, PolicyPage, PolicyPassage, RetrievedInteraction
from app.domain.rollout import GateVerdict, ModelState, ModelVersion, Transition
from app.domain.supervision import Annotation, KeptAnnotation, Rating, WaitingTurn
from app.domain.turn import TurnRecord
from app.domain.understanding import IntentPrediction

Vectors = NDArray[np.float32]


class Clock(Protocol):
    """Tells the time; passed in so that tests choose it."""

    def now(self) -> datetime:
        """The present moment, with a time zone."""
        ...


class IdGenerator(Protocol):
    """Makes identifiers; passed in so that tests can read them."""

    def new(self, prefix: str) -> str:
        """A fresh id that starts with `prefix`, such as "turn_01J…"; ids made later sort later."""
        ...


class Encoder(Protocol):
    """Turns text into unit vectors."""

    @property
    def version(self) -> str:
        """Names the weights; an index made by another version must be rebuilt."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), float32, rows of length 1."""
        ...


class IntentClassifier(Protocol):
    """Names the intent of each text."""

    @property
    def version(self) -> str:
        """Names the head that answered."""
        ...

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        """One prediction a text; probabilities are calibrated on held-out questions."""
        ...


class LanguageDetector(Protocol):
    """Tells the language of a message."""

    def language(self, text: str) -> str | None:
        """ISO 639-1 code, or None when the text is too short or mixed to tell."""
        ...


class CustomerRecords(Protocol):
    """The shop's own records, read-only."""

    def customer(self, customer_id: CustomerId) -> CustomerContext | None:
        """All that is known of a customer, None when there is no such one. Raises CrmDown."""
        ...

    def products(self) -> Sequence[Product]:
        """The catalogue. Raises CrmDown."""
        ...


class InteractionIndex(Protocol):
    """Finds approved past replies by the question they answered. A cache: SQL holds the truth."""

    def search(
        self, question: str, *, situation: str | None = None, intent: str | None = None, limit: int = 5
    ) -> list[RetrievedInteraction]:
        """Best first, usable replies only; `question` is masked text. Raises IndexDown."""
        ...

    def upsert(self, interactions: Sequence[Interaction]) -> None:
        """Adds or replaces by id; one that is not usable any more is removed. Raises IndexDown."""
        ...

    def remove(self, ids: Sequence[InteractionId]) -> None:
        """Forgets these; unknown ids are ignored."""
        ...

    def count(self) -> int:
        """How many can be found."""
        ...


class PassageIndex(Protocol):
    """Finds policy passages. A cache: SQL holds the truth."""

    def search_passages(self, question: str, *, pages: Sequence[str] = (), limit: int = 3) -> list[PolicyPassage]:
        """Best first, within `pages` when any are named. Raises IndexDown."""
        ...

    def replace_passages(self, passages: Sequence[PolicyPassage]) -> None:
        """Makes these, and only these, findable."""
        ...

    def count_passages(self) -> int:
        """How many can be found."""
        ...


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a chat-completions request."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked of a language model; `n` completions come back."""

    messages: tuple[ChatMessage, ...]
    max_tokens: int
    timeout_s: float
    temperature: float = 0.0
    n: int = 1
    seed: int | None = None
    grammar: str | None = None
    """GBNF; a server that cannot decode under a grammar ignores it, and the hard rules still hold."""
    task: str = ""
    """What is asked for, such as "answer": a server with an adapter for it applies that one."""
    conversation: str = ""
    """For whom: a conversation is answered by the same version of the model as long as it is being tried out."""
    patient: bool = False
    """Whether nobody waits for it, so that every other request goes first."""
    read_anew: bool = False
    """Whether the prompt has to be read anew, because what the server remembers of it was read by another version."""
    surprise: bool = False
    """Whether the completions should tell how unlikely their tokens were."""


@dataclass(frozen=True, slots=True)
class ChatCompletion:
    """One completion, with what it cost."""

    text: str
    finished: bool
    """False when it was cut off by `max_tokens`."""
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    surprise: tuple[float, ...] = ()
    """How unlikely the model found each token that it wrote (minus log p); empty when the server does not tell."""
    version: str = ""
    """Names the weights that wrote it."""


class ChatModel(Protocol):
    """A language model behind the chat-completions protocol."""

    @property
    def version(self) -> str:
        """Names the weights that answer."""
        ...

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        """Raises ModelDown, or DeadlineExceeded after `timeout_s`."""
        ...


class ShadowModel(Protocol):
    """A version that is being tried out without being heard."""

    def in_shadow(self, request: ChatRequest) -> list[ChatCompletion]:
        """What the version in shadow makes of it; nothing when none is. Raises ModelDown, DeadlineExceeded."""
        ...


class ModelRegistry(Protocol):
    """The versions of the model and where each stands; the truth about them. Every method is one transaction."""

    def versions(self, task: str = "") -> list[ModelVersion]:
        """Those of a task, or all of them, the oldest first."""
        ...

    def add(self, version: ModelVersion, by: str, why: str) -> None:
        """Registers a candidate. Raises Conflict when it is there already, InvalidInput without who and why."""
        ...

    def keep_verdict(self, version_id: ModelVersionId, verdict: GateVerdict) -> None:
        """Replaces what the gate found before. Raises NotFound."""
        ...

    def move(
        self, version_id: ModelVersionId, to: ModelState, *, by: str, why: str, at: datetime, share: int = 0
    ) -> list[Transition]:
        """Moves a version, and in the same transaction the one that makes room for it or comes back; gives the steps
        taken. Raises NotFound, MoveNotAllowed, GateNotPassed, InvalidInput without who and why."""
        ...

    def history(self, task: str = "") -> list[Transition]:
        """Every step ever taken, in order."""
        ...


class Verifier(Protocol):
    """Tells how likely a supervisor is to send a draft as it stands."""

    @property
    def version(self) -> str:
        """Names the weights."""
        ...

    def estimate(self, drafts: Sequence[ChatCompletion], context: DraftContext) -> list[ApprovalEstimate]:
        """One a draft, calibrated on drafts that people judged; the drafts are for one request, and compared."""
        ...


class MeaningCheck(Protocol):
    """Tells whether a refined reply says what the draft said."""

    @property
    def version(self) -> str:
        """Names what was learnt."""
        ...

    def says_the_same(self, draft: str, refined: str) -> float:
        """From 0 to 1, for two replies in slots: nothing lost and nothing added. Raises WeightsError."""
        ...


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
        self, conversation_id: ConversationId, message: Message, fresh: TurnId, *, alone: bool = False
    ) -> Accepted:
        """Keeps a customer's message for good; it joins the unanswered turn or begins the turn `fresh`. `alone`: no
        person is behind this conversation, so the assistant answers even after a hand-off. Raises NotFound,
        MessageConflict."""
        ...

    def open_turns(self, before: datetime) -> list[TurnId]:
        """Undecided turns on which nobody has begun work since a moment, oldest first; those inside the house
        (terminal, files) are left to who began them."""
        ...

    def begin(self, turn_id: TurnId, at: datetime) -> TurnWork | None:
        """Counts an attempt and gives what there is to answer; None when the turn is not open any more."""
        ...

    def finish(self, record: TurnRecord, state: DialogueState, said: Message, answered: Sequence[MessageId]) -> bool:
        """Keeps decision, record, what was said and what is remembered, in one transaction; False, and nothing is
        kept, when the turn is not open any more or a message has joined those `answered`."""
        ...


class TurnRecords(Protocol):
    """The records of decided turns."""

    def turn(self, turn_id: TurnId) -> TurnRecord:
        """Raises NotFound, also for a turn that is not decided yet."""
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


class SupervisionStore(Protocol):
    """What people do in conversations; every method is one transaction, and what a supervisor does is in the audit log
    with it."""

    def waiting(self, limit: int) -> list[WaitingTurn]:
        """Turns that wait for a person, the most urgent first: handed off, held beyond the deadline, held; among equals
        the longest waiting."""
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

    def ask_for_person(self, conversation_id: ConversationId, turn_id: TurnId, at: datetime) -> bool:
        """The customer wants a person; False when one has the conversation already. Raises NotFound."""
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


class HoldDeadlines(Protocol):
    """Held replies that nobody has decided in time."""

    def overdue(self, before: datetime) -> list[TurnId]:
        """Turns held since before a moment, whose customer has not been told that it takes longer."""
        ...

    def tell_overdue(self, turn_id: TurnId, notice: Message) -> ConversationId | None:
        """Tells the customer once that a person will follow up; None when the turn is not held any more."""
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


class InteractionStore(Protocol):
    """Past questions and approved replies; the truth about them."""

    def put(self, interactions: Sequence[Interaction]) -> None:
        """Adds new ones; one that is there keeps its status and what it rests on, so that repeating an import
        approves nothing again."""
        ...

    def approve(self, interactions: Sequence[Interaction]) -> None:
        """Replaces by id, status and versions included: a person has checked these."""
        ...

    def by_id(self, ids: Sequence[InteractionId]) -> dict[InteractionId, Interaction]:
        """Those that exist."""
        ...

    def all_interactions(self) -> list[Interaction]:
        """Every one, by id."""
        ...

    def rest_outdated(self, versions: Mapping[str, str]) -> list[Interaction]:
        """Lets every usable reply rest that rests on something whose version is another now, or gone; returns them."""
        ...


class KnowledgeStore(Protocol):
    """Policy pages and their passages; the truth about them."""

    def replace_pages(self, pages: Sequence[PolicyPage], passages: Sequence[PolicyPassage]) -> None:
        """Makes these, and only these, the knowledge, in one transaction."""
        ...

    def pages(self) -> list[PolicyPage]:
        """Every page, by id."""
        ...

    def passages(self) -> list[PolicyPassage]:
        """Every passage, by id."""
        ...


class ManifestStore(Protocol):
    """What was brought in last, and from what, so that it is not brought in again."""

    def manifest(self, name: str) -> Mapping[str, str] | None:
        """None when nothing was brought in under this name."""
        ...

    def keep_manifest(self, name: str, content: Mapping[str, str]) -> None:
        """Replaces it."""
        ...
