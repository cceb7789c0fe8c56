"""Slots, and the facts that fill them: what the records do not hold is no fact, and never turns into a word."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.crm_facts import Rendering, counts, facts_of
from app.domain.customer import CustomerContext, Order, OrderStatus, PaymentStatus, RefundStatus, ShipmentStatus
from app.domain.facts import Fact, FactKind, fill_slots, slot_values, slots_in
from app.domain.focus import OrderFocus, ProductFocus
from tests.builders import (
    KETTLE,
    OTHER_SHOES,
    POLICY,
    SHOES,
    TENT,
    TODAY,
    a_customer,
    a_delivered_order,
    a_parcel,
    a_product,
    a_refund,
    a_shipped_order,
    an_order,
)

RENDERING = Rendering(TODAY, "$")
NO_PRODUCT = ProductFocus("not_named")
NO_ORDER = OrderFocus("none")


def facts(
    context: CustomerContext | None, order: Order | None = None, product: ProductFocus = NO_PRODUCT
) -> tuple[Fact, ...]:
    focus = OrderFocus("found", order) if order else NO_ORDER
    return facts_of(context, focus, product, POLICY, RENDERING)


def values(order: Order) -> dict[str, str]:
    return slot_values(facts(a_customer(order), order))


def test_slots_are_filled_and_an_unknown_one_stays_for_the_guard_to_catch() -> None:
    text = "Your order {order_id} is {days_late} late."

    assert fill_slots(text, {"order_id": "LF-1"}) == "Your order LF-1 is {days_late} late."


def test_a_value_that_looks_like_a_slot_is_not_filled_again() -> None:
    assert fill_slots("{a} {b}", {"a": "{b}", "b": "x"}) == "{b} x"


def test_slots_come_in_order_with_repeats() -> None:
    assert slots_in("{b} {a} {b} {Not} {1} {}") == ("b", "a", "b")


def test_only_what_is_a_slot_may_be_rendered() -> None:
    shown, slot = Fact("N", "4", FactKind.SHOWN, "crm"), Fact("order_id", "LF-1", FactKind.SLOT, "crm")

    assert slot_values([shown, slot]) == {"order_id": "LF-1"}
    assert counts((shown, slot)) == {"N": 4}


EVERY_ORDER = [
    *(an_order(status=status) for status in OrderStatus),
    *(an_order(payment=payment) for payment in PaymentStatus),
    *(an_order(refund=a_refund(status)) for status in RefundStatus),
    *(an_order(status=OrderStatus.SHIPPED, parcel=a_parcel(status=status)) for status in ShipmentStatus),
    a_shipped_order(late=2),
    a_delivered_order(),
    an_order("LF-1", KETTLE, SHOES, TENT, invoice="INV-1"),
]


@pytest.mark.parametrize("order", EVERY_ORDER)
def test_a_missing_value_is_no_fact_and_never_reads_none(order: Order) -> None:
    found = facts(a_customer(order), order)

    assert [fact for fact in found if not fact.value or "None" in fact.value or "Decimal" in fact.value] == []


def test_who_is_not_signed_in_has_no_fact_from_the_records() -> None:
    focus = OrderFocus("not_readable", asked_number="LF-10482")

    found = facts_of(None, focus, ProductFocus("found", KETTLE), POLICY, RENDERING)

    assert {fact.source for fact in found} == {"message", "catalogue"}


def test_someone_elses_number_is_echoed_and_nothing_more_is_said_of_it() -> None:
    context = a_customer(an_order("LF-1"))
    focus = OrderFocus("unknown", options=context.orders, asked_number="LF-999")

    found = slot_values(facts_of(context, focus, NO_PRODUCT, POLICY, RENDERING))

    assert set(found) == {"first_name", "asked_number", "order_options"}
    assert found["asked_number"] == "LF-999"
    assert found["order_options"] == "LF-1 (Inglenook Kettle, February 27)"


def test_a_late_parcel_tells_the_new_day_and_by_how_much() -> None:
    found = values(a_shipped_order(late=3))

    assert found["days_late"] == "3 days"
    assert found["delivery_date"] == "Wednesday, March 4"
    assert "delivered_date" not in found


def test_a_parcel_on_time_has_no_days_late() -> None:
    assert "days_late" not in values(a_shipped_order())
    assert values(a_shipped_order(late=1))["days_late"] == "1 day"


def test_a_delivered_order_tells_its_deadlines() -> None:
    found = values(a_delivered_order(ago=5))

    assert found["delivered_date"] == "Wednesday, February 25"
    assert found["return_deadline"] == "Friday, March 27"
    assert found["warranty_end"] == "Friday, February 25, 2028"
    assert "delivery_date" not in found


def test_amounts_carry_the_sign_and_two_decimals() -> None:
    rendering = Rendering(date(2026, 3, 2), "€")

    assert rendering.money(Decimal("1234.5")) == "€1,234.50"
    assert rendering.money(Decimal(0)) == "€0.00"


def test_a_refund_counts_from_its_request_until_it_is_decided() -> None:
    requested = values(an_order(refund=a_refund(RefundStatus.REQUESTED, requested=6, updated=2)))
    paid_out = values(an_order(refund=a_refund(RefundStatus.PAID_OUT, requested=6, updated=2)))

    assert requested["refund_date"] == "Tuesday, February 24"
    assert paid_out["refund_date"] == "Saturday, February 28"
    assert paid_out["refund_amount"] == "$64.10"


@pytest.mark.parametrize(
    ("order", "items"),
    [
        (an_order("LF-1", KETTLE), "Inglenook Kettle"),
        (an_order("LF-1", KETTLE, SHOES), "Inglenook Kettle and 1 other item"),
        (an_order("LF-1", KETTLE, SHOES, TENT), "Inglenook Kettle and 2 other items"),
    ],
)
def test_the_items_of_an_order_are_named_shortly(order: Order, items: str) -> None:
    assert values(order)["items"] == items


def test_a_product_tells_its_restock_day_only_while_it_is_gone() -> None:
    gone = slot_values(facts(None, None, ProductFocus("found", TENT)))
    back = slot_values(facts(None, None, ProductFocus("found", replace(TENT, in_stock=True))))

    assert gone["restock_date"] == "Wednesday, March 11"
    assert "restock_date" not in back


def test_products_that_could_be_meant_are_listed() -> None:
    found = slot_values(facts(None, None, ProductFocus("which", options=(SHOES, OTHER_SHOES))))

    assert found == {"product_options": "Ridgeline Trail Shoes or Fellgate Trail Shoes"}


def test_the_version_of_a_product_moves_with_its_words_not_with_price_or_stock() -> None:
    lamp = a_product("P-9", "Lamp")

    assert replace(lamp, price=Decimal(1), in_stock=False).version == lamp.version
    assert replace(lamp, details="Now with a dimmer.").version != lamp.version


def test_n_counts_the_orders_of_six_months_without_cancelled_ones() -> None:
    context = a_customer(
        an_order("LF-4", placed=1),
        an_order("LF-3", placed=183),
        an_order("LF-2", placed=184),
        an_order("LF-1", placed=2, status=OrderStatus.CANCELLED),
    )

    assert counts(facts(context)) == {"N": 2}


def test_m_counts_the_orders_with_the_same_product_ever() -> None:
    orders = (
        an_order("LF-4", KETTLE, placed=1),
        an_order("LF-3", SHOES, KETTLE, placed=400),
        an_order("LF-2", SHOES, placed=2),
        an_order("LF-1", KETTLE, placed=3, status=OrderStatus.CANCELLED),
    )

    assert counts(facts(a_customer(*orders), orders[0]))["M"] == 2
    assert counts(facts(a_customer(*orders), None, ProductFocus("found", SHOES)))["M"] == 2
    assert counts(facts(a_customer(*orders), None, ProductFocus("found", TENT)))["M"] == 0


def test_t_counts_the_days_of_delay_of_the_parcel_on_its_way() -> None:
    for order, t in ((a_shipped_order(late=3), 3), (a_shipped_order(), 0)):
        assert counts(facts(a_customer(order), order))["T"] == t


@pytest.mark.parametrize("order", [an_order(), a_delivered_order(), an_order(status=OrderStatus.CANCELLED)])
def test_t_is_unknown_when_nothing_is_on_its_way(order: Order) -> None:
    assert "T" not in counts(facts(a_customer(order), order))


def test_a_stranger_has_no_counts() -> None:
    assert counts(facts(None, None, ProductFocus("found", KETTLE))) == {}
