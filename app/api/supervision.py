"""What an agent can do: see who waits, decide held replies, take conversations over, answer, hand back, resolve."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.dependencies import Agent, Id, Running, Service
from app.api.errors import responses
from app.api.schemas import (
    AgentMessageIn,
    ApproveIn,
    EditIn,
    MessageOut,
    Nothing,
    RejectIn,
    TranscriptOut,
    WaitingList,
    message_out,
    waiting_out,
)
from app.domain.conversation import Author
from app.domain.ids import ConversationId, TurnId
from app.domain.supervision import Annotation, Verdict
from app.pipeline.assistant import checked

router = APIRouter(prefix="/v1/supervision", tags=["supervision"])


@router.get("/waiting", responses=responses(401))
def list_waiting(service: Running, _: Agent, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> WaitingList:
    """Held replies and hand-offs, the longest waiting first, each with the customer's words, the draft and why."""
    items = service.stores.supervision.waiting(limit)
    return WaitingList(items=[waiting_out(item) for item in items])


@router.get("/conversations/{conversation_id}", responses=responses(401, 404))
def read_transcript(conversation_id: Id, service: Running, _: Agent) -> TranscriptOut:
    """The whole conversation."""
    conversation = service.stores.conversations.conversation(ConversationId(conversation_id))
    return TranscriptOut(
        id=conversation.id,
        customer_id=conversation.customer_id,
        status=conversation.status.value,
        mode=conversation.mode.value,
        agent=conversation.agent,
        messages=[message_out(m) for m in service.stores.conversations.messages(conversation.id)],
    )


@router.post("/turns/{turn_id}/approve", responses=responses(401, 404, 409))
def approve(turn_id: Id, service: Running, agent: Agent, body: ApproveIn) -> Nothing:
    """Sends a held reply as it stands. 409 when it is another one by now, because the customer wrote again."""
    return _decide(service, turn_id, agent, body.draft_id, Verdict.APPROVE)


@router.post("/turns/{turn_id}/edit", responses=responses(401, 404, 409))
def edit(turn_id: Id, service: Running, agent: Agent, body: EditIn) -> Nothing:
    """Sends another text in place of a held reply, on the assistant's behalf."""
    text = checked(body.text, service.settings.max_message_chars)
    return _decide(service, turn_id, agent, body.draft_id, Verdict.EDIT, text, body.reason)


@router.post("/turns/{turn_id}/reject", responses=responses(401, 404, 409))
def reject(turn_id: Id, service: Running, agent: Agent, body: RejectIn) -> Nothing:
    """Drops a held reply; the agent has the conversation from here on."""
    return _decide(service, turn_id, agent, body.draft_id, Verdict.REJECT, None, body.reason)


@router.post("/conversations/{conversation_id}/take-over", responses=responses(401, 404, 409))
def take_over(conversation_id: Id, service: Running, agent: Agent, _: Nothing | None = None) -> Nothing:
    """The agent answers from here on; an undelivered draft is dropped."""
    at = service.assistant.parts.clock.now()
    service.stores.supervision.take_over(ConversationId(conversation_id), agent, at)
    return _told(service, conversation_id)


@router.post("/conversations/{conversation_id}/messages", status_code=201, responses=responses(401, 404, 409))
def write(conversation_id: Id, service: Running, agent: Agent, body: AgentMessageIn) -> MessageOut:
    """A message in the agent's own name; what waited is answered by it."""
    text = checked(body.text, service.settings.max_message_chars)
    message = replace(
        service.assistant.message(Author.SUPERVISOR, text),
        author_name=agent,
        client_message_id=body.client_message_id,
    )
    said = service.stores.supervision.say(ConversationId(conversation_id), message, agent)
    service.hub.told(ConversationId(conversation_id))
    return message_out(said)


@router.post("/conversations/{conversation_id}/hand-back", responses=responses(401, 404))
def hand_back(conversation_id: Id, service: Running, _: Agent, body: Nothing | None = None) -> Nothing:  # noqa: ARG001
    """The assistant answers from here on, and at once what nobody has answered."""
    at = service.assistant.parts.clock.now()
    for turn_id in service.stores.supervision.hand_back(ConversationId(conversation_id), at):
        service.workers.submit(turn_id)
    return _told(service, conversation_id)


@router.post("/conversations/{conversation_id}/resolve", responses=responses(401, 404, 409))
def resolve(conversation_id: Id, service: Running, _: Agent, body: Nothing | None = None) -> Nothing:  # noqa: ARG001
    """Nothing is open any more; the customer is asked how it went, and reopens it by writing."""
    service.stores.supervision.resolve(ConversationId(conversation_id), service.assistant.parts.clock.now())
    return _told(service, conversation_id)


def _decide(
    service: Service,
    turn_id: str,
    agent: str,
    draft: str,
    verdict: Verdict,
    text: str | None = None,
    reason: str | None = None,
) -> Nothing:
    parts = service.assistant.parts
    annotation = Annotation(
        parts.ids.new("annotation"), TurnId(turn_id), draft, verdict, agent, parts.clock.now(), text, reason
    )
    message = replace(service.assistant.message(Author.SUPERVISOR_FOR_ASSISTANT, text or ""), author_name=agent)
    return _told(service, service.stores.supervision.decide(annotation, message))


def _told(service: Service, conversation_id: str) -> Nothing:
    service.hub.told(ConversationId(conversation_id))
    return Nothing()
