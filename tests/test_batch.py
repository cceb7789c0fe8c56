"""A file of questions in, a file of records out, whatever stands in it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from app.batch import RECORD, answer_file
from app.domain.reply import Delivery
from tests.pipeline.chain import MAYA, TOM, talk


def answers(folder: Path, *lines: str | bytes) -> tuple[list[dict[str, Any]], str]:
    """The rows that come out, and what is printed."""
    source, target, shown = folder / "in.jsonl", folder / "out.jsonl", StringIO()
    source.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
    answer_file(talk().assistant, source, target, Console(file=shown, width=100))
    assert not target.with_suffix(".jsonl.part").exists()
    return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()], shown.getvalue()


def test_a_line_becomes_the_record_of_its_turn(tmp_path: Path) -> None:
    line = json.dumps({"text": "where is my parcel", "customer_id": MAYA, "note": "kept"})

    (row,), shown = answers(tmp_path, line)

    assert "LF-10482 is 3 days late" in row["delivered"]
    assert row["origin"] == "approved"
    assert row["given"] == {"note": "kept"}
    assert "1 turns answered, 0 lines refused" in shown


def test_a_record_can_be_read_back(tmp_path: Path) -> None:
    (row,), _ = answers(tmp_path, '{"text": "hello"}')

    record = RECORD.validate_python({key: row[key] for key in row if key not in ("origin", "given")})

    assert record.decision.delivery is Delivery.SEND


def test_the_turns_of_one_line_are_one_conversation(tmp_path: Path) -> None:
    line = json.dumps({"turns": ["cancel my order", ["the second", "one"]], "customer_id": TOM})

    (asked, answered), _ = answers(tmp_path, line)

    assert asked["conversation_id"] == answered["conversation_id"]
    assert "You can cancel LF-20001" in answered["delivered"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "invalid_input"),
        ("no json", "invalid_input"),
        ("[1, 2]", "invalid_input"),
        ('{"text": 5}', "invalid_input"),
        (b'{"text": "\xff\xfe"}', "invalid_input"),
        ('{"text": "\\ud83d"}', "invalid_input"),
        ('{"text": ""}', "empty_message"),
        ("{}", "empty_message"),
        ('{"turns": [[]]}', "empty_message"),
        (json.dumps({"text": "x" * 100_000}), "message_too_long"),
        (json.dumps({"text": "hello", "customer_id": "C" * 100}), "invalid_input"),
    ],
)
def test_a_line_that_cannot_be_answered_becomes_an_error_and_the_others_are_answered(
    tmp_path: Path, line: str | bytes, code: str
) -> None:
    rows, shown = answers(tmp_path, '{"text": "hello"}', line, '{"text": "where is my parcel"}')

    assert [row.get("error", {}).get("code") for row in rows] == [None, code, None]
    assert "2 turns answered, 1 lines refused" in shown


def test_an_empty_file_gives_an_empty_file(tmp_path: Path) -> None:
    rows, shown = answers(tmp_path)

    assert rows == []
    assert "0 turns answered" in shown


def test_what_came_of_the_turns_is_counted_by_intent_and_origin(tmp_path: Path) -> None:
    _, shown = answers(tmp_path, '{"text": "hello"}', '{"text": "let me talk to a human"}')

    for name in ("greeting", "contact_human_agent", "origin: approved", "all"):
        assert name in shown


def test_a_turn_that_cannot_be_answered_leaves_the_turns_before_it(tmp_path: Path) -> None:
    rows, _ = answers(tmp_path, json.dumps({"turns": ["where is my parcel", ""], "customer_id": "C-1"}))

    assert rows[0]["asked"] == "where is my parcel"
    assert rows[1]["error"]["code"] == "empty_message"
