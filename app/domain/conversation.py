"""A conversation and what is remembered of it between turns."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.ids import ConversationId, CustomerId, MessageId, OrderId, ProductId, TurnId


class Author(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    ASSISTANT = "assistant"
    SUPERVISOR = "supervisor"
    SUPERVISOR_FOR_ASSISTANT = "supervisor_for_assistant"


class ConversationStatus(StrEnum):
    """Where the conversation stands."""

    OPEN = "open"
    PENDING = "pending"
    RESOLVED = "resolved"


class HandlingMode(StrEnum):
    """Who answers: the bot, or a person who has taken over."""

    AUTO = "auto"
    MANUAL = "manual"


class TurnStatus(StrEnum):
    """The step a turn has reached; each is a transaction, so a crash leaves it at one of them."""

    OPEN = "open"
    """Its messages are accepted; nothing has been decided."""
    SENT = "sent"
    """Answered by the assistant, or by a supervisor on its behalf."""
    HELD = "held"
    """A reply waits for a supervisor's decision."""
    HELD_LONG = "held_long"
    """The same beyond its deadline: the customer was told that a person will follow up."""
    WITH_PERSON = "with_person"
    """Handed off, or written while a person has the conversation: it waits for that person."""
    CLOSED = "closed"
    """Dealt with by a person."""


AWAITING_DECISION = (TurnStatus.HELD, TurnStatus.HELD_LONG)
"""A reply that a supervisor can still approve, edit or reject."""


class OpenQuestion(StrEnum):
    """What the bot asked last and has not been told yet."""

    WHICH_ORDER = "which_order"
    WHICH_PRODUCT = "which_product"
    PASS_TO_PERSON = "pass_to_person"  # noqa: S105 - not a password
    """The last reply offered to pass the request to a colleague; "yes" accepts it."""
    EMAIL = "email"
    """Where a person's reply may be mailed, if she has left by then."""
    EMAIL_OF_ACCOUNT = "email_of_account"
    """Whether it may be mailed to the address of her account."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was written."""

    id: MessageId
    author: Author
    text: str
    at: datetime
    author_name: str | None = None
    """The supervisor's name, when a person wrote it."""
    client_message_id: str | None = None
    """The sender's own id of it, so that sending it again is not saying it again."""


@dataclass(frozen=True, slots=True)
class DialogueState:
    """What earlier turns leave for the next one: "cancel it", "the shoes one"."""

    order_in_focus: OrderId | None = None
    product_in_focus: ProductId | None = None
    last_intent: str | None = None
    open_question: OpenQuestion | None = None
    offered_orders: tuple[OrderId, ...] = ()
    """The orders listed in a "which one?" question, in the order in which they were listed."""
    offered_action: str | None = None
    """What a colleague would be asked to do, when the last reply offered to pass the request on."""
    failed_attempts: int = 0
    """Turns in a row that could not be answered."""
    angry_turns: int = 0
    """Turns in a row in which the customer was angry."""
    greeted: bool = False
    used_interactions: tuple[str, ...] = ()
    """Past replies already used in this conversation, so that the bot does not repeat itself."""
    no_mail: bool = False
    """She does not want replies by mail; she is not asked again."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One customer's thread."""

    id: ConversationId
    customer_id: CustomerId | None
    """None: the customer is not signed in and no personal record may be read."""
    started_at: datetime
    status: ConversationStatus = ConversationStatus.OPEN
    mode: HandlingMode = HandlingMode.AUTO
    state: DialogueState = field(default_factory=DialogueState)
    agent: str | None = None
    """Who has taken it over."""
    token_hash: str | None = None
    """SHA-256 of the token that opens it; None: it was started inside the house (terminal, files)."""
    expires_at: datetime | None = None
    """When that token ends."""
    satisfaction: int | None = None
    """What the customer answered when it was resolved, 1 to 5."""
    contact: str | None = field(default=None, repr=False)
    """Where she may be mailed to. For the post alone: it is in no prompt, record, index or log."""
    listened_at: datetime | None = None
    """When her event stream was last open, noted while she may be mailed to."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is kept for good, and the turn it belongs to."""

    message: Message
    turn_id: TurnId
    duplicate: bool
    """The same message came before; nothing was added."""
    to_be_answered: bool
    """Whether the assistant has to answer: no duplicate of what is settled, no conversation that a person has."""


@dataclass(frozen=True, slots=True)
class TurnWork:
    """An undecided turn as it stands when work on it begins."""

    turn_id: TurnId
    conversation: Conversation
    messages: tuple[Message, ...]
    """The customer's, in order; the decision counts only if no other has joined them by then."""
    attempts: int
    """How often work on it has begun, this time included."""
