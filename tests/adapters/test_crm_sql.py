"""The SQL adapter: read-only, never late, and silent rather than wrong."""

import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.adapters.crm_rows import Row
from app.adapters.crm_sql import DEMO_MAPPING, ORDER_LIMIT, SqlCustomerRecords, read_only_engine
from app.domain.customer import CustomerContext
from app.domain.ids import OrderId
from app.errors import ConfigurationError, CrmDown
from ingestion.demo.catalogue import CATALOGUE, load_catalogue
from ingestion.demo.crm import CAST, demo_customers
from ingestion.demo.crm_write import write_shop

TODAY = date(2026, 3, 2)
PRODUCTS = load_catalogue(CATALOGUE, today=TODAY)
PRIYA = CAST[2].customer_id
"""Her one order has an item, a payment, a shipment, a refund, a return and an invoice."""


@pytest.fixture(scope="module")
def customers() -> tuple[CustomerContext, ...]:
    return demo_customers(PRODUCTS, seed=3, today=TODAY, customers=20)


@pytest.fixture
def shop(tmp_path: Path, customers: tuple[CustomerContext, ...]) -> Path:
    file = tmp_path / "crm.sqlite3"
    write_shop(f"sqlite:///{file}", customers, PRODUCTS, written_for=TODAY)
    return file


Opened = Callable[..., SqlCustomerRecords]


@pytest.fixture
def opened(shop: Path) -> Iterator[Opened]:
    """Opens the shop, by default with the demo's mapping."""
    all_opened: list[SqlCustomerRecords] = []

    def open_shop(
        mapping: Path = DEMO_MAPPING, timeout_s: float = 5, monotonic: Callable[[], float] = time.monotonic
    ) -> SqlCustomerRecords:
        all_opened.append(SqlCustomerRecords(f"sqlite:///{shop}", mapping, timeout_s, monotonic=monotonic))
        return all_opened[-1]

    yield open_shop
    for records in all_opened:
        records.close()


def change(shop: Path, sql: str, *given: str) -> None:
    connection = sqlite3.connect(shop)
    with connection:
        assert connection.execute(sql, given).rowcount > 0
    connection.close()


def mapping_with(tmp_path: Path, record: str, **changes: object) -> Path:
    """The demo's mapping with one query changed."""
    mapping = yaml.safe_load(DEMO_MAPPING.read_text(encoding="utf-8"))
    mapping[record] |= changes
    file = tmp_path / "mapping.yaml"
    file.write_text(yaml.safe_dump(mapping), encoding="utf-8")
    return file


# --- rows that cannot be true


@pytest.mark.parametrize(
    ("nonsense", "detail"),
    [
        ("UPDATE orders SET total_cents = -100", "total is negative"),
        ("UPDATE orders SET state = 'teleported'", "status holds a word that the mapping does not know"),
        ("UPDATE orders SET placed_on = 'soon'", "placed_on is not a date"),
        ("UPDATE orders SET placed_on = '2099-01-01'", "was shipped before it was placed"),
        ("DELETE FROM order_items", "has no items"),
        ("DELETE FROM payments", "has no payment"),
        ("DELETE FROM shipments", "was shipped but has no shipment"),
        ("UPDATE order_items SET quantity = 0", "quantity is not a count"),
        ("UPDATE order_items SET title = ' '", "product_name is blank"),
        ("UPDATE shipments SET delivered_on = '2020-01-01'", "delivered_on lies before shipped_on"),
        ("UPDATE shipments SET delivered_on = NULL", "status and delivered_on contradict each other"),
        ("UPDATE shipments SET state = 'missing'", "status and delivered_on contradict each other"),
        ("UPDATE refunds SET amount_cents = 99999900", "has a refund above its total"),
        ("UPDATE refunds SET state_since = '2020-01-01'", "updated_on lies before requested_on"),
        ("UPDATE returns SET announced_on = '2020-01-01'", "has a return from before it was placed"),
        ("UPDATE customers SET newsletter_opt_in = 7", "newsletter is neither yes nor no"),
        ("UPDATE customers SET registered_on = ''", "created_on is not a date"),
        ("UPDATE customers SET first_name = ''", "first_name is blank"),
    ],
)
def test_a_row_that_cannot_be_true_makes_the_customer_unreadable(
    shop: Path, opened: Opened, customers: tuple[CustomerContext, ...], nonsense: str, detail: str
) -> None:
    change(shop, nonsense)

    with pytest.raises(CrmDown) as refusal:
        opened().customer(PRIYA)

    priya = customers[2]
    assert detail in refusal.value.detail
    assert priya.orders[0].id in refusal.value.detail or PRIYA in refusal.value.detail
    for personal in (priya.account.last_name, priya.account.email, priya.account.phone, priya.account.address):
        assert personal not in refusal.value.detail


