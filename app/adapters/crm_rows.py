"""From the CRM's rows to the domain's records, refusing what cannot be true.

A wrong fact is worse than no fact: a negative amount or a parcel delivered before it was sent makes the whole
customer unreadable (`CrmDown`), and a person takes over. The detail names the record, its id and the column, and
never a value, because it ends up in logs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import pairwise
from typing import NoReturn, TypeVar
from uuid import UUID

from app.adapters.crm_mapping import SHAPES
from app.domain.customer import (
    Account,
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
from app.domain.ids import OrderId, ProductId
from app.errors import CrmDown

Word = TypeVar("Word", bound=StrEnum)

_CENT = Decimal("0.01")
_TOO_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a record's query. Its readers raise CrmDown on a value that is missing or makes no sense."""

    record: str
    cells: Mapping[str, object]
    values: Mapping[str, Mapping[str, str]]
    """For a status column, the shop's word → ours."""

    @property
    def key(self) -> str:
        """The id by which an operator finds the row."""
        return str(next((self.cells[name] for name in ("order_id", "id", "customer_id") if name in self.cells), "?"))

    def refuse(self, complaint: str) -> NoReturn:
        """Raises CrmDown: this row cannot be true."""
        raise CrmDown(f"{self.record} {self.key}: {complaint}")

    def text(self, column: str) -> str:
        """A string that is not blank; an id that is a number or a UUID is written out."""
        cell = self.cells[column]
        if isinstance(cell, bool) or not isinstance(cell, str | int | UUID):
            self.refuse(f"{column} is not text")
        return str(cell).strip() or self.refuse(f"{column} is blank")

    def amount(self, column: str) -> Decimal:
        """A sum of money, not negative, in whole cents."""
        cell = self.cells[column]
        if isinstance(cell, bool) or not isinstance(cell, Decimal | float | int | str):
            self.refuse(f"{column} is not an amount")
        try:
            amount = Decimal(str(cell))
            rounded = amount.quantize(_CENT)
        except InvalidOperation:
            self.refuse(f"{column} is not an amount")
        if rounded.is_nan():
            self.refuse(f"{column} is not an amount")
        if amount < 0:
            self.refuse(f"{column} is negative")
        if rounded != amount:
            self.refuse(f"{column} has fractions of a cent")
        return rounded

    def quantity(self, column: str) -> int:
        """How many: 1 or more."""
        cell = self.cells[column]
        if isinstance(cell, bool) or not isinstance(cell, Decimal | float | int):
            self.refuse(f"{column} is not a count")
        if not 1 <= float(cell) < _TOO_MANY or cell != int(cell):
            self.refuse(f"{column} is not a count")
        return int(cell)

    def flag(self, column: str) -> bool:
        """True or false; 0 and 1 are read so too."""
        cell = self.cells[column]
        if cell not in (0, 1):
            self.refuse(f"{column} is neither yes nor no")
        return bool(cell)

    def day(self, column: str) -> date:
        """A calendar day; of a point in time, its day."""
        return self.day_or_none(column) or self.refuse(f"{column} is missing")

    def day_or_none(self, column: str) -> date | None:
        """A calendar day, or None where the shop has none yet."""
        cell = self.cells[column]
        if cell is None:
            return None
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        try:
            return datetime.fromisoformat(str(cell)).date()
        except ValueError:
            self.refuse(f"{column} is not a date")

    def word(self, column: str, words: type[Word]) -> Word:
        """A status: the shop's word by the mapping's `values`, else one of ours as it stands."""
        cell = str(self.cells[column])
        ours = self.values[column].get(cell) if column in self.values else cell
        if ours is None or ours not in set(words):
            self.refuse(f"{column} holds a word that the mapping does not know")
        return words(ours)

    def in_order(self, *columns: str) -> None:
        """Refuses the row when a later column's day lies before an earlier one's; missing days are passed over."""
        days = [(column, day) for column in columns if (day := self.day_or_none(column)) is not None]
        for (earlier, before), (later, after) in pairwise(days):
            if after < before:
                self.refuse(f"{later} lies before {earlier}")


def as_row(record: str, cells: Mapping[str, object], values: Mapping[str, Mapping[str, str]]) -> Row:
    """A row whose columns are all there. Raises CrmDown naming the one that is not."""
    for column in SHAPES[record].columns:
        if column not in cells:
            raise CrmDown(f"{record}: the query returns no column {column}")
    return Row(record, cells, values)


