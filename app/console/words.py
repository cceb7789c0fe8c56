"""How the console says things: reasons, states, times. One place, for the people who answer customers to read."""

from collections.abc import Callable
from datetime import UTC, datetime

from app.domain.conversation import Author, Conversation, ConversationStatus, HandlingMode, TurnStatus
from app.domain.desk import ConversationLine
from app.domain.reply import Delivery, Flag, FlagReason, Origin

REASONS: dict[FlagReason, str] = {
    FlagReason.UNKNOWN_SLOT: "The draft uses a detail that has no place in this kind of case.",
    FlagReason.UNFILLED_SLOT: "The draft needs a detail that our records do not hold.",
    FlagReason.MISSING_FACT: "The draft leaves out something the customer has to be told.",
    FlagReason.MISSING_STATEMENT: "The draft does not say clearly how things stand.",
    FlagReason.WRONG_STATUS: "The draft says something about the order that our records do not show.",
    FlagReason.UNDONE_ACTION: "The draft says that something was done. Nobody has done it.",
    FlagReason.PROMISE: "The draft promises something. Only a person may promise that.",
    FlagReason.UNSUPPORTED_LITERAL: "The draft names a number, a date or a name that stands nowhere in our records.",
    FlagReason.UNSUPPORTED_POLICY: "The draft says something about our rules that our pages do not say.",
    FlagReason.PERSONAL_DATA: "The draft names somebody's details that are not this customer's.",
    FlagReason.EMPTY: "The draft says nothing.",
    FlagReason.TOO_LONG: "The draft is too long.",
    FlagReason.REPEATED: "The draft repeats itself, or what was said before.",
    FlagReason.CUT_OFF: "The draft stops in the middle.",
    FlagReason.PROMPT_LEAK: "The draft shows parts of the assistant's own instructions.",
    FlagReason.INJECTION: "The message seems to tell the assistant what to do. Please look at it yourself.",
    FlagReason.INJECTED_TEXT: "A past reply or a page held instructions for the assistant, so it was left out.",
    FlagReason.TOXIC_REPLY: "The draft is rude.",
    FlagReason.TOXIC_MESSAGE: "The customer's message is insulting.",
    FlagReason.ANGER: "The customer is angry.",
    FlagReason.REPEATED_ANGER: "The customer has been angry more than once, so a person should answer.",
    FlagReason.CHURN_RISK: "The customer may be about to leave us.",
    FlagReason.BRAND_VOICE: "The draft does not sound like us.",
    FlagReason.CHANGED_MEANING: "A polished version of the draft may say something else.",
    FlagReason.LOW_CONFIDENCE: "The assistant is not sure that this is the right reply.",
    FlagReason.OUT_OF_SCOPE: "The question is about something we do not answer here.",
    FlagReason.UNSPOKEN_LANGUAGE: "The customer writes in a language the assistant does not speak.",
    FlagReason.PERSON_REQUESTED: "The customer asks for a person.",
    FlagReason.PLAYBOOK_HOLD: "The playbook has a person check replies in this kind of case.",
    FlagReason.PLAYBOOK_HAND_OFF: "The playbook gives this kind of case to a person.",
    FlagReason.NO_CANDIDATE: "The assistant found nothing that it could say.",
    FlagReason.UNVERIFIED_DRAFT: "The assistant wrote this itself. No approved reply fits yet.",
    FlagReason.REPEATED_FAILURE: "The assistant could not help twice in a row.",
    FlagReason.CRM_DOWN: "The customer's records could not be read.",
    FlagReason.MODEL_DOWN: "The language model did not answer.",
    FlagReason.INDEX_DOWN: "Past replies could not be searched.",
    FlagReason.GUARD_FAILED: "One of the checks did not run, so a person has to look.",
    FlagReason.DEADLINE: "The assistant ran out of time.",
    FlagReason.INTERNAL_ERROR: "Something went wrong on our side.",
}
"""What each finding means to somebody who answers customers."""

FEELINGS = frozenset({FlagReason.ANGER, FlagReason.TOXIC_MESSAGE, FlagReason.CHURN_RISK})
"""Findings that say how the customer feels: they hold nothing, and tell whoever chooses what to take first."""

