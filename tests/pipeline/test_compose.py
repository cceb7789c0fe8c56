"""How a reply is put together from bodies, a greeting, and the sentences that the facts call for."""

from dataclasses import replace

import pytest

from app.pipeline.compose import compose, notice
from app.pipeline.parts import Parts, Turn
from app.pipeline.turn import TurnOutcome
from tests.builders import NOW
from tests.pipeline.chain import APPROVED, LENA, MAYA, SAMUEL, TOM, approved, build_parts, talk

PARTS = build_parts()


def turn_of(outcome: TurnOutcome, *, greeted: bool) -> Turn:
    record = outcome.record
    state = replace(talk().state, greeted=greeted)
    return Turn(record.id, record.conversation_id, record.customer_id, ("where",), state, NOW)


def composed(outcome: TurnOutcome, parts: Parts = PARTS, *, greeted: bool = False) -> str:
    reply = compose(turn_of(outcome, greeted=greeted), outcome.answered, parts)
    assert reply is not None
    return reply.text


def test_a_customer_is_greeted_by_name_until_she_has_been() -> None:
    outcome = talk(MAYA, PARTS).outcome("where is my parcel")

    assert composed(outcome).startswith("Hi Maya,\nYour order")
    assert composed(outcome, greeted=True).startswith("Your order")


def test_who_is_not_signed_in_is_not_greeted_by_name() -> None:
    assert composed(talk(None, PARTS).outcome("where is my parcel")).startswith("Please sign in")


def test_a_hello_is_not_greeted_twice() -> None:
    assert composed(talk(LENA, PARTS).outcome("hello")) == "Hello, what can I do for you?"


def test_a_delay_is_not_told_again_beside_a_reply_that_tells_it() -> None:
    outcome = talk(MAYA, PARTS).outcome("where is LF-10482 and also can you cancel LF-10482")

    assert composed(outcome).count("3 days late") == 1


def test_a_parcel_on_time_has_no_delay_to_mention() -> None:
    assert "late" not in composed(talk(TOM, PARTS).outcome("cancel LF-20001"))


def test_what_is_added_follows_on_the_same_line() -> None:
    assert "on Wednesday, March 4. You have ordered" in composed(talk(MAYA, PARTS).outcome("where is my parcel"))


def test_an_apology_that_the_reply_makes_itself_is_not_added_again() -> None:
    sorry = "Order {order_id} has shipped. You can return it within {return_days}. I am sorry about that."
    parts = build_parts(interactions=[approved("cancel_order/shipped", sorry)])

    text = composed(talk(MAYA, parts).outcome("cancel LF-10482"), parts)

    assert "3 days late" in text
    assert text.count("I am sorry about that.") == 1


def test_what_follows_a_link_stands_on_a_line_of_its_own() -> None:
    late = "Order {order_id} is {days_late} late, expected on {delivery_date}: {tracking_link}"
    parts = build_parts(interactions=[approved("track_order/late", late)])

    assert "https://northway.example/track/AB12\nYou have ordered" in composed(talk(MAYA, parts).outcome("where is it"))


def test_a_reply_is_cut_into_its_sentences() -> None:
    outcome = talk(SAMUEL, PARTS).outcome("cancel my order")
    reply = compose(turn_of(outcome, greeted=True), outcome.answered, PARTS)

    assert reply is not None
    assert len(reply.sentences) == 2
    assert " ".join(reply.sentences) == reply.text
    assert "{order_id}" in reply.template


def test_when_one_of_two_requests_has_no_answer_there_is_no_reply() -> None:
    only_late = [approved(*APPROVED[0])]

    record = talk(MAYA, build_parts(interactions=only_late)).says("where is my parcel and also what delivery options")

    assert len(record.situations) == 2
    assert record.proposed is None


@pytest.mark.parametrize("name", ["accepted_offer", "declined_offer", "records_down", "held", "handed_off"])
def test_a_notice_is_filled_with_the_facts_of_the_shop(name: str) -> None:
    reply = notice(getattr(PARTS.notices, name), PARTS)

    assert "{" not in reply.text
    assert reply.sentences
