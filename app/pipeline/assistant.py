"""Runs turns for conversations: checks the input, keeps what was said, answers, keeps the record.

The order of the steps matters: the customer's message is in the database before anything else happens to it, and the
decision is kept in one transaction with what is said and remembered.
"""

import logging
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.contact import without
from app.domain.conversation import Accepted, Author, Conversation, Message, TurnWork
from app.domain.handoff import HandOff, hand_off_of
from app.domain.ids import ConversationId, CustomerId, MessageId, TurnId
from app.domain.reply import Delivery
from app.domain.turn import TurnRecord
from app.errors import Conflict, EmptyMessage, InvalidInput, MessageTooLong
from app.pipeline.deliver import Wait, remembered, told_to_wait
from app.pipeline.guards.temper import tempered
from app.pipeline.mail import about_mail
from app.pipeline.parts import Knowledge, Parts, Turn
from app.pipeline.turn import TurnOutcome, answer_turn, drafted_in_shadow, given_up, refined_in_shadow
from app.ports import ConversationStore, TurnRecords, TurnSteps

log = logging.getLogger(__name__)

_MOST_ATTEMPTS = 3
"""Beginnings of work on one turn after which a person gets it: whatever stops the process may be the message itself."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Where the assistant keeps what is said and decided."""

    conversations: ConversationStore
    turns: TurnSteps
    records: TurnRecords


