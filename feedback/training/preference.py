"""Trains an adapter on preferences: of two replies to one prompt, the one a person stands by becomes likelier than the
other, by comparison with the adapter it begins from (DPO, Rafailov et al. 2023).

The comparison alone also makes the chosen reply less likely, as long as the rejected one loses more; so the loss has
the usual loss on the chosen reply beside it, with a weight of its own. A pair is one pack: its prompt is read once, and
its two replies stand behind it, out of each other's sight. How likely the first adapter finds them is worked out once,
before training, and kept in the run's folder.
"""

import hashlib
import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from app.errors import ConfigurationError
from feedback.dataset.pairs import PairSet, PreferencePair
from feedback.training.adapter_run import AdapterRecipe, AdapterRun, Look, Progress, Say
from feedback.training.packs import Pack

REFERENCE = "reference.json"
_LEAST_PAIRS = 100
_KEEP_EVERY = 25
"""Pairs after which the reference is kept: a run that is killed reads no more than these again."""


@dataclass(frozen=True, slots=True)
class PreferenceRecipe(AdapterRecipe):
    """Everything that decides what comes out."""

    learning_rate: float = 5e-5
    batch: int = 8
    """Pairs that one step learns from."""
    most_tokens: int = 640
    """Of a prompt with both replies; longer pairs are left out."""
    look_every: int = 10
    beta: float = 0.1
    """How much a step away from the first adapter counts: the smaller, the further it may go."""
    chosen_weight: float = 0.2
    """Of the usual loss on the chosen reply, beside the comparison."""


@dataclass(frozen=True, slots=True)
class Read:
    """One pair in tokens, and how many of the tokens that are learnt from are the chosen reply's."""

    id: str
    pack: Pack

    @property
    def chosen(self) -> int:
        """Tokens of the chosen reply; the rest are the rejected one's."""
        return self.pack.examples[0].learnt


@dataclass(frozen=True, slots=True)
class Compared:
    """What comes of one pair; each is a tensor of one number."""

    loss: Any
    margin: Any
    """How much further apart chosen and rejected are than for the first adapter, times beta."""


