"""A conversation and what is remembered of it between turns."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.ids import ConversationId, CustomerId, MessageId, OrderId, ProductId


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


class OpenQuestion(StrEnum):
    """What the bot asked last and has not been told yet."""

    WHICH_ORDER = "which_order"
    WHICH_PRODUCT = "which_product"
    PASS_TO_PERSON = "pass_to_person"  # noqa: S105 - not a password
    """The last reply offered to pass the request to a colleague; "yes" accepts it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was written."""

    id: MessageId
    author: Author
    text: str
    at: datetime


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
    greeted: bool = False
    used_interactions: tuple[str, ...] = ()
    """Past replies already used in this conversation, so that the bot does not repeat itself."""


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
