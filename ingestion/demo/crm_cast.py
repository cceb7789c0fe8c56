"""The cast: the first customers of the demo shop, each in a state worth asking about.

The README and the demo introduce them by `line`. Their products are picked by what customers call them, so that the
catalogue can change.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.customer import OrderStatus, PaymentStatus, Product, RefundStatus, ReturnStatus
from app.domain.ids import CustomerId
from app.errors import ConfigurationError
from ingestion.demo.crm_orders import Basket, OrderPlan, ParcelPlan, RefundPlan, delivered


@dataclass(frozen=True, slots=True)
class CastMember:
    """Somebody to sign in as."""

    customer_id: CustomerId
    first_name: str
    line: str
    """What is going on, in a sentence."""
    last_name: str
    customer_for: int
    """Days since the account was opened."""


CAST: tuple[CastMember, ...] = (
    CastMember(CustomerId("C-0001"), "Maya", "Waits for a parcel that is days late; a regular.", "Okafor", 410),
    CastMember(CustomerId("C-0002"), "Daniel", "Got his order last week.", "Reyes", 260),
    CastMember(CustomerId("C-0003"), "Priya", "Sent an order back; the refund is paid out.", "Nair", 330),
    CastMember(CustomerId("C-0004"), "Tom", "Has two open orders: one processing, one on its way.", "Gallagher", 95),
    CastMember(CustomerId("C-0005"), "Lena", "New here, has not ordered yet.", "Vogel", 3),
    CastMember(CustomerId("C-0006"), "Samuel", "Ordered today; it can still be cancelled.", "Osei", 120),
    CastMember(CustomerId("C-0007"), "Grace", "Her parcel is lost.", "Lindqvist", 205),
    CastMember(CustomerId("C-0008"), "Ines", "Asked for a refund that nobody has decided yet.", "Moreau", 150),
    CastMember(CustomerId("C-0009"), "Kofi", "His payment failed.", "Mensah", 60),
    CastMember(CustomerId("C-0010"), "Harriet", "Has old orders only; the return window is closed.", "Lowe", 540),
    CastMember(CustomerId("C-0011"), "Wei", "His order came two days ago, and something may be broken.", "Zhao", 88),
    CastMember(CustomerId("C-0012"), "Nora", "Cancelled an order; the refund is approved, not paid yet.", "Byrne", 75),
)


def plan_cast(products: Sequence[Product], rng: random.Random) -> list[OrderPlan]:
    """All orders of the cast. Raises ConfigurationError when the catalogue lacks a product they need."""

    def one(*names: str) -> Basket:
        return ((pick(products, *names), 1),)

    maya, daniel, priya, tom, _, samuel, grace, ines, kofi, harriet, wei, nora = (member.customer_id for member in CAST)
    blanket, shoes, jacket = one("wool blanket"), one("trail shoes"), one("rain jacket")
    backpack, headlamp, tent = one("backpack"), one("headlamp"), one("tent")
    kettle, lamp, socks = one("kettle"), one("table lamp", "lamp"), one("wool socks", "socks")

    late = ParcelPlan(sent=8, promised=3, expected=-1)
    lost = ParcelPlan(sent=15, promised=10, expected=8, lost=True)
    on_its_way = ParcelPlan(sent=2, promised=-2, expected=-2)
    priya_got, ines_got = delivered(priya, backpack, ago=20, rng=rng), delivered(ines, tent, ago=12, rng=rng)
    return [
        OrderPlan(maya, blanket, 9, OrderStatus.SHIPPED, parcel=late),
        *(
            delivered(maya, basket, ago=ago, rng=rng)
            for basket, ago in ((socks, 22), (kettle, 48), (blanket, 77), (lamp, 104), (headlamp, 131), (socks, 158))
        ),
        delivered(daniel, jacket, ago=6, rng=rng),
        OrderPlan(
            priya,
            backpack,
            priya_got.placed,
            OrderStatus.DELIVERED,
            PaymentStatus.REFUNDED,
            priya_got.parcel,
            RefundPlan(RefundStatus.PAID_OUT, requested=6, updated=2, less_fee=True),
            (ReturnStatus.RECEIVED, 11),
        ),
        OrderPlan(tom, shoes, 0, OrderStatus.PROCESSING),
        OrderPlan(tom, jacket, 3, OrderStatus.SHIPPED, parcel=on_its_way),
        OrderPlan(samuel, kettle + headlamp, 0, OrderStatus.PROCESSING),
        OrderPlan(grace, headlamp, 16, OrderStatus.SHIPPED, parcel=lost),
        OrderPlan(
            ines,
            tent,
            ines_got.placed,
            OrderStatus.DELIVERED,
            parcel=ines_got.parcel,
            refund=RefundPlan(RefundStatus.REQUESTED, requested=2, updated=2, less_fee=True),
            back=(ReturnStatus.RECEIVED, 7),
        ),
        OrderPlan(kofi, backpack, 1, OrderStatus.PROCESSING, PaymentStatus.FAILED),
        *(delivered(harriet, basket, ago=ago, rng=rng) for basket, ago in ((shoes, 74), (blanket, 190), (socks, 365))),
        delivered(wei, lamp, ago=2, rng=rng),
        OrderPlan(
            nora,
            jacket,
            3,
            OrderStatus.CANCELLED,
            refund=RefundPlan(RefundStatus.APPROVED, requested=3, updated=1),
        ),
    ]


def pick(products: Sequence[Product], *names: str) -> Product:
    """The first product in stock that customers call so, earlier names first. Raises ConfigurationError."""
    for name in names:
        for product in products:
            if product.in_stock and name in product.aliases:
                return product
    raise ConfigurationError(f"the catalogue has no product in stock that customers call {names[0]!r}")
