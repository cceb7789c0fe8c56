"""What supervisors do through the one way in: the right is checked, it is done, and it is in the audit log."""

from collections.abc import Callable

import pytest

from app.adapters.crm_memory import MemoryCustomerRecords
from app.adapters.system import SortableIds
from app.domain.audit import AuditAction
from app.domain.conversation import Author, Conversation, DialogueState, Message
from app.domain.ids import ConversationId, CustomerId, MessageId, TurnId
from app.domain.people import Person, Role
from app.domain.reply import Delivery, DeliveryDecision, Reply
from app.domain.supervision import draft_id
from app.domain.turn import TurnRecord
from app.errors import HandrailError, InvalidInput, NotAllowed, OthersData
from app.ports import CustomerRecords
from app.supervision.acts import Acts
from tests.builders import NOW, a_customer, a_page, a_shipped_order
from tests.supervision.house import Office

SAM, VIC = Person("sam", Role.AGENT, "Sam"), Person("vic", Role.VIEWER)
CONVERSATION, TURN = ConversationId("conv_1"), TurnId("turn_1")
RECORDS = MemoryCustomerRecords((a_customer(a_shipped_order()),), ())


class Desk:
    """A held reply in one conversation, and who has to hear of what is done."""

    def __init__(self, office: Office, records: CustomerRecords = RECORDS) -> None:
        stores = self.stores = office.stores
        self.told: list[ConversationId] = []
        self.answered: list[TurnId] = []
        self.acts = Acts(
            supervision=stores.supervision,
            conversations=stores.conversations,
            records=stores.conversations,
            desk=stores.desk,
            canned=stores.desk,
            inbox=stores.annotation_inbox,
            knowledge=stores.knowledge,
            customers=records,
            rights=office.rights,
            clock=office.clock,
            ids=SortableIds(),
            told=self.told.append,
            answer=self.answered.append,
            longest=500,
        )
        stores.knowledge.replace_pages([a_page(text="Write to help@larkfield.example.")], [])
        stores.conversations.start(Conversation(CONVERSATION, CustomerId("C-1"), NOW, token_hash="a" * 64))
        asked = Message(MessageId("msg_1"), Author.CUSTOMER, "where is it, and my LF-77001?", NOW, None, "c-1")
        stores.turns.accept(CONVERSATION, asked, TURN)
        record = TurnRecord(
            TURN,
            CONVERSATION,
            CustomerId("C-1"),
            NOW,
            "",
            (),
            (),
            DeliveryDecision(Delivery.HOLD),
            Reply("It comes today.", "It comes today.", ()),
            "",
            {},
            (),
        )
        assert stores.turns.begin(TURN, NOW) is not None
        notice = Message(MessageId("msg_2"), Author.ASSISTANT, "Please wait.", NOW)
        assert stores.turns.finish(record, DialogueState(), notice, [asked.id])
        self.draft = draft_id(record)

    def annotation(self) -> str:
        """The decision on the reply."""
        return next((kept.annotation.id for kept in self.stores.supervision.annotations_of(TURN)), "none")


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def everything(desk: Desk, who: Person) -> dict[AuditAction, Callable[[], object]]:
    """Each act, in an order in which all of them can be done."""
    acts = desk.acts
    return {
        AuditAction.CLAIM: lambda: acts.claim(who, TURN),
        AuditAction.NOTE: lambda: acts.add_note(who, CONVERSATION, "A regular."),
        AuditAction.ASSIGN: lambda: acts.assign(who, CONVERSATION, "sam"),
        AuditAction.ADD_CANNED_REPLY: lambda: acts.add_canned_reply(who, "Late", "It comes on {delivery_date}."),
        AuditAction.REMOVE_CANNED_REPLY: lambda: acts.remove_canned_reply(who, desk.stores.desk.canned_replies()[0].id),
        AuditAction.EDIT: lambda: acts.edit(who, TURN, desk.draft, "It comes tomorrow."),
        AuditAction.WITHDRAW: lambda: acts.take_back(who, desk.annotation()),
        AuditAction.TAKE_OVER: lambda: acts.take_over(who, CONVERSATION),
        AuditAction.SAY: lambda: acts.say(who, CONVERSATION, "Hello."),
        AuditAction.HAND_BACK: lambda: acts.hand_back(who, CONVERSATION),
        AuditAction.RESOLVE: lambda: acts.resolve(who, CONVERSATION),
    }


def test_an_agent_does_it_all_and_each_is_in_the_audit_log_once(desk: Desk, office: Office) -> None:
    acts = everything(desk, SAM)
    for act in acts.values():
        act()
    logged = [each for each in reversed(office.stores.audit.entries()) if each.by == "sam"]
    assert [each.action for each in logged] == list(acts)
    assert [each for each in logged if each.refused] == []
    assert desk.told == [CONVERSATION] * 5, "of the five that concern the customer"


def test_a_viewer_does_none_of_it_and_that_she_tried_is_logged(desk: Desk, office: Office) -> None:
    desk.acts.add_canned_reply(SAM, "Late", "It comes on {delivery_date}.")
    acts = everything(desk, VIC)
    for act in acts.values():
        with pytest.raises(NotAllowed):
            act()
    assert [(by, action, code) for by, action, _, code in office.refusals()] == [
        ("vic", action, "not_allowed") for action in acts
    ]
    assert desk.told == []
    assert [item.draft_id for item in office.stores.supervision.waiting(9)] == [desk.draft]


@pytest.mark.parametrize("title", ["", "  ", "x" * 101, "a\0b"])
def test_a_canned_reply_has_a_title_that_can_be_read(desk: Desk, title: str) -> None:
    with pytest.raises(InvalidInput):
        desk.acts.add_canned_reply(SAM, title, "Hello.")


@pytest.mark.parametrize("text", ["", " ", "x" * 501, "\ud800"])
def test_what_cannot_be_sent_is_refused_and_the_reply_still_waits(desk: Desk, text: str) -> None:
    with pytest.raises(HandrailError):
        desk.acts.edit(SAM, TURN, desk.draft, text)
    with pytest.raises(HandrailError):
        desk.acts.add_note(SAM, CONVERSATION, text)
    assert len(desk.stores.supervision.waiting(9)) == 1


@pytest.mark.parametrize(
    "text",
    ["LF-10482 comes today.", "LF-77001 comes today.", "Write to help@larkfield.example.", "Hi Maya,\nIt comes today."],
)
def test_her_records_her_words_and_the_shops_pages_may_be_said(desk: Desk, text: str) -> None:
    desk.acts.edit(SAM, TURN, desk.draft, text)
    assert desk.stores.conversations.messages(CONVERSATION)[-1].text == text


def test_while_the_records_cannot_be_read_what_they_would_allow_is_refused(office: Office) -> None:
    records = MemoryCustomerRecords((a_customer(a_shipped_order()),), ())
    records.down = True
    desk = Desk(office, records)
    with pytest.raises(OthersData):
        desk.acts.edit(SAM, TURN, desk.draft, "LF-10482 comes today.")
    desk.acts.edit(SAM, TURN, desk.draft, "It comes today.")


def test_handed_back_what_nobody_has_answered_is_answered_now(desk: Desk, office: Office) -> None:
    desk.acts.take_over(SAM, CONVERSATION)
    more = Message(MessageId("msg_9"), Author.CUSTOMER, "hello?", NOW, None, "c-9")
    office.stores.turns.accept(CONVERSATION, more, TurnId("turn_9"))
    desk.acts.hand_back(SAM, CONVERSATION)
    assert desk.answered == [TURN]
