"""What people do: decide held replies, take conversations over, answer, resolve; and what customers think of it."""

from dataclasses import replace
from datetime import datetime

from rapidfuzz.distance import Levenshtein
from sqlalchemy import Connection, and_, delete, func, insert, not_, select, update

from app.adapters.sql.audit import done
from app.adapters.sql.contact import ask
from app.adapters.sql.database import writing
from app.adapters.sql.outbox import to_mail, to_tell
from app.adapters.sql.queue import SqlQueue
from app.adapters.sql.rows import (
    RECORD,
    add_message,
    annotation_of,
    aware,
    conversation_of,
    kept_handoff,
    locked,
    message_of,
    set_handling,
    set_turns,
    shown_name,
    tell,
)
from app.adapters.sql.schema import annotations, conversations, messages, ratings, turns
from app.domain.audit import AuditAction
from app.domain.conversation import (
    AWAITING_DECISION,
    Author,
    Conversation,
    ConversationStatus,
    HandlingMode,
    Message,
    OpenQuestion,
    TurnStatus,
)
from app.domain.events import EventKind, reply_events, shown
from app.domain.handoff import HandOff
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.reply import Delivery
from app.domain.supervision import Annotation, KeptAnnotation, Rating, Verdict, draft_id
from app.errors import AlreadyDecided, AlreadyTaken, CustomerWrote, MessageConflict, NotFound, NotTakenOver

_UNDECIDED = (TurnStatus.OPEN, *AWAITING_DECISION)
_DECIDES = {
    Verdict.APPROVE: AuditAction.APPROVE,
    Verdict.EDIT: AuditAction.EDIT,
    Verdict.REJECT: AuditAction.REJECT,
}