def read_account(row: Row) -> Account:
    """The customer's account; a phone or an address may be blank, not missing."""
    for column in ("phone", "address"):
        if not isinstance(row.cells[column], str):
            row.refuse(f"{column} is not text")
    return Account(
        first_name=row.text("first_name"),
        last_name=row.text("last_name"),
        email=row.text("email"),
        phone=str(row.cells["phone"]).strip(),
        address=str(row.cells["address"]).strip(),
        newsletter=row.flag("newsletter"),
        created_on=row.day("created_on"),
    )


def read_item(row: Row) -> OrderItem:
    """One line of an order."""
    return OrderItem(
        product_id=ProductId(row.text("product_id")),
        product_name=row.text("product_name"),
        quantity=row.quantity("quantity"),
        unit_price=row.amount("unit_price"),
    )


def read_payment(row: Row) -> Payment:
    """How the order was paid."""
    return Payment(
        row.word("status", PaymentStatus), method=row.text("method"), amount=row.amount("amount"), on=row.day("made_on")
    )


def read_shipment(row: Row) -> Shipment:
    """The order's parcel: delivered exactly when it has a day of delivery, and never before it was sent."""
    row.in_order("shipped_on", "promised_on")
    row.in_order("shipped_on", "expected_on")
    row.in_order("shipped_on", "delivered_on")
    shipment = Shipment(
        status=row.word("status", ShipmentStatus),
        carrier=row.text("carrier"),
        tracking_url=row.text("tracking_url"),
        shipped_on=row.day("shipped_on"),
        promised_on=row.day("promised_on"),
        expected_on=row.day("expected_on"),
        delivered_on=row.day_or_none("delivered_on"),
    )
    if (shipment.status is ShipmentStatus.DELIVERED) != (shipment.delivered_on is not None):
        row.refuse("status and delivered_on contradict each other")
    return shipment


def read_refund(row: Row) -> Refund:
    """Money on its way back."""
    row.in_order("requested_on", "updated_on")
    return Refund(
        status=row.word("status", RefundStatus),
        amount=row.amount("amount"),
        requested_on=row.day("requested_on"),
        updated_on=row.day("updated_on"),
        method=row.text("method"),
    )


def read_return(row: Row) -> ReturnRequest:
    """A parcel on its way back."""
    return ReturnRequest(row.word("status", ReturnStatus), started_on=row.day("started_on"))


def read_product(row: Row) -> Product:
    """One line of the catalogue; `aliases` is one text, parted by semicolons, and may be empty or null."""
    aliases = str(row.cells["aliases"] or "").split(";")
    return Product(
        id=ProductId(row.text("id")),
        name=row.text("name"),
        category=row.text("category"),
        price=row.amount("price"),
        in_stock=row.flag("in_stock"),
        restock_on=row.day_or_none("restock_on"),
        details=row.text("details"),
        aliases=tuple(alias.strip() for alias in aliases if alias.strip()),
    )


def read_order(row: Row, parts: Mapping[str, list[Row]]) -> Order:
    """An order with what hangs on it; `parts` are its own rows, by record. Refuses what contradicts itself."""

    def only(record: str) -> Row | None:
        rows = parts.get(record, [])
        return row.refuse(f"{record} has more than one row for it") if len(rows) > 1 else next(iter(rows), None)

    items = tuple(read_item(item) for item in parts.get("items", []))
    payment = only("payments") or row.refuse("has no payment")
    invoice, shipment, refund, back = only("invoices"), only("shipments"), only("refunds"), only("returns")
    order = Order(
        id=OrderId(row.text("id")),
        placed_on=row.day("placed_on"),
        status=row.word("status", OrderStatus),
        items=items or row.refuse("has no items"),
        total=row.amount("total"),
        payment=read_payment(payment),
        invoice_id=invoice.text("id") if invoice else None,
        shipment=read_shipment(shipment) if shipment else None,
        refund=read_refund(refund) if refund else None,
        return_request=read_return(back) if back else None,
    )
    _refuse_contradictions(row, order)
    return order


def _refuse_contradictions(row: Row, order: Order) -> None:
    shipment, refund, back = order.shipment, order.refund, order.return_request
    if order.status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED) and shipment is None:
        row.refuse("was shipped but has no shipment")
    if order.status is OrderStatus.DELIVERED and shipment and shipment.status is not ShipmentStatus.DELIVERED:
        row.refuse("was delivered but its shipment was not")
    if shipment and shipment.shipped_on < order.placed_on:
        row.refuse("was shipped before it was placed")
    if refund and refund.requested_on < order.placed_on:
        row.refuse("has a refund from before it was placed")
    if refund and refund.amount > order.total:
        row.refuse("has a refund above its total")
    if back and back.started_on < order.placed_on:
        row.refuse("has a return from before it was placed")
