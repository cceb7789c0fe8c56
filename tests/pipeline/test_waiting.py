"""What a customer is told of the wait for a person, and where the answer may be mailed if she leaves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.conversation import Author, OpenQuestion, TurnStatus
from app.domain.ids import ConversationId, CustomerId
from app.domain.reply import Delivery
from app.pipeline.parts import Parts
from app.playbook.hours import load_hours
from tests.api.inside import Inside, inside
from tests.builders import StoppedClock
from tests.pipeline.chain import LENA, MAYA, SAMUEL, TOM, GivenLanguage, build_parts, talk

OPEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""10 am on a Monday in New York."""
CLOSED = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
SATURDAY_NIGHT = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
PERSON = "let me talk to a person"
BACK = "My colleagues are not here at the moment; they are back"


class OnDuty:
    """A `Presence` that says what it is told."""

    def __init__(self, there: bool) -> None:
        self.there = there
        self.asked_since: list[datetime] = []

    def on_duty(self, since: datetime) -> bool:
        self.asked_since.append(since)
        return self.there


def desk(at: datetime, *, there: bool = False, **changes: Any) -> Parts:  # noqa: ANN401 - whichever parts a test changes
    return replace(build_parts(), clock=StoppedClock(at), hours=load_hours(), presence=OnDuty(there), **changes)


def test_while_somebody_is_there_nothing_is_said_of_a_wait() -> None:
    parts = desk(OPEN, there=True)

    assert talk(LENA, parts).says(PERSON).delivered.endswith("8 am to 8 pm Eastern.")
    assert isinstance(parts.presence, OnDuty)
    assert parts.presence.asked_since == [OPEN - timedelta(minutes=10)]


def test_within_the_hours_with_nobody_on_duty_it_may_take_a_while() -> None:
    assert talk(LENA, desk(OPEN)).says(PERSON).delivered.endswith("so it may take a while.")


@pytest.mark.parametrize(
    ("at", "back"), [(CLOSED, "today at 8 am Eastern."), (SATURDAY_NIGHT, "on Monday at 8 am Eastern.")]
)
def test_outside_the_hours_she_hears_when_people_are_back(at: datetime, back: str) -> None:
    assert talk(LENA, desk(at, there=True)).says(PERSON).delivered.endswith(f"{BACK} {back}")


def test_a_held_reply_and_records_that_are_away_tell_the_wait_too() -> None:
    held = talk(MAYA, replace(desk(CLOSED), policy=replace(desk(CLOSED).policy, send_threshold=0.99)))
    nobody = talk(CustomerId("C-unknown"), desk(CLOSED))

    for record in (held.says("where is my parcel"), nobody.says("where is my parcel")):
        assert record.decision.delivery is not Delivery.SEND
        assert record.delivered.endswith(f"{BACK} today at 8 am Eastern.")


def test_a_reply_that_is_sent_says_nothing_of_it() -> None:
    assert BACK not in talk(MAYA, desk(CLOSED)).says("where is my parcel").delivered


def test_a_notice_in_another_language_gets_no_english_sentence() -> None:
    told = talk(LENA, desk(CLOSED, language=GivenLanguage("de"), mails=True)).says("wo ist mein Paket").delivered

    assert told.endswith("antwortet Ihnen hier.")


def test_in_a_terminal_nobody_is_asked_for_an_address() -> None:
    conversation = talk(LENA, desk(CLOSED, mails=True))

    assert conversation.says(PERSON).delivered.endswith("Eastern.")
    assert conversation.state.open_question is None


@pytest.fixture
def a_desk(tmp_path: Any) -> Iterator["Desk"]:  # noqa: ANN401 - a path
    with inside(tmp_path, desk(CLOSED, mails=True)) as process:
        yield Desk(process)


class Desk:
    """A closed shop that mails, and a conversation in it."""

    def __init__(self, process: Inside) -> None:
        self.process = process
        self.assistant = process.assistant
        self.stores = process.stores
        self.id = process.conversation

    def as_nobody(self) -> None:
        """Somebody who is not signed in."""
        self.id = self.assistant.start(None, "token").id

    def as_customer(self, customer_id: CustomerId) -> None:
        self.id = self.assistant.start(customer_id, "token").id

    def hears(self, text: str) -> str:
        """What is said to it, last."""
        accepted = self.assistant.accept(self.id, text, f"c-{len(self.said())}")
        if accepted.to_be_answered:
            self.assistant.work_on(accepted.turn_id)
        return self.said()[-1]

    def said(self) -> list[str]:
        return [m.text for m in self.stores.conversations.messages(self.id) if m.author is not Author.CUSTOMER]

    @property
    def contact(self) -> str | None:
        return self.stores.conversations.conversation(self.id).contact

    @property
    def asks(self) -> OpenQuestion | None:
        return self.stores.conversations.conversation(self.id).state.open_question

    def statuses(self) -> list[TurnStatus]:
        return [line.status for line in self.stores.desk.turns_of(self.id)]


