"""Which order and which product a customer means."""

from dataclasses import replace

import pytest

from app.domain.conversation import DialogueState, OpenQuestion
from app.domain.customer import CustomerContext, OrderStatus
from app.domain.extraction import entities_in, move_in
from app.domain.focus import MOST_OPTIONS, OrderFocus, order_meant, product_meant
from app.domain.ids import OrderId, ProductId
from app.domain.playbook import About, Family, IntentPlaybook
from app.domain.understanding import Entities
from app.pipeline.products import ProductNames
from tests.builders import (
    KETTLE,
    OTHER_SHOES,
    POLICY,
    SHOES,
    TENT,
    TODAY,
    a_customer,
    a_delivered_order,
    a_shipped_order,
    an_order,
)

PRODUCTS = (KETTLE, SHOES, OTHER_SHOES, TENT)
NAMES = ProductNames(PRODUCTS)
CANCEL = IntentPlaybook(
    intent="cancel_order",
    title="Cancel my order",
    family=Family.ORDER,
    about=About.ORDER,
    situations=(),
    fits=({"order_status": frozenset({"processing", "packed"})},),
)
FRESH = DialogueState()
THREE = a_customer(
    an_order("LF-10482", SHOES, placed=1),
    an_order("LF-10480", KETTLE, placed=2),
    a_delivered_order("LF-10001", TENT, ago=40),
)


def entities(text: str) -> Entities:
    return replace(entities_in(text), products=NAMES.named_in(text))


def meant(
    text: str, context: CustomerContext | None = THREE, state: DialogueState = FRESH, entry: IntentPlaybook = CANCEL
) -> OrderFocus:
    return order_meant(context, entry, entities(text), state, POLICY, TODAY, move_in(text))


def found(text: str, state: DialogueState = FRESH, entry: IntentPlaybook = CANCEL) -> str:
    focus = meant(text, THREE, state, entry)
    assert focus.state == "found"
    assert focus.order is not None
    return focus.order.id


def asked_which(*offered: str) -> DialogueState:
    return DialogueState(
        last_intent="cancel_order",
        open_question=OpenQuestion.WHICH_ORDER,
        offered_orders=tuple(OrderId(number) for number in offered),
    )


@pytest.mark.parametrize(
    "text",
    [
        "cancel LF-10480",
        "cancel lf-10480 please",
        "cancel LF 10480",
        "cancel LF10480",
        "cancel #10480",
        "cancel # 10480",
        "cancel order 10480",
        "cancel order no. 10480",
        "cancel order number: 10480",
        "please cancel 10480.",
        "cancel my purchase 10480, thanks",
    ],
)
def test_a_number_in_any_spelling_finds_the_order(text: str) -> None:
    assert found(text) == "LF-10480"


@pytest.mark.parametrize("text", ["invoice INV-10001", "inv 10001", "my bill #10001"])
def test_the_number_of_its_invoice_finds_the_order(text: str) -> None:
    assert found(text) == "LF-10001"


@pytest.mark.parametrize("text", ["cancel LF-99999", "cancel #1048", "cancel LF-104820"])
def test_a_number_that_is_not_hers_is_unknown_and_confirms_nothing(text: str) -> None:
    focus = meant(text)

    assert (focus.state, focus.order) == ("unknown", None)
    assert focus.asked_number is not None


def test_someone_elses_number_looks_exactly_like_one_that_does_not_exist() -> None:
    someone_else = a_customer(an_order("LF-20000", placed=1), number="C-2")
    assert someone_else.orders

    theirs, nobodys = meant("cancel LF-20000"), meant("cancel LF-20001")

    assert replace(theirs, asked_number=None) == replace(nobodys, asked_number=None)


def test_her_own_number_beside_a_strange_one_is_the_one_meant() -> None:
    assert found("not LF-99999 but LF-10482") == "LF-10482"


@pytest.mark.parametrize("text", ["you promised me $10482", "I paid 10482 dollars", "€10480 is a lot"])
def test_an_amount_is_no_order_number(text: str) -> None:
    assert entities(text).numbers == ()


def test_without_a_sign_in_nothing_is_readable() -> None:
    assert meant("cancel LF-10482", None) == OrderFocus("not_readable", asked_number="LF-10482")


def test_a_customer_without_orders_has_none_to_mean() -> None:
    assert meant("cancel my order", a_customer()).state == "none"


def test_a_product_she_names_finds_the_order_that_holds_it() -> None:
    assert found("cancel the kettle") == "LF-10480"
    assert found("cancel my trail shoes") == "LF-10482"


def test_an_order_with_the_product_counts_even_when_it_does_not_fit_the_intent() -> None:
    assert found("cancel the tent") == "LF-10001"


