"""Training on preferences with a model of a few thousand weights: the loss is the plain one, the chosen reply rises
above the rejected one, and a run that was cut off goes on as if it had not been."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from app.errors import ConfigurationError
from feedback.dataset.pairs import PairLineage, PairSet, PreferencePair, write_pairs
from feedback.dataset.snapshot import Line
from feedback.training.adapter_run import BEST, LAST, WEIGHTS
from feedback.training.lora import LoraRun
from feedback.training.preference import REFERENCE, PreferenceRecipe, PreferenceRun
from tests.feedback.training.test_lora import RECIPE as FIRST
from tests.feedback.training.test_lora import Letters
from tests.feedback.training.tiny import network

RECIPE = PreferenceRecipe(rank=4, alpha=8, learning_rate=0.02, batch=20, epochs=1, look_every=2, watched=6)
LINEAGE = PairLineage(
    source="draft",
    chosen_from="past_1",
    rejected_from="sheet: a, draft 0",
    written_by="a",
    why="cut off",
    consent="ours",
)


def pair(number: int, *, held_out: bool = False, whole: bool = True) -> PreferencePair:
    return PreferencePair(
        id=str(number),
        situation="a/b",
        split="held_out" if held_out else "train",
        messages=[Line(role="user", content=f"q{number:03d}")],
        chosen=f"abab{number % 7}",
        rejected=f"cdcd{number % 5}e",
        rejected_whole=whole,
        lineage=LINEAGE,
    )


def pairs(folder: Path, count: int = 112) -> PairSet:
    return write_pairs(folder, [pair(number, held_out=number % 10 == 0) for number in range(count)], "d")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An adapter that is not nothing, to begin from."""
    first = LoraRun(Letters(), network(), FIRST, tmp_path_factory.mktemp("first"), lambda _: None)
    generator = torch.Generator().manual_seed(3)
    return {
        name: values + 0.05 * torch.randn(values.shape, generator=generator) for name, values in first.state().items()
    }


def run(folder: Path, start: dict[str, Any], said: list[str] | None = None) -> PreferenceRun:
    return PreferenceRun(Letters(), network(), RECIPE, folder, (said if said is not None else []).append, start)


def plainly(training: PreferenceRun, messages: list[Line], reply: str, *, whole: bool = True) -> torch.Tensor:
    """The log-probability of a reply, read alone."""
    encoded = training._encode(messages, reply, whole=whole)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=training.half):
        logits = training.network(torch.tensor([encoded.tokens])).logits[0, encoded.reply_from - 1 : -1].float()
    aims = torch.tensor([encoded.tokens[encoded.reply_from :]])
    found: torch.Tensor = logits.log_softmax(-1).gather(1, aims.T).sum()
    return found


@pytest.mark.parametrize("whole", [True, False])
def test_the_loss_is_what_it_is_when_each_reply_is_read_alone(
    tmp_path: Path, start: dict[str, Any], *, whole: bool
) -> None:
    training = run(tmp_path / "run", start)
    one = pair(3, whole=whole)
    training._reference = {one.id: (-21.0, -17.5)}

    compared = training._compared(training._read(one))

    chosen = plainly(training, one.messages, one.chosen)
    rejected = plainly(training, one.messages, one.rejected, whole=whole)
    margin = RECIPE.beta * ((chosen + 21.0) - (rejected + 17.5))
    usual = -chosen / (len(one.chosen) + 1)
    near = 2e-2 if training.half else 1e-4
    assert compared.margin.item() == pytest.approx(float(margin), abs=near)
    assert compared.loss.item() == pytest.approx(
        float(torch.log1p(torch.exp(-margin)) + RECIPE.chosen_weight * usual), abs=near
    )


def test_a_reply_that_was_cut_off_has_no_end_to_learn(tmp_path: Path, start: dict[str, Any]) -> None:
    training = run(tmp_path / "run", start)
    tokens = training._read(pair(3, whole=False)).pack.tokens
    assert tokens.count(Letters.eos_token_id) == 1, "the chosen reply's end"
    assert training._read(pair(3)).pack.tokens == (*tokens, Letters.eos_token_id)


