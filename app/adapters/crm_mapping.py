"""The mapping file: how a shop's own tables become the records that the pipeline reads.

An operator writes one SQL query a record (YAML, see `crm_demo_mapping.yaml`). Everything that can be told without
the database is checked here, when the service starts; `SqlCustomerRecords.check` tells the rest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from sqlalchemy import TextClause, bindparam, text

from app.domain.customer import OrderStatus, PaymentStatus, RefundStatus, ReturnStatus, ShipmentStatus
from app.errors import ConfigurationError

_BIND = re.compile(r"(?<![:\w\\]):([a-z_]+)\b")
_READS_ONLY = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RecordShape:
    """What a record's query must return and bind; `words` are the columns that hold a status."""

    columns: tuple[str, ...]
    binds: frozenset[str]
    words: Mapping[str, type[StrEnum]] = field(default_factory=dict)


_OF_THESE_ORDERS = frozenset({"order_ids"})

SHAPES: Mapping[str, RecordShape] = {
    "account": RecordShape(
        (
            "customer_id",
            "first_name",
            "last_name",
            "email",
            "phone",
            "address",
            "newsletter",
            "created_on",
        ),
        frozenset({"customer_id"}),
    ),
    "orders": RecordShape(
        ("customer_id", "id", "placed_on", "status", "total"),
        frozenset({"customer_id", "order_limit"}),
        {"status": OrderStatus},
    ),
    "items": RecordShape(("order_id", "product_id", "product_name", "quantity", "unit_price"), _OF_THESE_ORDERS),
    "payments": RecordShape(
        ("order_id", "status", "method", "amount", "made_on"), _OF_THESE_ORDERS, {"status": PaymentStatus}
    ),
    "shipments": RecordShape(
        (
            "order_id",
            "status",
            "carrier",
            "tracking_url",
            "shipped_on",
            "promised_on",
            "expected_on",
            "delivered_on",
        ),
        _OF_THESE_ORDERS,
        {"status": ShipmentStatus},
    ),
    "refunds": RecordShape(
        ("order_id", "status", "amount", "requested_on", "updated_on", "method"),
        _OF_THESE_ORDERS,
        {"status": RefundStatus},
    ),
    "returns": RecordShape(("order_id", "status", "started_on"), _OF_THESE_ORDERS, {"status": ReturnStatus}),
    "invoices": RecordShape(("order_id", "id"), _OF_THESE_ORDERS),
    "products": RecordShape(
        ("id", "name", "category", "price", "in_stock", "restock_on", "details", "aliases"), frozenset()
    ),
}


class RecordQuery(BaseModel):
    """One query as the operator wrote it; `values` turns the shop's status words into ours, column by column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sql: str
    values: dict[str, dict[str, str]] = {}

    @field_validator("sql")
    @classmethod
    def _one_statement_that_reads(cls, sql: str) -> str:
        statement = sql.strip().rstrip(";")
        if not _READS_ONLY.match(statement) or ";" in statement:
            raise ValueError("must be a single SELECT (or WITH … SELECT)")
        return statement

    @property
    def statement(self) -> TextClause:
        """The query, ready to execute; `:order_ids` takes a list."""
        clause = text(self.sql)
        return clause.bindparams(bindparam("order_ids", expanding=True)) if ":order_ids" in self.sql else clause


class CrmMapping(BaseModel):
    """All the queries of a mapping file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: RecordQuery
    orders: RecordQuery
    items: RecordQuery
    payments: RecordQuery
    shipments: RecordQuery
    refunds: RecordQuery
    returns: RecordQuery
    invoices: RecordQuery
    products: RecordQuery

    def query(self, record: str) -> RecordQuery:
        """The query of one of `SHAPES`."""
        found = getattr(self, record)
        assert isinstance(found, RecordQuery)  # noqa: S101 - tells the type checker what the fields above say
        return found


def load_mapping(path: Path) -> CrmMapping:
    """The mapping in `path`. Raises ConfigurationError naming the file, the query and what is wrong in it."""
    try:
        mapping = CrmMapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read ({error})") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: is not valid YAML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigurationError(f"{path}: {where}: {first['msg']}") from error
    for record, shape in SHAPES.items():
        complaint = _complaint(mapping.query(record), shape)
        if complaint:
            raise ConfigurationError(f"{path}: query {record}: {complaint}")
    return mapping


def _complaint(query: RecordQuery, shape: RecordShape) -> str | None:
    """What is wrong with a query, as far as its text tells."""
    binds = set(_BIND.findall(query.sql))
    if missing := sorted(shape.binds - binds):
        # Without it the query would return other customers' rows.
        return f"must be limited by :{missing[0]}"
    if unknown := sorted(binds - shape.binds):
        return f"binds :{unknown[0]}, which is not given to it"
    for column in shape.columns:
        if not re.search(rf"\b{column}\b", query.sql):
            return f"returns no column {column}"
    for column, words in query.values.items():
        if column not in shape.words:
            return f"values: {column} is not a status column"
        allowed = set(shape.words[column])
        if strangers := sorted(set(words.values()) - allowed):
            return f"values: {column}: {strangers[0]!r} is none of {', '.join(sorted(allowed))}"
    return None