class PreferenceRun(AdapterRun[Sequence[Read]]):
    """One training run in a folder of its own."""

    def __init__(
        self,
        tokenizer: Any,  # noqa: ANN401
        network: Any,  # noqa: ANN401
        recipe: PreferenceRecipe,
        folder: Path,
        say: Say,
        start: Mapping[str, Any],
    ) -> None:
        """`start`: the weights of the adapter to go on from; replies are compared with what it finds likely."""
        super().__init__(tokenizer, network, recipe, folder, say, start)
        self._recipe = recipe
        self._start = _digest(start)
        self._watched: list[Read] = []
        self._reference: dict[str, tuple[float, float]] = {}

    def train(self, pairs: PairSet, minutes: float | None = None) -> Progress:
        """Trains until the epochs are over, held-out loss has stopped falling, or `minutes` of this call have passed;
        goes on from the last checkpoint when there is one. No step was made when the minutes were over before the
        reference was complete: it goes on from there, too.

        Raises ConfigurationError for too few pairs, and for a folder of other pairs or another first adapter.
        """
        learnt, held_out = self._readable(pairs.pairs("train")), self._readable(pairs.pairs("held_out"))
        if len(learnt) < _LEAST_PAIRS:
            raise ConfigurationError(
                f"{len(learnt)} pairs to learn from are too few; {_LEAST_PAIRS} at least. "
                "Draft for more training questions with `handrail-feedback sheet --split train` and build pairs anew"
            )
        self._watched = held_out[: self._recipe.watched]
        began = time.monotonic()
        until = None if minutes is None else began + minutes * 60
        if not self._read_reference(pairs.name, [*self._watched, *learnt], until):
            return self.progress
        left = None if minutes is None else max(0.0, minutes - (time.monotonic() - began) / 60)
        return self._run(list(self._batches(learnt)), left)

    def _learn(self, batch: Sequence[Read]) -> float:
        total = 0.0
        for one in batch:
            loss = self._compared(one).loss / len(batch)
            loss.backward()
            total += float(loss.detach())
        return total

    def _size(self, batch: Sequence[Read]) -> tuple[int, int]:
        return sum(len(one.pack.tokens) for one in batch), len(batch)

    @torch.inference_mode()
    def _held_out(self) -> Look | None:
        if not self._watched:
            return None
        self.network.eval()
        seen = [self._compared(one) for one in self._watched]
        margins = [float(one.margin) for one in seen]
        return Look(
            sum(float(one.loss) for one in seen) / len(seen),
            {
                "chosen above rejected": sum(margin > 0 for margin in margins) / len(margins),
                "margin": sum(margins) / len(margins),
            },
        )

    def _compared(self, one: Read) -> Compared:
        chosen, rejected = self._likelihoods(one)
        first_chosen, first_rejected = self._reference[one.id]
        margin = self._recipe.beta * ((chosen - first_chosen) - (rejected - first_rejected))
        usual = -chosen / one.chosen
        return Compared(-torch.nn.functional.logsigmoid(margin) + self._recipe.chosen_weight * usual, margin)

    def _likelihoods(self, one: Read) -> tuple[Any, Any]:
        """Log-probabilities of the chosen reply and of the rejected one, both whole."""
        surprise = torch.nn.functional.cross_entropy(*self._logits(one.pack), reduction="none")
        return -surprise[: one.chosen].sum(), -surprise[one.chosen :].sum()

    @torch.inference_mode()
    def _read_reference(self, name: str, pairs: Sequence[Read], until: float | None) -> bool:
        """Works out what is not kept yet, with the weights that the run begins from; False when time was over first."""
        kept = self._kept_reference(name)
        missing = [one for one in pairs if one.id not in kept]
        self.network.eval()
        began = time.monotonic()
        for number, one in enumerate(missing, start=1):
            chosen, rejected = self._likelihoods(one)
            kept[one.id] = float(chosen), float(rejected)
            over = until is not None and time.monotonic() > until and number < len(missing)
            if number % _KEEP_EVERY == 0 or number == len(missing) or over:
                self._keep_reference(name, kept)
                left = (time.monotonic() - began) / number * (len(missing) - number) / 60
                self._say(f"reference: {len(kept)} of {len(pairs)} pairs, {left:.0f} min left")
            if over:
                return False
        self._reference = kept
        return True

    def _kept_reference(self, name: str) -> dict[str, tuple[float, float]]:
        path = self._folder / REFERENCE
        if not path.exists():
            return {}
        kept = json.loads(path.read_text(encoding="utf-8"))
        if (kept["pairs"], kept["start"]) != (name, self._start):
            raise ConfigurationError(
                f"{self._folder} is the run of other pairs or of another first adapter; name another folder with --run"
            )
        return {key: (chosen, rejected) for key, (chosen, rejected) in kept["likelihoods"].items()}

    def _keep_reference(self, name: str, likelihoods: Mapping[str, tuple[float, float]]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f"{REFERENCE}.new"
        kept = {"pairs": name, "start": self._start, "likelihoods": likelihoods}
        fresh.write_text(json.dumps(kept), encoding="utf-8")
        fresh.replace(self._folder / REFERENCE)

    def _readable(self, pairs: Iterator[PreferencePair]) -> list[Read]:
        """Each pair as one pack; those that are too long are left out."""
        read = [self._read(pair) for pair in pairs]
        return [one for one in read if len(one.pack.tokens) <= self._recipe.most_tokens]

    def _read(self, pair: PreferencePair) -> Read:
        chosen = self._encode(pair.messages, pair.chosen)
        rejected = self._encode(pair.messages, pair.rejected, whole=pair.rejected_whole)
        return Read(pair.id, Pack((chosen, rejected), chosen.reply_from))

    def _batches(self, pairs: Sequence[Read]) -> Iterator[Sequence[Read]]:
        """Batches for all epochs, the last of which may be a part of one; a new order each time."""
        left, size = self._recipe.epochs, self._recipe.batch
        while left > 0:
            rng = random.Random(f"{self._recipe.seed}/{left:.3f}")  # noqa: S311 - a seeded order
            order = rng.sample(list(pairs), len(pairs))
            batches = [order[start : start + size] for start in range(0, len(order), size)]
            yield from batches[: max(1, round(len(batches) * min(left, 1.0)))]
            left -= 1


def _digest(weights: Mapping[str, Any]) -> str:
    """Names an adapter by its weights."""
    digest = hashlib.sha256()
    for name, tensor in sorted(weights.items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
