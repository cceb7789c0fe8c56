"""Trains a LoRA adapter to write replies: loss on the reply alone, common beginnings read once, resumable at any
moment.

Made for two cores: one pack of examples at a time, logits only where a reply stands (the vocabulary is most of the
work of so small a model), bfloat16 where the processor multiplies it (half as fast again as fp32 there, slower
elsewhere). On a GPU the same code runs there. A checkpoint is put in place by renaming, so a run
that is killed goes on from its last one and nothing is half-written.
"""

import json
import math
import random
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file

from app.errors import ConfigurationError
from feedback.dataset.snapshot import DatasetSnapshot, TrainingExample
from feedback.training.packs import Encoded, Pack, epoch, families

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
WEIGHTS, OPTIMIZER, STATE = "adapter.safetensors", "optimizer.pt", "state.json"
BEST, LAST = "best", "last"
_LEAST_EXAMPLES = 50


@dataclass(frozen=True, slots=True)
class LoraRecipe:
    """Everything that decides what comes out."""

    rank: int = 16
    alpha: int = 32
    learning_rate: float = 7e-4
    warm_up: float = 0.05
    batch: int = 10
    """Examples that one step learns from, more or less."""
    together: int = 6
    """Most examples that are read with their common beginning; the memory of a step grows with it."""
    epochs: float = 1.0
    most_tokens: int = 512
    clip: float = 1.0
    patience: int = 3
    """Looks at held-out loss without a gain, after which training ends."""
    look_every: int = 100
    watched: int = 32
    """Held-out examples that are looked at while training; all of them are measured afterwards."""
    seed: int = 1


@dataclass(slots=True)
class Progress:
    """How far a run has come; kept with each checkpoint."""

    step: int = 0
    tokens: int = 0
    examples: int = 0
    seconds: float = 0.0
    best: float = math.inf
    since_best: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)
    held_out: list[tuple[int, float]] = field(default_factory=list)


Say = Callable[[str], None]


def multiplies_half(device: str) -> bool:
    """Whether bfloat16 is faster there than fp32: the processor has instructions for it, or it is a GPU."""
    return device == "cuda" or bool(torch.cpu._is_avx512_bf16_supported())


