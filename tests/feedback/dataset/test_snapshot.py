"""A snapshot is written once, says what each row was made from, and is what its name says or refused."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.errors import ConfigurationError
from feedback.dataset.snapshot import (
    MANIFEST,
    ROWS,
    Line,
    Lineage,
    Split,
    TrainingExample,
    read_snapshot,
    write_snapshot,
)
from tests.full_disk import no_file_beyond


def example(number: int = 1, split: Split = "train", reply: str = "It is {days_late} late.") -> TrainingExample:
    return TrainingExample(
        id=f"row-{number}",
        task="answer",
        situation="track_order/late",
        split=split,
        messages=[Line(role="system", content="You write replies."), Line(role="user", content=f"question {number}")],
        reply=reply,
        lineage=Lineage(
            interaction="past_1",
            question_of="past_2",
            source="demo",
            consent="approved by a person",
            playbook="v1",
            prompt="answer.order.v1",
        ),
    )


def test_rows_come_back_as_they_were_written_and_the_manifest_counts_them(tmp_path: Path) -> None:
    rows = [example(1), example(2, "held_out_phrase"), example(3, "held_out_situation")]

    snapshot = write_snapshot(tmp_path, rows, {"playbook": "v1"})

    assert list(snapshot.examples()) == rows
    assert list(snapshot.examples("train")) == rows[:1]
    manifest = json.loads((snapshot.folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["rows"] == 3
    assert manifest["splits"] == {"train": 1, "held_out_phrase": 1, "held_out_situation": 1}
    assert manifest["playbook"] == "v1"
    assert manifest["consent"] == ["approved by a person"]
    assert [path.name for path in tmp_path.iterdir()] == [snapshot.name], "nothing half-written stays"


def test_the_same_rows_are_the_same_snapshot_and_others_are_another(tmp_path: Path) -> None:
    first = write_snapshot(tmp_path, [example(1)], {})
    assert write_snapshot(tmp_path, [example(1)], {}) == first
    assert write_snapshot(tmp_path, [example(2)], {}).name != first.name


def test_nothing_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing"):
        write_snapshot(tmp_path, [], {})
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_is_there_twice_is_refused_by_name(tmp_path: Path) -> None:
    twin = example(1).model_copy(update={"id": "row-9"})
    with pytest.raises(ConfigurationError, match="row-1 and row-9"):
        write_snapshot(tmp_path, [example(1), twin], {})
    assert list(tmp_path.iterdir()) == []


def test_a_row_without_lineage_is_refused() -> None:
    row = example().model_dump()
    del row["lineage"]
    with pytest.raises(ValidationError, match="lineage"):
        TrainingExample.model_validate(row)


def test_a_snapshot_that_was_changed_is_refused(tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path, [example(1)], {})
    rows = snapshot.folder / ROWS
    rows.write_text(rows.read_text(encoding="utf-8").replace("late", "early"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="was changed"):
        read_snapshot(snapshot.folder)


def test_what_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no data set"):
        read_snapshot(tmp_path)


def test_a_disk_that_fills_up_leaves_nothing_half_written(tmp_path: Path) -> None:
    rows = [example(number) for number in range(100)]
    with no_file_beyond(5_000), pytest.raises(OSError, match="File too large"):
        write_snapshot(tmp_path, rows, {})
    assert list(tmp_path.iterdir()) == []
    assert write_snapshot(tmp_path, rows, {}).rows == 100