def test_two_orders_with_the_product_are_a_question() -> None:
    twice = a_customer(an_order("LF-2", KETTLE, placed=1), an_order("LF-1", KETTLE, placed=2))

    focus = meant("cancel the kettle", twice)

    assert focus.state == "which"
    assert [order.id for order in focus.options] == ["LF-2", "LF-1"]


def test_the_order_in_focus_is_meant_when_nothing_else_is_named() -> None:
    state = DialogueState(order_in_focus=OrderId("LF-10001"))

    assert found("cancel it", state) == "LF-10001"


def test_an_order_in_focus_that_is_not_hers_is_forgotten() -> None:
    one = a_customer(an_order("LF-1"))

    focus = meant("cancel it", one, DialogueState(order_in_focus=OrderId("LF-999")))

    assert focus.order == one.orders[0]


def test_the_only_order_that_fits_is_taken_without_asking() -> None:
    context = a_customer(a_shipped_order("LF-3", placed=1), an_order("LF-2", placed=2), a_delivered_order("LF-1"))

    focus = meant("cancel my order", context)

    assert focus.order is not None
    assert focus.order.id == "LF-2"


def test_the_latest_is_taken_when_none_fits() -> None:
    context = a_customer(a_delivered_order("LF-2", ago=5), a_delivered_order("LF-1", ago=50))

    focus = meant("cancel my order", context)

    assert focus.order is not None
    assert focus.order.id == "LF-2"


def test_two_orders_that_fit_are_a_question_unless_the_intent_takes_the_latest() -> None:
    focus = meant("cancel my order")

    assert focus.state == "which"
    assert [order.id for order in focus.options] == ["LF-10482", "LF-10480"]
    assert found("cancel my order", FRESH, replace(CANCEL, ask_which=False)) == "LF-10482"


def test_a_question_lists_only_a_few_orders() -> None:
    many = a_customer(*(an_order(f"LF-{number}", placed=number) for number in range(1, 9)))

    assert len(meant("cancel my order", many).options) == MOST_OPTIONS


@pytest.mark.parametrize("text", ["cancel my latest order", "the last one", "my most recent order please"])
def test_the_latest_order_is_the_newest_one(text: str) -> None:
    assert found(text) == "LF-10482"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("the second one", "LF-10480"),
        ("the first one please", "LF-10482"),
        ("2nd", "LF-10480"),
        ("the shoes one", "LF-10482"),
        ("the kettle", "LF-10480"),
        ("LF-10480", "LF-10480"),
        ("10480", "LF-10480"),
    ],
)
def test_after_which_one_a_few_words_pick_from_the_list(text: str, number: str) -> None:
    assert found(text, asked_which("LF-10482", "LF-10480")) == number


def test_yes_picks_the_order_when_only_one_was_offered() -> None:
    assert found("yes please", asked_which("LF-10480")) == "LF-10480"


def test_yes_picks_nothing_from_two() -> None:
    assert meant("yes", THREE, asked_which("LF-10482", "LF-10480")).state == "which"


def test_a_position_beyond_the_list_picks_nothing() -> None:
    assert meant("the third one", THREE, asked_which("LF-10482", "LF-10480")).state == "which"


def test_an_offer_made_earlier_does_not_count_when_the_question_is_settled() -> None:
    state = replace(asked_which("LF-10482", "LF-10480"), open_question=None)

    assert meant("the second one", THREE, state).state == "which"


def test_an_offered_order_that_is_not_hers_cannot_be_picked() -> None:
    focus = meant("the first one", a_customer(an_order("LF-5", status=OrderStatus.PACKED)), asked_which("LF-10482"))

    assert focus.order is not None
    assert focus.order.id == "LF-5"


def product_state(text: str, state: DialogueState = FRESH) -> tuple[str, ProductId | None]:
    focus = product_meant(PRODUCTS, entities(text), state)
    return focus.state, focus.product.id if focus.product else None


def test_the_product_named_is_the_one_meant() -> None:
    assert product_state("is the Inglenook Kettle in stock") == ("found", KETTLE.id)
    assert product_state("do you have the tea kettle") == ("found", KETTLE.id)


def test_a_name_that_two_products_share_is_a_question_with_both() -> None:
    focus = product_meant(PRODUCTS, entities("are the trail shoes waterproof"), FRESH)

    assert focus.state == "which"
    assert focus.options == (SHOES, OTHER_SHOES)


def test_the_product_in_focus_is_meant_when_none_is_named() -> None:
    assert product_state("is it in stock", DialogueState(product_in_focus=TENT.id)) == ("found", TENT.id)


@pytest.mark.parametrize("state", [FRESH, DialogueState(product_in_focus=ProductId("P-404"))])
def test_without_a_name_no_product_is_meant(state: DialogueState) -> None:
    assert product_state("is it in stock", state) == ("not_named", None)