class LoraRun:
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
        torch.manual_seed(recipe.seed)
        self.tokenizer = tokenizer
        self._recipe = recipe
        self._folder = folder
        self._say = say
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        config = LoraConfig(
            r=recipe.rank, lora_alpha=recipe.alpha, target_modules=list(LINEAR), lora_dropout=0.0, bias="none"
        )
        with warnings.catch_warnings():
            # peft still reads transformers' former name of a property.
            warnings.filterwarnings("ignore", message="`is_gradient_checkpointing`", category=FutureWarning)
            self.network = get_peft_model(network, config).to(self._device)
        self.half = multiplies_half(self._device)
        if self.half:
            for weight in self.network.parameters():
                if not weight.requires_grad:
                    weight.data = weight.data.to(torch.bfloat16)
        if start is not None:
            set_peft_model_state_dict(self.network, dict(start))
        self.progress = Progress()

    def train(self, snapshot: DatasetSnapshot, minutes: float | None = None) -> Progress:
        """Trains until the epochs are over, held-out loss has stopped falling, or `minutes` of this call have passed;
        goes on from the last checkpoint when there is one. Raises ConfigurationError for too few examples."""
        examples = [self._encode(example) for example in snapshot.examples("train")]
        watched = [self._encode(example) for example in snapshot.examples("held_out_phrase")][: self._recipe.watched]
        examples = [one for one in examples if len(one.tokens) <= self._recipe.most_tokens]
        if len(examples) < _LEAST_EXAMPLES:
            raise ConfigurationError(f"{len(examples)} examples to learn from are too few; {_LEAST_EXAMPLES} at least")
        batches = list(self._batches(examples))
        steps = len(batches)
        optimizer = torch.optim.AdamW(
            (weight for weight in self.network.parameters() if weight.requires_grad), lr=self._recipe.learning_rate
        )
        self._resume(optimizer)
        began, before = time.monotonic(), self.progress.seconds
        for step, batch in enumerate(batches):
            if step < self.progress.step:
                continue
            rate = self._rate(step, steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = self._step(batch, optimizer)
            self.progress.step = step + 1
            self.progress.tokens += sum(len(pack.tokens) for pack in batch)
            self.progress.examples += sum(len(pack.examples) for pack in batch)
            self.progress.seconds = before + time.monotonic() - began
            self.progress.losses.append((step + 1, loss))
            over = minutes is not None and time.monotonic() - began > minutes * 60
            if (step + 1) % self._recipe.look_every == 0 or step + 1 == steps or over:
                self._look(watched, optimizer, steps)
                if over or self.progress.since_best >= self._recipe.patience:
                    break
        return self.progress

    def state(self) -> dict[str, Any]:
        """The adapter's weights by name, as they are kept."""
        return {name: tensor.contiguous() for name, tensor in get_peft_model_state_dict(self.network).items()}

    def _step(self, batch: Sequence[Pack], optimizer: Any) -> float:  # noqa: ANN401
        self.network.train()
        optimizer.zero_grad()
        whole = sum(pack.learnt for pack in batch)
        total = 0.0
        for pack in batch:
            loss = self._loss(pack) * (pack.learnt / whole)
            loss.backward()
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(
            [weight for weight in self.network.parameters() if weight.requires_grad], self._recipe.clip
        )
        optimizer.step()
        return total

    def _loss(self, pack: Pack) -> Any:  # noqa: ANN401 - a tensor
        """Mean cross-entropy over the tokens of the replies; logits are computed for these alone."""
        tokens, positions, mask, places, aims = (tensor.to(self._device) for tensor in pack.tensors())
        base: Any = self.network.get_base_model()
        with torch.autocast(self._device, torch.bfloat16, enabled=self.half):
            hidden = base.model(
                input_ids=tokens, position_ids=positions, attention_mask=mask, use_cache=False
            ).last_hidden_state
            logits = base.lm_head(hidden[0, places])
        return torch.nn.functional.cross_entropy(logits.float(), aims)

    @torch.inference_mode()
    def _held_out(self, watched: Sequence[Encoded]) -> float:
        self.network.eval()
        alone = [Pack((example,), example.reply_from - 1) for example in watched]
        total = sum(float(self._loss(pack)) * pack.learnt for pack in alone)
        return total / sum(pack.learnt for pack in alone)

    def _look(self, watched: Sequence[Encoded], optimizer: Any, steps: int) -> None:  # noqa: ANN401
        progress = self.progress
        loss = self._held_out(watched) if watched else progress.losses[-1][1]
        progress.held_out.append((progress.step, loss))
        better = loss < progress.best
        progress.best = min(loss, progress.best)
        progress.since_best = 0 if better else progress.since_best + 1
        self._keep(LAST, optimizer)
        if better:
            self._keep(BEST, None)
        recent = [value for _, value in progress.losses[-self._recipe.look_every :]]
        left = progress.seconds / progress.step * (steps - progress.step) / 60
        self._say(
            f"step {progress.step} of {steps}: loss {sum(recent) / len(recent):.3f}, held out {loss:.3f}, "
            f"{progress.tokens / progress.seconds:.0f} tokens/s, {left:.0f} min left"
        )

    def _keep(self, name: str, optimizer: Any) -> None:  # noqa: ANN401
        """Writes a checkpoint beside the old one and puts it in its place."""
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh, old, place = (self._folder / f"{name}{suffix}" for suffix in (".new", ".old", ""))
        for folder in (fresh, old):
            shutil.rmtree(folder, ignore_errors=True)
        fresh.mkdir()
        save_file(self.state(), fresh / WEIGHTS)
        if optimizer is not None:
            torch.save(optimizer.state_dict(), fresh / OPTIMIZER)
        (fresh / STATE).write_text(json.dumps(asdict(self.progress)), encoding="utf-8")
        if place.exists():
            place.rename(old)
        fresh.rename(place)
        shutil.rmtree(old, ignore_errors=True)

    def _resume(self, optimizer: Any) -> None:  # noqa: ANN401
        last = self._folder / LAST
        if not last.exists() and (self._folder / f"{LAST}.old").exists():
            (self._folder / f"{LAST}.old").rename(last)  # killed between the two renames
        if not last.exists():
            return
        set_peft_model_state_dict(self.network, load_file(last / WEIGHTS))
        optimizer.load_state_dict(torch.load(last / OPTIMIZER, weights_only=True))
        self.progress = Progress(**json.loads((last / STATE).read_text(encoding="utf-8")))
        self._say(f"going on from step {self.progress.step}")

    def _encode(self, example: TrainingExample) -> Encoded:
        chat = [message.model_dump() for message in example.messages]
        prompt = self.tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
        reply = self.tokenizer(example.reply, add_special_tokens=False)["input_ids"]
        return Encoded((*prompt, *reply, self.tokenizer.eos_token_id), len(prompt))

    def _batches(self, examples: Sequence[Encoded]) -> Iterator[list[Pack]]:
        """Batches for all epochs, the last of which may be a part of one; a new order each time."""
        grouped = families(examples)
        left = self._recipe.epochs
        while left > 0:
            rng = random.Random(f"{self._recipe.seed}/{left:.3f}")  # noqa: S311 - a seeded order
            batches = list(epoch(grouped, self._recipe.together, self._recipe.batch, rng))
            yield from batches[: max(1, round(len(batches) * min(left, 1.0)))]
            left -= 1

    def _rate(self, step: int, steps: int) -> float:
        """Up in a line, down in a cosine."""
        warm = max(1, int(steps * self._recipe.warm_up))
        if step < warm:
            return self._recipe.learning_rate * (step + 1) / warm
        share = (step - warm) / max(1, steps - warm)
        return self._recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
