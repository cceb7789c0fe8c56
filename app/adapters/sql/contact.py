"""What a customer says of mail, kept inside the transaction that accepts her message."""

from dataclasses import replace

from sqlalchemy import Connection, select, update

from app.adapters.sql.queue import WAITING
from app.adapters.sql.rows import STATE, add_message, tell
from app.adapters.sql.schema import conversations, turns
from app.domain.contact import AboutMail
from app.domain.conversation import Conversation, HandlingMode, OpenQuestion
from app.domain.events import EventKind, shown
from app.domain.ids import TurnId


def settle_mail(connection: Connection, conversation: Conversation, about: AboutMail) -> TurnId | None:
    """Keeps what she says of mail, if that is still what was asked and a turn waits for a person; gives that turn."""
    if conversation.state.open_question is not about.asked:
        return None
    query = (
        select(turns.c.id)
        .where(turns.c.conversation_id == conversation.id, turns.c.status.in_(WAITING))
        .order_by(turns.c.at.desc(), turns.c.id.desc())
        .limit(1)
    )
    turn_id = connection.execute(query).scalar_one_or_none()
    if turn_id is None:
        return None
    state = replace(conversation.state, open_question=about.asks, no_mail=about.no_mail)
    values = {"state": STATE.dump_python(state, mode="json")}
    if about.address is not None:
        values["contact"] = about.address
    connection.execute(update(conversations).where(conversations.c.id == conversation.id).values(values))
    return TurnId(turn_id)


def ask(connection: Connection, conversation: Conversation, question: OpenQuestion | None) -> None:
    """A notice asks this; None: it asks nothing, and what was open stays so."""
    if question is not None:
        state = STATE.dump_python(replace(conversation.state, open_question=question), mode="json")
        connection.execute(update(conversations).where(conversations.c.id == conversation.id).values(state=state))


def say_of_mail(connection: Connection, conversation: Conversation, turn_id: TurnId, about: AboutMail) -> None:
    """What she is told to it. To her page a reply that is held stays held."""
    add_message(connection, conversation.id, about.said, None)
    message = shown(about.said)
    told = (
        (EventKind.MESSAGE_CREATED, {"message": message})
        if conversation.mode is HandlingMode.MANUAL
        else (EventKind.REPLY_HELD, {"turn_id": turn_id, "message": message})
    )
    tell(connection, conversation.id, about.said.at, told)
