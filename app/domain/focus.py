"""Which order, and which product, a request is about."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain import signs as signs_
from app.domain.conversation import DialogueState, OpenQuestion
from app.domain.customer import CustomerContext, Order, Product
from app.domain.ids import ProductId
from app.domain.playbook import IntentPlaybook, satisfies
from app.domain.understanding import Entities, Move

MOST_OPTIONS = 3
"""How many orders or products a "which one?" question lists."""


@dataclass(frozen=True, slots=True)
class OrderFocus:
    """The order meant. `state` is the value of the sign `order`."""

    state: str
    order: Order | None = None
    options: tuple[Order, ...] = ()
    asked_number: str | None = None


@dataclass(frozen=True, slots=True)
class ProductFocus:
    """The product meant. `state` is the value of the sign `product`."""

    state: str
    product: Product | None = None
    options: tuple[Product, ...] = ()


def order_meant(
    context: CustomerContext | None,
    entry: IntentPlaybook,
    entities: Entities,
    state: DialogueState,
    policy: Mapping[str, str],
    today: date,
    move: Move = Move.REQUEST,
) -> OrderFocus:
    """A number in the text, else the one picked from those offered, else a product named, else the order in focus,
    else the latest that fits the intent. A number that is not this customer's is "unknown", whoever else's it is."""
    if context is None:
        return OrderFocus("not_readable", asked_number=_first(entities.numbers))
    if entities.numbers:
        return _by_number(context.orders, entities.numbers)
    if not context.orders:
        return OrderFocus("none")
    offered = _offered(context.orders, state)
    if offered and (picked := _picked(offered, entities, move)):
        return OrderFocus("found", picked)
    fitting = _likeliest([(order, signs_.of_order(order, policy, today)) for order in context.orders], entry)
    if entities.products:
        holding = [order for order in context.orders if _holds(order, entities.products)]
        if holding:
            return _one_of([order for order in holding if order in fitting] or holding[:1], entry)
    if entities.ordinal == -1:
        return OrderFocus("found", context.orders[0])
    for order in context.orders:
        if order.id == state.order_in_focus:
            return OrderFocus("found", order)
    return _one_of(fitting or list(context.orders[:1]), entry)


def product_meant(products: Sequence[Product], entities: Entities, state: DialogueState) -> ProductFocus:
    """The product named, else the one in focus; several that share a name are a question."""
    by_id = {product.id: product for product in products}
    named = [by_id[key] for key in entities.products if key in by_id]
    if not named and state.product_in_focus in by_id:
        named = [by_id[state.product_in_focus]]
    if not named:
        return ProductFocus("not_named")
    if len(named) > 1:
        return ProductFocus("which", options=tuple(named[:MOST_OPTIONS]))
    return ProductFocus("found", named[0])


def _by_number(orders: Sequence[Order], numbers: Sequence[str]) -> OrderFocus:
    for number in numbers:
        for order in orders:
            if _digits(number) in (_digits(order.id), _digits(order.invoice_id or "")):
                return OrderFocus("found", order, asked_number=number)
    return OrderFocus("unknown", options=tuple(orders[:MOST_OPTIONS]), asked_number=numbers[0])


def _picked(offered: Sequence[Order], entities: Entities, move: Move) -> Order | None:
    if entities.products:
        holding = [order for order in offered if _holds(order, entities.products)]
        if len(holding) == 1:
            return holding[0]
    if entities.ordinal is not None and -len(offered) <= entities.ordinal <= len(offered):
        # "the last one" of a list is its last line, "the latest" order is its first: both read as -1, and the
        # lists are newest first, so only an explicit position picks from the list.
        return offered[entities.ordinal - 1] if entities.ordinal > 0 else offered[0]
    return offered[0] if move is Move.AFFIRM and len(offered) == 1 else None


def _offered(orders: Sequence[Order], state: DialogueState) -> list[Order]:
    if state.open_question is not OpenQuestion.WHICH_ORDER:
        return []
    by_id = {order.id: order for order in orders}
    return [by_id[key] for key in state.offered_orders if key in by_id]


def _likeliest(orders: Sequence[tuple[Order, signs_.Signs]], entry: IntentPlaybook) -> list[Order]:
    """The orders of which the first condition holds that holds of any."""
    for condition in entry.fits:
        if fitting := [order for order, signs in orders if satisfies(signs, condition)]:
            return fitting
    return []


def _one_of(orders: Sequence[Order], entry: IntentPlaybook) -> OrderFocus:
    if len(orders) > 1 and entry.ask_which:
        return OrderFocus("which", options=tuple(orders[:MOST_OPTIONS]))
    return OrderFocus("found", orders[0])


def _holds(order: Order, products: Sequence[ProductId]) -> bool:
    return any(item.product_id in products for item in order.items)


def _digits(number: str) -> str:
    """The digits alone: customers write "#10482", "LF 10482" and "10482" for LF-10482."""
    return re.sub(r"\D", "", number)


def _first(values: Sequence[str]) -> str | None:
    return values[0] if values else None
