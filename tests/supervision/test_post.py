"""What waits in the outbox is sent once, tried again with growing delays, and given up where it can be seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.adapters.sql.database import open_database
from app.adapters.sql.schema import conversations, outbox
from app.adapters.system import SortableIds
from app.domain.conversation import Author, Conversation, Message
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.post import GRACE, MOST_ATTEMPTS, Letter
from app.errors import CallFailed, MailDown, MailRefused
from app.playbook.phrases import load_notices
from app.stores import Stores
from app.supervision.post import Post
from tests.builders import NOW

ID = ConversationId("conv_1")


@dataclass
class Carrier:
    """A `Mail` and a `Caller` that keeps what it is given, unless it shall fail."""

    letters: list[Letter] = field(default_factory=list)
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    fails: Exception | None = None

    def send(self, letter: Letter) -> None:
        if self.fails:
            raise self.fails
        self.letters.append(letter)

    def call(self, key: str, content: Mapping[str, Any], at: datetime) -> None:
        if self.fails:
            raise self.fails
        self.calls.append((key, content))


class Later:
    """A `Clock` that is put forward."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


class House:
    """A customer who may be mailed to, a supervisor who answers her, and the post."""

    def __init__(self, *, mails: bool = True, calls: bool = True) -> None:
        self.stores = Stores(open_database("sqlite://"), announces=True)
        self.stores.conversations.start(Conversation(ID, None, NOW, token_hash="t" * 64))
        self.gives("maya@post.example")
        self.stores.supervision.ask_for_person(ID, TurnId("turn_1"), NOW)
        self.carrier = Carrier()
        self.clock = Later()
        self.counted: list[str] = []
        self.post = Post(
            self.stores.outbox,
            self.stores.conversations,
            self.carrier if mails else None,
            self.carrier if calls else None,
            notices=load_notices(),
            store_name="Larkfield",
            link="https://chat.larkfield.example/console/",
            clock=self.clock,
            ids=SortableIds(),
            count=self.counted.append,
        )

    def gives(self, contact: str | None) -> None:
        with self.stores.engine.begin() as connection:
            connection.execute(update(conversations).values(contact=contact))

    def answers(self, text: str = "It arrives on Monday.") -> None:
        self.stores.supervision.take_over(ID, "sam", NOW)
        message = Message(MessageId("msg_1"), Author.SUPERVISOR, text, NOW, "Sam")
        self.stores.supervision.say(ID, message, "sam")

    def goes_round(self, **after: float) -> None:
        self.clock.at = NOW + timedelta(**after)
        self.post.send_due()

    def attempts(self) -> list[int]:
        query = select(outbox.c.attempts).where(outbox.c.kind == "mail").order_by(outbox.c.key)
        with self.stores.engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def status(self, kind: str) -> tuple[str, int, str]:
        with self.stores.engine.connect() as connection:
            row = connection.execute(select(outbox).where(outbox.c.kind == kind)).one()
        return row.status, row.attempts, row.why


def test_a_reply_is_mailed_when_she_has_left() -> None:
    house = House()
    house.answers("It arrives on {store_name} day.")
    house.goes_round(seconds=GRACE.total_seconds() - 1)
    assert house.carrier.letters == []

    for _ in range(2):
        house.goes_round(minutes=1)

    [letter] = house.carrier.letters
    assert (letter.id, letter.to, letter.subject) == ("msg_1", "maya@post.example", "Your question to Larkfield")
    assert "in the chat of Larkfield, and here is our answer:\n\nIt arrives on {store_name} day.\n" in letter.text
    assert "{reply}" not in letter.text


def test_who_was_listening_when_it_came_is_not_mailed() -> None:
    house = House()
    house.answers()
    house.stores.conversations.listened([ID], NOW + timedelta(seconds=10))
    house.goes_round(minutes=1)

    assert house.carrier.letters == []
    assert house.status("mail")[0] == "not_needed"


def test_who_listened_only_before_is_mailed() -> None:
    house = House()
    house.stores.conversations.listened([ID], NOW - timedelta(seconds=10))
    house.answers()
    house.goes_round(minutes=1)

    assert len(house.carrier.letters) == 1


