"""What a reply says about the rules stands in a page, else a person looks; an approved reply stands by itself."""

from dataclasses import replace

from app.domain.reply import Delivery, FlagReason
from app.domain.turn import RefinedDraft
from app.pipeline.guard import guard
from app.pipeline.guards.inspection import Inspection
from app.pipeline.guards.policy import rules_stand_somewhere
from tests.pipeline.chain import CUSTOMERS, MAYA, build_parts, talk
from tests.pipeline.inspections import a_turn

PARTS = build_parts()
OUTCOME = talk(MAYA, PARTS).outcome("cancel LF-10482 please")


def found(body: str) -> list[FlagReason]:
    """What the guard says when the reply's body is another than the approved one."""
    item = replace(OUTCOME.answered[0], refined=RefinedDraft(body, "model", delivered=True))
    seen = Inspection(a_turn("cancel it"), "cancel it", CUSTOMERS[0], (item,), OUTCOME.record.proposed, PARTS)
    return [flag.reason for flag in rules_stand_somewhere(seen)]


def test_an_approved_reply_stands_by_itself() -> None:
    assert OUTCOME.record.decision.delivery is Delivery.SEND
    assert OUTCOME.record.flags == ()


def test_a_statement_of_its_page_is_let_through() -> None:
    assert found("Order {order_id} has shipped. A packed order cannot be stopped. You can send it back.") == []


def test_a_statement_that_no_page_makes_is_held() -> None:
    assert found("Order {order_id} has shipped. You can swap it at any petrol station.") == [
        FlagReason.UNSUPPORTED_POLICY
    ]


def test_the_opposite_of_what_the_page_says_is_held() -> None:
    assert found("Order {order_id} has shipped. A packed order can be stopped.") == [FlagReason.UNSUPPORTED_POLICY]


def test_a_message_alone_is_held_against_no_page() -> None:
    seen = Inspection(a_turn("hi"), "hi", CUSTOMERS[0], OUTCOME.answered, None, PARTS)

    assert FlagReason.UNSUPPORTED_POLICY not in [flag.reason for flag in guard(seen)]