def test_the_prompt_is_read_once(tmp_path: Path, start: dict[str, Any]) -> None:
    one = pair(3)
    read = run(tmp_path / "run", start)._read(one)
    assert len(read.pack.tokens) == len("q003") + len(one.chosen) + 1 + len(one.rejected) + 1


def test_the_chosen_reply_rises_above_the_rejected_one_and_the_best_adapter_is_kept(
    tmp_path: Path, start: dict[str, Any]
) -> None:
    said: list[str] = []
    progress = run(tmp_path / "run", start, said).train(pairs(tmp_path / "data"))

    (_, first), (_, last) = progress.measures[0], progress.measures[-1]
    assert last["margin"] > first["margin"] > 0
    assert last["chosen above rejected"] == 1.0
    assert progress.losses[-1][1] < progress.losses[0][1]
    assert (tmp_path / "run" / BEST / WEIGHTS).exists()
    assert "chosen above rejected 1.00, margin" in said[-1]
    assert "tokens/s" in said[-1]
    assert "min left" in said[-1]


def test_before_the_first_step_nothing_stands_above_anything(tmp_path: Path, start: dict[str, Any]) -> None:
    training = run(tmp_path / "run", start)
    read = [training._read(pair(number)) for number in range(4)]
    assert training._read_reference("d", read, None)
    with torch.inference_mode():
        assert [float(training._compared(one).margin) for one in read] == pytest.approx([0.0] * 4, abs=1e-5)


def test_a_run_that_was_cut_off_goes_on_to_the_same_end_and_reads_no_reference_again(
    tmp_path: Path, start: dict[str, Any]
) -> None:
    data = pairs(tmp_path / "data")
    whole = run(tmp_path / "whole", start).train(data)

    training = run(tmp_path / "cut", start)
    assert training._read_reference(data.name, training._readable(data.pairs()), None)
    kept = (tmp_path / "cut" / REFERENCE).read_bytes()
    run(tmp_path / "cut", start).train(data, minutes=0)
    assert (tmp_path / "cut" / LAST).exists()
    said: list[str] = []
    resumed = run(tmp_path / "cut", start, said).train(data)

    assert said[0].startswith("going on from step")
    assert (tmp_path / "cut" / REFERENCE).read_bytes() == kept
    assert resumed.step == whole.step
    assert resumed.losses[-1][1] == pytest.approx(whole.losses[-1][1], rel=1e-3)
    assert resumed.measures[-1][1]["margin"] == pytest.approx(whole.measures[-1][1]["margin"], rel=1e-2)


def test_a_reference_that_was_cut_off_goes_on_too(tmp_path: Path, start: dict[str, Any]) -> None:
    data = pairs(tmp_path / "data")
    assert run(tmp_path / "run", start).train(data, minutes=0).step == 0
    likelihoods = json.loads((tmp_path / "run" / REFERENCE).read_text())["likelihoods"]
    assert len(likelihoods) == 1
    assert not (tmp_path / "run" / LAST).exists()

    said: list[str] = []
    assert run(tmp_path / "run", start, said).train(data).step > 0
    assert likelihoods.items() <= json.loads((tmp_path / "run" / REFERENCE).read_text())["likelihoods"].items()


def test_a_folder_of_other_pairs_or_of_another_first_adapter_is_refused(tmp_path: Path, start: dict[str, Any]) -> None:
    run(tmp_path / "run", start).train(pairs(tmp_path / "data"), minutes=0)
    with pytest.raises(ConfigurationError, match="other pairs"):
        run(tmp_path / "run", start).train(pairs(tmp_path / "data", count=113))
    another = {name: values + 1 for name, values in start.items()}
    with pytest.raises(ConfigurationError, match="another first adapter"):
        run(tmp_path / "run", another).train(pairs(tmp_path / "data"))


def test_too_few_pairs_are_refused_with_what_to_do(tmp_path: Path, start: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="99 pairs to learn from are too few; 100 at least") as refused:
        run(tmp_path / "run", start).train(pairs(tmp_path / "data", count=110))
    assert "handrail-feedback sheet --split train" in refused.value.detail
    assert not (tmp_path / "run").exists()
