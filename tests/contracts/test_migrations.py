"""The migrations, on every database: they lead where the code is, back again, and lose nothing on the way."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from app.adapters.sql.database import BEFORE_MIGRATIONS, alembic_config, open_database
from app.adapters.sql.schema import metadata


def migrated(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def test_the_migrations_lead_to_the_tables_that_the_code_uses(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        migrated(connection, "head")
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_each_migration_can_be_taken_back(database_url: str) -> None:
    engine = create_engine(database_url)
    config = alembic_config()
    with engine.begin() as connection:
        migrated(connection, "head")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
        migrated(connection, "head")
    engine.dispose()


@pytest.mark.parametrize("known_to_alembic", [True, False])
def test_a_database_of_before_is_brought_up_to_date_with_what_is_in_it(
    database_url: str, known_to_alembic: bool
) -> None:
    old = create_engine(database_url)
    with old.begin() as connection:
        migrated(connection, BEFORE_MIGRATIONS)
        if not known_to_alembic:
            connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(
            text(
                "INSERT INTO conversations (id, status, mode, started_at, state) "
                "VALUES ('c1', 'open', 'auto', '2026-03-02', '{}')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO turns (id, conversation_id, at, delivery, record) "
                "VALUES ('t1', 'c1', '2026-03-02', 'send', '{}')"
            )
        )
    old.dispose()

    engine = open_database(database_url)

    with engine.connect() as connection:
        kept = connection.execute(text("SELECT status, delivery, attempts FROM turns")).one()
        assert tuple(kept) == ("closed", "send", 0)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
