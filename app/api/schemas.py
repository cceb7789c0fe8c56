"""What goes in and out over HTTP, with examples for the API's documentation."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.domain.conversation import Message
from app.domain.events import shown
from app.domain.lessons import LearntReply
from app.domain.people import LONGEST_PASSWORD, Person, Supervisor
from app.domain.supervision import WaitingTurn

_MESSAGE: dict[str, Any] = {
    "id": "msg_0199f3c2a4b1_9f86d081884c7d65",
    "author": "customer",
    "author_name": None,
    "text": "Where is my parcel?",
    "at": "2026-11-24T10:30:00+00:00",
    "client_message_id": "5b0c2f0e-6a1d-4a5e-9d9e-0f9a1c7b2d11",
}


Words = Annotated[str, Field(max_length=1000), AfterValidator(lambda text: text.replace("\0", ""))]
"""A few words about something. PostgreSQL cannot keep the character with the number 0."""


class Body(BaseModel):
    """What a client sends: nothing unknown is accepted, so that a misspelt field is not silently lost."""

    model_config = ConfigDict(extra="forbid")


class ErrorDetail(BaseModel):
    """What went wrong, safe to show."""

    code: str = Field(examples=["not_found"])
    message: str = Field(examples=["That was not found."])
    trace_id: str = Field(examples=["4bf92f3577b34da6a3ce929d0e0e4736"])


class ErrorBody(BaseModel):
    """Every error of this API."""

    error: ErrorDetail


class Nothing(Body):
    """An empty object."""


class ConversationStarted(BaseModel):
    """A new conversation and the token that opens it; the token is shown this once."""

    id: str = Field(examples=["conv_0199f3c2a4b1_9f86d081884c7d65"])
    token: str = Field(examples=["u5k0w0cNq…"])
    expires_at: datetime


class MessageIn(Body):
    """A customer's message."""

    text: str = Field(examples=["Where is my parcel?"])
    client_message_id: str = Field(
        min_length=1, max_length=64, pattern=r"^[\w.:-]+$", examples=["5b0c2f0e-6a1d-4a5e-9d9e-0f9a1c7b2d11"]
    )


class MessageOut(BaseModel):
    """A message as the customer may see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MESSAGE]})

    id: str
    author: Literal["customer", "assistant", "supervisor"]
    author_name: str | None
    text: str
    at: datetime
    client_message_id: str | None


class MessageAccepted(BaseModel):
    """The message is kept for good."""

    message: MessageOut
    duplicate: bool = Field(description="The same message came before; nothing was added.")


class ConversationOut(BaseModel):
    """A conversation as its customer sees it, and where its event stream goes on."""

    id: str
    status: Literal["open", "pending", "resolved"]
    mode: Literal["auto", "manual"]
    agent: str | None
    working: bool = Field(description="The assistant is at work on an answer.")
    messages: list[MessageOut]
    ratings: dict[str, Literal["up", "down"]]
    satisfaction: int | None
    last_event_id: int


class FeedbackIn(Body):
    """Thumbs up or down for one reply."""

    message_id: str = Field(max_length=64, pattern=r"^[\w.:-]+$", examples=["msg_0199f3c2a4b1_9f86d081884c7d65"])
    rating: Literal["up", "down"]
    comment: Words | None = None


class SatisfactionIn(Body):
    """The answer to the one question, when a conversation is resolved."""

    score: int = Field(ge=1, le=5)
    comment: Words | None = None


class FlagOut(BaseModel):
    """One finding."""

    reason: str = Field(examples=["low_confidence"])
    severity: Literal["note", "hold", "hand_off"]
    detail: str


class LineOut(BaseModel):
    """A value with its name, or a word with who said it."""

    name: str = Field(examples=["Order"])
    text: str = Field(examples=["LF-10482"])


class HandOffOut(BaseModel):
    """What a person needs who takes it: taken from the records and her own words, written by no model."""

    wants: str = Field(description="What the customer wants, in her own words.")
    situation: str | None
    stands: list[LineOut] = Field(description="How things stand in the records.")
    said: list[LineOut] = Field(description="What was asked and told before.")
    mood: list[LineOut] = Field(description="What her words show, with those words.")
    action: str = Field(examples=["cancel_order"])
    title: str = Field(examples=["Cancel the order"])
    steps: list[str] = Field(description="What is to be done, with the records' values filled in.")


class WaitingOut(BaseModel):
    """A turn that waits for a person."""

    turn_id: str
    conversation_id: str
    customer_id: str | None
    status: Literal["held", "with_person"]
    since: datetime
    agent: str | None
    asked: list[MessageOut]
    draft: str | None = Field(description="The reply that was held.")
    draft_id: str | None = Field(description="Names that draft; a decision on it has to give it back.")
    reasons: list[str] = Field(description="Why a person has to look, in words.")
    flags: list[FlagOut] = Field(description="The same, each with its name and what it does.")
    deadline: datetime | None = Field(description="When the customer of a held reply is told that it takes longer.")
    open_with: str | None = Field(description="Who has it open just now.")
    action: str | None = Field(description="What the customer wants done, when the playbook names it.")
    situations: list[str]
    handoff: HandOffOut | None = Field(description="What a person needs who takes it.")
    by_mail: bool = Field(description="Whether an answer is mailed to the customer when she has left.")


class WaitingList(BaseModel):
    """All that wait for a person, the most urgent first."""

    items: list[WaitingOut]


_DRAFT_ID = Field(max_length=64, description="The draft that was seen, from the list of those that wait.")


class ApproveIn(Body):
    """Which draft is approved."""

    draft_id: str = _DRAFT_ID


class EditIn(Body):
    """The reply as it shall be sent, in place of a draft."""

    draft_id: str = _DRAFT_ID
    text: str = Field(min_length=1, max_length=4000)
    reason: Words | None = None
    use_again: Literal["only_here", "every_such_case"] = "only_here"


class RejectIn(Body):
    """Which draft shall not be sent, and why."""

    draft_id: str = _DRAFT_ID
    reason: Words = Field(min_length=1)


class LearntOut(BaseModel):
    """A reply that was learnt from a decision."""

    annotation_id: str
    situation: str
    reply: str = Field(description="In slots.")
    status: Literal["approved", "provisional", "resting", "suspended", "withdrawn"]
    by: str
    at: datetime
    in_favour: int
    against: int
    uses: int = Field(description="So far, without trouble.")


class LearntList(BaseModel):
    """The newest first."""

    items: list[LearntOut]


class AgentMessageIn(Body):
    """A supervisor's own message."""

    text: str = Field(min_length=1, max_length=4000, examples=["I have asked the carrier and come back to you today."])
    client_message_id: str | None = Field(None, min_length=1, max_length=64, pattern=r"^[\w.:-]+$")


