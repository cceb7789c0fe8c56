"""Generates the demo shop's records: a few hundred customers with orders in every state, always fresh.

`handrail-ingest demo` calls it; `SqlCustomerRecords` reads what it writes. The same seed gives the same people, ids
and amounts; only the dates move with `today`.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from app.domain.customer import CustomerContext, Order, Product
from app.domain.ids import CustomerId, OrderId
from app.errors import InvalidInput
from ingestion.demo.crm_cast import CAST, CastMember, plan_cast
from ingestion.demo.crm_orders import OrderPlan, build_order, draw_plans
from ingestion.demo.crm_people import People
from ingestion.demo.crm_write import write_shop

__all__ = ["CAST", "CastMember", "demo_customers", "generate_crm"]

_FIRST_ORDER = 10_001
_FIRST_INVOICE = 50_001


def generate_crm(
    url: str, products: Sequence[Product], *, seed: int, today: date, customers: int = 520
) -> Mapping[str, int]:
    """Writes a new demo shop to `url`, all or nothing; returns table name → rows.

    Raises ConfigurationError when `url` holds anything but an earlier demo shop, or the catalogue lacks what the
    cast bought; InvalidInput when there are fewer customers than cast members.
    """
    people = demo_customers(products, seed=seed, today=today, customers=customers)
    return write_shop(url, people, products, written_for=today)


def demo_customers(
    products: Sequence[Product], *, seed: int, today: date, customers: int = 520
) -> tuple[CustomerContext, ...]:
    """The customers with their orders, newest first, the cast leading."""
    if customers < len(CAST):
        raise InvalidInput(f"the demo shop needs at least {len(CAST)} customers")
    rng = random.Random(seed)  # noqa: S311 - it has to repeat, not to surprise
    ids = [CustomerId(f"C-{number:04}") for number in range(1, customers + 1)]
    plans = plan_cast(products, rng)
    for customer_id in ids[len(CAST) :]:
        plans += draw_plans(rng, customer_id, products, _orders_of_a_customer(rng))

    orders = _build(plans, rng, today)
    people = People(rng, today)
    cast = {member.customer_id: member for member in CAST}
    shop = []
    for customer_id in ids:
        own = orders[customer_id]
        if member := cast.get(customer_id):
            account = people.invent(
                first_name=member.first_name, last_name=member.last_name, customer_for=member.customer_for
            )
        else:
            first_order = max(((today - order.placed_on).days for order in own), default=0)
            account = people.invent(customer_for=first_order + rng.randint(0, 400))
        shop.append(CustomerContext(customer_id, account, tuple(reversed(own))))
    return tuple(shop)


def _orders_of_a_customer(rng: random.Random) -> int:
    """Some never order, most a few times, some again and again; five on average."""
    low, high = rng.choices(((0, 0), (1, 1), (2, 4), (5, 8), (9, 20)), weights=(8, 18, 34, 25, 15))[0]
    return rng.randint(low, high)


def _build(plans: list[OrderPlan], rng: random.Random, today: date) -> Mapping[CustomerId, list[Order]]:
    """Each customer's orders, oldest first; numbers are given out in the order in which orders were placed."""
    orders: defaultdict[CustomerId, list[Order]] = defaultdict(list)
    oldest_first = sorted(plans, key=lambda plan: plan.placed, reverse=True)
    for number, plan in enumerate(oldest_first):
        order_id, invoice_id = OrderId(f"LF-{_FIRST_ORDER + number}"), f"INV-{_FIRST_INVOICE + number}"
        orders[plan.customer_id].append(build_order(plan, order_id, invoice_id, rng, today))
    return orders
