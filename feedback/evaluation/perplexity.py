"""How surprising the approved replies are to a model, given the prompts that serve: in torch, on the served weights."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedback.dataset.snapshot import TrainingExample
from feedback.training.lora import LoraRecipe, LoraRun
from feedback.training.torch_model import load_for_training


@dataclass(frozen=True, slots=True)
class Perplexity:
    """Over the tokens of the replies alone."""

    replies: int
    perplexity: float


def perplexity(
    weights: Path,
    start: Mapping[str, Any] | None,
    examples: Iterable[TrainingExample],
    folder: Path,
    say: Callable[[str], None],
) -> Perplexity:
    """Of the model with the adapter's weights `start`, or alone when there are none; nothing is written."""
    few = list(examples)
    run = LoraRun(*load_for_training(weights), LoraRecipe(), folder, say, start)
    return Perplexity(len(few), math.exp(run.loss_of(few)))
