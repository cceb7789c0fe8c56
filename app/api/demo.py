"""The demonstration shop's own backend: signs visitors in as one of its customers and shows their orders.

A real shop does this itself; switched off by `HANDRAIL_DEMO_SHOP=false`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.dependencies import Running, Service, SignedIn
from app.api.errors import responses
from app.api.schemas import Body
from app.domain import signs
from app.domain.customer import Order
from app.domain.ids import CustomerId
from app.errors import NotAuthorised, NotFound

router = APIRouter(prefix="/demo", tags=["demonstration shop"])

PersonaKey = Literal["delayed", "delivered", "refunded", "two_orders", "new", "anonymous"]


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer of the demonstration shop whom a visitor may become."""

    about: str
    customer_id: CustomerId | None


PERSONAS: dict[PersonaKey, Persona] = {
    "delayed": Persona("Her parcel is late", CustomerId("C-0001")),
    "delivered": Persona("His order arrived days ago", CustomerId("C-0002")),
    "refunded": Persona("Sent an order back; the refund is paid", CustomerId("C-0003")),
    "two_orders": Persona("Has two open orders", CustomerId("C-0004")),
    "new": Persona("New here, no order yet", CustomerId("C-0005")),
    "anonymous": Persona("A visitor who is not signed in", None),
}


class PersonaOut(BaseModel):
    """Somebody to become."""

    key: PersonaKey
    name: str | None
    about: str
    signed_in: bool


class SignInIn(Body):
    """Whom to become."""

    persona: PersonaKey


class SignedInOut(BaseModel):
    """A token as a shop's backend would sign it; None: not signed in."""

    token: str | None
    first_name: str | None


class ItemOut(BaseModel):
    """A line of an order."""

    name: str
    quantity: int
    price: Decimal


class ShipmentOut(BaseModel):
    """The parcel of an order."""

    status: str
    carrier: str
    expected_on: date
    promised_on: date
    delivered_on: date | None
    days_late: int
    tracking_link: str


class RefundOut(BaseModel):
    """The refund of an order."""

    status: str
    amount: Decimal


class OrderOut(BaseModel):
    """An order as "My orders" shows it."""

    id: str
    placed_on: date
    status: str
    items: list[ItemOut]
    total: Decimal
    payment: str
    shipment: ShipmentOut | None
    refund: RefundOut | None


class ProductOut(BaseModel):
    """A product of the catalogue."""

    id: str
    name: str
    category: str
    price: Decimal
    details: str
    in_stock: bool = Field(description="Whether it can be ordered now.")


@router.get("/personas", responses=responses(404, 503))
def personas(service: Running) -> list[PersonaOut]:
    """The customers whom a visitor may become."""
    _only_here(service)
    return [
        PersonaOut(
            key=key,
            name=_name(service, persona.customer_id, whole=True),
            about=persona.about,
            signed_in=persona.customer_id is not None,
        )
        for key, persona in PERSONAS.items()
    ]


@router.post("/sign-in", responses=responses(404, 503))
def sign_in(service: Running, body: SignInIn) -> SignedInOut:
    """Becomes one of them: the token that the shop's backend would give its signed-in customer."""
    _only_here(service)
    customer_id = PERSONAS[body.persona].customer_id
    if customer_id is None:
        return SignedInOut(token=None, first_name=None)
    return SignedInOut(token=service.shop_tokens.sign(customer_id), first_name=_name(service, customer_id))


@router.get("/orders", responses=responses(401, 404, 503))
def orders(service: Running, customer_id: SignedIn) -> list[OrderOut]:
    """The signed-in customer's orders, newest first."""
    _only_here(service)
    if customer_id is None:
        raise NotAuthorised("no token of the shop")
    context = service.assistant.parts.records.customer(customer_id)
    if context is None:
        raise NotFound(f"customer {customer_id}")
    return [_order(order) for order in sorted(context.orders, key=lambda order: order.placed_on, reverse=True)]


@router.get("/products", responses=responses(404, 503))
def products(service: Running) -> list[ProductOut]:
    """The catalogue."""
    _only_here(service)
    return [
        ProductOut(
            id=product.id,
            name=product.name,
            category=product.category,
            price=product.price,
            details=product.details,
            in_stock=product.in_stock,
        )
        for product in service.assistant.parts.records.products()
    ]


def _only_here(service: Service) -> None:
    if not service.settings.shows_demo:
        raise NotFound("the demonstration shop is switched off")


def _name(service: Service, customer_id: CustomerId | None, *, whole: bool = False) -> str | None:
    context = service.assistant.parts.records.customer(customer_id) if customer_id else None
    if context is None:
        return None
    account = context.account
    return f"{account.first_name} {account.last_name}" if whole else account.first_name


def _order(order: Order) -> OrderOut:
    parcel = order.shipment
    return OrderOut(
        id=order.id,
        placed_on=order.placed_on,
        status=order.status,
        items=[ItemOut(name=item.product_name, quantity=item.quantity, price=item.unit_price) for item in order.items],
        total=order.total,
        payment=order.payment.status,
        shipment=None
        if parcel is None
        else ShipmentOut(
            status=parcel.status,
            carrier=parcel.carrier,
            expected_on=parcel.expected_on,
            promised_on=parcel.promised_on,
            delivered_on=parcel.delivered_on,
            days_late=signs.delay(order),
            tracking_link=parcel.tracking_url,
        ),
        refund=None if order.refund is None else RefundOut(status=order.refund.status, amount=order.refund.amount),
    )
