"""The steps of a turn in SQL: accepted, worked on, decided. Each is one transaction, so a crash loses none and repeats
none: the decision is kept only while the turn is still open and holds the very messages that were answered."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select, update

from app.adapters.sql.contact import say_of_mail, settle_mail
from app.adapters.sql.database import writing
from app.adapters.sql.outbox import to_mail, to_tell
from app.adapters.sql.review_outbox import queue_review
from app.adapters.sql.rows import (
    RECORD,
    STATE,
    add_message,
    conversation_of,
    kept_handoff,
    locked,
    message_of,
    set_handling,
    tell,
)
from app.adapters.sql.schema import conversations, messages, turns
from app.adapters.sql.turn_facts import keep_facts
from app.domain.contact import AboutMail
from app.domain.conversation import (
    AWAITING_DECISION,
    Accepted,
    Author,
    Conversation,
    ConversationStatus,
    DialogueState,
    HandlingMode,
    Message,
    TurnStatus,
    TurnWork,
)
from app.domain.events import EventKind, reply_events, shown
from app.domain.handoff import HandOff
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.reply import Delivery
from app.domain.turn import TurnRecord
from app.errors import MessageConflict

_BECOMES = {
    Delivery.SEND: TurnStatus.SENT,
    Delivery.HOLD: TurnStatus.HELD,
    Delivery.HAND_OFF: TurnStatus.WITH_PERSON,
}
_UNANSWERED = {
    HandlingMode.AUTO: (TurnStatus.OPEN, *AWAITING_DECISION),
    HandlingMode.MANUAL: (TurnStatus.WITH_PERSON,),
}
"""The turns that a new message joins: an undelivered draft is dropped, and the turn starts anew."""


class SqlTurns:
    """Fills the role of `TurnSteps`."""

    def __init__(self, engine: Engine, *, announces: bool = False) -> None:
        """`announces`: what begins to wait for a person is put into the outbox, to be told to others."""
        self._engine = engine
        self._announces = announces

    def accept(
        self,
        conversation_id: ConversationId,
        message: Message,
        fresh: TurnId,
        *,
        alone: bool = False,
        about: AboutMail | None = None,
    ) -> Accepted:
        """Keeps a customer's message for good. It joins the unanswered turn, or begins the turn `fresh`.

        `alone`: no person is behind this conversation, so the assistant answers even after a hand-off. `about`: what
        it says to the question where she may be mailed to, if that is still open; a message about that alone joins no
        turn, and what waits goes on waiting. Raises NotFound, MessageConflict.
        """
        with writing(self._engine) as connection:
            conversation = conversation_of(locked(connection, conversation_id))
            if (known := self._known(connection, conversation_id, message)) is not None:
                return known
            waiting = settle_mail(connection, conversation, about) if about else None
            if about is not None and waiting is not None and about.only:
                add_message(connection, conversation_id, message, None)
                tell(connection, conversation_id, message.at, (EventKind.MESSAGE_ACCEPTED, {"message": shown(message)}))
                say_of_mail(connection, conversation, waiting, about)
                return Accepted(message, waiting, duplicate=False, to_be_answered=False)
            mode = HandlingMode.AUTO if alone else conversation.mode
            if conversation.status is ConversationStatus.RESOLVED:
                mode = HandlingMode.AUTO
                tell(connection, conversation_id, message.at, (EventKind.REOPENED, {}))
            manual = mode is HandlingMode.MANUAL
            # Where no person is, nobody will ever decide what is held: it stays as it is, and the next turn is another.
            steps = (TurnStatus.OPEN,) if alone else _UNANSWERED[mode]
            joined = self._joined(connection, conversation, mode, steps)
            turn_id = joined or fresh
            if joined is None:
                status = TurnStatus.WITH_PERSON if manual else TurnStatus.OPEN
                connection.execute(
                    insert(turns).values(id=fresh, conversation_id=conversation_id, at=message.at, status=status)
                )
            add_message(connection, conversation_id, message, turn_id)
            status_now = ConversationStatus.PENDING if manual else ConversationStatus.OPEN
            set_handling(connection, conversation_id, status_now, mode, conversation.agent if manual else None)
            tell(connection, conversation_id, message.at, (EventKind.MESSAGE_ACCEPTED, {"message": shown(message)}))
            if about is not None and waiting is not None and manual:
                say_of_mail(connection, conversation, waiting, about)  # else the next notice says it
        return Accepted(message, turn_id, duplicate=False, to_be_answered=not manual)

    def open_turns(self, before: datetime) -> list[TurnId]:
        """Undecided turns on which nobody has begun work since a moment, oldest first; those inside the house
        (terminal, files) are left to who began them."""
        query = (
            select(turns.c.id)
            .join(conversations, conversations.c.id == turns.c.conversation_id)
            .where(
                turns.c.status == TurnStatus.OPEN,
                func.coalesce(turns.c.begun_at, turns.c.at) < before,
                conversations.c.token_hash.is_not(None),
            )
            .order_by(turns.c.at)
        )
        with self._engine.connect() as connection:
            return [TurnId(row.id) for row in connection.execute(query)]

    def begin(self, turn_id: TurnId, at: datetime) -> TurnWork | None:
        """Counts an attempt and gives what there is to answer; None when the turn is not open any more."""
        with writing(self._engine) as connection:
            conversation_id = connection.execute(
                select(turns.c.conversation_id).where(turns.c.id == turn_id)
            ).scalar_one_or_none()
            if conversation_id is None:
                return None
            # The conversation first, as everywhere: who takes the turn first would wait for who has the conversation.
            conversation = conversation_of(locked(connection, ConversationId(conversation_id)))
            attempts = connection.execute(
                update(turns)
                .where(turns.c.id == turn_id, turns.c.status == TurnStatus.OPEN)
                .values(attempts=turns.c.attempts + 1, begun_at=at)
                .returning(turns.c.attempts)
            ).scalar_one_or_none()
            if attempts is None:
                return None
            return TurnWork(turn_id, conversation, self._asked(connection, turn_id), attempts)

    def finish(
        self,
        record: TurnRecord,
        state: DialogueState,
        said: Message,
        answered: Sequence[MessageId],
        handoff: HandOff | None = None,
    ) -> bool:
        """Keeps decision, record, what was said and what is remembered, in one transaction, with what a person needs
        when one has to take it.

        False, and nothing is kept, when the turn is not open any more or a message has joined those `answered`.
        """
        conversation_id = record.conversation_id
        with writing(self._engine) as connection:
            conversation = conversation_of(locked(connection, conversation_id))
            query = select(turns.c.status, turns.c.at, turns.c.handed_back).where(turns.c.id == record.id)
            turn = connection.execute(query).first()
            asked = [message.id for message in self._asked(connection, record.id)]
            if turn is None or turn.status != TurnStatus.OPEN or asked != list(answered):
                return False
            becomes = _BECOMES[record.decision.delivery]
            connection.execute(
                update(turns)
                .where(turns.c.id == record.id)
                .values(
                    status=becomes,
                    delivery=record.decision.delivery,
                    origin=record.origin,
                    record=RECORD.dump_python(record, mode="json"),
                    decided_at=said.at,
                    state_before=STATE.dump_python(conversation.state, mode="json"),
                    **kept_handoff(handoff),
                )
            )
            keep_facts(connection, record, turn.at)
            queue_review(connection, record, said.at)
            add_message(connection, conversation_id, said, record.id)
            connection.execute(
                update(conversations)
                .where(conversations.c.id == conversation_id)
                .values(state=STATE.dump_python(state, mode="json"))
            )
            waits = becomes is not TurnStatus.SENT
            mode = HandlingMode.MANUAL if becomes is TurnStatus.WITH_PERSON else conversation.mode
            set_handling(
                connection, conversation_id, ConversationStatus.PENDING if waits else ConversationStatus.OPEN, mode
            )
            notice = {"turn_id": record.id, "message": shown(said)}
            told = {
                TurnStatus.SENT: reply_events(record.id, said),
                TurnStatus.HELD: [(EventKind.REPLY_HELD, notice)],
                TurnStatus.WITH_PERSON: [(EventKind.HANDOFF_STARTED, notice)],
            }
            tell(connection, conversation_id, said.at, *told[becomes])
            if waits and self._announces:
                decision = record.decision
                to_tell(connection, conversation, record.id, becomes, said.at, decision.reasons, decision.action)
            elif turn.handed_back and not waits:
                to_mail(connection, conversation, said)  # she was told that a person answers, and may have left
        return True

    def _known(self, connection: Connection, conversation_id: ConversationId, message: Message) -> Accepted | None:
        if message.client_message_id is None:
            return None
        query = (
            select(messages, turns.c.status.label("turn_status"))
            .join(turns, turns.c.id == messages.c.turn_id, isouter=True)
            .where(
                messages.c.conversation_id == conversation_id,
                messages.c.client_message_id == message.client_message_id,
            )
        )
        row = connection.execute(query).first()
        if row is None:
            return None
        if row.text != message.text or row.author != message.author:
            raise MessageConflict(f"client message {message.client_message_id}")
        waits = row.turn_status == TurnStatus.OPEN
        return Accepted(message_of(row), TurnId(row.turn_id), duplicate=True, to_be_answered=waits)

    def _joined(
        self, connection: Connection, conversation: Conversation, mode: HandlingMode, steps: Sequence[TurnStatus]
    ) -> TurnId | None:
        """The unanswered turn that a new message joins. When its reply was held it is opened anew, as if nothing had
        been decided: what the dropped reply left in the memory of the conversation is taken back too, but not what the
        customer said of mail."""
        conversation_id, no_mail = conversation.id, conversation.state.no_mail
        query = select(turns.c.id, turns.c.status, turns.c.state_before).where(
            turns.c.conversation_id == conversation_id, turns.c.status.in_(steps)
        )
        row = connection.execute(query).first()
        if row is None:
            return None
        if mode is HandlingMode.AUTO:
            connection.execute(update(turns).where(turns.c.id == row.id).values(status=TurnStatus.OPEN, attempts=0))
        if row.status in AWAITING_DECISION and row.state_before is not None:
            before = {**row.state_before, "no_mail": no_mail}
            connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(state=before))
        return TurnId(row.id)

    def _asked(self, connection: Connection, turn_id: TurnId) -> tuple[Message, ...]:
        query = (
            select(messages)
            .where(messages.c.turn_id == turn_id, messages.c.author == Author.CUSTOMER)
            .order_by(messages.c.seq)
        )
        return tuple(message_of(row) for row in connection.execute(query))
