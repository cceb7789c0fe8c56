"""What colleagues are asked to do: one checklist for everything the playbook names, with values that can be filled."""

from pathlib import Path

import pytest

from app.domain.facts import slots_in
from app.domain.handoff import Action
from app.errors import PlaybookError
from app.playbook.actions import load_actions
from app.playbook.loader import SHIPPED
from tests.playbook.test_shipped import PAGE_SLOTS, PLAYBOOK, RECORD_SLOTS

ACTIONS = load_actions()
WRITTEN = (SHIPPED / "actions.yaml").read_text(encoding="utf-8")


def name_of(value: object) -> str | None:
    return getattr(value, "name", None)


def test_everything_that_the_playbook_names_has_a_checklist() -> None:
    assert {rule.action for rule in PLAYBOOK.rules() if rule.action} <= ACTIONS.keys()


@pytest.mark.parametrize("action", ACTIONS.values(), ids=name_of)
def test_its_situations_exist_and_name_no_other_action(action: Action) -> None:
    for key in action.wanted_in:
        rule = PLAYBOOK.rule(key)
        assert rule is not None, key
        assert rule.action is None, key


def test_no_situation_calls_for_two() -> None:
    called = [key for action in ACTIONS.values() for key in action.wanted_in]
    assert len(called) == len(set(called))


@pytest.mark.parametrize("action", ACTIONS.values(), ids=name_of)
def test_its_steps_use_values_that_can_be_known_and_are_sentences(action: Action) -> None:
    for step in action.steps:
        assert set(slots_in(step.does)) <= RECORD_SLOTS | PAGE_SLOTS | {"new_address"}
        for text in (step.does, step.otherwise or "."):
            assert text.endswith((".", "{new_address}"))
            assert "!" not in text


def test_a_playbook_without_actions_takes_the_shipped_ones(tmp_path: Path) -> None:
    assert load_actions(tmp_path) == ACTIONS


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("  title: Cancel the order\n", "", "cancel_order.title: Field required"),
        ("other:\n", "others:\n", "there has to be one that is called 'other'"),
        ("      else: Give back what was paid.\n", "", "line 10, cancel_order.steps.2"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in WRITTEN
    (tmp_path / "actions.yaml").write_text(WRITTEN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PlaybookError) as found:
        load_actions(tmp_path)
    assert complaint in str(found.value)
