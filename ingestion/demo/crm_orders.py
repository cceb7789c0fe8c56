"""The lives an order can lead in the demo shop, as days counted back from today.

A plan holds no date, so the same seed gives the same shop on any day; `build_order` turns it into an order of today.
Fees and periods follow the shop's policy pages (delivery, returns, payment problems, late and lost parcels).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from app.domain.customer import (
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
from app.domain.ids import CustomerId, OrderId

STANDARD_DELIVERY = Decimal("4.90")
FREE_DELIVERY_FROM = Decimal(60)
RETURN_FEE = Decimal("4.90")

_CARRIERS = (("Northway Post", "northway"), ("Parcelwing", "parcelwing"), ("Redfern Express", "redfern"))
Basket = tuple[tuple[Product, int], ...]
"""Products with quantities."""

_TRACKING_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class ParcelPlan:
    """A parcel; days before today, negative in the future."""

    sent: int
    promised: int
    expected: int
    delivered: int | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """A refund; days before today. `less_fee`: a return for no fault of the shop's, which costs the return fee."""

    status: RefundStatus
    requested: int
    updated: int
    less_fee: bool = False


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """One order; days before today."""

    customer_id: CustomerId
    basket: Basket
    placed: int
    status: OrderStatus
    payment: PaymentStatus = PaymentStatus.PAID
    parcel: ParcelPlan | None = None
    refund: RefundPlan | None = None
    back: tuple[ReturnStatus, int] | None = None
    """A return: where it stands, and the day it was announced."""


def build_order(plan: OrderPlan, order_id: OrderId, invoice_id: str, rng: random.Random, today: date) -> Order:
    """The order that `plan` describes; the invoice is issued only if something was sent."""

    def day(days_ago: int) -> date:
        return today - timedelta(days=days_ago)

    goods = sum((product.price * quantity for product, quantity in plan.basket), Decimal(0))
    total = goods if goods >= FREE_DELIVERY_FROM else goods + STANDARD_DELIVERY
    method = _payment_method(rng)
    carrier, carrier_site = rng.choice(_CARRIERS)
    tracking = "".join(rng.choices(_TRACKING_LETTERS, k=10))
    parcel, refund = plan.parcel, plan.refund
    return Order(
        id=order_id,
        placed_on=day(plan.placed),
        status=plan.status,
        items=tuple(OrderItem(product.id, product.name, count, product.price) for product, count in plan.basket),
        total=total,
        payment=Payment(plan.payment, method, total, day(plan.placed)),
        invoice_id=invoice_id if parcel else None,
        shipment=Shipment(
            status=_parcel_status(parcel),
            carrier=carrier,
            tracking_url=f"https://{carrier_site}.example/track/{tracking}",
            shipped_on=day(parcel.sent),
            promised_on=day(parcel.promised),
            expected_on=day(parcel.expected),
            delivered_on=None if parcel.delivered is None else day(parcel.delivered),
        )
        if parcel
        else None,
        refund=Refund(
            status=refund.status,
            amount=goods - min(RETURN_FEE, goods) if refund.less_fee else total,
            requested_on=day(refund.requested),
            updated_on=day(refund.updated),
            method=method,
        )
        if refund
        else None,
        return_request=ReturnRequest(plan.back[0], day(plan.back[1])) if plan.back else None,
    )


def _parcel_status(parcel: ParcelPlan) -> ShipmentStatus:
    if parcel.delivered is not None:
        return ShipmentStatus.DELIVERED
    return ShipmentStatus.LOST if parcel.lost else ShipmentStatus.ON_THE_WAY


def _payment_method(rng: random.Random) -> str:
    card = rng.choices(
        ("Visa", "Mastercard", "American Express", "PayPal", "Apple Pay", "Google Pay"),
        weights=(34, 26, 8, 20, 7, 5),
    )[0]
    last_four = f"{rng.randrange(10_000):04}"
    return f"{card} ending in {last_four}" if card in ("Visa", "Mastercard", "American Express") else card


LIVES = (
    # (name, of 1,000 orders); most orders simply arrive
    ("delivered_long_ago", 560),
    ("delivered_lately", 140),
    ("on_its_way", 60),
    ("late", 34),
    ("lost", 14),
    ("packed", 22),
    ("processing", 40),
    ("awaiting_payment", 14),
    ("payment_failed", 14),
    ("cancelled_unpaid", 14),
    ("cancelled_and_refunded", 24),
    ("return_announced", 20),
    ("return_being_refunded", 14),
    ("return_closed", 20),
    ("complaint_being_refunded", 10),
)


OPEN = frozenset({OrderStatus.PROCESSING, OrderStatus.PACKED, OrderStatus.SHIPPED})
"""The states of an order that its customer still waits for."""


def draw_plans(rng: random.Random, customer_id: CustomerId, products: Sequence[Product], count: int) -> list[OrderPlan]:
    """The orders of one ordinary customer, who never waits for more than two at a time."""
    plans: list[OrderPlan] = []
    while len(plans) < count:
        plan = _draw_plan(rng, customer_id, products)
        if plan.status not in OPEN or sum(one.status in OPEN for one in plans) < 2:
            plans.append(plan)
    return plans


