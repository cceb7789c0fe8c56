"""The migrations, on every database: they lead where the code is, back again, and lose nothing on the way."""

import json

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, select, text

from app.adapters.sql.database import BEFORE_MIGRATIONS, alembic_config, open_database
from app.adapters.sql.schema import annotations, conversations, metadata, turn_facts


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


def test_what_was_decided_before_there_were_figures_counts_in_them(database_url: str) -> None:
    record = {
        "versions": {"model": "m-1"},
        "decision": {"reasons": [{"reason": "low_confidence"}, {"reason": "low_confidence"}]},
        "timings": [{"stage": "answer", "ms": 90.5}, {"stage": "refine (shadow)", "ms": 900}],
        "situations": [
            {"key": "track_order/late", "request": {"prediction": {"intent": "track_order"}}},
            {"key": None, "request": {"prediction": {"intent": "get_refund"}}},
        ],
    }
    rows = (
        "INSERT INTO conversations (id, status, mode, started_at, state) "
        "VALUES ('c1', 'open', 'auto', '2026-03-02', '{}')",
        "INSERT INTO messages (id, conversation_id, turn_id, author, text, at) "
        "VALUES ('m1', 'c1', 't1', 'customer', 'hello', '2026-03-02')",
        "INSERT INTO turns (id, conversation_id, at, status, delivery) "
        "VALUES ('t1', 'c1', '2026-03-02', 'sent', 'hold')",
        "INSERT INTO turns (id, conversation_id, at, status) VALUES ('t2', 'c1', '2026-03-03', 'open')",
        "INSERT INTO annotations (id, turn_id, verdict, draft, text, by, at) "
        "VALUES ('a1', 't1', 'edit', 'Monday', 'Sunday', 'Sam', '2026-03-02')",
    )
    old = create_engine(database_url)
    with old.begin() as connection:
        migrated(connection, "0003")
        for row in rows:
            connection.execute(text(row.replace(", by,", ', "by",')))
        connection.execute(text("UPDATE turns SET record = :record WHERE id = 't1'"), {"record": json.dumps(record)})
    old.dispose()

    engine = open_database(database_url)

    with engine.connect() as connection:
        facts = connection.execute(select(turn_facts).order_by(turn_facts.c.number)).all()
        assert [(row.turn_id, row.number, row.intent, row.situation) for row in facts] == [
            ("t1", 0, "track_order", "track_order/late"),
            ("t1", 1, "get_refund", ""),
        ]
        assert (facts[0].model, facts[0].reasons, facts[0].ms) == ("m-1", ["low_confidence"], 90.5)
        assert connection.execute(select(annotations.c.edit_distance)).scalar_one() == pytest.approx(2 / 6)
        assert connection.execute(select(conversations.c.last_seq)).scalar_one() == 1
    engine.dispose()
