"""Pairs say where both replies come from, hold nothing that is held out, and never change."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.evidence import DraftContext
from app.domain.reply import ApprovalEstimate
from app.errors import ConfigurationError
from app.ports import ChatCompletion
from feedback.dataset.pairs import (
    Found,
    PairLineage,
    PreferencePair,
    evenly,
    pairs_of_sheet,
    read_pairs,
    split_of,
    write_pairs,
)
from feedback.dataset.snapshot import MANIFEST, ROWS, DatasetSnapshot, Line, write_snapshot
from feedback.training.judged import SheetDraft, SheetGroup
from tests.feedback.dataset.test_snapshot import example


class Guess:
    """A verifier that likes what is long."""

    version = "verifier@guess"

    def estimate(self, drafts: Sequence[ChatCompletion], context: DraftContext) -> list[ApprovalEstimate]:
        return [ApprovalEstimate(min(1.0, len(draft.text) / 100), "length") for draft in drafts]


def draft(text: str, *problems: str, finished: bool = True) -> SheetDraft:
    return SheetDraft(text=text, surprise=[0.1], finished=finished, problems=list(problems))


def group(number: int, *drafts: SheetDraft, split: str = "train") -> SheetGroup:
    return SheetGroup(
        id=f"row-{number}",
        situation="track_order/late",
        split=split,
        model="answer.gguf",
        means="It is late.",
        steps=[],
        policy="",
        question=f"question {number}",
        must=[],
        offered=["days_late"],
        drafts=list(drafts),
    )


@pytest.fixture
def snapshot(tmp_path: Path) -> DatasetSnapshot:
    rows = [example(1), example(2, reply="Sorry, {days_late} late."), example(3, "held_out_phrase", "Not yet.")]
    return write_snapshot(tmp_path / "data", [*rows, example(4, "held_out_situation")], {})


def pairs_of(snapshot: DatasetSnapshot, *groups: SheetGroup) -> Found:
    return pairs_of_sheet("t.sheet.jsonl", groups, snapshot, Guess(), 0.4)


GOOD = "A long draft that nobody has anything to say against, {days_late} late as it is."


def test_a_draft_that_is_not_to_be_sent_stands_against_the_approved_reply_with_its_lineage(
    snapshot: DatasetSnapshot,
) -> None:
    [pair] = pairs_of(snapshot, group(1, draft(GOOD), draft("It is done.", "says that it was done"))).pairs

    asked = example(1)
    assert (pair.messages, pair.chosen, pair.rejected) == (asked.messages, asked.reply, "It is done.")
    assert (pair.situation, pair.split) == (asked.situation, split_of(asked.situation))
    assert pair.lineage == PairLineage(
        source="draft",
        chosen_from="past_1",
        rejected_from="t.sheet.jsonl: row-1, draft 1",
        written_by="answer.gguf",
        why="says that it was done",
        consent="approved by a person",
    )


def test_what_was_cut_off_or_is_doubted_is_rejected_and_says_so(snapshot: DatasetSnapshot) -> None:
    found = pairs_of(snapshot, group(1, draft(GOOD[:-5], finished=False)), group(2, draft("Hm."), draft(GOOD)))

    cut, doubted = found.pairs
    assert (cut.lineage.why, cut.rejected_whole) == ("cut off", False)
    assert (doubted.lineage.why, doubted.rejected_whole) == ("verifier@guess estimates 0.03, below 0.40", True)
    assert found.left_out["nothing wrong with it"] == 1


def test_two_of_one_question_at_most_the_worst_first(snapshot: DatasetSnapshot) -> None:
    found = pairs_of(snapshot, group(1, draft("Hm."), draft("Well."), draft(GOOD, "a promise"), draft("Hm.")))
    assert [pair.rejected for pair in found.pairs] == [GOOD, "Hm."]
    assert found.left_out == {
        "nothing wrong with it": 0,
        "the same draft twice": 1,
        "more than 2 for one question": 1,
    }


def test_an_approved_reply_of_the_situation_is_never_rejected(snapshot: DatasetSnapshot) -> None:
    found = pairs_of(snapshot, group(1, draft(example(1).reply), draft("Sorry,  {days_late} late.")))
    assert found.pairs == []
    assert found.left_out["an approved reply, word for word"] == 2


@pytest.mark.parametrize(
    "asked",
    [
        group(3, draft("Hm."), split="held_out_phrase"),
        group(3, draft("Hm.")),
        group(4, draft("Hm.")),
        group(1, draft("Hm."), split="held_out_situation"),
    ],
)
def test_what_is_held_out_is_refused_whatever_the_sheet_says(snapshot: DatasetSnapshot, asked: SheetGroup) -> None:
    with pytest.raises(ConfigurationError, match="is held out"):
        pairs_of(snapshot, group(1, draft("Hm.")), asked)


def test_drafts_for_another_data_set_are_refused(snapshot: DatasetSnapshot) -> None:
    with pytest.raises(ConfigurationError, match="row-9 is not in data set"):
        pairs_of(snapshot, group(9, draft("Hm.")))


def a_pair(**changes: Any) -> PreferencePair:  # noqa: ANN401
    lineage = PairLineage(
        source="draft", chosen_from="a", rejected_from="b", written_by="c", why="cut off", consent="ours"
    )
    values: dict[str, Any] = {
        "id": "1",
        "situation": "a/b",
        "split": "train",
        "messages": [Line(role="user", content="where is it")],
        "chosen": "It is late.",
        "rejected": "It is lost.",
        "lineage": lineage,
    }
    return PreferencePair(**(values | changes))


def test_a_pair_of_one_text_is_refused() -> None:
    with pytest.raises(ValidationError, match="what is chosen is what is rejected"):
        a_pair(rejected=" It is  late.")


def test_a_pair_without_lineage_is_refused() -> None:
    with pytest.raises(ValidationError, match="lineage"):
        a_pair(lineage=None)


def test_pairs_come_back_as_they_were_written_and_the_manifest_counts_them(tmp_path: Path) -> None:
    pairs = [a_pair(), a_pair(id="2", split="held_out", chosen="It comes soon.")]

    kept = write_pairs(tmp_path, pairs, "d1", {"below": 0.4})

    assert list(kept.pairs()) == pairs
    assert list(kept.pairs("held_out")) == pairs[1:]
    assert write_pairs(tmp_path, pairs, "d1") == kept
    manifest = json.loads((kept.folder / MANIFEST).read_text(encoding="utf-8"))
    assert (manifest["dataset"], manifest["rows"], manifest["below"]) == ("d1", 2, 0.4)
    assert manifest["splits"] == {"train": 1, "held_out": 1}


def test_pairs_that_were_changed_are_refused_and_so_is_a_data_set(tmp_path: Path, snapshot: DatasetSnapshot) -> None:
    kept = write_pairs(tmp_path, [a_pair()], "d1")
    rows = kept.folder / ROWS
    rows.write_text(rows.read_text(encoding="utf-8").replace("lost", "here"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="was changed"):
        read_pairs(kept.folder)
    with pytest.raises(ConfigurationError, match="holds no preference pairs"):
        read_pairs(snapshot.folder)


def test_no_pairs_and_a_pair_that_is_there_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing"):
        write_pairs(tmp_path, [], "d1")
    with pytest.raises(ConfigurationError, match="1 and 2 are the same"):
        write_pairs(tmp_path, [a_pair(), a_pair(id="2")], "d1")


def test_training_questions_are_taken_evenly_over_the_situations_and_always_the_same() -> None:
    many = [
        example(number).model_copy(update={"id": f"{name}#{number}", "situation": name})
        for name, count in (("a", 9), ("b", 2), ("c", 1), ("d", 5))
        for number in range(count)
    ]
    chosen = evenly(many, 9)
    counts = {name: sum(each.situation == name for each in chosen) for name in "abcd"}
    assert counts == {"a": 3, "b": 2, "c": 1, "d": 3}
    assert evenly(reversed(many), 9) == chosen
    assert {each.situation for each in evenly(many, 2)} == {"a", "c"}, "from all over the list"
    assert len(evenly(many, 100)) == len(many)
