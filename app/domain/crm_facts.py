"""Turns what the records know into facts: the slots a reply may use and the counts a prompt may show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from app.domain import calendar
from app.domain import signs as signs_
from app.domain.customer import CustomerContext, Order, OrderStatus, Product, RefundStatus
from app.domain.facts import Fact, FactKind
from app.domain.focus import OrderFocus, ProductFocus
from app.domain.text import listed

SIX_MONTHS = timedelta(days=183)


@dataclass(frozen=True, slots=True)
class Rendering:
    """What turns a value into text: the day it is read on, and the sign before amounts."""

    today: date
    currency: str

    def money(self, amount: Decimal) -> str:
        """Two decimals, the sign before."""
        return f"{self.currency}{amount:,.2f}"

    def day(self, day: date) -> str:
        """A day in words."""
        return calendar.in_words(day, self.today)


def facts_of(
    context: CustomerContext | None,
    order: OrderFocus,
    product: ProductFocus,
    policy: Mapping[str, str],
    rendering: Rendering,
) -> tuple[Fact, ...]:
    """All facts of one request; a value the records do not hold is not a fact."""
    slots: dict[str, tuple[str, str]] = {}
    if context is not None:
        slots["first_name"] = (context.account.first_name, "crm")
        if order.order is not None:
            slots |= {name: (value, "crm") for name, value in _of_order(order.order, policy, rendering).items()}
        if order.options:
            slots["order_options"] = (_options(order.options, rendering), "crm")
    if order.asked_number and order.order is None:
        slots["asked_number"] = (order.asked_number, "message")
    if product.product is not None:
        slots |= {name: (value, "catalogue") for name, value in _of_product(product.product, rendering).items()}
    if product.options:
        slots["product_options"] = (listed([option.name for option in product.options], "or"), "catalogue")
    facts = [Fact(name, value, FactKind.SLOT, source) for name, (value, source) in slots.items()]
    return (*facts, *_counts(context, order, product, rendering.today))


def counts(facts: tuple[Fact, ...]) -> dict[str, int]:
    """The shown counts N, M and T, those that are known."""
    return {fact.name: int(fact.value) for fact in facts if fact.kind is FactKind.SHOWN and fact.value.isdigit()}


def _of_order(order: Order, policy: Mapping[str, str], rendering: Rendering) -> dict[str, str]:
    values = {
        "order_id": order.id,
        "order_date": rendering.day(order.placed_on),
        "order_total": rendering.money(order.total),
        "items": _items(order),
        "payment_method": order.payment.method,
    }
    if order.invoice_id:
        values["invoice_id"] = order.invoice_id
        if order.shipment:
            values["invoice_date"] = rendering.day(order.shipment.shipped_on)
    if order.refund:
        values["refund_amount"] = rendering.money(order.refund.amount)
        values["refund_date"] = rendering.day(
            order.refund.requested_on if order.refund.status is RefundStatus.REQUESTED else order.refund.updated_on
        )
        values["refund_method"] = order.refund.method
    return values | _of_shipment(order, policy, rendering)


def _of_shipment(order: Order, policy: Mapping[str, str], rendering: Rendering) -> dict[str, str]:
    parcel = order.shipment
    if parcel is None:
        return {}
    values = {
        "carrier": parcel.carrier,
        "tracking_link": parcel.tracking_url,
        "shipped_date": rendering.day(parcel.shipped_on),
    }
    if late := signs_.delay(order):
        values["days_late"] = calendar.days(late)
    if parcel.delivered_on is None:
        if order.status is OrderStatus.SHIPPED:
            values["delivery_date"] = rendering.day(parcel.expected_on)
        return values
    values["delivered_date"] = rendering.day(parcel.delivered_on)
    for name, span in (("return_deadline", "return_days"), ("warranty_end", "warranty_period")):
        if (end := calendar.after(parcel.delivered_on, policy.get(span, ""))) is not None:
            values[name] = rendering.day(end)
    return values


def _of_product(product: Product, rendering: Rendering) -> dict[str, str]:
    values = {
        "product": product.name,
        "product_price": rendering.money(product.price),
        "product_details": product.details,
    }
    if product.restock_on and not product.in_stock:
        values["restock_date"] = rendering.day(product.restock_on)
    return values


def _items(order: Order) -> str:
    first, *others = order.items
    if not others:
        return first.product_name
    more = "1 other item" if len(others) == 1 else f"{len(others)} other items"
    return f"{first.product_name} and {more}"


def _options(orders: tuple[Order, ...], rendering: Rendering) -> str:
    return listed(
        [f"{order.id} ({_items(order)}, {calendar.short(order.placed_on, rendering.today)})" for order in orders], "or"
    )


def _counts(context: CustomerContext | None, order: OrderFocus, product: ProductFocus, today: date) -> list[Fact]:
    """N, M and T of the classic prompt, each only when it is known."""
    if context is None:
        return []
    kept = [entry for entry in context.orders if entry.status is not OrderStatus.CANCELLED]
    values = {"N": sum(1 for entry in kept if today - entry.placed_on <= SIX_MONTHS)}
    about = product.product.id if product.product else order.order.items[0].product_id if order.order else None
    if about is not None:
        values["M"] = sum(1 for entry in kept for item in entry.items if item.product_id == about)
    if order.order is not None and order.order.shipment is not None and order.order.status is OrderStatus.SHIPPED:
        values["T"] = signs_.delay(order.order)
    return [Fact(name, str(value), FactKind.SHOWN, "crm") for name, value in values.items()]