def test_a_null_where_none_is_allowed_makes_the_customer_unreadable(opened: Opened, tmp_path: Path) -> None:
    sql = yaml.safe_load(DEMO_MAPPING.read_text(encoding="utf-8"))["account"]["sql"]
    mapping = mapping_with(tmp_path, "account", sql=sql.replace("first_name,", "NULL AS first_name,"))

    with pytest.raises(CrmDown, match="account C-0003: first_name is not text"):
        opened(mapping).customer(PRIYA)


@pytest.mark.parametrize("cell", [None, True, "free", "", "NaN", math.nan, math.inf, Decimal("-0.01"), 4.905, date.max])
def test_what_is_no_amount_in_whole_cents_is_refused_and_not_rounded(cell: object) -> None:
    with pytest.raises(CrmDown, match="payments LF-1: amount"):
        Row("payments", {"order_id": "LF-1", "amount": cell}, {}).amount("amount")


@pytest.mark.parametrize("cell", [12.9, "12.90", Decimal("12.9000"), 0.1 + 0.2 + 12.6])
def test_an_amount_is_read_to_the_cent_however_the_driver_brings_it(cell: object) -> None:
    row = Row("payments", {"order_id": "LF-1", "amount": cell}, {})

    assert row.amount("amount") == Decimal("12.90")


@pytest.mark.parametrize("cell", [None, True, "2", 0, -1, 1.5, math.nan, math.inf, Decimal("NaN")])
def test_what_is_no_count_is_refused(cell: object) -> None:
    with pytest.raises(CrmDown, match="items LF-1: quantity is not a count"):
        Row("items", {"order_id": "LF-1", "quantity": cell}, {}).quantity("quantity")


def test_a_point_in_time_is_read_as_its_day() -> None:
    moments = {"id": 7, "a": datetime(2026, 3, 2, 23, 59, tzinfo=UTC), "b": "2026-03-02 23:59:01", "c": TODAY}
    row = Row("orders", moments, {})

    assert {row.day(column) for column in "abc"} == {TODAY}


def test_a_product_with_a_wrong_price_makes_the_catalogue_unreadable(shop: Path, opened: Opened) -> None:
    change(shop, "UPDATE products SET price_cents = -1 WHERE sku = 'P-002'")

    with pytest.raises(CrmDown, match="products P-002: price is negative"):
        opened().products()


def test_one_customers_nonsense_leaves_the_others_readable(
    shop: Path, opened: Opened, customers: tuple[CustomerContext, ...]
) -> None:
    change(shop, "UPDATE orders SET total_cents = -1 WHERE customer_id = ?", PRIYA)

    assert opened().customer(CAST[0].customer_id) == customers[0]


# --- one customer's data only


def test_a_mapping_whose_orders_are_anothers_is_caught(opened: Opened, tmp_path: Path) -> None:
    sql = yaml.safe_load(DEMO_MAPPING.read_text(encoding="utf-8"))["orders"]["sql"]
    mapping = mapping_with(tmp_path, "orders", sql=sql.replace("= :customer_id", "<> :customer_id"))

    with pytest.raises(CrmDown, match="belongs to another customer"):
        opened(mapping).customer(PRIYA)


def test_a_mapping_whose_items_belong_to_other_orders_is_caught(opened: Opened, tmp_path: Path) -> None:
    sql = yaml.safe_load(DEMO_MAPPING.read_text(encoding="utf-8"))["items"]["sql"]
    mapping = mapping_with(tmp_path, "items", sql=sql.replace("IN :order_ids", "NOT IN :order_ids"))

    with pytest.raises(CrmDown, match="belongs to an order that was not asked for"):
        opened(mapping).customer(PRIYA)


