"""A supervisor's edit is a pair where both texts are wholly in slots; else it is left out, and why is counted."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.facts import slot_values
from app.domain.supervision import EditedReply
from app.domain.turn import TurnRecord
from app.playbook.phrases import load_voice
from app.prompts.loader import load_prompts
from feedback.dataset.edits import pairs_of_edits
from feedback.dataset.pairs import Found
from feedback.dataset.snapshot import DatasetSnapshot, Split, write_snapshot
from feedback.evaluation.drafts import Rules, context_of
from tests.feedback.dataset.test_snapshot import example
from tests.pipeline.chain import APPROVED, MAYA, PASSAGES, PLAYBOOK, talk

ASKED = "where is my parcel"
BODY = APPROVED[0][1]


@pytest.fixture(scope="module")
def record() -> TurnRecord:
    """Maya asks after her late parcel: a greeting, a body in slots, a sentence for somebody who buys often."""
    return talk(MAYA).says(ASKED)


def snapshot(folder: Path, situation: str = "track_order/lost", split: Split = "train") -> DatasetSnapshot:
    row = example(1, split).model_copy(update={"situation": situation})
    return write_snapshot(folder, [row], {})


def pairs_of(record: TurnRecord, text: str, data: DatasetSnapshot, playbook: str = PLAYBOOK.version) -> Found:
    assert record.proposed is not None
    by_page = {str(each.page_id): [one for one in PASSAGES if one.page_id == each.page_id] for each in PASSAGES}
    rules = Rules(replace(PLAYBOOK, version=playbook), load_voice(), by_page)
    return pairs_of_edits([EditedReply("a1", record.proposed.text, text, record)], rules, load_prompts(), data)


def edited(record: TurnRecord, body: str) -> str:
    """The proposed reply with another body, as a supervisor would write it."""
    assert record.proposed is not None
    values = slot_values(record.situations[0].facts)
    whole = record.proposed.template.replace(BODY, body)
    for name, value in values.items():
        whole = whole.replace(f"{{{name}}}", value)
    return whole


BETTER = "I am sorry: {order_id} is {days_late} late. The carrier now names {delivery_date}."


def test_the_edited_body_stands_in_slots_against_the_draft_behind_the_prompt_of_the_turn(
    record: TurnRecord, tmp_path: Path
) -> None:
    text = edited(record, BETTER)
    assert "LF-10482" in text
    assert "Maya" in text

    [pair] = pairs_of(record, text, snapshot(tmp_path)).pairs

    assert (pair.chosen, pair.rejected, pair.situation) == (BETTER, BODY, "track_order/late")
    assert pair.messages[-1].content.count(ASKED) == 1
    assert (pair.lineage.source, pair.lineage.chosen_from) == ("edit", "decision a1")
    assert pair.lineage.rejected_from == f"turn {record.id}"
    told = pair.model_dump_json()
    assert not any(value in told for value in ("LF-10482", "Maya", "Okafor"))
    asked = example(1).model_copy(update={"messages": pair.messages})
    assert {"order_id", "days_late", "delivery_date"} <= set(context_of(asked).offered)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BODY, "nothing of the body was edited"),
        (f"{BETTER} Call me at 503 555 0142.", "a value that stands for no slot"),
        (f"{BETTER} Ms. Okafor will get it.", "a value that stands for no slot"),
        ("{order_id} is late.", "the edited text breaks a hard rule by itself"),
        (f"{BETTER} I have cancelled it for you.", "the edited text breaks a hard rule by itself"),
    ],
)
def test_what_is_not_wholly_in_slots_or_breaks_a_rule_is_left_out_and_counted(
    record: TurnRecord, tmp_path: Path, body: str, reason: str
) -> None:
    found = pairs_of(record, edited(record, body), snapshot(tmp_path))
    assert found.pairs == []
    assert found.left_out == {reason: 1}


def test_nothing_that_is_held_out_becomes_a_pair(record: TurnRecord, tmp_path: Path) -> None:
    held_out = snapshot(tmp_path / "a", "track_order/late", "held_out_situation")
    assert pairs_of(record, edited(record, BETTER), held_out).left_out == {"held out of the data set": 1}

    [pair] = pairs_of(record, edited(record, BETTER), snapshot(tmp_path / "b")).pairs
    updates: list[dict[str, object]] = [{"messages": pair.messages}, {"reply": BETTER}]
    for number, update in enumerate(updates):
        row = example(1, "held_out_phrase").model_copy(update=update)
        data = write_snapshot(tmp_path / f"c{number}", [row], {})
        assert pairs_of(record, edited(record, BETTER), data).left_out == {"held out of the data set": 1}


def test_a_draft_from_before_the_playbook_changed_is_left_out(record: TurnRecord, tmp_path: Path) -> None:
    found = pairs_of(record, edited(record, BETTER), snapshot(tmp_path), playbook="another")
    assert found.left_out == {"the playbook or the prompt has changed since": 1}


def test_a_draft_that_is_not_the_one_of_the_record_is_left_out(record: TurnRecord, tmp_path: Path) -> None:
    assert record.proposed is not None
    other = replace(record, proposed=replace(record.proposed, text="Something else."))
    edit = EditedReply("a1", record.proposed.text, edited(record, BETTER), other)
    rules = Rules(PLAYBOOK, load_voice(), {})
    assert pairs_of_edits([edit], rules, load_prompts(), snapshot(tmp_path)).left_out == {"the draft is not kept": 1}