def test_what_fails_is_tried_again_with_growing_delays_and_then_given_up_where_supervisors_see_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = House(calls=False)
    house.answers()
    house.carrier.fails = MailDown("SMTPServerDisconnected")
    tried = []
    for minute in range(1, 60 * 24):
        before = house.status("mail")[1]
        house.goes_round(minutes=minute)
        if house.status("mail")[1] > before:
            tried.append(minute)

    assert tried[:5] == [1, 2, 4, 8, 16]
    assert house.status("mail") == ("given_up", MOST_ATTEMPTS, "SMTPServerDisconnected")
    [note] = house.stores.desk.notes(ID)
    assert (note.by, note.text) == (
        "Handrail",
        "The last answer could not be mailed to this customer. It is in the chat only.",
    )
    assert house.counted == ["mail_given_up"]
    assert "given up after 10 attempts" in caplog.text
    assert "maya" not in caplog.text


def test_what_is_refused_for_good_is_given_up_at_once() -> None:
    house = House()
    house.answers()
    house.carrier.fails = MailRefused("SMTPRecipientsRefused 550")
    house.goes_round(minutes=1)

    assert house.status("mail") == ("given_up", 1, "SMTPRecipientsRefused 550")


def test_a_mail_that_could_not_be_sent_at_first_arrives_later_once() -> None:
    house = House()
    house.answers()
    house.carrier.fails = MailDown("ConnectionRefusedError")
    house.goes_round(minutes=1)
    house.carrier.fails = None
    for minutes in (2, 3, 10):
        house.goes_round(minutes=minutes)

    assert len(house.carrier.letters) == 1


def test_an_unexpected_failure_keeps_nothing_else_from_being_sent() -> None:
    house = House()
    house.answers()
    house.carrier.fails = RuntimeError("swordfish")
    house.goes_round(minutes=1)
    house.carrier.fails = None
    house.goes_round(minutes=5)

    assert len(house.carrier.letters) == 1


def test_a_server_that_is_away_is_left_alone_until_the_next_round() -> None:
    house = House()
    house.answers()
    house.stores.supervision.say(ID, Message(MessageId("msg_2"), Author.SUPERVISOR, "And more.", NOW, "Sam"), "sam")
    house.carrier.fails = MailDown("ConnectionRefusedError")
    house.goes_round(minutes=1)
    assert house.attempts() == [1, 0]

    house.goes_round(minutes=1, seconds=5)
    assert house.attempts() == [1, 1]
    house.carrier.fails = None
    house.goes_round(minutes=3)
    assert [letter.id for letter in house.carrier.letters] == ["msg_1", "msg_2"]


def test_an_address_that_is_gone_is_not_mailed_to() -> None:
    house = House()
    house.answers()
    house.gives(None)
    house.goes_round(minutes=1)

    assert house.status("mail")[0] == "not_needed"


def test_others_are_told_what_waits_since_when_and_where_to_look_and_nothing_of_what_was_said() -> None:
    house = House()
    house.goes_round()
    house.goes_round(hours=1)

    [(key, told)] = house.carrier.calls
    assert key == "call turn_1 with_person"
    assert told == {
        "event": "turn.waits",
        "turn_id": "turn_1",
        "conversation_id": "conv_1",
        "status": "with_person",
        "reasons": [],
        "action": None,
        "waiting_since": "2026-03-02T10:30:00+00:00",
        "link": "https://chat.larkfield.example/console/",
    }


def test_what_does_not_wait_any_more_is_not_told() -> None:
    house = House()
    house.carrier.fails = CallFailed("HTTP 503")
    house.goes_round()
    house.answers()
    house.carrier.fails = None
    house.goes_round(minutes=10)

    assert house.carrier.calls == []
    assert house.status("call")[0] == "not_needed"


def test_without_a_mail_server_replies_stay_where_they_are_until_there_is_one() -> None:
    house = House(mails=False)
    house.answers()
    house.goes_round(hours=1)

    assert house.status("mail") == ("waiting", 0, "")
