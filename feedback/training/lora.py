"""Trains a LoRA adapter to write replies: loss on the reply alone, common beginnings read once, resumable at any
moment (`feedback.training.adapter_run`)."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from app.errors import ConfigurationError
from feedback.dataset.snapshot import DatasetSnapshot, TrainingExample
from feedback.training.adapter_run import AdapterRecipe, AdapterRun, Look, Progress, Say
from feedback.training.packs import Encoded, Pack, epoch, families

_LEAST_EXAMPLES = 50


@dataclass(frozen=True, slots=True)
class LoraRecipe(AdapterRecipe):
    """Everything that decides what comes out."""

    together: int = 6
    """Most examples that are read with their common beginning; the memory of a step grows with it."""


class LoraRun(AdapterRun[Sequence[Pack]]):
    """One training run in a folder of its own."""

    def __init__(
        self,
        tokenizer: Any,  # noqa: ANN401
        network: Any,  # noqa: ANN401
        recipe: LoraRecipe,
        folder: Path,
        say: Say,
        start: Mapping[str, Any] | None = None,
    ) -> None:
        """`start`: the weights of an adapter to go on from, such as the one that is live; None: from nothing."""
        super().__init__(tokenizer, network, recipe, folder, say, start)
        self._recipe = recipe
        self._watched: list[Encoded] = []

    def train(self, snapshot: DatasetSnapshot, minutes: float | None = None) -> Progress:
        """Trains until the epochs are over, held-out loss has stopped falling, or `minutes` of this call have passed;
        goes on from the last checkpoint when there is one. Raises ConfigurationError for too few examples."""
        examples = [self._encode(example.messages, example.reply) for example in snapshot.examples("train")]
        held_out = [self._encode(example.messages, example.reply) for example in snapshot.examples("held_out_phrase")]
        self._watched = held_out[: self._recipe.watched]
        examples = [one for one in examples if len(one.tokens) <= self._recipe.most_tokens]
        if len(examples) < _LEAST_EXAMPLES:
            raise ConfigurationError(f"{len(examples)} examples to learn from are too few; {_LEAST_EXAMPLES} at least")
        return self._run(list(self._batches(examples)), minutes)

    def loss_of(self, examples: Sequence[TrainingExample]) -> float:
        """Mean cross-entropy over the tokens of their replies."""
        return self._loss_alone([self._encode(example.messages, example.reply) for example in examples])

    def _learn(self, batch: Sequence[Pack]) -> float:
        whole = sum(pack.learnt for pack in batch)
        total = 0.0
        for pack in batch:
            loss = self._loss(pack) * (pack.learnt / whole)
            loss.backward()
            total += float(loss.detach())
        return total

    def _size(self, batch: Sequence[Pack]) -> tuple[int, int]:
        return sum(len(pack.tokens) for pack in batch), sum(len(pack.examples) for pack in batch)

    def _loss(self, pack: Pack) -> Any:  # noqa: ANN401 - a tensor
        """Mean cross-entropy over the tokens of the replies; logits are computed for these alone."""
        return torch.nn.functional.cross_entropy(*self._logits(pack))

    def _held_out(self) -> Look | None:
        return Look(self._loss_alone(self._watched)) if self._watched else None

    @torch.inference_mode()
    def _loss_alone(self, examples: Sequence[Encoded]) -> float:
        """Each example read by itself."""
        self.network.eval()
        alone = [Pack((example,), example.reply_from - 1) for example in examples]
        total = sum(float(self._loss(pack)) * pack.learnt for pack in alone)
        return total / sum(pack.learnt for pack in alone)

    def _batches(self, examples: Sequence[Encoded]) -> Iterator[list[Pack]]:
        """Batches for all epochs, the last of which may be a part of one; a new order each time."""
        grouped = families(examples)
        left = self._recipe.epochs
        while left > 0:
            rng = random.Random(f"{self._recipe.seed}/{left:.3f}")  # noqa: S311 - a seeded order
            batches = list(epoch(grouped, self._recipe.together, self._recipe.batch, rng))
            yield from batches[: max(1, round(len(batches) * min(left, 1.0)))]
            left -= 1
