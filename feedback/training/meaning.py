"""Trains the meaning check: a LoRA copy of the sentence encoder that reads two replies together and says whether they
say the same. Minutes on two cores.

What it learns from are rewordings (`feedback/dataset/rewordings`): the same said roughly, the same in other words, and
replies that look alike and say something else. It is measured on replies of which it has seen no version.
"""

import json
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from app.adapters.learned_meaning import ABOUT, BIAS, HEAD, WEIGHTS, pair_tokenizer, pair_vectors
from app.errors import ConfigurationError
from feedback.dataset.rewordings import MeaningPair
from feedback.evaluation.metrics import auroc, expected_calibration_error
from feedback.training.adapter_run import multiplies_half
from feedback.training.encoder import adapter_of, lora_copy, rate

_LEAST = 200
_SAY_EVERY = 50
_TOGETHER = 16
"""Batches that are drawn together and sorted by length."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class MeaningRecipe:
    """Everything that decides what comes out."""

    rank: int = 16
    alpha: int = 32
    learning_rate: float = 1e-3
    head_learning_rate: float = 5e-2
    warm_up: float = 0.08
    batch: int = 32
    steps: int = 450
    dropout: float = 0.1
    seed: int = 1


@dataclass(frozen=True, slots=True)
class TrainedMeaning:
    """The adapter by the names of the encoder's weights, the head, and how it was made."""

    weights: dict[str, Any]
    head: Any
    bias: float
    temperature: float
    recipe: MeaningRecipe
    pairs: int
    seconds: float
    losses: tuple[tuple[int, float], ...]

    def write(self, folder: Path) -> None:
        """As `LearnedMeaning` reads it; the weights are put in place last."""
        folder.mkdir(parents=True, exist_ok=True)
        about = {
            "scale": self.recipe.alpha / self.recipe.rank,
            "temperature": round(self.temperature, 4),
            "recipe": asdict(self.recipe),
        }
        (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        unfinished = folder / f"{WEIGHTS}.unfinished"
        tensors = {name: tensor.half().contiguous() for name, tensor in self.weights.items()}
        save_file({**tensors, HEAD: self.head.float(), BIAS: torch.tensor([self.bias])}, unfinished)
        unfinished.chmod(0o644)
        unfinished.replace(folder / WEIGHTS)


@dataclass(frozen=True, slots=True)
class MeaningScores:
    """Measured on replies of which no version was learnt from."""

    pairs: int
    same: int
    auroc: float
    calibration_error: float
    kept: float
    """Of the pairs that say the same, how many are let through at the threshold."""
    let_through: float
    """Of the pairs that say something else, how many are let through."""
    threshold: float
    ms: float


def train_meaning(model_dir: Path, pairs: Sequence[MeaningPair], recipe: MeaningRecipe, say: Say) -> TrainedMeaning:
    """Learns from nine tenths of the replies and sets the temperature on the rest. Raises ConfigurationError for too
    few pairs."""
    if len(pairs) < _LEAST:
        raise ConfigurationError(f"{len(pairs)} pairs to learn from are too few; {_LEAST} at least")
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)  # noqa: S311 - a seeded order
    replies = sorted({pair.of for pair in pairs})
    calibrating = set(rng.sample(replies, max(1, len(replies) // 10)))
    learnt = [pair for pair in pairs if pair.of not in calibrating]
    tokenizer = pair_tokenizer(model_dir)
    network = lora_copy(model_dir, recipe.rank, recipe.alpha, recipe.dropout)
    head = torch.nn.Parameter(torch.zeros(2 * network.config.hidden_size))
    bias = torch.nn.Parameter(torch.zeros(1))
    adapter = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": adapter, "lr": recipe.learning_rate},
            {"params": [head, bias], "lr": recipe.head_learning_rate},
        ],
        weight_decay=0.01,
    )
    steps = recipe.steps
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps, recipe.warm_up))
    network.train()
    half = multiplies_half("cpu")
    began, losses, recent = time.monotonic(), list[tuple[int, float]](), list[float]()
    batches = _batches(learnt, recipe, rng)
    for step in range(1, steps + 1):
        drawn = next(batches)
        aims = torch.tensor([float(pair.same) for pair in drawn])
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            vectors = pair_vectors(network, tokenizer, [(pair.before, pair.after) for pair in drawn])
        logits = vectors.float() @ head + bias
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, aims)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(adapter, 1.0)
        optimizer.step()
        schedule.step()
        recent.append(float(loss.detach()))
        if step % _SAY_EVERY == 0 or step == steps:
            losses.append((step, sum(recent) / len(recent)))
            left = (time.monotonic() - began) / step * (steps - step) / 60
            say(f"step {step} of {steps}: loss {losses[-1][1]:.3f}, {left:.1f} min left")
            recent = []
    network.eval()
    shown = [pair for pair in pairs if pair.of in calibrating]
    with torch.inference_mode():
        found = [pair_vectors(network, tokenizer, [(pair.before, pair.after)]) @ head + bias for pair in shown]
    temperature = _temperature(torch.cat(found), torch.tensor([float(pair.same) for pair in shown]))
    return TrainedMeaning(
        adapter_of(network),
        head.detach(),
        float(bias.detach()),
        temperature,
        recipe,
        len(learnt),
        time.monotonic() - began,
        tuple(losses),
    )


def measure_meaning(
    says_the_same: Callable[[str, str], float], pairs: Sequence[MeaningPair], threshold: float
) -> MeaningScores:
    """Each pair once, in one order: the check asks both itself."""
    once = list({(pair.of, *sorted((pair.before, pair.after))): pair for pair in pairs}.values())
    times, values = list[float](), list[float]()
    for pair in once:
        start = time.perf_counter()
        values.append(says_the_same(pair.before, pair.after))
        times.append((time.perf_counter() - start) * 1000)
    found: NDArray[np.float64] = np.array(values)
    same = np.array([pair.same for pair in once])
    return MeaningScores(
        pairs=len(once),
        same=int(same.sum()),
        auroc=auroc(found[same], found[~same]),
        calibration_error=expected_calibration_error(found, same),
        kept=float((found[same] >= threshold).mean()),
        let_through=float((found[~same] >= threshold).mean()),
        threshold=threshold,
        ms=float(np.median(times)),
    )


def _batches(pairs: Sequence[MeaningPair], recipe: MeaningRecipe, rng: random.Random) -> Any:  # noqa: ANN401
    """Batches without end, half of them pairs that say the same; like lengths together."""
    kinds = [[pair for pair in pairs if pair.same], [pair for pair in pairs if not pair.same]]
    while True:
        half = recipe.batch * _TOGETHER // 2
        drawn = [pair for kind in kinds for pair in rng.choices(kind, k=half)]
        rng.shuffle(drawn)
        drawn.sort(key=lambda pair: (len(pair.before) + len(pair.after)) // 100)
        batches = [drawn[start : start + recipe.batch] for start in range(0, len(drawn), recipe.batch)]
        rng.shuffle(batches)
        yield from batches


def _temperature(logits: torch.Tensor, aims: torch.Tensor) -> float:
    """What the logits are best divided by, so that a probability means what it says."""
    losses = {
        value: float(torch.nn.functional.binary_cross_entropy_with_logits(logits / value, aims))
        for value in (math.exp(place / 20) for place in range(-20, 41))
    }
    return min(losses, key=lambda value: losses[value])