SHORT: dict[FlagReason, str] = {
    FlagReason.UNKNOWN_SLOT: "Wrong detail",
    FlagReason.UNFILLED_SLOT: "Detail missing",
    FlagReason.MISSING_FACT: "Leaves something out",
    FlagReason.MISSING_STATEMENT: "Unclear",
    FlagReason.WRONG_STATUS: "Not in the records",
    FlagReason.UNDONE_ACTION: "Claims it was done",
    FlagReason.PROMISE: "A promise",
    FlagReason.UNSUPPORTED_LITERAL: "Unknown number or name",
    FlagReason.UNSUPPORTED_POLICY: "Not in our rules",
    FlagReason.PERSONAL_DATA: "Somebody else's details",
    FlagReason.EMPTY: "Empty",
    FlagReason.TOO_LONG: "Too long",
    FlagReason.REPEATED: "Repeats itself",
    FlagReason.CUT_OFF: "Cut off",
    FlagReason.PROMPT_LEAK: "Shows instructions",
    FlagReason.INJECTION: "Steers the assistant",
    FlagReason.INJECTED_TEXT: "Text left out",
    FlagReason.TOXIC_REPLY: "Rude draft",
    FlagReason.TOXIC_MESSAGE: "Insulting message",
    FlagReason.ANGER: "Angry",
    FlagReason.REPEATED_ANGER: "Angry again",
    FlagReason.CHURN_RISK: "May leave",
    FlagReason.BRAND_VOICE: "Tone",
    FlagReason.CHANGED_MEANING: "Meaning changed",
    FlagReason.LOW_CONFIDENCE: "Not sure",
    FlagReason.OUT_OF_SCOPE: "Off topic",
    FlagReason.UNSPOKEN_LANGUAGE: "Other language",
    FlagReason.PERSON_REQUESTED: "Wants a person",
    FlagReason.PLAYBOOK_HOLD: "Always checked",
    FlagReason.PLAYBOOK_HAND_OFF: "For a person",
    FlagReason.NO_CANDIDATE: "No reply found",
    FlagReason.UNVERIFIED_DRAFT: "New wording",
    FlagReason.REPEATED_FAILURE: "Not helped twice",
    FlagReason.CRM_DOWN: "No records",
    FlagReason.MODEL_DOWN: "No model",
    FlagReason.INDEX_DOWN: "No search",
    FlagReason.GUARD_FAILED: "Check failed",
    FlagReason.DEADLINE: "Out of time",
    FlagReason.INTERNAL_ERROR: "Error",
}
"""The same in two or three words."""

STATUS = {
    TurnStatus.OPEN: "Being answered",
    TurnStatus.SENT: "Sent",
    TurnStatus.HELD: "Waits for your decision",
    TurnStatus.HELD_LONG: "Waits too long",
    TurnStatus.WITH_PERSON: "Waits for a person",
    TurnStatus.CLOSED: "Dealt with by a person",
}
DELIVERY = {
    Delivery.SEND: "Sent at once",
    Delivery.HOLD: "Held for a person",
    Delivery.HAND_OFF: "Handed to a person",
}
ORIGIN = {
    Origin.APPROVED: "a reply that was approved before",
    Origin.DRAFTED: "written by the model",
    Origin.COMPOSED: "a ready sentence",
}
CONVERSATION = {
    ConversationStatus.OPEN: "Open",
    ConversationStatus.PENDING: "Waiting",
    ConversationStatus.RESOLVED: "Resolved",
}
REJECTED_BECAUSE = (
    "It is wrong",
    "It misses the question",
    "It promises too much",
    "The tone is not right",
    "A person should write this",
)
"""What a supervisor can say of a draft that she drops."""
STAGES = {
    "understand": "Understand",
    "gather": "Gather",
    "answer": "Answer",
    "refine": "Refine",
    "guard": "Check",
    "decide": "Decide",
}


def reason(flag: Flag) -> str:
    """A finding in a sentence."""
    return REASONS[flag.reason]


def readable(name: str) -> str:
    """A name of ours as words: `days_late` → "Days late"."""
    return _ABBREVIATIONS.get(name) or name.replace("_", " ").replace("-", " ").capitalize()


_ABBREVIATIONS = {
    "order_id": "Order",
    "asked_number": "Number that was named",
    "order_options": "Orders it could be",
    "N": "Orders in six months",
    "M": "Times this product was ordered",
    "T": "Days since the last order",
    "items": "What was ordered",
    "first_name": "First name",
}


def situation(key: str | None) -> str:
    """`track_order/late` as words."""
    if not key:
        return "No situation of the playbook"
    intent, _, state = key.partition("/")
    return f"{readable(intent)}: {readable(state).lower()}" if state else readable(intent)


def ago(since: datetime, now: datetime) -> str:
    """How long something has waited: "just now", "4 min", "2 h 10 min", "3 days"."""
    seconds = max(0, int((now - since).total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 1:
        return "just now"
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} day{'s' if days > 1 else ''}"


def moment(at: datetime, now: datetime) -> str:
    """A moment as a list shows it, in UTC: the time today, else the day, too."""
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b} {at:%H:%M}" if at.year == now.year else f"{at.day} {at:%b %Y}"


def author(who: Author, name: str | None) -> str:
    """Who wrote a message."""
    if who is Author.CUSTOMER:
        return "Customer"
    if who is Author.ASSISTANT:
        return "Assistant"
    if who is Author.SUPERVISOR_FOR_ASSISTANT:
        return f"Assistant, checked by {name}" if name else "Assistant, checked"
    return name or "Colleague"


def handled(conversation: Conversation | ConversationLine, shown: Callable[[str], str] = str) -> str:
    """Who answers in it."""
    if conversation.mode is HandlingMode.AUTO:
        return "The assistant answers"
    return f"{shown(conversation.agent)} answers" if conversation.agent else "Waits for a person"


def count(number: int, one: str, many: str = "") -> str:
    """As people count: 1 reply, 2 replies."""
    return f"{number} {one if number == 1 else many or one + 's'}"
