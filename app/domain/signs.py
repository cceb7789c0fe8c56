"""Signs: what the records show, in a closed vocabulary of words that the playbook's conditions use.

A sign that cannot be known (no order, not signed in, a policy without a number) is absent, and a condition that names
it does not hold.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from app.domain import calendar
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

Signs = Mapping[str, str]

VOCABULARY: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"known", "anonymous"}),
    "order": frozenset({"none", "unknown", "which", "found", "not_readable"}),
    "order_status": frozenset(OrderStatus),
    "shipment": frozenset({"none", "on_time", "late", "lost", "delivered"}),
    "payment": frozenset(PaymentStatus),
    "refund": frozenset(RefundStatus) | {"none"},
    "return": frozenset(ReturnStatus) | {"none"},
    "return_window": frozenset({"not_started", "open", "closed"}),
    "damage_window": frozenset({"not_started", "open", "closed"}),
    "price_window": frozenset({"open", "closed"}),
    "warranty": frozenset({"not_started", "covered", "expired"}),
    "invoice": frozenset({"none", "not_yet", "ready"}),
    "recent": frozenset({"yes", "no"}),
    "anything_recent": frozenset({"yes", "no"}),
    "unfinished": frozenset({"yes", "no"}),
    "number_named": frozenset({"yes", "no"}),
    "newsletter": frozenset({"subscribed", "unsubscribed"}),
    "product": frozenset({"found", "which", "not_named"}),
    "stock": frozenset({"in_stock", "back_soon", "sold_out"}),
    "direction": frozenset({"in", "out"}),
    "person_named": frozenset({"yes", "no"}),
    "place_named": frozenset({"yes", "no", "elsewhere"}),
}
"""Every sign the playbook may use, with every value it can have."""

RECENT = timedelta(days=30)
"""How long after delivery a parcel is still what a customer means by "my parcel"."""


def delay(order: Order) -> int:
    """Days by which the parcel is, or will be, later than first promised; 0 when it is not late or has arrived."""
    parcel = order.shipment
    if parcel is None or parcel.status is not ShipmentStatus.ON_THE_WAY:
        return 0
    return max(0, (parcel.expected_on - parcel.promised_on).days)


def of_order(order: Order, policy: Mapping[str, str], today: date) -> dict[str, str]:
    """The signs of one order; `policy` holds the spans ("30 days") that the windows are counted with."""
    signs = {
        "order": "found",
        "order_status": order.status.value,
        "shipment": _shipment(order),
        "payment": order.payment.status.value,
        "refund": order.refund.status.value if order.refund else "none",
        "return": order.return_request.status.value if order.return_request else "none",
        "invoice": _invoice(order),
        "recent": _yes(_is_recent(order, today)),
    }
    delivered = order.shipment.delivered_on if order.shipment else None
    for sign, fact, words in (
        ("return_window", "return_days", ("open", "closed")),
        ("damage_window", "damage_report_days", ("open", "closed")),
        ("warranty", "warranty_period", ("covered", "expired")),
    ):
        if delivered is None:
            signs[sign] = "not_started"
        elif (end := calendar.after(delivered, policy.get(fact, ""))) is not None:
            signs[sign] = words[0] if today <= end else words[1]
    end = calendar.after(order.placed_on, policy.get("price_match_days", ""))
    if end is not None and order.status is not OrderStatus.CANCELLED:
        signs["price_window"] = "open" if today <= end else "closed"
    return signs


def of_account(context: CustomerContext | None, today: date) -> dict[str, str]:
    """The signs of who is asking."""
    if context is None:
        return {"customer": "anonymous"}
    return {
        "customer": "known",
        "newsletter": "subscribed" if context.account.newsletter else "unsubscribed",
        "unfinished": _yes(any(is_unfinished(order) for order in context.orders)),
        "anything_recent": _yes(any(_is_recent(order, today) for order in context.orders)),
    }


def of_product(product: Product) -> dict[str, str]:
    """The signs of one catalogue product."""
    stock = "in_stock" if product.in_stock else "back_soon" if product.restock_on else "sold_out"
    return {"product": "found", "stock": stock}


def is_open(order: Order) -> bool:
    """Whether something of the order is still to come; what was not paid does not come."""
    still_here = order.status in (OrderStatus.PROCESSING, OrderStatus.PACKED, OrderStatus.SHIPPED)
    return still_here and order.payment.status is not PaymentStatus.FAILED


def is_unfinished(order: Order) -> bool:
    """Whether an order, its return or its refund is still under way."""
    refund_open = order.refund is not None and order.refund.status in (RefundStatus.REQUESTED, RefundStatus.APPROVED)
    return_open = order.return_request is not None and order.return_request.status is ReturnStatus.ANNOUNCED
    return is_open(order) or refund_open or return_open


def _shipment(order: Order) -> str:
    parcel = order.shipment
    if parcel is None:
        return "none"
    if parcel.status is ShipmentStatus.ON_THE_WAY:
        return "late" if delay(order) else "on_time"
    return parcel.status.value


def _invoice(order: Order) -> str:
    if order.invoice_id:
        return "ready"
    return "none" if order.status is OrderStatus.CANCELLED else "not_yet"


def _is_recent(order: Order, today: date) -> bool:
    delivered = order.shipment.delivered_on if order.shipment else None
    return is_open(order) or (delivered is not None and today - delivered <= RECENT)


def _yes(value: bool) -> str:  # noqa: FBT001 - it is the value
    return "yes" if value else "no"
