"""The demo shop's own database: an ordinary shop schema, with the shop's own words for its states.

It is deliberately not Handrail's vocabulary, so that the mapping file (`app/adapters/crm_demo_mapping.yaml`) has a
real job to do. Amounts are whole cents, which every database stores exactly.
"""

from typing import Any

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, MetaData, String, Table, Text

from app.domain.customer import OrderStatus, PaymentStatus, RefundStatus, ReturnStatus, ShipmentStatus

SHOP = MetaData()

CUSTOMERS = Table(
    "customers",
    SHOP,
    Column("id", String(16), primary_key=True),
    Column("first_name", String(60), nullable=False),
    Column("last_name", String(60), nullable=False),
    Column("email", String(120), nullable=False, unique=True),
    Column("phone", String(40), nullable=False),
    Column("postal_address", String(200), nullable=False),
    Column("newsletter_opt_in", Boolean, nullable=False),
    Column("registered_on", Date, nullable=False),
)
PRODUCTS = Table(
    "products",
    SHOP,
    Column("sku", String(16), primary_key=True),
    Column("title", String(120), nullable=False),
    Column("category", String(60), nullable=False),
    Column("price_cents", Integer, nullable=False),
    Column("available", Boolean, nullable=False),
    Column("restock_on", Date),
    Column("description", Text, nullable=False),
    Column("search_terms", Text, nullable=False),
)
ORDERS = Table(
    "orders",
    SHOP,
    Column("order_number", String(16), primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("placed_on", Date, nullable=False),
    Column("state", String(16), nullable=False),
    Column("total_cents", Integer, nullable=False),
)
ORDER_ITEMS = Table(
    "order_items",
    SHOP,
    Column("order_number", ForeignKey("orders.order_number"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("sku", ForeignKey("products.sku"), nullable=False),
    Column("title", String(120), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_price_cents", Integer, nullable=False),
)


def _of_an_order(name: str, *columns: Column[Any]) -> Table:
    order_number = Column[Any]("order_number", ForeignKey("orders.order_number"), primary_key=True)
    return Table(name, SHOP, order_number, Column("state", String(16), nullable=False), *columns)


PAYMENTS = _of_an_order(
    "payments",
    Column("method_label", String(60), nullable=False),
    Column("amount_cents", Integer, nullable=False),
    Column("booked_on", Date, nullable=False),
)
SHIPMENTS = _of_an_order(
    "shipments",
    Column("carrier", String(60), nullable=False),
    Column("tracking_url", String(200), nullable=False),
    Column("sent_on", Date, nullable=False),
    Column("promised_on", Date, nullable=False),
    Column("expected_on", Date, nullable=False),
    Column("delivered_on", Date),
)
REFUNDS = _of_an_order(
    "refunds",
    Column("amount_cents", Integer, nullable=False),
    Column("requested_on", Date, nullable=False),
    Column("state_since", Date, nullable=False),
    Column("method_label", String(60), nullable=False),
)
RETURNS = _of_an_order("returns", Column("announced_on", Date, nullable=False))
INVOICES = Table(
    "invoices",
    SHOP,
    Column("invoice_number", String(16), primary_key=True),
    Column("order_number", ForeignKey("orders.order_number"), nullable=False, unique=True),
    Column("issued_on", Date, nullable=False),
)
DEMO_SHOP = Table("demo_shop", SHOP, Column("written_for", Date, primary_key=True))
"""Marks a database as the demo's own: without it nothing is ever replaced."""

ORDER_STATES = {
    OrderStatus.PROCESSING: "new",
    OrderStatus.PACKED: "packed",
    OrderStatus.SHIPPED: "sent",
    OrderStatus.DELIVERED: "completed",
    OrderStatus.CANCELLED: "void",
}
SHIPMENT_STATES = {
    ShipmentStatus.ON_THE_WAY: "in_transit",
    ShipmentStatus.DELIVERED: "delivered",
    ShipmentStatus.LOST: "missing",
}
PAYMENT_STATES = {
    PaymentStatus.PENDING: "open",
    PaymentStatus.PAID: "captured",
    PaymentStatus.FAILED: "declined",
    PaymentStatus.REFUNDED: "returned",
}
REFUND_STATES = {
    RefundStatus.REQUESTED: "open",
    RefundStatus.APPROVED: "granted",
    RefundStatus.PAID_OUT: "paid",
    RefundStatus.REFUSED: "declined",
}
RETURN_STATES = {ReturnStatus.ANNOUNCED: "announced", ReturnStatus.RECEIVED: "arrived"}
