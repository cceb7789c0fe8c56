"""What an agent can do: see who waits, decide held replies, take conversations over, answer, hand back, resolve."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.dependencies import Acting, Id, Running
from app.api.errors import responses
from app.api.schemas import (
    AgentMessageIn,
    ApproveIn,
    EditIn,
    LearntList,
    MessageOut,
    Nothing,
    RejectIn,
    TranscriptOut,
    WaitingList,
    learnt_out,
    message_out,
    waiting_out,
)
from app.domain.audit import AuditAction
from app.domain.ids import ConversationId, TurnId
from app.domain.people import Right
from app.domain.supervision import UseAgain

router = APIRouter(prefix="/v1/supervision", tags=["supervision"])


@router.get("/waiting", responses=responses(401))
def list_waiting(service: Running, who: Acting, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> WaitingList:
    """Hand-offs and held replies, the most urgent first, each with the customer's words, the draft and why."""
    service.rights.check(who, Right.READ, AuditAction.READ, "queue")
    now, hold = service.assistant.parts.clock.now(), timedelta(minutes=service.settings.hold_minutes)
    return WaitingList(items=[waiting_out(item, now, hold) for item in service.stores.supervision.waiting(limit)])


@router.get("/conversations/{conversation_id}", responses=responses(401, 404))
def read_transcript(conversation_id: Id, service: Running, who: Acting) -> TranscriptOut:
    """The whole conversation."""
    service.rights.check(who, Right.READ, AuditAction.READ, f"conversation {conversation_id}")
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
def approve(turn_id: Id, service: Running, who: Acting, body: ApproveIn) -> Nothing:
    """Sends a held reply as it stands. 409 when it is another one by now, because the customer wrote again."""
    service.acts.approve(who, TurnId(turn_id), body.draft_id)
    return Nothing()


@router.post("/turns/{turn_id}/edit", responses=responses(401, 404, 409))
def edit(turn_id: Id, service: Running, who: Acting, body: EditIn) -> Nothing:
    """Sends another text in place of a held reply, on the assistant's behalf. 422 when it holds an order number, an
    e-mail address or a name that is not this customer's."""
    service.acts.edit(who, TurnId(turn_id), body.draft_id, body.text, body.reason, UseAgain(body.use_again))
    return Nothing()


@router.post("/turns/{turn_id}/reject", responses=responses(401, 404, 409))
def reject(turn_id: Id, service: Running, who: Acting, body: RejectIn) -> Nothing:
    """Drops a held reply; the agent has the conversation from here on."""
    service.acts.reject(who, TurnId(turn_id), body.draft_id, body.reason)
    return Nothing()


@router.get("/learnt", responses=responses(401))
def list_learnt(service: Running, who: Acting, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> LearntList:
    """Replies that were learnt from decisions, the newest first, with where they stand."""
    service.rights.check(who, Right.READ, AuditAction.READ, "learnt replies")
    return LearntList(items=[learnt_out(each) for each in service.stores.lessons.learnt_replies(limit)])


@router.post("/learnt/{annotation_id}/take-back", responses=responses(401, 404))
def take_back(annotation_id: Id, service: Running, who: Acting, body: Nothing | None = None) -> Nothing:  # noqa: ARG001
    """What was learnt from this decision is not said again; the reply whose place it took comes back."""
    service.acts.take_back(who, annotation_id)
    return Nothing()


@router.post("/conversations/{conversation_id}/take-over", responses=responses(401, 404, 409))
def take_over(conversation_id: Id, service: Running, who: Acting, _: Nothing | None = None) -> Nothing:
    """The agent answers from here on; an undelivered draft is dropped."""
    service.acts.take_over(who, ConversationId(conversation_id))
    return Nothing()


@router.post("/conversations/{conversation_id}/messages", status_code=201, responses=responses(401, 404, 409))
def write(conversation_id: Id, service: Running, who: Acting, body: AgentMessageIn) -> MessageOut:
    """A message in the agent's own name; what waited is answered by it."""
    said = service.acts.say(who, ConversationId(conversation_id), body.text, body.client_message_id)
    return message_out(said)


@router.post("/conversations/{conversation_id}/hand-back", responses=responses(401, 404))
def hand_back(conversation_id: Id, service: Running, who: Acting, body: Nothing | None = None) -> Nothing:  # noqa: ARG001
    """The assistant answers from here on, and at once what nobody has answered."""
    service.acts.hand_back(who, ConversationId(conversation_id))
    return Nothing()


@router.post("/conversations/{conversation_id}/resolve", responses=responses(401, 404, 409))
def resolve(conversation_id: Id, service: Running, who: Acting, body: Nothing | None = None) -> Nothing:  # noqa: ARG001
    """Nothing is open any more; the customer is asked how it went, and reopens it by writing."""
    service.acts.resolve(who, ConversationId(conversation_id))
    return Nothing()
