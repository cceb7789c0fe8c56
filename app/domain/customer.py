"""What the shop's own records (the CRM) know: the customer's account, orders and all that hangs on an order.

Dates are calendar days in the shop's time zone; amounts are decimals in the shop's currency.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.domain.ids import CustomerId, OrderId, ProductId


class OrderStatus(StrEnum):
    """Where an order stands in the shop's own process."""

    PROCESSING = "processing"
    """Paid or being paid, not packed yet: it can still be changed or cancelled."""
    PACKED = "packed"
    """In the hands of the warehouse: too late to change, not with the carrier yet."""
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class ShipmentStatus(StrEnum):
    """What the carrier last said; whether it is *late* is computed from the dates, not stored."""

    ON_THE_WAY = "on_the_way"
    DELIVERED = "delivered"
    LOST = "lost"


class RefundStatus(StrEnum):
    """Where a refund stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PAID_OUT = "paid_out"
    REFUSED = "refused"


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    REFUNDED = "refunded"


class ReturnStatus(StrEnum):
    """Where a parcel that goes back stands."""

    ANNOUNCED = "announced"
    """The customer has started a return; the parcel has not come back yet."""
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Product:
    """One line of the catalogue."""

    id: ProductId
    name: str
    category: str
    price: Decimal
    in_stock: bool
    restock_on: date | None
    details: str
    """One or two factual sentences about the product, as the catalogue words them."""
    aliases: tuple[str, ...] = ()
    """What customers call it ("running shoes", "rain jacket")."""

    @property
    def version(self) -> str:
        """Changes when the catalogue words the product differently; price and stock are slots and do not count."""
        return hashlib.sha256(f"{self.name}\n{self.details}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One product in an order."""

    product_id: ProductId
    product_name: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Shipment:
    """The parcel of an order."""

    status: ShipmentStatus
    carrier: str
    tracking_url: str
    shipped_on: date
    promised_on: date
    """The delivery day the customer was first told."""
    expected_on: date
    """The delivery day the carrier names now; later than `promised_on` when the parcel is late."""
    delivered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """How an order was, or was not, paid."""

    status: PaymentStatus
    method: str
    """As the customer may see it, such as "Visa ending in 4242"."""
    amount: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back to the customer."""

    status: RefundStatus
    amount: Decimal
    requested_on: date
    updated_on: date
    """When it reached its present status."""
    method: str


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """A return that the customer has started."""

    status: ReturnStatus
    started_on: date


@dataclass(frozen=True, slots=True)
class Order:
    """One order with all that hangs on it."""

    id: OrderId
    placed_on: date
    status: OrderStatus
    items: tuple[OrderItem, ...]
    total: Decimal
    payment: Payment
    invoice_id: str | None = None
    """None until the invoice is issued, which happens when the order is shipped."""
    shipment: Shipment | None = None
    refund: Refund | None = None
    return_request: ReturnRequest | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What identifies the customer. These values are slots: they never enter a prompt or an index."""

    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    newsletter: bool
    created_on: date


@dataclass(frozen=True, slots=True)
class CustomerContext:
    """All that the CRM knows of one signed-in customer; `orders` are newest first."""

    customer_id: CustomerId
    account: Account
    orders: tuple[Order, ...]
