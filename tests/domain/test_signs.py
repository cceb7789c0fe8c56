"""The signs of an order: every state, and every boundary that a customer would argue about."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain import signs
from app.domain.customer import (
    Order,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
    ReturnRequest,
    ReturnStatus,
    ShipmentStatus,
)
from tests.builders import (
    KETTLE,
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
    days_ago,
)


def signs_of(order: Order, today: date = TODAY) -> dict[str, str]:
    return signs.of_order(order, POLICY, today)


EVERY_STATE = [
    *(an_order(status=status, payment=payment) for status in OrderStatus for payment in PaymentStatus),
    *(an_order(refund=a_refund(status)) for status in RefundStatus),
    *(an_order(back=ReturnRequest(status, TODAY)) for status in ReturnStatus),
    *(an_order(status=OrderStatus.SHIPPED, parcel=a_parcel(status=status)) for status in ShipmentStatus),
    a_shipped_order(late=3),
    a_delivered_order(ago=1),
    a_delivered_order(ago=800),
    an_order(invoice="INV-1"),
]


@pytest.mark.parametrize("order", EVERY_STATE)
def test_every_state_is_told_in_words_that_the_playbook_knows(order: Order) -> None:
    found = signs_of(order) | signs.of_account(a_customer(order), TODAY) | signs.of_product(KETTLE)

    assert {sign: value for sign, value in found.items() if value not in signs.VOCABULARY[sign]} == {}


@pytest.mark.parametrize("status", list(OrderStatus))
def test_the_status_of_an_order_is_the_records_word_for_it(status: OrderStatus) -> None:
    assert signs_of(an_order(status=status))["order_status"] == status


@pytest.mark.parametrize(("expected", "sign", "days"), [(2, "on_time", 0), (1, "late", 1), (3, "on_time", 0)])
def test_a_parcel_is_late_only_when_it_is_expected_after_the_promised_day(expected: int, sign: str, days: int) -> None:
    order = an_order(status=OrderStatus.SHIPPED, parcel=a_parcel(promised=2, expected=expected))

    assert signs_of(order)["shipment"] == sign
    assert signs.delay(order) == days


def test_a_parcel_that_has_arrived_late_or_is_lost_is_not_late_any_more() -> None:
    arrived = an_order(
        status=OrderStatus.DELIVERED, parcel=replace(a_parcel(promised=5, delivered=1), expected_on=days_ago(1))
    )
    lost = an_order(status=OrderStatus.SHIPPED, parcel=a_parcel(promised=9, expected=4, status=ShipmentStatus.LOST))

    assert (signs_of(arrived)["shipment"], signs.delay(arrived)) == ("delivered", 0)
    assert (signs_of(lost)["shipment"], signs.delay(lost)) == ("lost", 0)


def test_an_order_without_a_parcel_has_no_delay() -> None:
    assert signs_of(an_order())["shipment"] == "none"
    assert signs.delay(an_order()) == 0


@pytest.mark.parametrize(("sign", "last_day"), [("return_window", 30), ("damage_window", 14)])
def test_the_last_day_of_a_window_is_open_and_the_next_day_is_closed(sign: str, last_day: int) -> None:
    assert signs_of(a_delivered_order(ago=0))[sign] == "open"
    assert signs_of(a_delivered_order(ago=last_day))[sign] == "open"
    assert signs_of(a_delivered_order(ago=last_day + 1))[sign] == "closed"


def test_the_price_window_counts_from_the_day_of_the_order() -> None:
    assert signs_of(an_order(placed=14))["price_window"] == "open"
    assert signs_of(an_order(placed=15))["price_window"] == "closed"
    assert "price_window" not in signs_of(an_order(placed=0, status=OrderStatus.CANCELLED))


@pytest.mark.parametrize(
    ("delivered", "last_covered_day"),
    [
        (date(2024, 3, 2), date(2026, 3, 2)),
        (date(2024, 2, 29), date(2026, 2, 28)),
        (date(2022, 2, 28), date(2024, 2, 28)),
    ],
)
def test_a_warranty_of_two_years_ends_on_the_same_day_of_the_year(delivered: date, last_covered_day: date) -> None:
    order = a_delivered_order()
    assert order.shipment is not None
    order = replace(order, shipment=replace(order.shipment, delivered_on=delivered))

    assert signs_of(order, last_covered_day)["warranty"] == "covered"
    assert signs_of(order, last_covered_day + timedelta(days=1))["warranty"] == "expired"


@pytest.mark.parametrize("order", [an_order(), a_shipped_order()])
def test_no_window_has_started_before_the_parcel_is_there(order: Order) -> None:
    found = signs_of(order)

    assert [found[sign] for sign in ("return_window", "damage_window", "warranty")] == ["not_started"] * 3


def test_a_span_that_no_page_names_leaves_its_sign_unknown() -> None:
    found = signs.of_order(a_delivered_order(), {"return_days": "as long as you like"}, TODAY)

    assert {"return_window", "damage_window", "warranty", "price_window"} & set(found) == set()


@pytest.mark.parametrize(
    ("order", "invoice"),
    [
        (an_order(invoice="INV-1"), "ready"),
        (an_order(), "not_yet"),
        (an_order(status=OrderStatus.CANCELLED), "none"),
        (an_order(status=OrderStatus.CANCELLED, invoice="INV-1"), "ready"),
    ],
)
def test_an_invoice_is_ready_when_it_has_a_number(order: Order, invoice: str) -> None:
    assert signs_of(order)["invoice"] == invoice


@pytest.mark.parametrize("status", list(RefundStatus))
def test_a_refund_shows_its_status(status: RefundStatus) -> None:
    assert signs_of(an_order(refund=a_refund(status)))["refund"] == status


def test_what_is_not_there_is_called_none() -> None:
    found = signs_of(an_order())

    assert (found["refund"], found["return"], found["shipment"]) == ("none", "none", "none")


@pytest.mark.parametrize(
    ("order", "recent"),
    [
        (an_order(placed=90), "yes"),
        (a_shipped_order(placed=90), "yes"),
        (a_delivered_order(ago=30), "yes"),
        (a_delivered_order(ago=31), "no"),
        (an_order(placed=1, status=OrderStatus.CANCELLED), "no"),
    ],
)
def test_an_order_is_recent_while_something_is_to_come_and_a_month_after(order: Order, recent: str) -> None:
    assert signs_of(order)["recent"] == recent


def test_who_is_not_signed_in_has_no_other_sign_than_that() -> None:
    assert signs.of_account(None, TODAY) == {"customer": "anonymous"}


@pytest.mark.parametrize(
    ("order", "unfinished"),
    [
        (an_order(status=OrderStatus.PROCESSING), "yes"),
        (an_order(status=OrderStatus.PACKED), "yes"),
        (an_order(status=OrderStatus.SHIPPED), "yes"),
        (an_order(status=OrderStatus.DELIVERED), "no"),
        (an_order(status=OrderStatus.CANCELLED), "no"),
        (an_order(payment=PaymentStatus.FAILED), "no"),
        (replace(a_delivered_order(), refund=a_refund(RefundStatus.APPROVED)), "yes"),
        (replace(a_delivered_order(), refund=a_refund(RefundStatus.PAID_OUT)), "no"),
        (replace(a_delivered_order(), return_request=ReturnRequest(ReturnStatus.ANNOUNCED, TODAY)), "yes"),
        (replace(a_delivered_order(), return_request=ReturnRequest(ReturnStatus.RECEIVED, TODAY)), "no"),
    ],
)
def test_an_account_is_unfinished_while_an_order_a_return_or_a_refund_is(order: Order, unfinished: str) -> None:
    assert signs.of_account(a_customer(order), TODAY)["unfinished"] == unfinished


@pytest.mark.parametrize(("ago", "anything_recent"), [(30, "yes"), (31, "no")])
def test_an_account_tells_whether_anything_came_lately(ago: int, anything_recent: str) -> None:
    context = a_customer(a_delivered_order("LF-2", ago=ago), a_delivered_order("LF-1", ago=300))

    assert signs.of_account(context, TODAY)["anything_recent"] == anything_recent


def test_an_account_tells_whether_it_gets_the_newsletter() -> None:
    assert signs.of_account(a_customer(newsletter=True), TODAY)["newsletter"] == "subscribed"
    assert signs.of_account(a_customer(newsletter=False), TODAY)["newsletter"] == "unsubscribed"


def test_a_product_is_in_stock_or_back_soon_or_sold_out() -> None:
    assert signs.of_product(SHOES)["stock"] == "in_stock"
    assert signs.of_product(TENT)["stock"] == "back_soon"
    assert signs.of_product(a_product("P-9", "Old Lamp", in_stock=False))["stock"] == "sold_out"
