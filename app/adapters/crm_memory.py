"""The shop's records in memory: for tests of the pipeline, and for trying Handrail without any database."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.domain.customer import CustomerContext, Product
from app.domain.ids import CustomerId
from app.errors import CrmDown


class MemoryCustomerRecords:
    """`CustomerRecords` over given records."""

    def __init__(self, customers: Iterable[CustomerContext] = (), products: Iterable[Product] = ()) -> None:
        self._customers = {customer.customer_id: _newest_first(customer) for customer in customers}
        self._products = tuple(products)
        self.down = False
        """Set it, and every read raises CrmDown until it is cleared."""

    def customer(self, customer_id: CustomerId) -> CustomerContext | None:
        """All that is known of a customer, None when there is no such one. Raises CrmDown."""
        self._refuse_when_down()
        return self._customers.get(customer_id)

    def products(self) -> Sequence[Product]:
        """The catalogue. Raises CrmDown."""
        self._refuse_when_down()
        return self._products

    def _refuse_when_down(self) -> None:
        if self.down:
            raise CrmDown("switched off")


def _newest_first(customer: CustomerContext) -> CustomerContext:
    orders = sorted(customer.orders, key=lambda order: (order.placed_on, order.id), reverse=True)
    return replace(customer, orders=tuple(orders))
