"""Builders of the shop's records and knowledge for tests: say what matters, the rest is ordinary.

Days are counted back from `TODAY`: 3 is three days ago, -2 is the day after tomorrow.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.domain.customer import (
    Account,
    CustomerContext,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentStatus,
    Product,
    Refund,
    RefundStatus,
    ReturnRequest,
    Shipment,
    ShipmentStatus,
)
from app.domain.ids import CustomerId, InteractionId, OrderId, PageId, ProductId
from app.domain.retrieval import Interaction, InteractionStatus, PolicyPage, PolicyPassage
from app.domain.rollout import GateVerdict, ModelState, ModelVersion, version_id

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)

POLICY = {
    "return_days": "30 days",
    "damage_report_days": "14 days",
    "warranty_period": "2 years",
    "price_match_days": "14 days",
}
"""The spans that windows are counted with, as the policy pages write them."""


def days_ago(days: int) -> date:
    """The day so many days before `TODAY`."""
    return TODAY - timedelta(days=days)


def a_product(number: str, name: str, *aliases: str, in_stock: bool = True, back_in: int | None = None) -> Product:
    """A catalogue line; `back_in` are the days until it is restocked."""
    restock = days_ago(-back_in) if back_in is not None else None
    return Product(
        ProductId(number), name, "outdoor", Decimal("69.00"), in_stock, restock, f"{name}, made to last.", aliases
    )


KETTLE = a_product("P-1", "Inglenook Kettle", "kettle", "tea kettle")
SHOES = a_product("P-2", "Ridgeline Trail Shoes", "trail shoes", "shoes")
OTHER_SHOES = a_product("P-3", "Fellgate Trail Shoes", "trail shoes", "shoes")
TENT = a_product("P-4", "Larkspur Tent", "tent", in_stock=False, back_in=9)


def a_parcel(
    *,
    shipped: int = 2,
    promised: int = -2,
    expected: int | None = None,
    status: ShipmentStatus = ShipmentStatus.ON_THE_WAY,
    delivered: int | None = None,
) -> Shipment:
    """A parcel on its way, expected as promised; `delivered` makes it one that has arrived."""
    return Shipment(
        status=ShipmentStatus.DELIVERED if delivered is not None else status,
        carrier="Northway Post",
        tracking_url="https://northway.example/track/AB12",
        shipped_on=days_ago(shipped),
        promised_on=days_ago(promised),
        expected_on=days_ago(promised if expected is None else expected),
        delivered_on=days_ago(delivered) if delivered is not None else None,
    )


def an_order(
    number: str = "LF-10482",
    *products: Product,
    placed: int = 3,
    status: OrderStatus = OrderStatus.PROCESSING,
    payment: PaymentStatus = PaymentStatus.PAID,
    invoice: str | None = None,
    parcel: Shipment | None = None,
    refund: Refund | None = None,
    back: ReturnRequest | None = None,
) -> Order:
    """An order of one kettle that is not packed yet."""
    items = tuple(OrderItem(each.id, each.name, 1, each.price) for each in products or (KETTLE,))
    total = sum((item.unit_price for item in items), Decimal(0))
    return Order(
        id=OrderId(number),
        placed_on=days_ago(placed),
        status=status,
        items=items,
        total=total,
        payment=Payment(payment, "Visa ending in 4242", total, days_ago(placed)),
        invoice_id=invoice,
        shipment=parcel,
        refund=refund,
        return_request=back,
    )


def a_shipped_order(number: str = "LF-10482", *products: Product, late: int = 0, placed: int = 5) -> Order:
    """An order on its way; `late` are the days beyond what was promised."""
    parcel = a_parcel(shipped=placed - 1, promised=1, expected=1 - late)
    return an_order(number, *products, placed=placed, status=OrderStatus.SHIPPED, parcel=parcel)


def a_delivered_order(number: str = "LF-10482", *products: Product, ago: int = 5) -> Order:
    """An order that arrived so many days ago, with its invoice."""
    parcel = a_parcel(shipped=ago + 3, promised=ago, delivered=ago)
    invoice = f"INV-{number.removeprefix('LF-')}"
    return an_order(number, *products, placed=ago + 4, status=OrderStatus.DELIVERED, parcel=parcel, invoice=invoice)


def a_refund(status: RefundStatus, *, requested: int = 6, updated: int = 2) -> Refund:
    """A refund of a kettle, less what a return costs."""
    return Refund(status, Decimal("64.10"), days_ago(requested), days_ago(updated), "Visa ending in 4242")


def a_customer(
    *orders: Order, number: str = "C-1", first_name: str = "Maya", newsletter: bool = True
) -> CustomerContext:
    """Maya Okafor, with these orders, newest first."""
    account = Account(
        first_name=first_name,
        last_name="Okafor",
        email="maya.okafor@example.com",
        phone="+1 503 555 0142",
        address="12 Mill Road, Leeds, LS1 4AB",
        newsletter=newsletter,
        created_on=days_ago(410),
    )
    newest_first = sorted(orders, key=lambda order: (order.placed_on, order.id), reverse=True)
    return CustomerContext(CustomerId(number), account, tuple(newest_first))


def an_interaction(
    question: str = "where is my parcel",
    *,
    situation: str = "track_order/late",
    reply: str = "Your order {order_id} is {days_late} late.",
    number: str = "",
    status: InteractionStatus = InteractionStatus.APPROVED,
    product: ProductId | None = None,
    rests_on: Mapping[str, str] | None = None,
) -> Interaction:
    """An approved past reply; its id follows from the question unless `number` is given."""
    return Interaction(
        id=InteractionId(number or f"past_{hashlib.sha256(question.encode()).hexdigest()[:8]}"),
        intent=situation.partition("/")[0],
        situation=situation,
        question=question,
        reply=reply,
        source="import:tests",
        status=status,
        product_id=product,
        rests_on=rests_on or {},
    )


def a_page(name: str = "returns", text: str = "Send it back within 30 days.", **facts: str) -> PolicyPage:
    """A policy page whose version follows from its text."""
    version = hashlib.sha256(f"{text}{facts}".encode()).hexdigest()[:16]
    return PolicyPage(PageId(name), name.capitalize(), text, facts, version)


def a_passage(page: PolicyPage, number: int = 0, text: str = "") -> PolicyPassage:
    """A passage of the page: all of its text, unless another is given."""
    return PolicyPassage(f"{page.id}#{number}", page.id, page.title, text or page.text, page.version)


PASSED = GateVerdict(passed=True, suite="answers.v1", against="model", failures=(), at=NOW)


def a_model_version(
    number: str = "1",
    *,
    task: str = "answer",
    state: ModelState = ModelState.CANDIDATE,
    share: int = 0,
    verdict: GateVerdict | None = PASSED,
    shipped: bool = False,
    since: int = 0,
) -> ModelVersion:
    """A candidate that has passed the gate; `since` are minutes after `NOW`."""
    sha256 = hashlib.sha256(f"{task}{number}".encode()).hexdigest()
    return ModelVersion(
        id=version_id(task, sha256),
        task=task,
        file=f"{sha256[:16]}.gguf",
        sha256=sha256,
        state=state,
        made_at=NOW,
        since=NOW + timedelta(minutes=since),
        dataset="05b558105abe",
        share=share,
        shipped=shipped,
        verdict=verdict,
    )


class StoppedClock:
    """A `Clock` that always shows the same moment: `NOW`, unless another is given."""

    def __init__(self, at: datetime = NOW) -> None:
        self._at = at

    def now(self) -> datetime:
        """That moment."""
        return self._at


class CountedIds:
    """An `IdGenerator` that counts: "turn_0001", "msg_0002"."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = iter(range(1, 1_000_000))

    def new(self, prefix: str) -> str:
        """The next one."""
        return f"{prefix}_{next(self._numbers):04}"
