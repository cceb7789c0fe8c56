"""What a conversation's event stream tells its customer, and how messages look to her."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import Any

from app.domain.conversation import Author, Message
from app.domain.ids import TurnId
from app.domain.text import pieces

Told = tuple["EventKind", dict[str, Any]]
"""An event before it has a number."""

_SHOWN_AUTHOR = {Author.SUPERVISOR_FOR_ASSISTANT: Author.ASSISTANT}
"""Whom the customer sees: a reply that a supervisor let pass is the assistant's."""


class EventKind(StrEnum):
    """What a conversation's event stream tells."""

    MESSAGE_ACCEPTED = "message.accepted"
    REPLY_SENTENCE = "reply.sentence"
    REPLY_COMPLETED = "reply.completed"
    REPLY_HELD = "reply.held"
    HANDOFF_STARTED = "handoff.started"
    MESSAGE_CREATED = "message.created"
    HANDLING_CHANGED = "handling.changed"
    RESOLVED = "conversation.resolved"
    REOPENED = "conversation.reopened"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a conversation, kept in the transaction in which it happened."""

    number: int
    """1, 2, 3 … within the conversation, without a gap."""
    kind: EventKind
    data: Mapping[str, Any]
    """What the customer's stream shows of it, as JSON values."""


def reply_events(turn_id: TurnId, message: Message) -> list[Told]:
    """A decided reply as the stream shows it: sentence by sentence, then whole."""
    parts = pieces(message.text)
    told: list[Told] = [
        (
            EventKind.REPLY_SENTENCE,
            {"turn_id": turn_id, "message_id": message.id, "index": index, "count": len(parts), "text": part},
        )
        for index, part in enumerate(parts)
    ]
    return [*told, (EventKind.REPLY_COMPLETED, {"turn_id": turn_id, "message": shown(message)})]


def shown(message: Message) -> dict[str, Any]:
    """A message as the customer may see it, as JSON values."""
    return {
        "id": message.id,
        "author": _SHOWN_AUTHOR.get(message.author, message.author).value,
        "author_name": message.author_name if message.author is Author.SUPERVISOR else None,
        "text": message.text,
        "at": message.at.astimezone(UTC).isoformat(),
        "client_message_id": message.client_message_id,
    }
