"""Writes a whole demo shop into a database, all or nothing; the generator's last step."""

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import NullPool, Table, create_engine, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError

from app.domain.customer import CustomerContext, Order, Product
from app.errors import ConfigurationError
from ingestion.demo.crm_schema import (
    CUSTOMERS,
    DEMO_SHOP,
    INVOICES,
    ORDER_ITEMS,
    ORDER_STATES,
    ORDERS,
    PAYMENT_STATES,
    PAYMENTS,
    PRODUCTS,
    REFUND_STATES,
    REFUNDS,
    RETURN_STATES,
    RETURNS,
    SHIPMENT_STATES,
    SHIPMENTS,
    SHOP,
)

Rows = dict[Table, list[dict[str, object]]]


def write_shop(
    url: str, customers: Iterable[CustomerContext], products: Sequence[Product], *, written_for: date
) -> Mapping[str, int]:
    """Writes the whole shop, replacing an earlier demo shop at `url`; returns table name → rows.

    All or nothing: a reader sees the old shop or the new one. Raises ConfigurationError, and changes nothing, when
    the database holds tables that this function did not write, or cannot be opened.
    """
    rows = _rows(customers, products)
    rows[DEMO_SHOP] = [{"written_for": written_for}]
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
            _replace_file(Path(parsed.database), rows)
        else:
            _write(url, rows)
    except SQLAlchemyError as error:
        raise ConfigurationError(f"the demo shop cannot be written: {type(error).__name__}") from error
    return {table.name: len(lines) for table, lines in rows.items() if table is not DEMO_SHOP}


def _replace_file(path: Path, rows: Rows) -> None:
    """Writes a new file beside the old one and puts it in its place in one step."""
    if path.exists():
        engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
        _refuse_what_is_not_ours(set(inspect(engine).get_table_names()))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    fresh = Path(name)
    try:
        _write(f"sqlite:///{fresh}", rows)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _write(url: str, rows: Rows) -> None:
    """Writes all tables in one transaction."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        _refuse_what_is_not_ours(set(inspect(connection).get_table_names()) & set(SHOP.tables))
        SHOP.drop_all(connection)
        SHOP.create_all(connection)
        for table in SHOP.sorted_tables:
            if rows[table]:
                connection.execute(table.insert(), rows[table])


def _refuse_what_is_not_ours(in_the_way: set[str]) -> None:
    """A real shop's tables are never dropped: what lacks the demo's mark was written by somebody else."""
    if in_the_way and DEMO_SHOP.name not in in_the_way:
        raise ConfigurationError(
            f"the database holds a table {min(in_the_way)!r} that is not the demo shop's; nothing was written"
        )


def _rows(customers: Iterable[CustomerContext], products: Sequence[Product]) -> Rows:
    rows: Rows = {table: [] for table in SHOP.sorted_tables}
    rows[PRODUCTS] = [
        {
            "sku": product.id,
            "title": product.name,
            "category": product.category,
            "price_cents": _cents(product.price),
            "available": product.in_stock,
            "restock_on": product.restock_on,
            "description": product.details,
            "search_terms": "; ".join(product.aliases),
        }
        for product in products
    ]
    for customer in customers:
        account = customer.account
        rows[CUSTOMERS].append(
            {
                "id": customer.customer_id,
                "first_name": account.first_name,
                "last_name": account.last_name,
                "email": account.email,
                "phone": account.phone,
                "postal_address": account.address,
                "newsletter_opt_in": account.newsletter,
                "registered_on": account.created_on,
            }
        )
        for order in customer.orders:
            _add_order(rows, order, customer)
    return rows


def _add_order(rows: Rows, order: Order, customer: CustomerContext) -> None:
    number = {"order_number": order.id}
    rows[ORDERS].append(
        number
        | {
            "customer_id": customer.customer_id,
            "placed_on": order.placed_on,
            "state": ORDER_STATES[order.status],
            "total_cents": _cents(order.total),
        }
    )
    rows[ORDER_ITEMS] += [
        number
        | {
            "line": line,
            "sku": item.product_id,
            "title": item.product_name,
            "quantity": item.quantity,
            "unit_price_cents": _cents(item.unit_price),
        }
        for line, item in enumerate(order.items, start=1)
    ]
    _add_papers(rows, order, number)
    if parcel := order.shipment:
        rows[SHIPMENTS].append(
            number
            | {
                "state": SHIPMENT_STATES[parcel.status],
                "carrier": parcel.carrier,
                "tracking_url": parcel.tracking_url,
                "sent_on": parcel.shipped_on,
                "promised_on": parcel.promised_on,
                "expected_on": parcel.expected_on,
                "delivered_on": parcel.delivered_on,
            }
        )
    if back := order.return_request:
        rows[RETURNS].append(number | {"state": RETURN_STATES[back.status], "announced_on": back.started_on})


def _add_papers(rows: Rows, order: Order, number: Mapping[str, object]) -> None:
    """What an order leaves in the books: payment, refund, invoice."""
    rows[PAYMENTS].append(
        {
            **number,
            "state": PAYMENT_STATES[order.payment.status],
            "method_label": order.payment.method,
            "amount_cents": _cents(order.payment.amount),
            "booked_on": order.payment.on,
        }
    )
    if refund := order.refund:
        rows[REFUNDS].append(
            {
                **number,
                "state": REFUND_STATES[refund.status],
                "amount_cents": _cents(refund.amount),
                "requested_on": refund.requested_on,
                "state_since": refund.updated_on,
                "method_label": refund.method,
            }
        )
    if order.invoice_id:
        issued = order.shipment.shipped_on if order.shipment else order.placed_on
        rows[INVOICES].append({**number, "invoice_number": order.invoice_id, "issued_on": issued})


def _cents(amount: Decimal) -> int:
    return int(amount * 100)
