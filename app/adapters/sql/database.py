"""Opens Handrail's own database: its tables as they have to be, SQLite made durable, transactions that do not
collide."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text

from app.adapters.sql.schema import metadata

_WRITES = "handrail_writes"
_MIGRATION_LOCK = 7_266_001
"""PostgreSQL's advisory lock under which one process at a time migrates."""
BEFORE_MIGRATIONS = "0001"
"""The revision that databases without a version are at: their tables were made before there were migrations."""


def open_database(url: str) -> Engine:
    """An engine on `url`, migrated to the newest revision; for SQLite the folder is made too."""
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, pool_pre_ping=not is_sqlite, hide_parameters=True)  # they are customers' words
    if is_sqlite:
        event.listen(engine, "connect", _make_durable)
        event.listen(engine, "begin", _begin)
    _bring_up_to_date(engine)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes. SQLite takes its one write lock at the start, so that what is read inside still holds
    when it is written; a transaction that began as a reader could not wait for another writer."""
    with engine.connect() as connection:
        options = connection.execution_options(**{_WRITES: True})
        with options.begin():
            yield options


def alembic_config() -> Config:
    """The migrations that come with the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _bring_up_to_date(engine: Engine) -> None:
    config = alembic_config()
    head = ScriptDirectory.from_config(config).get_current_head()
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        context = MigrationContext.configure(connection)
        revision = context.get_current_revision()
        if revision == head:
            return
        tables = set(inspect(connection).get_table_names())
        config.attributes["connection"] = connection
        if revision is None and "conversations" not in tables:
            # A new database gets its tables at once; that they equal the migrations' is tested.
            metadata.create_all(connection)
            command.stamp(config, "head")
            return
        if revision is None:
            command.stamp(config, BEFORE_MIGRATIONS)
        command.upgrade(config, "head")


def _make_durable(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    # The driver's own way of opening transactions is switched off; `_begin` opens them.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
