"""A round of learning begins only when there is something to learn, and never past one that is tried out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from app.domain.retrieval import InteractionStatus
from app.domain.rollout import ModelState
from app.errors import ConfigurationError
from app.settings import Settings
from app.stores import Stores, open_stores
from feedback import cycle_commands
from feedback.cycle_commands import Round, cycle, fresh_lessons
from feedback.dataset.snapshot import Line, Lineage, TrainingExample, write_snapshot
from tests.builders import NOW, a_model_version, an_interaction


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    monkeypatch.setenv("HANDRAIL_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(cycle_commands, "console", Console(highlight=False, width=240))
    opened = open_stores(Settings())
    yield opened
    opened.engine.dispose()


def learnt(stores: Stores, *names: str, status: InteractionStatus = InteractionStatus.PROVISIONAL) -> None:
    stores.interactions.put(
        [
            replace(an_interaction(f"where is {name}", number=name, status=status), source="annotation:a1")
            for name in names
        ]
    )


def plan(folder: Path, least: int = 2) -> Round:
    return Round(folder / "datasets", folder / "runs", folder / "reports", least, 1.0, None, 40)


def trained_on(folder: Path, *interactions: str) -> str:
    """A data set that was made of these."""
    rows = [
        TrainingExample(
            id=name,
            task="answer",
            situation="track_order/late",
            split="train",
            messages=[Line(role="user", content=name)],
            reply="It is late.",
            lineage=Lineage(interaction=name, question_of=name, source="s", consent="c", playbook="p", prompt="answer"),
        )
        for name in interactions
    ]
    return write_snapshot(folder / "datasets", rows, {}).name


def test_without_enough_that_is_new_nothing_is_trained(
    stores: Stores, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learnt(stores, "one")
    cycle(plan(tmp_path))
    assert "1 new lessons, 2 make a round" in capsys.readouterr().out
    assert not (tmp_path / "datasets").exists()


def test_what_the_live_version_was_trained_on_is_not_new(stores: Stores, tmp_path: Path) -> None:
    learnt(stores, "one", "two", "three")
    learnt(stores, "gone", status=InteractionStatus.WITHDRAWN)
    stores.interactions.put([an_interaction("where is my parcel")])
    assert fresh_lessons(Settings(), tmp_path / "datasets", None) == 3

    live = replace(a_model_version(), dataset=trained_on(tmp_path, "one", "two"))

    assert fresh_lessons(Settings(), tmp_path / "datasets", live) == 1


def test_a_version_in_shadow_has_to_be_decided_on_before_the_next_round(stores: Stores, tmp_path: Path) -> None:
    learnt(stores, "one", "two")
    version = a_model_version()
    stores.models.add(version, "Ada", "made")
    stores.models.move(version.id, ModelState.SHADOW, by="Ada", why="a look", at=NOW)
    with pytest.raises(ConfigurationError, match="in shadow still"):
        cycle(plan(tmp_path))
