"""Runs turns for conversations: checks the input, keeps what was said, answers, keeps the record.

The order of the steps matters: the customer's message is in the database before anything else happens to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.domain.conversation import Author, Conversation, Message
from app.domain.ids import ConversationId, CustomerId, MessageId, TurnId
from app.domain.turn import TurnRecord
from app.errors import EmptyMessage, InvalidInput, MessageTooLong
from app.pipeline.deliver import remembered
from app.pipeline.parts import Knowledge, Parts, Turn
from app.pipeline.turn import TurnOutcome, answer_turn, refined_in_shadow
from app.ports import ConversationStore


class Assistant:
    """The bot, as the faces of the product use it."""

    def __init__(
        self, parts: Parts, conversations: ConversationStore, knowledge: Callable[[], Knowledge] | None = None
    ) -> None:
        """`knowledge` reads the policy pages as they stand: a changed page counts from the next turn on."""
        self.parts = parts
        self._conversations = conversations
        self._knowledge = knowledge

    def with_parts(self, parts: Parts) -> "Assistant":
        """The same conversations answered with other parts: to compare models, prompts or settings."""
        return Assistant(parts, self._conversations, self._knowledge)

    def warm_up(self) -> None:
        """Loads what is loaded on first use, so that the first customer does not wait for it."""
        self.parts.language.language("Where is my parcel, please?")
        self.parts.classifier.predict(["where is my parcel"])
        self.parts.interactions.search("where is my parcel", limit=1)

    def start(self, customer_id: CustomerId | None) -> Conversation:
        """A new conversation; None: the customer is not signed in."""
        conversation = Conversation(
            id=ConversationId(self.parts.ids.new("conv")), customer_id=customer_id, started_at=self.parts.clock.now()
        )
        self._conversations.start(conversation)
        return conversation

    def reply_to(self, conversation_id: ConversationId, texts: Sequence[str]) -> TurnOutcome:
        """Answers the customer's messages as one turn. Raises InvalidInput, EmptyMessage, MessageTooLong, NotFound."""
        if not texts:
            raise EmptyMessage("a turn needs a message")
        accepted = [checked(text, self.parts.policy.most_message_characters) for text in texts]
        conversation = self._conversations.conversation(conversation_id)
        turn = Turn(
            id=TurnId(self.parts.ids.new("turn")),
            conversation_id=conversation_id,
            customer_id=conversation.customer_id,
            messages=tuple(accepted),
            state=conversation.state,
            at=self.parts.clock.now(),
        )
        for text in accepted:
            self._conversations.append(conversation_id, self._message(Author.CUSTOMER, text), turn.id)
        parts = replace(self.parts, knowledge=self._knowledge()) if self._knowledge else self.parts
        outcome = answer_turn(turn, parts)
        self._conversations.finish_turn(
            outcome.record,
            remembered(turn, outcome.answered, outcome.record.decision),
            [self._message(Author.ASSISTANT, outcome.record.delivered)],
        )
        return outcome

    def refine_after(self, outcome: TurnOutcome) -> TurnRecord:
        """Stage three in shadow, after the customer has her reply; the record is kept with it."""
        if not self.parts.policy.refine_in_shadow or self.parts.model is None:
            return outcome.record
        record = refined_in_shadow(outcome, self.parts)
        self._conversations.amend_turn(record)
        return record

    def _message(self, author: Author, text: str) -> Message:
        return Message(MessageId(self.parts.ids.new("msg")), author, text, self.parts.clock.now())


def checked(text: str, most_characters: int) -> str:
    """The message without what no customer types (control characters). Raises what is wrong with it."""
    if not isinstance(text, str):
        raise InvalidInput("a message has to be text")
    if len(text) > most_characters:
        raise MessageTooLong(f"{len(text)} characters, {most_characters} at most")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise InvalidInput("the message is not valid Unicode")
    cleaned = "".join(character for character in text if character in "\n\t" or character.isprintable())
    if not cleaned.strip():
        raise EmptyMessage("the message holds no text")
    return cleaned.strip()
