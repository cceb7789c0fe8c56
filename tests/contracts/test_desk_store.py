"""What supervisors look for and keep beside the conversations."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from app.adapters.sql.desk import SqlDesk
from app.domain.audit import AuditAction
from app.domain.conversation import Author, Conversation, ConversationStatus, HandlingMode, Message, TurnStatus
from app.domain.desk import CannedReply, ConversationFilter, DeskCounts, Note
from app.domain.ids import ConversationId, CustomerId, MessageId, TurnId
from app.domain.people import Role, Supervisor
from app.errors import InvalidInput, NameTaken, NotFound
from app.stores import Stores
from tests.builders import NOW

EVERYTHING = ConversationFilter()


@pytest.fixture
def stores(database: Engine) -> Stores:
    """Three conversations, each with a question; the third was written in last."""
    kept = Stores(database)
    for number in (1, 2, 3):
        begins(kept, number)
    return kept


@pytest.fixture
def desk(stores: Stores) -> SqlDesk:
    return stores.desk


def conversation(number: int) -> ConversationId:
    return ConversationId(f"conv_{number}")


def begins(stores: Stores, number: int) -> None:
    at = NOW + timedelta(minutes=number)
    stores.conversations.start(Conversation(conversation(number), CustomerId(f"C-{number}"), at, token_hash="a" * 64))
    writes(stores, number, f"Where is parcel {number}?", number)


def writes(stores: Stores, number: int, text: str, key: int) -> None:
    at = NOW + timedelta(minutes=key)
    message = Message(MessageId(f"msg_{key}"), Author.CUSTOMER, text, at, None, f"c-{key}")
    stores.turns.accept(conversation(number), message, TurnId(f"turn_{key}"))


def found(desk: SqlDesk, wanted: ConversationFilter = EVERYTHING) -> list[str]:
    return [line.id for line in desk.search(wanted, "sam").items]


def test_what_was_written_in_last_comes_first(stores: Stores, desk: SqlDesk) -> None:
    assert found(desk) == ["conv_3", "conv_2", "conv_1"]
    writes(stores, 1, "Hello?", 9)
    assert found(desk) == ["conv_1", "conv_3", "conv_2"]


def test_a_line_shows_where_a_conversation_stands(stores: Stores, desk: SqlDesk) -> None:
    stores.supervision.take_over(conversation(2), "sam", NOW)
    [line] = desk.search(ConversationFilter(agent="sam"), "sam").items
    assert (line.id, line.customer_id, line.agent, line.assigned_to) == ("conv_2", "C-2", "sam", None)
    assert (line.status, line.mode) == (ConversationStatus.PENDING, HandlingMode.MANUAL)
    assert (line.last_text, line.last_author) == ("Where is parcel 2?", Author.CUSTOMER)
    assert line.last_at == NOW + timedelta(minutes=2)
    assert (line.waiting, line.unread) == (1, 1)


def test_a_conversation_without_a_message_is_listed_too(stores: Stores, desk: SqlDesk) -> None:
    stores.conversations.start(Conversation(conversation(4), None, NOW, token_hash="b" * 64))
    line = desk.search(EVERYTHING, "sam").items[-1]
    assert (line.id, line.last_at, line.last_author, line.last_text) == ("conv_4", NOW, None, "")


def test_what_was_asked_inside_the_house_is_not_listed(stores: Stores, desk: SqlDesk) -> None:
    stores.conversations.start(Conversation(conversation(4), None, NOW))
    assert "conv_4" not in found(desk)


def test_each_condition_narrows(stores: Stores, desk: SqlDesk) -> None:
    stores.supervision.take_over(conversation(1), "sam", NOW)
    stores.supervision.take_over(conversation(2), "ada", NOW)
    stores.supervision.resolve(conversation(2), "ada", NOW)
    assert found(desk, ConversationFilter(status=ConversationStatus.RESOLVED)) == ["conv_2"]
    assert found(desk, ConversationFilter(mode=HandlingMode.MANUAL)) == ["conv_1"]
    assert found(desk, ConversationFilter(agent="sam")) == ["conv_1"]
    assert found(desk, ConversationFilter(customer_id="C-3")) == ["conv_3"]
    assert found(desk, ConversationFilter(since=NOW + timedelta(minutes=2))) == ["conv_3", "conv_2"]
    assert found(desk, ConversationFilter(text="PARCEL 3")) == ["conv_3"]
    assert found(desk, ConversationFilter(text="parcel", customer_id="C-1")) == ["conv_1"]
    assert found(desk, ConversationFilter(text="umbrella")) == []


@pytest.mark.parametrize("text", ["%", "_", "parcel_1", "\\"])
def test_signs_that_a_database_takes_for_any_letter_are_only_signs(desk: SqlDesk, text: str) -> None:
    assert found(desk, ConversationFilter(text=text)) == []


def test_the_list_goes_on_where_the_cursor_says(desk: SqlDesk) -> None:
    first = desk.search(EVERYTHING, "sam", limit=2)
    assert [line.id for line in first.items] == ["conv_3", "conv_2"]
    second = desk.search(EVERYTHING, "sam", limit=2, cursor=first.next_cursor)
    assert [line.id for line in second.items] == ["conv_1"]
    assert second.next_cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "1", "1.", ".x", "-1.x", "9" * 30 + ".x", "1." + "x" * 200])
def test_a_cursor_that_is_none_is_refused(desk: SqlDesk, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        desk.search(EVERYTHING, "sam", cursor=cursor)


def test_two_hundred_open_conversations_are_one_question_to_the_database(
    stores: Stores, desk: SqlDesk, database: Engine
) -> None:
    for number in range(4, 201):
        begins(stores, number)
    asked: list[str] = []

    def count(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    event.listen(database, "before_cursor_execute", count)
    page = desk.search(ConversationFilter(status=ConversationStatus.OPEN), "sam", limit=200)
    event.remove(database, "before_cursor_execute", count)

    assert len(page.items) == 200
    assert [line.id for line in page.items[:2]] == ["conv_200", "conv_199"]
    assert len([statement for statement in asked if not statement.startswith("BEGIN")]) == 1


def test_unread_counts_what_the_customer_wrote_since_one_looked(stores: Stores, desk: SqlDesk) -> None:
    stores.supervision.take_over(conversation(1), "sam", NOW)
    assert desk.counts("sam") == DeskCounts(waiting=1, unread=1)
    assert desk.counts("ada") == DeskCounts(waiting=1, unread=0)

    desk.mark_read(conversation(1), "sam")
    desk.mark_read(conversation(1), "sam")
    assert desk.counts("sam").unread == 0
    assert [line.unread for line in desk.search(EVERYTHING, "sam").items] == [1, 1, 0]

    writes(stores, 1, "Hello?", 9)
    assert desk.counts("sam").unread == 1
    assert [line.unread for line in desk.search(EVERYTHING, "ada").items] == [2, 1, 1], "she has not looked yet"


def test_a_conversation_is_somebodys_to_look_after(stores: Stores, desk: SqlDesk) -> None:
    for name, role, active in (("sam", Role.AGENT, True), ("vic", Role.VIEWER, True), ("old", Role.AGENT, False)):
        stores.people.add(Supervisor(name, name.title(), role, "hash", active, NOW), "command line")

    desk.assign(conversation(1), "sam", "ada", NOW)

    assert found(desk, ConversationFilter(assigned_to="sam")) == ["conv_1"]
    assert desk.counts("sam").unread == 1
    assert stores.conversations.conversation(conversation(1)).mode is HandlingMode.AUTO
    for nobody in ("vic", "old", "nobody"):
        with pytest.raises(NotFound):
            desk.assign(conversation(1), nobody, "ada", NOW)
    desk.assign(conversation(1), None, "ada", NOW)
    assert found(desk, ConversationFilter(assigned_to="sam")) == []
    assert [each.detail for each in stores.audit.entries(by="ada")] == ["to nobody", "to sam"]


def test_notes_are_kept_for_supervisors_alone(stores: Stores, desk: SqlDesk) -> None:
    before = stores.conversations.position(conversation(1))
    second = Note("note_2", conversation(1), "ada", "She is a regular.", NOW + timedelta(minutes=1))
    first = replace(second, id="note_1", by="sam", text="Called the carrier.", at=NOW)
    for note in (second, first):
        desk.add_note(note)

    assert desk.notes(conversation(1)) == [first, second]
    assert desk.notes(conversation(2)) == []
    assert stores.conversations.position(conversation(1)) == before, "nothing of it is in her stream"
    assert [each.text for each in stores.conversations.messages(conversation(1))] == ["Where is parcel 1?"]
    assert found(desk, ConversationFilter(text="carrier")) == []
    [entry] = stores.audit.entries(by="ada")
    assert (entry.action, entry.item, entry.detail) == (AuditAction.NOTE, "conversation conv_1", "")


def test_canned_replies_are_listed_by_title_and_a_title_is_given_once(stores: Stores, desk: SqlDesk) -> None:
    late = CannedReply("canned_1", "Late parcel", "It comes on {delivery_date}.", "sam", NOW)
    bye = replace(late, id="canned_2", title="Goodbye", text="Have a nice day.")
    for reply in (late, bye):
        desk.add_canned_reply(reply)
    assert desk.canned_replies() == [bye, late]
    with pytest.raises(NameTaken):
        desk.add_canned_reply(replace(late, id="canned_3"))
    desk.remove_canned_reply("canned_2", "sam", NOW)
    assert desk.canned_replies() == [late]
    with pytest.raises(NotFound):
        desk.remove_canned_reply("canned_2", "sam", NOW)


def test_the_turns_of_a_conversation_are_found_by_it_and_by_their_messages(stores: Stores, desk: SqlDesk) -> None:
    writes(stores, 1, "Hello?", 9)
    [line] = desk.turns_of(conversation(1))
    assert (line.id, line.status, line.delivery, line.origin) == ("turn_1", TurnStatus.OPEN, None, None)
    assert desk.turn_by_message(conversation(1)) == {"msg_1": "turn_1", "msg_9": "turn_1"}


@pytest.mark.parametrize("do", ["read", "assign", "note"])
def test_nothing_is_kept_about_a_conversation_that_is_not_there(desk: SqlDesk, do: str) -> None:
    nothing = ConversationId("nothing")
    actions: dict[str, Callable[[], object]] = {
        "read": lambda: desk.mark_read(nothing, "sam"),
        "assign": lambda: desk.assign(nothing, None, "sam", NOW),
        "note": lambda: desk.add_note(Note("note_1", nothing, "sam", "x", NOW)),
    }
    with pytest.raises(NotFound):
        actions[do]()