class SqlSupervision(SqlQueue):
    """Fills the roles of `SupervisionStore`, `HoldDeadlines`, `Annotations` and `RatingStore`."""

    def decide(self, annotation: Annotation, message: Message) -> ConversationId:
        """Decides a held reply, once. Approved or edited, `message` is sent on the assistant's behalf (with the draft's
        words when it has none of its own); rejected, a person has the conversation. Raises NotFound, AlreadyDecided."""
        with writing(self._engine) as connection:
            found = connection.execute(select(turns.c.conversation_id).where(turns.c.id == annotation.turn_id)).first()
            if found is None:
                raise NotFound(f"turn {annotation.turn_id}")
            conversation = conversation_of(locked(connection, ConversationId(found.conversation_id)))
            row = connection.execute(select(turns).where(turns.c.id == annotation.turn_id)).one()
            record = RECORD.validate_python(row.record) if row.record else None
            draft = record.proposed if record else None
            if row.status not in AWAITING_DECISION or record is None or draft is None:
                raise AlreadyDecided(f"turn {annotation.turn_id} is {row.status}")
            if draft_id(record) != annotation.draft_id:
                raise AlreadyDecided(f"turn {annotation.turn_id} has another draft now")
            self._annotate(connection, annotation, draft.text)
            if annotation.verdict is Verdict.REJECT:
                self._to_person(connection, conversation, annotation.by, annotation.at)
            else:
                sent = replace(message, text=annotation.text or draft.text)
                add_message(connection, conversation.id, sent, annotation.turn_id)
                connection.execute(update(turns).where(turns.c.id == annotation.turn_id).values(status=TurnStatus.SENT))
                set_handling(connection, conversation.id, ConversationStatus.OPEN, conversation.mode)
                tell(connection, conversation.id, sent.at, *reply_events(annotation.turn_id, sent))
                to_mail(connection, conversation, sent)
        return conversation.id

    def annotations_of(self, turn_id: TurnId) -> list[KeptAnnotation]:
        """Of one turn, the oldest first."""
        query = select(annotations).where(annotations.c.turn_id == turn_id).order_by(annotations.c.at, annotations.c.id)
        with self._engine.connect() as connection:
            return [
                KeptAnnotation(annotation_of(row), row.draft, row.edit_distance) for row in connection.execute(query)
            ]

    def overdue(self, before: datetime) -> list[TurnId]:
        """Turns held since before a moment, whose customer has not been told that it takes longer."""
        query = (
            select(turns.c.id)
            .join(conversations, conversations.c.id == turns.c.conversation_id)
            .where(
                turns.c.status == TurnStatus.HELD,
                turns.c.decided_at < before,
                conversations.c.token_hash.is_not(None),
            )
        )
        with self._engine.connect() as connection:
            return [TurnId(row.id) for row in connection.execute(query)]

    def tell_overdue(self, turn_id: TurnId, notice: Message, asks: OpenQuestion | None = None) -> ConversationId | None:
        """Tells the customer once that a person will follow up; None when the turn is not held any more. `asks` is what
        the notice asks."""
        with writing(self._engine) as connection:
            query = select(turns.c.conversation_id).where(turns.c.id == turn_id)
            found = connection.execute(query).scalar_one_or_none()
            if found is None:
                return None
            conversation_id = ConversationId(found)
            conversation = conversation_of(locked(connection, conversation_id))
            held = (turns.c.id == turn_id, turns.c.status == TurnStatus.HELD)
            result = connection.execute(update(turns).where(*held).values(status=TurnStatus.HELD_LONG))
            if result.rowcount == 0:
                return None
            add_message(connection, conversation_id, notice, turn_id)
            ask(connection, conversation, asks)
            told = {"turn_id": turn_id, "message": shown(notice)}
            tell(connection, conversation_id, notice.at, (EventKind.REPLY_HELD, told))
        return conversation_id

    def ask_for_person(
        self,
        conversation_id: ConversationId,
        turn_id: TurnId,
        at: datetime,
        notice: Message | None = None,
        asks: OpenQuestion | None = None,
        handoff: HandOff | None = None,
    ) -> bool:
        """The customer wants a person; False when one has the conversation already. `notice` is what she is told of the
        wait, `asks` what it asks, `handoff` what that person needs. Raises NotFound."""
        with writing(self._engine) as connection:
            conversation = conversation_of(locked(connection, conversation_id))
            if conversation.mode is HandlingMode.MANUAL:
                return False
            self._reopen(connection, conversation, at)
            set_turns(connection, conversation_id, _UNDECIDED, TurnStatus.WITH_PERSON)
            waits = select(turns.c.id).where(
                turns.c.conversation_id == conversation_id, turns.c.status == TurnStatus.WITH_PERSON
            )
            waiting = connection.execute(waits).scalars().first()
            if waiting is None:
                values = {"conversation_id": conversation_id, "at": at, "status": TurnStatus.WITH_PERSON}
                connection.execute(insert(turns).values(id=turn_id, **values, **kept_handoff(handoff)))
            elif handoff is not None:
                bare = (turns.c.id == waiting, turns.c.delivery.is_(None))
                connection.execute(update(turns).where(*bare).values(kept_handoff(handoff)))
            set_handling(connection, conversation_id, ConversationStatus.PENDING, HandlingMode.MANUAL)
            if notice is not None:
                add_message(connection, conversation_id, notice, None)
            ask(connection, conversation, asks)
            told = {"turn_id": None, "message": shown(notice) if notice else None}
            tell(connection, conversation_id, at, (EventKind.HANDOFF_STARTED, told))
            if self._announces:
                to_tell(connection, conversation, TurnId(waiting or turn_id), TurnStatus.WITH_PERSON, at)
        return True

    def take_over(self, conversation_id: ConversationId, by: str, at: datetime) -> None:
        """A supervisor answers from here on; undelivered drafts are dropped. Raises NotFound, AlreadyTaken."""
        with writing(self._engine) as connection:
            conversation = conversation_of(locked(connection, conversation_id))
            if conversation.agent not in (None, by):
                raise AlreadyTaken(f"by {conversation.agent}")
            if conversation.agent != by:
                self._to_person(connection, conversation, by, at)
                done(connection, by, AuditAction.TAKE_OVER, f"conversation {conversation_id}", at)

    def say(self, conversation_id: ConversationId, message: Message, by: str) -> Message:
        """A supervisor's own message; what waited is answered by it. The same client message id again is the same
        message. Raises NotFound, NotTakenOver, AlreadyTaken, MessageConflict."""
        with writing(self._engine) as connection:
            conversation = conversation_of(locked(connection, conversation_id))
            query = select(messages).where(
                messages.c.conversation_id == conversation_id,
                messages.c.client_message_id == message.client_message_id,
                messages.c.client_message_id.is_not(None),
            )
            if (known := connection.execute(query).first()) is not None:
                if known.text != message.text or known.author != message.author:
                    raise MessageConflict(f"client message {message.client_message_id}")
                return message_of(known)
            if conversation.mode is not HandlingMode.MANUAL or conversation.agent is None:
                raise NotTakenOver(f"conversation {conversation_id}")
            if conversation.agent != by:
                raise AlreadyTaken(f"by {conversation.agent}")
            add_message(connection, conversation_id, message, None)
            set_turns(connection, conversation_id, (TurnStatus.WITH_PERSON,), TurnStatus.CLOSED)
            set_handling(connection, conversation_id, ConversationStatus.OPEN, HandlingMode.MANUAL, by)
            tell(connection, conversation_id, message.at, (EventKind.MESSAGE_CREATED, {"message": shown(message)}))
            to_mail(connection, conversation, message)
            done(connection, by, AuditAction.SAY, f"conversation {conversation_id}", message.at)
        return message

    def hand_back(self, conversation_id: ConversationId, by: str, at: datetime) -> list[TurnId]:
        """The assistant answers from here on; gives the turns that it has to answer now, because nobody has said
        anything since the customer wrote. Raises NotFound."""
        with writing(self._engine) as connection:
            conversation = conversation_of(locked(connection, conversation_id))
            if conversation.mode is HandlingMode.AUTO:
                return []
            waiting = self._unanswered(connection, conversation_id)
            # A person's word closes what waited for her: what still waits, she has given back without one.
            in_vain = (turns.c.status == TurnStatus.WITH_PERSON, turns.c.delivery == Delivery.HAND_OFF)
            connection.execute(
                update(turns).where(turns.c.conversation_id == conversation_id, *in_vain).values(handed_back=True)
            )
            if waiting:
                values = {"status": TurnStatus.OPEN, "attempts": 0}
                connection.execute(update(turns).where(turns.c.id.in_(waiting)).values(values))
            set_turns(connection, conversation_id, (TurnStatus.WITH_PERSON,), TurnStatus.CLOSED)
            set_handling(connection, conversation_id, ConversationStatus.OPEN, HandlingMode.AUTO)
            told = {"mode": HandlingMode.AUTO.value, "agent": None}
            tell(connection, conversation_id, at, (EventKind.HANDLING_CHANGED, told))
            done(connection, by, AuditAction.HAND_BACK, f"conversation {conversation_id}", at)
        return waiting

    def resolve(self, conversation_id: ConversationId, by: str, at: datetime) -> None:
        """Nothing is open any more; a new message of the customer reopens it. Raises NotFound, CustomerWrote while the
        assistant is at work on a message."""
        with writing(self._engine) as connection:
            conversation = conversation_of(locked(connection, conversation_id))
            if conversation.status is ConversationStatus.RESOLVED:
                return
            working = select(turns.c.id).where(
                turns.c.conversation_id == conversation_id, turns.c.status == TurnStatus.OPEN
            )
            if connection.execute(working).first() is not None:
                raise CustomerWrote(f"conversation {conversation_id}")
            set_turns(connection, conversation_id, (*AWAITING_DECISION, TurnStatus.WITH_PERSON), TurnStatus.CLOSED)
            set_handling(connection, conversation_id, ConversationStatus.RESOLVED, HandlingMode.AUTO)
            tell(connection, conversation_id, at, (EventKind.RESOLVED, {}))
            done(connection, by, AuditAction.RESOLVE, f"conversation {conversation_id}", at)

    def rate(self, conversation_id: ConversationId, rating: Rating) -> None:
        """Keeps what the customer thinks of a reply, in place of what she thought before. Raises NotFound when it is no
        reply of this conversation."""
        query = select(messages.c.id).where(
            messages.c.conversation_id == conversation_id,
            messages.c.id == rating.message_id,
            messages.c.author != Author.CUSTOMER,
        )
        with writing(self._engine) as connection:
            if connection.execute(query).first() is None:
                raise NotFound(f"message {rating.message_id}")
            connection.execute(delete(ratings).where(ratings.c.message_id == rating.message_id))
            connection.execute(
                insert(ratings).values(
                    message_id=rating.message_id,
                    conversation_id=conversation_id,
                    rating="up" if rating.helpful else "down",
                    comment=rating.comment,
                    at=rating.at,
                )
            )

    def ratings(self, conversation_id: ConversationId) -> list[Rating]:
        """What the customer thinks of the replies of one conversation."""
        query = select(ratings).where(ratings.c.conversation_id == conversation_id)
        with self._engine.connect() as connection:
            return [
                Rating(MessageId(row.message_id), row.rating == "up", row.comment, aware(row.at))
                for row in connection.execute(query)
            ]

    def keep_satisfaction(self, conversation_id: ConversationId, score: int, comment: str | None) -> None:
        """Keeps the answer to the one question, 1 to 5. Raises NotFound."""
        with writing(self._engine) as connection:
            locked(connection, conversation_id)
            connection.execute(
                update(conversations)
                .where(conversations.c.id == conversation_id)
                .values(satisfaction=score, satisfaction_comment=comment)
            )

    def _annotate(self, connection: Connection, annotation: Annotation, draft: str) -> None:
        sends = annotation.verdict is not Verdict.REJECT
        connection.execute(
            insert(annotations).values(
                id=annotation.id,
                turn_id=annotation.turn_id,
                verdict=annotation.verdict,
                draft=draft,
                text=annotation.text,
                reason=annotation.reason,
                by=annotation.by,
                at=annotation.at,
                text_in_slots=annotation.text_in_slots,
                use_again=annotation.use_again,
                edit_distance=Levenshtein.normalized_distance(draft, annotation.text or draft) if sends else None,
            )
        )
        action = _DECIDES[annotation.verdict]
        done(connection, annotation.by, action, f"turn {annotation.turn_id}", annotation.at)

    def _reopen(self, connection: Connection, conversation: Conversation, at: datetime) -> None:
        """A resolved conversation in which something happens again is open again, and told to be so."""
        if conversation.status is ConversationStatus.RESOLVED:
            tell(connection, conversation.id, at, (EventKind.REOPENED, {}))

    def _unanswered(self, connection: Connection, conversation_id: ConversationId) -> list[TurnId]:
        """The turns with a person in which the customer has written after everything that was said to her."""
        of_it = messages.c.conversation_id == conversation_id
        # What the assistant says outside a turn (of hours, of mail) answers nothing.
        aside = and_(messages.c.author == Author.ASSISTANT, messages.c.turn_id.is_(None))
        last_said = select(func.coalesce(func.max(messages.c.seq), 0)).where(
            of_it, messages.c.author != Author.CUSTOMER, not_(aside)
        )
        query = (
            select(turns.c.id)
            .distinct()
            .join(messages, messages.c.turn_id == turns.c.id)
            .where(
                of_it,
                messages.c.author == Author.CUSTOMER,
                messages.c.seq > last_said.scalar_subquery(),
                turns.c.status == TurnStatus.WITH_PERSON,
            )
        )
        return [TurnId(row.id) for row in connection.execute(query)]

    def _to_person(self, connection: Connection, conversation: Conversation, by: str, at: datetime) -> None:
        self._reopen(connection, conversation, at)
        set_turns(connection, conversation.id, _UNDECIDED, TurnStatus.WITH_PERSON)
        set_handling(connection, conversation.id, ConversationStatus.PENDING, HandlingMode.MANUAL, by)
        told = {"mode": HandlingMode.MANUAL.value, "agent": shown_name(connection, by)}
        tell(connection, conversation.id, at, (EventKind.HANDLING_CHANGED, told))