class Assistant:
    """The bot, as the faces of the product use it."""

    def __init__(self, parts: Parts, memory: Memory, knowledge: Callable[[], Knowledge] | None = None) -> None:
        """`knowledge` reads the policy pages as they stand: a changed page counts from the next turn on."""
        self.parts = parts
        self.memory = memory
        self._knowledge = knowledge

    def with_parts(self, parts: Parts) -> "Assistant":
        """The same conversations answered with other parts: to compare models, prompts or settings."""
        return Assistant(parts, self.memory, self._knowledge)

    def parts_now(self) -> Parts:
        """The parts with the policy pages as they stand."""
        return replace(self.parts, knowledge=self._knowledge()) if self._knowledge else self.parts

    def warm_up(self) -> None:
        """Loads what is loaded on first use, so that the first customer does not wait for it."""
        self.parts.language.language("Where is my parcel, please?")
        self.parts.classifier.predict(["where is my parcel"])
        self.parts.interactions.search("where is my parcel", limit=1)

    def start(
        self, customer_id: CustomerId | None, token_hash: str | None = None, expires_at: datetime | None = None
    ) -> Conversation:
        """A new conversation; without a customer nobody is signed in, without a token it is not opened from outside."""
        conversation = Conversation(
            id=ConversationId(self.parts.ids.new("conv")),
            customer_id=customer_id,
            started_at=self.parts.clock.now(),
            token_hash=token_hash,
            expires_at=expires_at,
        )
        self.memory.conversations.start(conversation)
        return conversation

    def accept(
        self,
        conversation_id: ConversationId,
        text: str,
        client_message_id: str | None = None,
        *,
        alone: bool = False,
    ) -> Accepted:
        """Keeps a customer's message for good; `work_on` its turn answers it. `alone`: no person is behind this
        conversation. Raises InvalidInput, EmptyMessage, MessageTooLong, MessageConflict, NotFound."""
        message = replace(
            self.message(Author.CUSTOMER, checked(text, self.parts.policy.most_message_characters)),
            client_message_id=client_message_id,
        )
        conversation = self.memory.conversations.conversation(conversation_id)
        about = None if alone else about_mail(conversation, message.text, self.parts)
        fresh = TurnId(self.parts.ids.new("turn"))
        return self.memory.turns.accept(conversation_id, message, fresh, alone=alone, about=about)

    def work_on(self, turn_id: TurnId) -> TurnOutcome | None:
        """Answers a turn and keeps the decision. A message that joins meanwhile drops the draft, and the turn starts
        anew. None when the turn was not open any more, or was decided elsewhere meanwhile."""
        while (work := self.memory.turns.begin(turn_id, self.parts.clock.now())) is not None:
            turn = Turn(
                id=turn_id,
                conversation_id=work.conversation.id,
                customer_id=work.conversation.customer_id,
                messages=_without_contact(work),
                state=work.conversation.state,
                at=self.parts.clock.now(),
            )
            outcome = self._answered(turn, work)
            record, wait, handoff = self._for_a_person(outcome.record, work.conversation)
            state = remembered(turn, outcome.answered, record.decision, wait.asks)
            state = tempered(state, turn.state, record.flags)
            said = self.message(Author.ASSISTANT, record.delivered)
            if self.memory.turns.finish(record, state, said, [message.id for message in work.messages], handoff):
                return replace(outcome, record=record)
        return None

    def reply_to(self, conversation_id: ConversationId, texts: Sequence[str]) -> TurnOutcome:
        """Answers the customer's messages as one turn, in a conversation behind which there is no person (terminal,
        files). Raises InvalidInput, EmptyMessage, MessageTooLong, NotFound; Conflict when somebody else decided it."""
        if not texts:
            raise EmptyMessage("a turn needs a message")
        accepted = [self.accept(conversation_id, text, alone=True) for text in texts]
        outcome = self.work_on(accepted[-1].turn_id)
        if outcome is None:
            raise Conflict(f"turn {accepted[-1].turn_id} was decided elsewhere")
        return outcome

    def refine_after(self, outcome: TurnOutcome) -> TurnRecord:
        """What runs in shadow, after the customer has her reply: stage three, and a version of the model that is tried
        out. The record is kept with it."""
        record = outcome.record
        if self.parts.policy.refine_in_shadow and self.parts.model is not None:
            record = refined_in_shadow(outcome, self.parts)
        if self.parts.shadow is not None:
            record = drafted_in_shadow(outcome, record, self.parts)
        if record is not outcome.record:
            self.memory.records.amend_turn(record)
        return record

    def message(self, author: Author, text: str) -> Message:
        """A message of this moment."""
        return Message(MessageId(self.parts.ids.new("msg")), author, text, self.parts.clock.now())

    def hand_off(self, conversation_id: ConversationId) -> HandOff:
        """What a person needs whom the customer asks for now."""
        return hand_off_of(None, self.memory.records.latest(conversation_id), self.parts.actions)

    def _for_a_person(self, record: TurnRecord, conversation: Conversation) -> tuple[TurnRecord, Wait, HandOff | None]:
        """When a person has to look: the record with what the customer is told of the wait, and what that person needs.
        Neither keeps the turn from being handed to one."""
        if record.decision.delivery is Delivery.SEND:
            return record, Wait(""), None
        try:
            told, wait = told_to_wait(record, conversation, self.parts)
            earlier = self.memory.records.latest(conversation.id, but=record.id)
            return told, wait, hand_off_of(record, earlier, self.parts.actions)
        except Exception:
            log.exception("turn %s waits for a person without a word on the wait or a summary", record.id)
            return record, Wait(""), None

    def _answered(self, turn: Turn, work: TurnWork) -> TurnOutcome:
        parts = self.parts_now()
        if work.attempts > _MOST_ATTEMPTS:
            return given_up(turn, parts, f"work on it was begun {work.attempts - 1} times and never ended")
        try:
            return answer_turn(turn, parts)
        except Exception as error:  # whatever it is, the customer gets a person and the operator the trace
            log.exception("turn %s could not be answered", turn.id)
            return given_up(turn, parts, f"the chain failed: {type(error).__name__}")


def _without_contact(work: TurnWork) -> tuple[str, ...]:
    """What she wrote, without the address that she gave to be mailed to."""
    contact = work.conversation.contact
    return tuple(without(message.text, contact) if contact else message.text for message in work.messages)


def checked(text: str, most_characters: int) -> str:
    """The message without what no customer types (control characters). Raises what is wrong with it."""
    if not isinstance(text, str):
        raise InvalidInput("a message has to be text")
    if len(text) > most_characters:
        raise MessageTooLong(f"{len(text)} characters, {most_characters} at most")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise InvalidInput("the message is not valid Unicode")
    cleaned = "".join(_as_typed(character) for character in text.replace("\r\n", "\n"))
    if not cleaned.strip():
        raise EmptyMessage("the message holds no text")
    return cleaned.strip()


def _as_typed(character: str) -> str:
    """Spaces of every kind are spaces, line ends of every kind are line ends, and what cannot be seen is nothing."""
    if character in "\n\t" or character == _JOINER:
        return character
    category = unicodedata.category(character)
    if character == "\r" or category in ("Zl", "Zp"):
        return "\n"
    if category == "Zs":
        return " "
    return character if character.isprintable() else ""


_JOINER = "\u200d"
"""Joins emoji into one."""
