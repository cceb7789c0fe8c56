"""The demo shop: big enough, every state in it, fresh every day, the same for the same seed."""

import re
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.adapters.crm_sql import DEMO_MAPPING, SqlCustomerRecords
from app.domain.customer import (
    CustomerContext,
    Order,
    OrderStatus,
    PaymentStatus,
    Product,
    RefundStatus,
    ReturnStatus,
    ShipmentStatus,
)
from app.errors import ConfigurationError, InvalidInput
from ingestion.demo.catalogue import CATALOGUE, load_catalogue
from ingestion.demo.crm import CAST, demo_customers, generate_crm

TODAY = date(2026, 3, 2)
OPEN = {OrderStatus.PROCESSING, OrderStatus.PACKED, OrderStatus.SHIPPED}


@pytest.fixture(scope="module")
def products() -> tuple[Product, ...]:
    return load_catalogue(CATALOGUE, today=TODAY)


@pytest.fixture(scope="module")
def shop(products: tuple[Product, ...]) -> tuple[CustomerContext, ...]:
    return demo_customers(products, seed=11, today=TODAY)


@pytest.fixture(scope="module")
def orders(shop: tuple[CustomerContext, ...]) -> list[Order]:
    return [order for customer in shop for order in customer.orders]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def open_orders(customer: CustomerContext) -> int:
    return sum(order.status in OPEN for order in customer.orders)


def is_late(order: Order) -> bool:
    parcel = order.shipment
    if parcel is None or parcel.status is not ShipmentStatus.ON_THE_WAY:
        return False
    return parcel.promised_on < min(TODAY, parcel.expected_on)


def test_the_shop_is_big_enough_to_look_real(shop: tuple[CustomerContext, ...], orders: list[Order]) -> None:
    assert len(shop) >= 500
    assert len(orders) >= 2000
    assert sum(order.status is OrderStatus.DELIVERED for order in orders) > len(orders) * 0.7


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_state_is_there_many_times(products: tuple[Product, ...], seed: int) -> None:
    orders = [order for one in demo_customers(products, seed=seed, today=TODAY) for order in one.orders]
    refunds = [order.refund.status for order in orders if order.refund]
    parcels = [order.shipment for order in orders if order.shipment]
    seen: Counter[str] = Counter()
    seen.update(f"order {order.status}" for order in orders)
    seen.update(f"payment {order.payment.status}" for order in orders)
    seen.update(f"refund {status}" for status in refunds)
    seen.update(f"return {order.return_request.status}" for order in orders if order.return_request)
    seen.update(f"parcel {parcel.status}" for parcel in parcels)
    seen["late"] = sum(is_late(order) for order in orders)
    seen["delivered lately"] = sum(
        parcel.delivered_on is not None and parcel.delivered_on > ago(30) for parcel in parcels
    )
    seen["delivered long ago"] = sum(
        parcel.delivered_on is not None and parcel.delivered_on < ago(30) for parcel in parcels
    )

    expected = (
        *(f"order {status}" for status in OrderStatus),
        *(f"payment {status}" for status in PaymentStatus),
        *(f"refund {status}" for status in RefundStatus),
        *(f"return {status}" for status in ReturnStatus),
        *(f"parcel {status}" for status in ShipmentStatus),
        "late",
        "delivered lately",
        "delivered long ago",
    )
    assert {state: seen[state] for state in expected if seen[state] < 5} == {}


def test_customers_have_no_order_one_order_two_open_orders_or_many(shop: tuple[CustomerContext, ...]) -> None:
    numbers = Counter(len(customer.orders) for customer in shop)

    assert numbers[0] >= 20
    assert numbers[1] >= 50
    assert sum(open_orders(customer) == 2 for customer in shop) >= 20
    assert sum(len(customer.orders) >= 10 for customer in shop) >= 20
    assert {customer.account.newsletter for customer in shop} == {True, False}