def test_two_payments_for_one_order_are_refused_and_not_guessed_between(opened: Opened, tmp_path: Path) -> None:
    sql = yaml.safe_load(DEMO_MAPPING.read_text(encoding="utf-8"))["payments"]["sql"]
    mapping = mapping_with(tmp_path, "payments", sql=f"{sql} UNION ALL {sql}")

    with pytest.raises(CrmDown, match="payments has more than one row"):
        opened(mapping).customer(PRIYA)


def test_only_the_newest_orders_of_a_tireless_customer_are_read(
    tmp_path: Path, customers: tuple[CustomerContext, ...]
) -> None:
    tom = customers[3]
    many = tuple(replace(tom.orders[0], id=OrderId(f"LF-{90_000 - number}")) for number in range(ORDER_LIMIT + 30))
    url = f"sqlite:///{tmp_path / 'many.sqlite3'}"
    write_shop(url, [replace(tom, orders=many)], PRODUCTS, written_for=TODAY)
    records = SqlCustomerRecords(url, DEMO_MAPPING, timeout_s=5)

    read = records.customer(tom.customer_id)

    assert read is not None
    assert read.orders == many[:ORDER_LIMIT]


# --- read-only, and in time


def test_the_database_cannot_be_written_through_it(shop: Path) -> None:
    with (
        read_only_engine(f"sqlite:///{shop}", 5).connect() as connection,
        pytest.raises(OperationalError, match="readonly"),
    ):
        connection.execute(text("DELETE FROM orders"))


def test_a_missing_database_is_down_and_is_not_created(tmp_path: Path) -> None:
    absent = tmp_path / "absent.sqlite3"

    with pytest.raises(CrmDown, match="cannot be read"):
        SqlCustomerRecords(f"sqlite:///{absent}", DEMO_MAPPING, timeout_s=5).customer(PRIYA)

    assert not absent.exists()


def test_a_locked_database_is_down_at_the_deadline(shop: Path, opened: Opened) -> None:
    holder = sqlite3.connect(shop)
    holder.execute("BEGIN EXCLUSIVE")
    started = time.monotonic()

    with pytest.raises(CrmDown):
        opened(timeout_s=0.2).customer(PRIYA)

    assert time.monotonic() - started < 3
    holder.close()
    assert opened().customer(PRIYA) is not None