class TranscriptOut(BaseModel):
    """A conversation as a supervisor sees it."""

    id: str
    customer_id: str | None
    status: Literal["open", "pending", "resolved"]
    mode: Literal["auto", "manual"]
    agent: str | None
    messages: list[MessageOut]


def message_out(message: Message) -> MessageOut:
    """The message as the customer may see it, just as the event stream shows it."""
    return MessageOut.model_validate(shown(message))


def waiting_out(item: WaitingTurn, now: datetime, hold: timedelta) -> WaitingOut:
    """A waiting turn with what a person needs to decide."""
    situations = item.record.situations if item.record else ()
    return WaitingOut(
        turn_id=item.turn_id,
        conversation_id=item.conversation_id,
        customer_id=item.customer_id,
        status="held" if item.decidable else "with_person",
        since=item.since,
        agent=item.agent,
        asked=[message_out(message) for message in item.asked],
        draft=item.draft,
        draft_id=item.draft_id,
        reasons=[flag.detail for flag in item.reasons],
        flags=[
            FlagOut(reason=flag.reason.value, severity=flag.severity.value, detail=flag.detail) for flag in item.reasons
        ],
        deadline=item.deadline(hold),
        open_with=item.claim.by if item.claim and item.claim.holds(now) else None,
        action=item.action,
        situations=[situation.key for situation in situations if situation.key],
        by_mail=item.by_mail,
        handoff=HandOffOut.model_validate(asdict(item.handoff)) if item.handoff else None,
    )


def learnt_out(learnt: LearntReply) -> LearntOut:
    """A learnt reply with its standing."""
    interaction, lesson = learnt.interaction, learnt.lesson
    return LearntOut(
        annotation_id=lesson.annotation_id,
        situation=interaction.situation,
        reply=interaction.reply,
        status=interaction.status.value,
        by=lesson.by,
        at=lesson.at,
        in_favour=learnt.votes.in_favour,
        against=learnt.votes.against,
        uses=learnt.uses,
    )


RoleName = Literal["viewer", "agent", "admin"]
_PASSWORD = Field(min_length=1, max_length=LONGEST_PASSWORD)


class SignInIn(Body):
    """Name and password of a supervisor."""

    name: str = Field(min_length=1, max_length=64, examples=["sam"])
    password: str = _PASSWORD


class PersonOut(BaseModel):
    """Who is signed in."""

    name: str
    display_name: str
    role: RoleName


class OwnPasswordIn(Body):
    """The password as it is, and as it shall be."""

    password: str = _PASSWORD
    new_password: str = _PASSWORD


class SupervisorOut(PersonOut):
    """Somebody who may sign in, as an admin sees her."""

    active: bool
    added_at: datetime


class SupervisorList(BaseModel):
    """Everybody, by name."""

    items: list[SupervisorOut]


class SupervisorIn(Body):
    """Somebody new."""

    name: str = Field(min_length=1, max_length=64, examples=["sam"])
    display_name: str = Field("", max_length=64, description="What customers see; the name when it is empty.")
    role: RoleName
    password: str = _PASSWORD


class SupervisorChangeIn(Body):
    """What shall be different; what is left out stays."""

    display_name: str | None = Field(None, max_length=64)
    role: RoleName | None = None
    active: bool | None = None
    password: str | None = Field(None, min_length=1, max_length=LONGEST_PASSWORD)


class AuditOut(BaseModel):
    """One action or one refusal."""

    number: int
    by: str
    action: str
    item: str
    at: datetime
    refused: str | None = Field(description="The code of the error when it was refused.")
    detail: str


class AuditList(BaseModel):
    """The newest first."""

    items: list[AuditOut]


def person_out(person: Person) -> PersonOut:
    """Who is signed in."""
    return PersonOut(name=person.name, display_name=person.shown, role=person.role.value)


def supervisor_out(one: Supervisor) -> SupervisorOut:
    """Without the hash of the password."""
    return SupervisorOut(
        name=one.name, display_name=one.display_name, role=one.role.value, active=one.active, added_at=one.added_at
    )