def test_the_same_seed_gives_the_same_shop_with_dates_that_move_with_today(products: tuple[Product, ...]) -> None:
    def without_dates(customers: tuple[CustomerContext, ...]) -> list[tuple[object, ...]]:
        return [
            (one.customer_id, replace(one.account, created_on=TODAY), order.id, order.total, order.status, order.items)
            for one in customers
            for order in one.orders
        ]

    then = demo_customers(products, seed=4, today=TODAY, customers=60)
    later = demo_customers(products, seed=4, today=TODAY + timedelta(days=45), customers=60)

    assert without_dates(then) == without_dates(later)
    assert {
        new.placed_on - old.placed_on
        for one, other in zip(then, later, strict=True)
        for old, new in zip(one.orders, other.orders, strict=True)
    } == {timedelta(days=45)}


def test_another_seed_gives_another_shop(products: tuple[Product, ...]) -> None:
    first, second = (demo_customers(products, seed=seed, today=TODAY, customers=40) for seed in (1, 2))

    assert [one.account for one in first] != [one.account for one in second]


def test_nothing_in_the_shop_has_happened_tomorrow(shop: tuple[CustomerContext, ...], orders: list[Order]) -> None:
    past = [one.account.created_on for one in shop]
    for order in orders:
        past += [order.placed_on, order.payment.on]
        past += [order.shipment.shipped_on, order.shipment.delivered_on or TODAY] if order.shipment else []
        past += [order.refund.requested_on, order.refund.updated_on] if order.refund else []
        past += [order.return_request.started_on] if order.return_request else []

    assert max(past) <= TODAY


def test_customers_order_after_they_registered_and_numbers_rise_with_time(shop: tuple[CustomerContext, ...]) -> None:
    for customer in shop:
        assert all(order.placed_on >= customer.account.created_on for order in customer.orders)
    oldest_first = sorted((order.id, order.placed_on) for one in shop for order in one.orders)
    assert [placed for _, placed in oldest_first] == sorted(placed for _, placed in oldest_first)


def test_totals_add_up_and_a_refund_is_never_more(orders: list[Order]) -> None:
    for order in orders:
        goods = sum((item.unit_price * item.quantity for item in order.items), Decimal(0))
        assert order.total - goods == (Decimal(0) if goods >= 60 else Decimal("4.90"))
        assert order.payment.amount == order.total
        assert order.refund is None or Decimal(0) < order.refund.amount <= order.total


def test_an_invoice_is_issued_when_the_parcel_is_sent_and_not_before(orders: list[Order]) -> None:
    assert all((order.invoice_id is None) == (order.shipment is None) for order in orders)


def test_what_cannot_be_bought_now_is_in_no_order_that_is_being_packed(
    orders: list[Order], products: tuple[Product, ...]
) -> None:
    gone = {product.id for product in products if not product.in_stock}
    waiting = [order for order in orders if order.status in (OrderStatus.PROCESSING, OrderStatus.PACKED)]

    assert not any(item.product_id in gone for order in waiting for item in order.items)


def test_nobody_can_be_reached_by_phone_or_mail(shop: tuple[CustomerContext, ...]) -> None:
    phone = re.compile(r"\+1 \d{3} 555 01\d\d|\+44 7700 90 01\d\d|\+353 20 910 01\d\d")
    mail = re.compile(r"[a-z.]+\d*@example\.(com|net|org)")

    assert all(phone.fullmatch(customer.account.phone) for customer in shop)
    assert all(mail.fullmatch(customer.account.email) for customer in shop)
    assert len({customer.account.email for customer in shop}) == len(shop)


def test_the_cast_leads_and_each_is_in_the_state_its_line_tells(shop: tuple[CustomerContext, ...]) -> None:
    assert [(one.customer_id, one.account.first_name) for one in shop[: len(CAST)]] == [
        (member.customer_id, member.first_name) for member in CAST
    ]
    maya, daniel, priya, tom, lena, samuel, grace, ines, kofi, harriet, wei, nora = (one.orders for one in shop[:12])

    assert [is_late(order) for order in maya] == [True] + [False] * 6
    assert all(order.placed_on > ago(182) for order in maya)
    assert Counter(item.product_id for order in maya for item in order.items)[maya[0].items[0].product_id] == 2
    assert daniel[0].shipment
    assert daniel[0].shipment.delivered_on == ago(6)
    assert priya[0].refund
    assert priya[0].refund.status is RefundStatus.PAID_OUT
    assert [order.status for order in tom] == [OrderStatus.PROCESSING, OrderStatus.SHIPPED]
    assert lena == ()
    assert [order.status for order in samuel] == [OrderStatus.PROCESSING]
    assert grace[0].shipment
    assert grace[0].shipment.status is ShipmentStatus.LOST
    assert ines[0].refund
    assert ines[0].refund.status is RefundStatus.REQUESTED
    assert kofi[0].payment.status is PaymentStatus.FAILED
    assert all(order.shipment and order.shipment.delivered_on < ago(30) for order in harriet)  # type: ignore[operator]
    assert wei[0].shipment
    assert wei[0].shipment.delivered_on == ago(2)
    assert nora[0].status is OrderStatus.CANCELLED
    assert nora[0].refund
    assert nora[0].refund.status is RefundStatus.APPROVED


