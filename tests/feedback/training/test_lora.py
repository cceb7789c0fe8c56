"""Training on a model of a few thousand weights: it learns, it stops, and a run that was cut off goes on as if it had
not been."""

from pathlib import Path

import pytest
from safetensors import SafetensorError

from app.errors import ConfigurationError
from feedback.dataset.snapshot import DatasetSnapshot, Line, Lineage, TrainingExample, write_snapshot
from feedback.training.adapter_run import BEST, LAST, STATE, WEIGHTS
from feedback.training.lora import LoraRecipe, LoraRun
from tests.feedback.training.tiny import network
from tests.full_disk import no_file_beyond

RECIPE = LoraRecipe(rank=4, alpha=8, learning_rate=0.02, batch=4, together=2, epochs=4, look_every=5, watched=4)


class Letters:
    """A tokenizer of letters, with what training asks of one."""

    eos_token_id = 0

    def apply_chat_template(self, chat: list[dict[str, str]], **_: object) -> list[int]:
        return self("".join(line["content"] for line in chat))["input_ids"]

    def __call__(self, text: str, **_: object) -> dict[str, list[int]]:
        return {"input_ids": [1 + ord(letter) % 30 for letter in text]}


def snapshot(folder: Path, count: int = 60) -> DatasetSnapshot:
    lineage = Lineage(interaction="a", question_of="a", source="demo", consent="ours", playbook="v1", prompt="p.v1")
    return write_snapshot(
        folder,
        [
            TrainingExample(
                id=str(number),
                task="answer",
                situation="a/b",
                split="held_out_phrase" if number % 10 == 0 else "train",
                messages=[Line(role="user", content=f"q{number:03d}"[: 3 + number % 2])],
                reply=f"abab{number}",
                lineage=lineage,
            )
            for number in range(count)
        ],
        {},
    )


def run(folder: Path, said: list[str] | None = None) -> LoraRun:
    return LoraRun(Letters(), network(), RECIPE, folder, (said if said is not None else []).append)


def test_the_loss_falls_and_the_best_adapter_is_kept(tmp_path: Path) -> None:
    said: list[str] = []
    progress = run(tmp_path / "run", said).train(snapshot(tmp_path / "data"))

    first, last = progress.losses[0][1], progress.losses[-1][1]
    assert last < 0.85 * first
    assert (tmp_path / "run" / BEST / WEIGHTS).exists()
    assert progress.best == min(loss for _, loss in progress.held_out)
    assert "tokens/s" in said[-1]


def test_a_run_that_was_cut_off_goes_on_to_the_same_end(tmp_path: Path) -> None:
    data = snapshot(tmp_path / "data")
    whole = run(tmp_path / "whole").train(data)

    run(tmp_path / "cut").train(data, minutes=0)
    assert (tmp_path / "cut" / LAST).exists()
    resumed = run(tmp_path / "cut").train(data)

    assert resumed.step == whole.step
    assert [step for step, _ in resumed.losses] == [step for step, _ in whole.losses]
    assert resumed.losses[-1][1] == pytest.approx(whole.losses[-1][1], rel=1e-3)


def test_a_run_that_was_killed_between_two_renames_goes_on_from_the_old_checkpoint(tmp_path: Path) -> None:
    data = snapshot(tmp_path / "data")
    run(tmp_path / "cut").train(data, minutes=0)
    (tmp_path / "cut" / LAST).rename(tmp_path / "cut" / f"{LAST}.old")
    said: list[str] = []

    run(tmp_path / "cut", said).train(data)

    assert said[0].startswith("going on from step")


def test_a_disk_that_fills_up_costs_the_steps_since_the_last_checkpoint_and_no_more(tmp_path: Path) -> None:
    data = snapshot(tmp_path / "data")
    run(tmp_path / "cut").train(data, minutes=0)
    kept = (tmp_path / "cut" / LAST / STATE).read_text()
    with no_file_beyond(500), pytest.raises((OSError, RuntimeError, SafetensorError)):
        run(tmp_path / "cut").train(data)
    assert (tmp_path / "cut" / LAST / STATE).read_text() == kept
    assert run(tmp_path / "cut").train(data).step == run(tmp_path / "whole").train(data).step


def test_too_few_examples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="too few"):
        run(tmp_path / "run").train(snapshot(tmp_path / "data", count=20))
    assert not (tmp_path / "run").exists()


def test_the_loss_counts_the_reply_alone(tmp_path: Path) -> None:
    training = run(tmp_path / "run")
    example = next(snapshot(tmp_path / "data").examples("train"))
    encoded = training._encode(example.messages, example.reply)
    assert len(encoded.tokens) - encoded.reply_from == len(example.reply) + 1, "the reply and its end"
