"""The shop's records from any SQL database, read-only, through the queries of a mapping file.

Gather asks it for the customer of the turn. It never writes, never waits longer than its deadline, and answers with
`CrmDown` rather than with a record that cannot be true.
"""

import math
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from app.adapters.crm_mapping import SHAPES, load_mapping
from app.adapters.crm_rows import Row, as_row, read_account, read_order, read_product
from app.domain.customer import CustomerContext, Product
from app.domain.ids import CustomerId
from app.errors import ConfigurationError, CrmDown

T = TypeVar("T")

DEMO_MAPPING = Path(__file__).with_name("crm_demo_mapping.yaml")
"""The mapping of the demo shop; an example to start from."""

ORDER_LIMIT = 200
"""The newest orders that are read of one customer."""

_PARALLEL_READS = 4
_CATALOGUE_SECONDS = 60.0
_PARTS_OF_ORDERS = ("items", "payments", "shipments", "refunds", "returns", "invoices")


class SqlCustomerRecords:
    """`CustomerRecords` over a SQLAlchemy URL. Safe to share between threads; `close()` when done."""

    def __init__(
        self, url: str, mapping_path: Path, timeout_s: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Reads the mapping; the database is not touched. Raises ConfigurationError."""
        self._mapping_path = mapping_path
        self._mapping = load_mapping(mapping_path)
        self._statements = {record: self._mapping.query(record).statement for record in SHAPES}
        self._engine = read_only_engine(url, timeout_s)
        self._timeout_s = timeout_s
        self._free_reads = threading.BoundedSemaphore(_PARALLEL_READS)
        self._monotonic = monotonic
        self._catalogue: tuple[float, tuple[Product, ...]] | None = None

    def customer(self, customer_id: CustomerId) -> CustomerContext | None:
        """All that is known of a customer, in one consistent read of at most 8 queries. Raises CrmDown."""
        return self._in_time(lambda connection: self._read_customer(connection, customer_id))

    def products(self) -> Sequence[Product]:
        """The catalogue, at most a minute old. Raises CrmDown."""
        known = self._catalogue
        if known and self._monotonic() - known[0] < _CATALOGUE_SECONDS:
            return known[1]
        rows = self._in_time(lambda connection: self._fetch(connection, "products"))
        catalogue = tuple(read_product(row) for row in rows)
        self._catalogue = (self._monotonic(), catalogue)
        return catalogue

    def check(self) -> None:
        """Runs every query for a customer who does not exist.

        Raises ConfigurationError naming file, query and column, in the database's own words (no row was read, so
        they hold nothing personal); CrmDown when the database cannot be reached.
        """
        self._in_time(self._try_queries)

    def close(self) -> None:
        """Gives the connections back."""
        self._engine.dispose()

    def _try_queries(self, connection: Connection) -> None:
        nobody = {"customer_id": None, "order_ids": [None], "order_limit": 1}
        for record, shape in SHAPES.items():
            where = f"{self._mapping_path}: query {record}"
            given = {name: value for name, value in nobody.items() if name in shape.binds}
            try:
                returned = set(connection.execute(self._statements[record], given).keys())
            except SQLAlchemyError as error:
                raise ConfigurationError(f"{where}: {getattr(error, 'orig', None) or error}") from None
            if missing := [column for column in shape.columns if column not in returned]:
                raise ConfigurationError(f"{where}: returns no column {missing[0]}")

    def _read_customer(self, connection: Connection, customer_id: CustomerId) -> CustomerContext | None:
        accounts = self._fetch(connection, "account", customer_id=customer_id)
        if not accounts:
            return None
        if len(accounts) > 1:
            raise CrmDown(f"account {customer_id}: more than one row")
        orders = self._fetch(connection, "orders", customer_id=customer_id, order_limit=ORDER_LIMIT)[:ORDER_LIMIT]
        for row in (*accounts, *orders):
            if row.text("customer_id") != customer_id:
                row.refuse("belongs to another customer than the one asked for")

        parts: dict[str, dict[str, list[Row]]] = {row.text("id"): defaultdict(list) for row in orders}
        if len(parts) < len(orders):
            raise CrmDown(f"orders of {customer_id}: an order comes more than once")
        for record in _PARTS_OF_ORDERS if orders else ():
            for row in self._fetch(connection, record, order_ids=[order.cells["id"] for order in orders]):
                order_id = row.text("order_id")
                if order_id not in parts:
                    row.refuse("belongs to an order that was not asked for")
                parts[order_id][record].append(row)

        read = [read_order(row, parts[row.text("id")]) for row in orders]
        newest_first = sorted(read, key=lambda order: (order.placed_on, order.id), reverse=True)
        return CustomerContext(customer_id, read_account(accounts[0]), tuple(newest_first))

    def _fetch(self, connection: Connection, record: str, **given: object) -> list[Row]:
        values = self._mapping.query(record).values
        try:
            rows = connection.execute(self._statements[record], given).mappings().all()
        except SQLAlchemyError as error:
            # Not chained: a driver may quote a value in its message. `check` tells the operator the whole story.
            raise CrmDown(f"{self._mapping_path.name}: query {record}: {type(error).__name__}") from None
        return [as_row(record, dict(row), values) for row in rows]

    def _in_time(self, read: Callable[[Connection], T]) -> T:
        """What `read` returns, or CrmDown at the deadline, even while the driver hangs.

        Daemon threads, not an executor's: those are joined at exit, and a database that hangs would keep the
        process from stopping. A read that hangs holds its place, so that at most four ever do.
        """
        give_up = time.monotonic() + self._timeout_s
        if not self._free_reads.acquire(timeout=self._timeout_s):
            raise CrmDown(f"{_PARALLEL_READS} earlier reads still wait for the database")
        outcome: Future[T] = Future()

        def settle() -> None:
            try:
                with self._engine.connect() as connection:
                    if connection.dialect.name == "sqlite":
                        connection.exec_driver_sql("BEGIN")  # else each query would see its own moment
                    answer = read(connection)
                outcome.set_result(answer)
            except (CrmDown, ConfigurationError) as error:
                outcome.set_exception(error)
            except Exception as error:  # whatever a driver raises, the turn has to degrade
                outcome.set_exception(CrmDown(f"the database cannot be read: {type(error).__name__}"))
            finally:
                self._free_reads.release()

        threading.Thread(target=settle, name="crm-read", daemon=True).start()
        try:
            return outcome.result(timeout=max(0.0, give_up - time.monotonic()))
        except TimeoutError:
            raise CrmDown(f"no answer within {self._timeout_s:g} s") from None


def read_only_engine(url: str, timeout_s: float) -> Engine:
    """An engine whose connections cannot write. Raises ConfigurationError without the URL: it may hold a password."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _read_only_sqlite(parsed, timeout_s)
        options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True}
        if parsed.get_backend_name() == "postgresql":
            options["execution_options"] = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        if parsed.get_driver_name().startswith("psycopg"):
            limit = f"-c statement_timeout={math.ceil(timeout_s * 1000)}"
            options["connect_args"] = {"connect_timeout": math.ceil(timeout_s), "options": limit}
        return create_engine(parsed, pool_size=_PARALLEL_READS, max_overflow=0, pool_timeout=timeout_s, **options)
    except (ArgumentError, ModuleNotFoundError, SQLAlchemyError, ValueError) as error:
        raise ConfigurationError(f"the CRM's database URL cannot be used: {type(error).__name__}") from None


def _read_only_sqlite(url: URL, timeout_s: float) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("the CRM's database URL must name a file: SQLite in memory cannot be shared")
    file_uri = f"file:{quote(str(Path(url.database).absolute()))}?mode=ro"

    def connect() -> sqlite3.Connection:
        opened = sqlite3.connect(file_uri, uri=True, timeout=timeout_s)
        give_up = time.monotonic() + timeout_s
        # Ends an endless query in its own thread: nobody waits for its answer any more.
        opened.set_progress_handler(lambda: time.monotonic() > give_up, 10_000)
        return opened

    # A new connection each time (a fraction of a millisecond): a kept one would go on reading the file that a newly
    # written demo shop has replaced.
    return create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
