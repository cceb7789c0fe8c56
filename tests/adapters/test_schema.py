"""The database file: durable, patient, and the same when it is opened again."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, inspect, text
from sqlalchemy.exc import IntegrityError

from app.adapters.sql.interactions import SqlInteractions
from app.adapters.sql.schema import messages, metadata, open_database
from tests.builders import NOW, an_interaction


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def pragma(engine: Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar_one()


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    engine = open_database(url_of(tmp_path / "shop.sqlite3"))
    assert pragma(engine, "journal_mode") == "wal"
    assert pragma(engine, "synchronous") == 2, "2 is FULL"
    engine.dispose()


def test_every_connection_is_set_up_not_only_the_first(tmp_path: Path) -> None:
    engine = open_database(url_of(tmp_path / "shop.sqlite3"))
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
            assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == 5000
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()


def test_folders_that_are_missing_are_made(tmp_path: Path) -> None:
    engine = open_database(url_of(tmp_path / "a" / "b" / "shop.sqlite3"))
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_opening_it_again_keeps_what_is_in_it(tmp_path: Path) -> None:
    url = url_of(tmp_path / "shop.sqlite3")
    first = open_database(url)
    SqlInteractions(first).put([an_interaction()])
    first.dispose()

    second = open_database(url)

    assert SqlInteractions(second).all_interactions() == [an_interaction()]
    second.dispose()


def test_a_reader_is_not_held_up_by_a_writer_and_sees_what_was_there_before(tmp_path: Path) -> None:
    engine = open_database(url_of(tmp_path / "shop.sqlite3"))
    store = SqlInteractions(engine)
    store.put([an_interaction()])
    with engine.begin() as writer:
        writer.execute(text("DELETE FROM interactions"))
        assert store.all_interactions() == [an_interaction()]
    assert store.all_interactions() == []
    engine.dispose()


def test_a_message_of_no_conversation_is_refused() -> None:
    engine = open_database("sqlite://")
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), engine.begin() as connection:
        connection.execute(
            insert(messages).values(id="m1", conversation_id="nobody", author="customer", text="hello", at=NOW)
        )
    engine.dispose()
