"""The tables, and an engine whose SQLite is durable (WAL, synchronous=FULL) and waits for a busy writer."""

from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    make_url,
)

metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("customer_id", String(64), index=True),
    Column("status", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("state", JSON, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("turn_id", String(64)),
    Column("author", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("messages_of_conversation", "conversation_id", "seq"),
)

turns = Table(
    "turns",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("delivery", String(16), nullable=False),
    Column("origin", String(16)),
    Column("record", JSON, nullable=False),
)

interactions = Table(
    "interactions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("intent", String(64), nullable=False),
    Column("situation", String(128), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("source", String(128), nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("product_id", String(64)),
    Column("rests_on", JSON, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("version", String(64), nullable=False),
)

passages = Table(
    "passages",
    metadata,
    Column("id", String(96), primary_key=True),
    Column("page_id", ForeignKey("pages.id"), nullable=False),
    Column("title", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("version", String(64), nullable=False),
)

manifests = Table(
    "manifests",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("content", JSON, nullable=False),
)


def open_database(url: str) -> Engine:
    """An engine on `url` with every table in place; for SQLite the folder is made too."""
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_pre_ping=not is_sqlite)
    if is_sqlite:
        event.listen(engine, "connect", _make_durable)
    metadata.create_all(engine)
    return engine


def _make_durable(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
