"""What the guards go by is read from one file; a mistake in it is named with its line."""

import shutil
from pathlib import Path

import pytest

from app.errors import PlaybookError
from app.playbook.guarding import load_guard_rules
from app.playbook.loader import SHIPPED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(SHIPPED / "guards.yaml", tmp_path)
    return tmp_path


def changed(folder: Path, old: str, new: str) -> Path:
    path = folder / "guards.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_the_shipped_file_is_read() -> None:
    rules = load_guard_rules()

    assert 0 < rules.injection_message <= rules.injection_retrieved <= 1
    assert rules.sentiment < 0
    assert rules.leaving


def test_a_folder_without_the_file_uses_the_shipped_one(tmp_path: Path) -> None:
    assert load_guard_rules(tmp_path) == load_guard_rules()


def test_a_folders_own_file_counts(folder: Path) -> None:
    changed(folder, "leaked_words: 7", "leaked_words: 9")

    assert load_guard_rules(folder).leaked_words == 9


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("message: 0.5", "message: 1.5", "injection.message"),
        ("deadline_ms: 2000", "deadline_ms: 2", "deadline_ms"),
        ("leaked_words: 7", "leaked_word: 7", "leaked_words"),
        ("turns: 2", "turns: 0", "anger.turns"),
        ("says: wants the account closed", "says: x, pattern2: y", "leaving.0.pattern2"),
        ("'\\b(?:close|delete", "'\\b(?:close|delete(", "leaving.0.pattern"),
    ],
)
def test_a_mistake_is_named_where_it_was_made(folder: Path, old: str, new: str, field: str) -> None:
    with pytest.raises(PlaybookError, match=rf"guards\.yaml, line \d+, {field}"):
        load_guard_rules(changed(folder, old, new))
