"""What a customer can do: start a conversation, write, listen, ask for a person, say what she thinks of the answers."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse

from app.api.dependencies import Running, Service, SignedIn, ThisConversation, address_of
from app.api.errors import responses
from app.api.schemas import (
    ConversationOut,
    ConversationStarted,
    FeedbackIn,
    MessageAccepted,
    MessageIn,
    Nothing,
    SatisfactionIn,
    message_out,
)
from app.api.tokens import new_conversation_token
from app.domain.conversation import Author
from app.domain.ids import MessageId, TurnId
from app.domain.supervision import Rating
from app.errors import BadEventId, TooManyRequests
from app.pipeline.deliver import the_wait

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])

_MOST_DIGITS = 9
_MOST_STREAMS = 20
"""Event streams of one conversation at once: tabs, and some that have not noticed yet that their page is gone."""
_CONVERSATIONS_OF_AN_ADDRESS = 20
"""Conversations that may write at full rate from one address: an office, a household, not a flood."""
_AGAIN_S = 30


@router.post("", status_code=201, responses=responses(401))
def start_conversation(
    request: Request, service: Running, customer_id: SignedIn, _: Nothing | None = None
) -> ConversationStarted:
    """Starts a conversation. With a token of the shop it is that customer's; without one, no records are read."""
    service.rates.check("conversations", address_of(request), service.settings.conversations_per_minute)
    token = new_conversation_token()
    expires_at = service.assistant.parts.clock.now() + timedelta(hours=service.settings.conversation_hours)
    conversation = service.assistant.start(customer_id, token.digest, expires_at)
    return ConversationStarted(id=conversation.id, token=token.secret, expires_at=expires_at)


@router.get("/{conversation_id}", responses=responses(401, 404))
def read_conversation(conversation: ThisConversation, service: Running) -> ConversationOut:
    """The conversation so far, and the id of its last event: its stream goes on from there."""
    stores = service.stores
    # The position is read first: what happens after it comes by the stream too, and is known there by its number.
    last, working = stores.conversations.position(conversation.id)
    conversation = stores.conversations.conversation(conversation.id)
    return ConversationOut(
        id=conversation.id,
        status=conversation.status.value,
        mode=conversation.mode.value,
        agent=_shown(service, conversation.agent),
        working=working,
        messages=[message_out(item) for item in stores.conversations.messages(conversation.id)],
        ratings={
            item.message_id: "up" if item.helpful else "down" for item in stores.supervision.ratings(conversation.id)
        },
        satisfaction=conversation.satisfaction,
        last_event_id=last,
    )


@router.post("/{conversation_id}/messages", status_code=202, responses=responses(401, 404, 409))
def write_message(
    request: Request, conversation: ThisConversation, service: Running, body: MessageIn
) -> MessageAccepted:
    """Accepts a message; when this returns it is kept for good. The same `client_message_id` again is the same
    message, so a client that is unsure sends it again. The answer comes by the event stream."""
    most = service.settings.messages_per_minute
    service.rates.check("messages", conversation.id, most)
    service.rates.check("messages of an address", address_of(request), most * _CONVERSATIONS_OF_AN_ADDRESS)
    accepted = service.assistant.accept(conversation.id, body.text, body.client_message_id)
    if not accepted.duplicate:
        service.hub.told(conversation.id)
    if accepted.to_be_answered:
        service.workers.submit(accepted.turn_id)
    return MessageAccepted(message=message_out(accepted.message), duplicate=accepted.duplicate)


@router.post("/{conversation_id}/person", status_code=202, responses=responses(401, 404))
def ask_for_a_person(conversation: ThisConversation, service: Running, _: Nothing | None = None) -> Nothing:
    """A person takes it from here; asking again changes nothing. Where nobody is there, a message says until when."""
    service.rates.check("messages", conversation.id, service.settings.messages_per_minute)
    parts = service.assistant.parts
    turn_id = TurnId(parts.ids.new("turn"))
    wait = the_wait(conversation, parts)
    notice = service.assistant.message(Author.ASSISTANT, wait.text) if wait.text else None
    handoff = service.assistant.hand_off(conversation.id)
    now = parts.clock.now()
    if service.stores.supervision.ask_for_person(conversation.id, turn_id, now, notice, wait.asks, handoff):
        service.hub.told(conversation.id)
    return Nothing()


@router.post("/{conversation_id}/feedback", status_code=204, responses=responses(401, 404))
def rate_reply(conversation: ThisConversation, service: Running, body: FeedbackIn) -> Response:
    """Thumbs up or down for one reply; a second one replaces the first."""
    service.rates.check("messages", conversation.id, service.settings.messages_per_minute)
    at = service.assistant.parts.clock.now()
    rating = Rating(MessageId(body.message_id), body.rating == "up", body.comment, at)
    service.stores.supervision.rate(conversation.id, rating)
    return Response(status_code=204)


@router.post("/{conversation_id}/satisfaction", status_code=204, responses=responses(401, 404))
def rate_conversation(conversation: ThisConversation, service: Running, body: SatisfactionIn) -> Response:
    """How satisfied the customer is, 1 to 5."""
    service.rates.check("messages", conversation.id, service.settings.messages_per_minute)
    service.stores.supervision.keep_satisfaction(conversation.id, body.score, body.comment)
    return Response(status_code=204)


@router.get(
    "/{conversation_id}/events",
    response_class=StreamingResponse,
    responses=responses(401, 404) | {200: {"description": "Server-sent events", "content": {"text/event-stream": {}}}},
)
def listen(
    conversation: ThisConversation,
    service: Running,
    last_event_id: Annotated[str | None, Header(max_length=64, examples=["12"])] = None,
) -> StreamingResponse:
    """The conversation's events, from the one after `Last-Event-ID` on, for as long as the client listens.

    `message.accepted`, `assistant.typing`, `reply.sentence`, `reply.completed`, `reply.held`, `handoff.started`,
    `message.created`, `handling.changed`, `conversation.resolved`, `conversation.reopened`.
    """
    given = (last_event_id or "0").strip()
    if not (given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS):
        raise BadEventId(f"Last-Event-ID {given!r}")
    after = int(given)
    last, _ = service.stores.conversations.position(conversation.id)
    if after > last:
        raise BadEventId(f"event {after} of {last}")
    if service.hub.listeners(conversation.id) >= _MOST_STREAMS:
        raise TooManyRequests(_AGAIN_S)
    ends = conversation.expires_at
    lasts_s = (ends - service.assistant.parts.clock.now()).total_seconds() if ends else None
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(
        service.hub.stream(conversation.id, after, lasts_s), media_type="text/event-stream", headers=headers
    )


def _shown(service: Service, agent: str | None) -> str | None:
    """The name that a supervisor shows; one who acts by a token shows the name that the token has."""
    known = service.stores.people.find(agent) if agent else None
    return known.display_name if known else agent