def test_what_is_generated_is_what_the_adapter_reads(tmp_path: Path, products: tuple[Product, ...]) -> None:
    url = f"sqlite:///{tmp_path / 'crm.sqlite3'}"
    counts = generate_crm(url, products, seed=5, today=TODAY, customers=60)
    records = SqlCustomerRecords(url, DEMO_MAPPING, timeout_s=5)

    expected = demo_customers(products, seed=5, today=TODAY, customers=60)

    records.check()
    assert [records.customer(one.customer_id) for one in expected] == list(expected)
    assert tuple(records.products()) == products
    assert counts["customers"] == 60
    assert counts["orders"] == sum(len(one.orders) for one in expected)


def test_a_new_shop_replaces_the_old_one_and_leaves_nothing_beside_it(
    tmp_path: Path, products: tuple[Product, ...]
) -> None:
    url = f"sqlite:///{tmp_path / 'crm.sqlite3'}"
    generate_crm(url, products, seed=1, today=TODAY, customers=20)
    records = SqlCustomerRecords(url, DEMO_MAPPING, timeout_s=5)
    before = records.customer(CAST[0].customer_id)

    generate_crm(url, products, seed=1, today=TODAY + timedelta(days=1), customers=20)
    after = records.customer(CAST[0].customer_id)

    assert before
    assert after
    assert after.orders[0].placed_on - before.orders[0].placed_on == timedelta(days=1)
    assert [file.name for file in tmp_path.iterdir()] == ["crm.sqlite3"]


def test_a_database_that_is_not_the_demos_is_never_touched(tmp_path: Path, products: tuple[Product, ...]) -> None:
    real = tmp_path / "real.sqlite3"
    with sqlite3.connect(real) as connection:
        connection.execute("CREATE TABLE clients (id TEXT)")
    connection.close()
    before = real.read_bytes()

    with pytest.raises(ConfigurationError, match="not the demo shop's"):
        generate_crm(f"sqlite:///{real}", products, seed=1, today=TODAY, customers=20)

    assert real.read_bytes() == before


def test_a_file_that_is_no_database_is_never_touched(tmp_path: Path, products: tuple[Product, ...]) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Call the warehouse about the kettles. " * 40, encoding="utf-8")

    with pytest.raises(ConfigurationError):
        generate_crm(f"sqlite:///{notes}", products, seed=1, today=TODAY, customers=20)

    assert notes.read_text(encoding="utf-8").startswith("Call the warehouse")


def test_a_catalogue_without_what_the_cast_bought_is_named(products: tuple[Product, ...]) -> None:
    without = [product for product in products if "trail shoes" not in product.aliases]

    with pytest.raises(ConfigurationError, match="'trail shoes'"):
        demo_customers(without, seed=1, today=TODAY)


def test_a_shop_smaller_than_its_cast_is_refused(products: tuple[Product, ...]) -> None:
    with pytest.raises(InvalidInput, match="at least 12"):
        demo_customers(products, seed=1, today=TODAY, customers=5)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- {id: P-1}", "entry 0.name: Field required"),
        ("{", "cannot be read"),
        ("- &p {id: P-1, name: A, category: b, price: '1', in_stock: true, details: d}\n- *p", "P-1 stands more than"),
    ],
)
def test_a_catalogue_with_a_mistake_is_refused_by_file_and_entry(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "products.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=complaint) as refusal:
        load_catalogue(file, today=TODAY)

    assert str(file) in refusal.value.detail
