"""The database file: durable, patient, the same when it is opened again, and never half-written."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, inspect, text
from sqlalchemy.exc import IntegrityError

from app.adapters.sql.database import open_database
from app.adapters.sql.interactions import SqlInteractions
from app.adapters.sql.knowledge import SqlKnowledge
from app.adapters.sql.schema import messages, metadata
from tests.builders import NOW, a_page, a_passage, an_interaction


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
            assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == 15000
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


def test_pages_that_cannot_be_kept_whole_leave_the_ones_that_were_there() -> None:
    engine = open_database("sqlite://")
    knowledge = SqlKnowledge(engine)
    returns, delivery = a_page("returns"), a_page("delivery")
    knowledge.replace_pages([returns], [a_passage(returns)])

    with pytest.raises(IntegrityError):
        knowledge.replace_pages([delivery], [a_passage(delivery), a_passage(delivery)])
    with pytest.raises(IntegrityError):
        knowledge.replace_pages([delivery], [a_passage(returns)])

    assert knowledge.pages() == [returns]
    assert knowledge.passages() == [a_passage(returns)]
    engine.dispose()


def test_a_manifest_is_replaced_under_its_name_and_no_other_is_touched() -> None:
    engine = open_database("sqlite://")
    knowledge = SqlKnowledge(engine)
    assert knowledge.manifest("demo") is None
    knowledge.keep_manifest("demo", {"seed": "1"})
    knowledge.keep_manifest("other", {})

    knowledge.keep_manifest("demo", {"day": "2026-03-02"})

    assert knowledge.manifest("demo") == {"day": "2026-03-02"}
    assert knowledge.manifest("other") == {}
    engine.dispose()