def test_who_is_not_signed_in_is_asked_for_an_address_and_what_she_gives_is_kept(a_desk: Desk) -> None:
    a_desk.as_nobody()
    assert a_desk.hears(PERSON).endswith("write me an email address, and the answer will come there too.")

    told = a_desk.hears("sure, nina@post.example")

    assert told == "Thank you, if you are not here when the answer comes, it will also go to n•••@p•••.example."
    assert (a_desk.contact, a_desk.asks, a_desk.statuses()) == ("nina@post.example", None, [TurnStatus.WITH_PERSON])


def test_who_is_signed_in_is_asked_for_the_address_of_her_account_without_seeing_it_whole(a_desk: Desk) -> None:
    known = a_desk.assistant.parts.records.customer(LENA)
    assert known is not None
    a_desk.as_customer(LENA)

    asked = a_desk.hears(PERSON)
    told = a_desk.hears("yes please")

    assert "the email address of your account" in asked
    assert known.account.email not in asked + told
    assert a_desk.contact == known.account.email


def test_another_address_than_the_accounts_counts(a_desk: Desk) -> None:
    a_desk.as_customer(LENA)
    a_desk.hears(PERSON)
    a_desk.hears("no, nina@post.example please")

    assert a_desk.contact == "nina@post.example"


def test_who_wants_no_mail_is_not_asked_again(a_desk: Desk) -> None:
    a_desk.as_customer(SAMUEL)
    a_desk.assistant.parts = replace(
        a_desk.assistant.parts, policy=replace(a_desk.assistant.parts.policy, send_threshold=0.99)
    )
    assert "account" in a_desk.hears("where is my parcel")
    assert a_desk.hears("no thanks") == "All right, the answer will be here in the chat."
    assert a_desk.statuses() == [TurnStatus.HELD]

    again = a_desk.hears("where is LF-30001")

    assert again.endswith("they are back today at 8 am Eastern.")
    assert a_desk.contact is None


def test_an_address_after_a_held_reply_leaves_the_reply_held(a_desk: Desk) -> None:
    a_desk.as_customer(TOM)
    a_desk.assistant.parts = replace(
        a_desk.assistant.parts, policy=replace(a_desk.assistant.parts.policy, send_threshold=0.99)
    )
    a_desk.hears("cancel LF-20001")
    [before] = a_desk.stores.supervision.waiting(10)

    a_desk.hears("tom@post.example")

    [after] = a_desk.stores.supervision.waiting(10)
    assert (after.draft_id, after.status) == (before.draft_id, TurnStatus.HELD)
    assert [message.text for message in after.asked] == ["cancel LF-20001"]
    kinds = [event.kind for event in a_desk.stores.conversations.events_after(a_desk.id, 0)]
    assert kinds == ["message.accepted", "reply.held", "message.accepted", "reply.held"]


def test_an_address_beside_another_request_is_kept_and_the_request_goes_its_way(a_desk: Desk) -> None:
    a_desk.as_nobody()
    a_desk.hears(PERSON)

    told = a_desk.hears("nina@post.example, and the shoes you sent me are wet")

    assert told.startswith("Thank you, if you are not here")
    [item] = a_desk.stores.supervision.waiting(10)
    assert len(item.asked) == 2


def test_a_given_address_reaches_neither_prompts_nor_the_record(a_desk: Desk) -> None:
    a_desk.as_nobody()
    a_desk.assistant.parts = replace(
        a_desk.assistant.parts, policy=replace(a_desk.assistant.parts.policy, send_threshold=0.99)
    )
    a_desk.hears("what delivery options are there")
    again = a_desk.hears("nina@post.example. What delivery options are there for my sister, if I may ask?")

    [item] = a_desk.stores.supervision.waiting(10)
    assert a_desk.contact == "nina@post.example"
    assert "will also come to your email address (n•••@p•••.example)" in again
    assert item.record is not None
    assert "nina" not in str(item.record)
    assert "nina" not in repr(a_desk.stores.conversations.conversation(a_desk.id))