def _draw_plan(rng: random.Random, customer_id: CustomerId, products: Sequence[Product]) -> OrderPlan:
    """One order, its life drawn with the shares of `LIVES`."""
    life = rng.choices([name for name, _ in LIVES], weights=[share for _, share in LIVES])[0]
    match life:
        case "delivered_long_ago":
            return delivered(customer_id, _basket(rng, products), ago=int(rng.triangular(31, 600, 45)), rng=rng)
        case "delivered_lately":
            return delivered(customer_id, _basket(rng, products), ago=rng.randint(1, 28), rng=rng)
        case "return_announced" | "return_being_refunded" | "return_closed" | "complaint_being_refunded":
            return _sent_back(rng, life, customer_id, _basket(rng, products))
        case "on_its_way" | "late" | "lost":
            return _under_way(rng, life, customer_id, _basket(rng, products))
        case _:
            return _never_sent(
                rng, life, customer_id, _basket(rng, [product for product in products if product.in_stock])
            )


def delivered(customer_id: CustomerId, basket: Basket, *, ago: int, rng: random.Random) -> OrderPlan:
    """An order that arrived `ago` days ago; about one in eight arrived a day or two late."""
    late_by = rng.choices((-2, -1, 0, 1, 2), weights=(22, 33, 33, 8, 4))[0]
    promised = ago + late_by
    sent = promised + rng.randint(3, 5)
    parcel = ParcelPlan(sent, promised, expected=min(promised, ago), delivered=ago)
    return OrderPlan(customer_id, basket, sent + 1, OrderStatus.DELIVERED, parcel=parcel)


def _under_way(rng: random.Random, life: str, customer_id: CustomerId, basket: Basket) -> OrderPlan:
    if life == "on_its_way":
        sent = rng.randint(0, 3)
        promised = sent - rng.randint(3, 5)
        parcel = ParcelPlan(sent, promised, expected=promised)
    elif life == "late":
        promised = rng.randint(1, 6)
        parcel = ParcelPlan(promised + rng.randint(3, 5), promised, expected=-rng.randint(1, 3))
    else:
        promised = rng.randint(8, 24)
        parcel = ParcelPlan(promised + rng.randint(3, 5), promised, expected=promised - 2, lost=True)
    return OrderPlan(customer_id, basket, parcel.sent + 1, OrderStatus.SHIPPED, parcel=parcel)


def _never_sent(rng: random.Random, life: str, customer_id: CustomerId, basket: Basket) -> OrderPlan:
    match life:
        case "packed":
            return OrderPlan(customer_id, basket, rng.randint(1, 2), OrderStatus.PACKED)
        case "processing":
            return OrderPlan(customer_id, basket, rng.randint(0, 1), OrderStatus.PROCESSING)
        case "awaiting_payment":
            return OrderPlan(customer_id, basket, rng.randint(0, 1), OrderStatus.PROCESSING, PaymentStatus.PENDING)
        case "payment_failed":
            return OrderPlan(customer_id, basket, rng.randint(0, 1), OrderStatus.PROCESSING, PaymentStatus.FAILED)
        case "cancelled_unpaid":
            return OrderPlan(customer_id, basket, rng.randint(3, 240), OrderStatus.CANCELLED, PaymentStatus.FAILED)
    placed = rng.choice((rng.randint(1, 6), rng.randint(9, 240)))
    if placed <= 6:
        refund = RefundPlan(RefundStatus.APPROVED, requested=placed, updated=rng.randint(0, placed))
        return OrderPlan(customer_id, basket, placed, OrderStatus.CANCELLED, refund=refund)
    refund = RefundPlan(RefundStatus.PAID_OUT, requested=placed, updated=placed - rng.randint(2, 6))
    return OrderPlan(customer_id, basket, placed, OrderStatus.CANCELLED, PaymentStatus.REFUNDED, refund=refund)


def _sent_back(rng: random.Random, life: str, customer_id: CustomerId, basket: Basket) -> OrderPlan:
    """A delivered order whose goods, or at least the money, go back."""
    back: tuple[ReturnStatus, int] | None = None
    refund: RefundPlan | None = None
    payment = PaymentStatus.PAID
    if life == "return_announced":
        announced = rng.randint(0, 6)
        back, arrived = (ReturnStatus.ANNOUNCED, announced), announced + rng.randint(1, 20)
    elif life == "return_being_refunded":
        requested = rng.randint(0, 4)
        announced = requested + rng.randint(3, 6)
        status = rng.choice((RefundStatus.REQUESTED, RefundStatus.APPROVED))
        updated = requested if status is RefundStatus.REQUESTED else rng.randint(0, requested)
        refund = RefundPlan(status, requested, updated, less_fee=True)
        back, arrived = (ReturnStatus.RECEIVED, announced), announced + rng.randint(1, 18)
    elif life == "return_closed":
        requested = rng.randint(6, 200)
        announced = requested + rng.randint(3, 6)
        status = rng.choices((RefundStatus.PAID_OUT, RefundStatus.REFUSED), weights=(75, 25))[0]
        payment = PaymentStatus.REFUNDED if status is RefundStatus.PAID_OUT else PaymentStatus.PAID
        refund = RefundPlan(status, requested, requested - rng.randint(2, 5), less_fee=True)
        back, arrived = (ReturnStatus.RECEIVED, announced), announced + rng.randint(1, 18)
    else:
        requested = rng.randint(0, 4)
        refund = RefundPlan(RefundStatus.REQUESTED, requested, requested)
        arrived = requested + rng.randint(1, 5)
    arrival = delivered(customer_id, basket, ago=arrived, rng=rng)
    return OrderPlan(customer_id, basket, arrival.placed, arrival.status, payment, arrival.parcel, refund, back)


def _basket(rng: random.Random, products: Sequence[Product]) -> Basket:
    """One to four different products, mostly one of each."""
    lines = min(rng.choices((1, 2, 3, 4), weights=(48, 30, 15, 7))[0], len(products))
    return tuple((product, rng.choices((1, 2, 3), weights=(86, 11, 3))[0]) for product in rng.sample(products, lines))