def test_an_endless_query_is_down_at_the_deadline(opened: Opened, tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS id, "
    columns = ", ".join(f"1 AS {name}" for name in ("name", "category", "price", "in_stock"))
    rest = ", ".join(f"NULL AS {name}" for name in ("restock_on", "details", "aliases"))
    mapping = mapping_with(tmp_path, "products", sql=f"{endless}{columns}, {rest} FROM n")

    with pytest.raises(CrmDown):
        opened(mapping, timeout_s=0.2).products()


def test_a_driver_that_hangs_does_not_hold_up_the_turn_and_heals_by_itself(
    tmp_path: Path, customers: tuple[CustomerContext, ...]
) -> None:
    file = tmp_path / "crm.sqlite3"
    os.mkfifo(file)  # opening it for reading blocks until somebody opens it for writing
    records = SqlCustomerRecords(f"sqlite:///{file}", DEMO_MAPPING, timeout_s=0.2)
    for _ in range(4):
        with pytest.raises(CrmDown, match="no answer within"):
            records.customer(PRIYA)
    with pytest.raises(CrmDown, match="earlier reads still wait"):
        records.customer(PRIYA)

    os.close(os.open(file, os.O_WRONLY | os.O_NONBLOCK))
    for thread in threading.enumerate():
        if thread.name == "crm-read":
            thread.join(timeout=5)
    file.unlink()
    write_shop(f"sqlite:///{file}", customers, PRODUCTS, written_for=TODAY)

    assert records.customer(PRIYA) == customers[2]


def test_the_catalogue_is_asked_for_once_a_minute(shop: Path, opened: Opened) -> None:
    clock = [100.0]
    records = opened(monotonic=lambda: clock[0])
    assert len(records.products()) == len(PRODUCTS)
    change(shop, "DELETE FROM products WHERE sku = 'P-001'")

    clock[0] += 59
    assert len(records.products()) == len(PRODUCTS)
    clock[0] += 2
    assert len(records.products()) == len(PRODUCTS) - 1


# --- a mapping with a mistake


@pytest.mark.parametrize(
    ("record", "changes", "complaint"),
    [
        ("orders", {"sql": "DELETE FROM orders WHERE customer_id = :customer_id"}, "must be a single SELECT"),
        ("orders", {"sql": "SELECT 1; SELECT 2"}, "must be a single SELECT"),
        ("account", {"sql": "SELECT * FROM customers"}, "query account: must be limited by :customer_id"),
        ("items", {"sql": "SELECT * FROM i WHERE o = :customer_id"}, "query items: must be limited by :order_ids"),
        ("items", {"sql": "SELECT 1 FROM i WHERE o IN :order_ids AND x = :x"}, "query items: binds :x"),
        ("invoices", {"sql": "SELECT id FROM i WHERE o IN :order_ids"}, "query invoices: returns no column order_id"),
        ("orders", {"values": {"status": {"new": "fresh"}}}, "values: status: 'fresh' is none of"),
        ("orders", {"values": {"total": {"1": "2"}}}, "values: total is not a status column"),
        ("orders", {"query": "SELECT"}, "orders.query: Extra inputs"),
    ],
)
def test_a_mistake_in_the_mapping_is_named_with_file_and_query_before_anything_is_read(
    opened: Opened, tmp_path: Path, record: str, changes: dict[str, object], complaint: str
) -> None:
    mapping = mapping_with(tmp_path, record, **changes)

    with pytest.raises(ConfigurationError) as refusal:
        opened(mapping)

    assert complaint in refusal.value.detail
    assert str(mapping) in refusal.value.detail


@pytest.mark.parametrize("content", ["", "- a list", "account: {sql: [", "account: {}"])
def test_a_file_that_is_no_mapping_is_refused_by_name(opened: Opened, tmp_path: Path, content: str) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"mapping\.yaml"):
        opened(file)


def test_a_mapping_that_is_not_there_is_refused_by_name(opened: Opened, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.yaml: cannot be read"):
        opened(tmp_path / "absent.yaml")


def test_the_check_names_a_column_that_the_database_does_not_have(opened: Opened, tmp_path: Path) -> None:
    sql = yaml.safe_load(DEMO_MAPPING.read_text(encoding="utf-8"))["shipments"]["sql"]
    mapping = mapping_with(tmp_path, "shipments", sql=sql.replace("sent_on AS", "posted_on AS"))

    with pytest.raises(ConfigurationError, match="query shipments: no such column: posted_on"):
        opened(mapping).check()


def test_the_check_names_a_column_that_the_query_only_mentions(opened: Opened, tmp_path: Path) -> None:
    sql = "SELECT order_number AS order_id, 1 AS number_id FROM invoices WHERE order_number IN :order_ids AND 'id' = ''"
    mapping = mapping_with(tmp_path, "invoices", sql=sql)

    with pytest.raises(ConfigurationError, match="query invoices: returns no column id"):
        opened(mapping).check()
    with pytest.raises(CrmDown, match="query invoices"):
        opened(mapping_with(tmp_path, "invoices", sql=sql.replace("1 AS", "no_such AS"))).customer(PRIYA)


def test_the_check_of_a_database_that_is_away_says_down_and_not_misconfigured(tmp_path: Path) -> None:
    with pytest.raises(CrmDown):
        SqlCustomerRecords(f"sqlite:///{tmp_path / 'absent'}", DEMO_MAPPING, timeout_s=5).check()


@pytest.mark.parametrize("url", ["sqlite://", "nonsense", "no-such-database://reader:hunter2@host/shop"])
def test_a_url_that_cannot_be_used_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        SqlCustomerRecords(url, DEMO_MAPPING, timeout_s=5)

    assert "hunter2" not in refusal.value.detail