@pytest.mark.parametrize("text", ["nina@post", "my address is nina @ post"])
def test_an_address_that_cannot_be_read_is_asked_for_once_more(a_desk: Desk, text: str) -> None:
    a_desk.as_nobody()
    a_desk.hears(PERSON)

    assert a_desk.hears(text) == "I could not read that as an email address. Could you write it once more?"
    assert a_desk.hears("nina@post.example").startswith("Thank you")


def test_yes_alone_is_asked_which_address(a_desk: Desk) -> None:
    a_desk.as_nobody()
    a_desk.hears(PERSON)

    assert "write me an email address" in a_desk.hears("yes")


def test_records_that_are_away_when_she_says_yes_let_her_write_one(a_desk: Desk) -> None:
    a_desk.as_customer(LENA)
    a_desk.hears(PERSON)
    a_desk.stores.conversations.conversation(a_desk.id)
    a_desk.assistant.parts = replace(a_desk.assistant.parts, records=build_parts(customers=()).records)

    assert "write me an email address" in a_desk.hears("yes")
    assert a_desk.asks is OpenQuestion.EMAIL


def test_an_address_that_nobody_asked_for_is_a_message_like_any_other(a_desk: Desk) -> None:
    a_desk.as_nobody()
    a_desk.hears("nina@post.example")

    assert a_desk.contact is None


def test_the_same_answer_sent_twice_is_one_answer(a_desk: Desk) -> None:
    a_desk.as_nobody()
    a_desk.hears(PERSON)
    for _ in range(2):
        again = a_desk.assistant.accept(a_desk.id, "nina@post.example", "c-same")

    assert again.duplicate
    assert not again.to_be_answered
    assert sum(text.startswith("Thank you") for text in a_desk.said()) == 1


def test_after_a_hand_back_the_assistant_answers_what_stood_before_the_address(a_desk: Desk) -> None:
    a_desk.as_nobody()
    a_desk.hears(PERSON)
    a_desk.assistant.accept(a_desk.id, "what delivery options are there", "c-more")
    a_desk.hears("nina@post.example")

    assert len(a_desk.stores.supervision.hand_back(a_desk.id, "sam", CLOSED)) == 1


def test_a_reply_that_is_held_until_after_closing_asks_when_it_says_so_and_once(a_desk: Desk) -> None:
    night = replace(a_desk.assistant.parts, clock=StoppedClock(OPEN + timedelta(hours=12)))
    day = replace(night, presence=OnDuty(True), clock=StoppedClock(OPEN))
    a_desk.assistant.parts = replace(day, policy=replace(day.policy, send_threshold=0.99))
    a_desk.as_nobody()
    assert a_desk.hears("what delivery options are there").endswith("You will get the reply here.")
    a_desk.assistant.parts = night

    a_desk.process.workers().tell_overdue()
    a_desk.process.workers().tell_overdue()

    assert a_desk.said()[-1].startswith("This takes longer than I had hoped.")
    assert a_desk.said()[-1].endswith("write me an email address, and the answer will come there too.")
    assert len(a_desk.said()) == 2
    assert a_desk.hears("nina@post.example").startswith("Thank you")
    assert a_desk.statuses() == [TurnStatus.HELD_LONG]


def test_who_was_asked_already_is_not_asked_again_when_it_takes_longer(a_desk: Desk) -> None:
    parts = a_desk.assistant.parts
    a_desk.assistant.parts = replace(parts, policy=replace(parts.policy, send_threshold=0.99))
    a_desk.as_nobody()
    assert "email" in a_desk.hears("what delivery options are there")
    a_desk.assistant.parts = replace(parts, clock=StoppedClock(CLOSED + timedelta(hours=1)))
    a_desk.process.workers().tell_overdue()

    assert a_desk.said()[-1].endswith(f"{BACK} today at 8 am Eastern.")
    assert a_desk.hears("nina@post.example").startswith("Thank you")


def test_the_button_for_a_person_tells_the_wait_and_asks_too(a_desk: Desk) -> None:
    from app.domain.ids import TurnId
    from app.pipeline.deliver import the_wait

    a_desk.as_nobody()
    wait = the_wait(a_desk.stores.conversations.conversation(a_desk.id), a_desk.assistant.parts)
    notice = a_desk.assistant.message(Author.ASSISTANT, wait.text)
    a_desk.stores.supervision.ask_for_person(ConversationId(a_desk.id), TurnId("turn_9"), CLOSED, notice, wait.asks)

    assert a_desk.said() == [wait.text]
    assert a_desk.hears("nina@post.example").startswith("Thank you")
