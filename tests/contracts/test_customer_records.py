"""Every adapter of `CustomerRecords` tells the same story about the same shop."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.adapters.crm_memory import MemoryCustomerRecords
from app.adapters.crm_sql import DEMO_MAPPING, SqlCustomerRecords
from app.domain.customer import (
    Account,
    CustomerContext,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentStatus,
    Product,
    Refund,
    RefundStatus,
    ReturnRequest,
    ReturnStatus,
    Shipment,
    ShipmentStatus,
)
from app.domain.ids import CustomerId, OrderId, ProductId
from app.errors import CrmDown
from app.ports import CustomerRecords
from ingestion.demo.crm_write import write_shop

TODAY = date(2026, 3, 2)

KETTLE = Product(
    ProductId("P-1"),
    "Inglenook Kettle",
    "kitchenware",
    Decimal("69.00"),
    in_stock=False,
    restock_on=TODAY + timedelta(days=9),
    details="Holds 1.5 litres.",
    aliases=("kettle", "tea kettle"),
)
SOCKS = Product(ProductId("P-2"), "Wool Socks", "clothing", Decimal("22.50"), True, None, "Merino wool.")


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def account(name: str) -> Account:
    return Account(
        name, "O'Neil", f"{name.lower()}@example.com", "+1 503 555 0142", "1 Mill Road, Leeds", True, days_ago(900)
    )


def order(number: str, placed: int, **rest: object) -> Order:
    items = (OrderItem(KETTLE.id, KETTLE.name, 1, KETTLE.price), OrderItem(SOCKS.id, SOCKS.name, 2, SOCKS.price))
    fields: dict[str, object] = {
        "status": OrderStatus.PROCESSING,
        "total": Decimal("114.00"),
        "payment": Payment(PaymentStatus.PAID, "Visa ending in 4242", Decimal("114.00"), days_ago(placed)),
    }
    return Order(id=OrderId(number), placed_on=days_ago(placed), items=items, **(fields | rest))  # type: ignore[arg-type]


SENT_BACK = order(
    "LF-10",
    20,
    status=OrderStatus.DELIVERED,
    payment=Payment(PaymentStatus.REFUNDED, "PayPal", Decimal("114.00"), days_ago(20)),
    invoice_id="INV-10",
    shipment=Shipment(
        ShipmentStatus.DELIVERED,
        "Northway Post",
        "https://northway.example/track/AB12",
        shipped_on=days_ago(19),
        promised_on=days_ago(16),
        expected_on=days_ago(15),
        delivered_on=days_ago(15),
    ),
    refund=Refund(RefundStatus.PAID_OUT, Decimal("109.10"), days_ago(6), days_ago(2), "PayPal"),
    return_request=ReturnRequest(ReturnStatus.RECEIVED, days_ago(10)),
)
MAYA = CustomerContext(CustomerId("C-1"), account("Maya"), (order("LF-12", 0), order("LF-11", 3), SENT_BACK))
LENA = CustomerContext(CustomerId("C-2"), account("Lena"), ())


@dataclass
class Shop:
    """An adapter over Maya, Lena and two products, and a way to take it down."""

    records: CustomerRecords
    go_down: Callable[[], None]


@pytest.fixture(params=["sql", "memory"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    customers, products = (MAYA, LENA), (KETTLE, SOCKS)
    if request.param == "memory":
        memory = MemoryCustomerRecords(customers, products)
        yield Shop(memory, lambda: setattr(memory, "down", True))
        return
    file = tmp_path / "crm.sqlite3"
    write_shop(f"sqlite:///{file}", customers, products, written_for=TODAY)
    sql = SqlCustomerRecords(f"sqlite:///{file}", DEMO_MAPPING, timeout_s=5)
    yield Shop(sql, file.unlink)
    sql.close()


def test_a_customer_comes_with_the_account_and_all_that_hangs_on_the_orders(shop: Shop) -> None:
    assert shop.records.customer(MAYA.customer_id) == MAYA


def test_orders_come_newest_first(shop: Shop) -> None:
    maya = shop.records.customer(MAYA.customer_id)

    assert maya is not None
    assert [one.id for one in maya.orders] == ["LF-12", "LF-11", "LF-10"]


def test_a_customer_without_orders_is_known_all_the_same(shop: Shop) -> None:
    assert shop.records.customer(LENA.customer_id) == LENA


@pytest.mark.parametrize("stranger", ["C-3", "", "c-1", "C-1 ", "%", "' OR '1'='1"])
def test_an_id_that_is_nobodys_finds_nobody(shop: Shop, stranger: str) -> None:
    assert shop.records.customer(CustomerId(stranger)) is None


def test_the_catalogue_is_complete_with_stock_and_what_customers_call_things(shop: Shop) -> None:
    assert tuple(shop.records.products()) == (KETTLE, SOCKS)


def test_records_that_cannot_be_reached_say_so_and_are_never_empty(shop: Shop) -> None:
    shop.go_down()

    with pytest.raises(CrmDown):
        shop.records.customer(MAYA.customer_id)
    with pytest.raises(CrmDown):
        shop.records.products()
