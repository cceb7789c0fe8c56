"""What stage one makes of the customer's words: requests, what they name, what a prompt may see of them."""

from dataclasses import replace

import pytest

from app.domain.conversation import DialogueState, OpenQuestion
from app.domain.customer import CustomerContext
from app.domain.ids import ConversationId, TurnId
from app.domain.reply import Delivery, Origin
from app.domain.understanding import Move
from app.pipeline.parts import Turn
from app.pipeline.products import ProductNames
from app.pipeline.understand import Understood, entities_of, understand
from tests.builders import KETTLE, NOW, OTHER_SHOES, SHOES, TENT, a_customer
from tests.pipeline.chain import CUSTOMERS, MAYA, PRODUCTS, GivenIntent, build_parts, talk

PARTS = build_parts()
WHICH = DialogueState(last_intent="cancel_order", open_question=OpenQuestion.WHICH_ORDER)


def understood(
    *messages: str, state: DialogueState | None = None, context: CustomerContext | None = CUSTOMERS[0]
) -> Understood:
    turn = Turn(TurnId("turn_1"), ConversationId("conv_1"), MAYA, messages, state or DialogueState(), NOW)
    return understand(turn, context, PARTS)


def intents(*messages: str, state: DialogueState | None = None) -> list[str]:
    return [request.prediction.intent for request in understood(*messages, state=state).requests]


@pytest.mark.parametrize(
    "text",
    [
        "where is my parcel and also what delivery options are there",
        "Where is my parcel? And what delivery options are there?",
        "where is my parcel; which delivery options are there",
        "where is my parcel\nwhich delivery options are there",
        "where is my parcel, and can I see the delivery options",
        "Where is my parcel. Please show me the delivery options.",
    ],
)
def test_two_questions_in_one_message_are_two_requests(text: str) -> None:
    assert intents(text) == ["track_order", "delivery_options"]


@pytest.mark.parametrize(
    "text",
    [
        "where is my parcel",
        "where is my parcel and where is the other parcel",
        "where is my parcel, help me",
        "my parcel and the kettle that was in it are where",
    ],
)
def test_one_question_is_one_request(text: str) -> None:
    assert intents(text) == ["track_order"]


def test_a_hello_before_a_request_is_no_request() -> None:
    assert intents("Hello there you people. Where is my parcel?") == ["track_order"]


def test_several_messages_in_a_row_are_one_turn() -> None:
    assert intents("where is", "my parcel") == ["track_order"]


def test_an_order_named_once_counts_for_both_requests() -> None:
    found = understood("LF-10482 where is it and also can you cancel it please").requests

    assert [request.entities.numbers for request in found] == [("LF-10482",)] * len(found)


def test_in_a_long_story_the_one_clear_question_is_the_request() -> None:
    story = "It was to be a present for my mother and the whole family knows of it by now. " * 3
    assert intents(story + "Where is my parcel?") == ["track_order"]


@pytest.mark.parametrize("text", ["LF-10482", "#10482", "order 10482??", "it's LF-10482"])
def test_an_orders_number_alone_asks_where_it_is(text: str) -> None:
    assert intents(text) == ["track_order"]
    assert intents(text, state=DialogueState(last_intent="cancel_order")) == ["cancel_order"]
    assert intents(text, state=DialogueState(last_intent="thanks")) == ["track_order"]


@pytest.mark.parametrize("text", ["and the kettle?", "What about the shoes?", "and LF-10482?"])
def test_and_the_other_one_asks_the_same_of_another_thing(text: str) -> None:
    assert intents(text, state=DialogueState(last_intent="cancel_order")) == ["cancel_order"]


def test_and_a_product_she_never_ordered_is_a_question_about_the_product() -> None:
    found = understood("and the tent?", state=DialogueState(last_intent="cancel_order"))
    assert found.move is not Move.SELECT


def test_and_the_kettle_asks_nothing_again_that_was_not_answered() -> None:
    found = understood("and the kettle?", state=DialogueState(last_intent="cancel_order", failed_attempts=1))
    assert found.move is not Move.SELECT


@pytest.mark.parametrize("text", ["the second one", "LF-20001", "the kettle", "the shoes one please"])
def test_a_short_answer_to_which_one_keeps_the_request(text: str) -> None:
    found = understood(text, state=WHICH)

    assert found.move is Move.SELECT
    assert [request.prediction.intent for request in found.requests] == ["cancel_order"]


@pytest.mark.parametrize(
    "text",
    [
        "where is my parcel",
        "where is the kettle",
        "the second one is the one that I would like to have back again now",
        "yes",
    ],
)
def test_what_is_no_answer_to_which_one_is_a_request_of_its_own(text: str) -> None:
    assert understood(text, state=WHICH).move is not Move.SELECT


def test_without_an_open_question_nothing_is_picked() -> None:
    assert understood("the second one", state=replace(WHICH, open_question=None)).move is Move.REQUEST


def test_the_customers_own_values_are_masked_wherever_they_stand() -> None:
    account = a_customer().account
    values = [account.first_name, account.last_name, account.email, account.phone, *account.address.split(", ")]
    found = understood(f"{'; '.join(values)}; where is my parcel")

    for value in values:
        assert value.lower() not in found.masked.lower()
        assert all(value.lower() not in request.masked.lower() for request in found.requests)


def test_a_short_answer_is_masked_with_the_customers_own_values_too() -> None:
    (request,) = understood("Okafor, the second one", state=WHICH).requests

    assert "Okafor" not in request.masked


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("is the Inglenook Kettle heavy", (KETTLE.id,)),
        ("is the inglenook kettel heavy", (KETTLE.id,)),
        ("how heavy are your kettles", (KETTLE.id,)),
        ("are the trail shoes heavy", (SHOES.id, OTHER_SHOES.id)),
        ("are the ridgeline trail shoes heavy", (SHOES.id,)),
        ("the tent", (TENT.id,)),
        ("my tentative plan", ()),
        ("where is my parcel", ()),
    ],
)
def test_products_are_found_by_their_names(text: str, products: tuple[str, ...]) -> None:
    assert entities_of(text, PARTS).products == products


def test_without_a_catalogue_no_product_is_found() -> None:
    assert ProductNames(()).named_in("the Inglenook Kettle") == ()


def test_a_product_has_a_version_that_replies_rest_on() -> None:
    assert ProductNames(PRODUCTS).versions[KETTLE.id] == KETTLE.version


def test_it_does_not_matter_which_of_two_intents_is_meant_where_both_come_to_the_same() -> None:
    ranked = (("track_order", 0.45), ("cancel_order", 0.4), ("greeting", 0.15))
    parts = replace(build_parts(), classifier=GivenIntent(ranked))
    stranger = talk(None, parts).says("what about my parcel")
    [situation] = stranger.situations
    assert situation.key == "track_order/anonymous"
    assert stranger.decision.delivery is Delivery.SEND
    assert stranger.origin is Origin.APPROVED
    maya = talk(MAYA, parts).says("what about my parcel")
    assert maya.origin is Origin.COMPOSED
