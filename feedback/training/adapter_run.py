"""What every training run of an adapter has in common: a folder, steps, looks at what is held out, checkpoints.

Made for two cores: one pack at a time, logits only where a reply stands (the vocabulary is most of the work of so small
a model), bfloat16 where the processor multiplies it (half as fast again as fp32 there, slower elsewhere). On a GPU the
same code runs there. A checkpoint is put in place by renaming, so a run that is killed goes on from its last one and
nothing is half-written.
"""

import json
import math
import shutil
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file

from feedback.dataset.snapshot import Line
from feedback.training.packs import Encoded, Pack

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
WEIGHTS, OPTIMIZER, STATE = "adapter.safetensors", "optimizer.pt", "state.json"
BEST, LAST = "best", "last"

Batch = TypeVar("Batch")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AdapterRecipe:
    """What decides what comes out, whatever is learnt from."""

    rank: int = 16
    alpha: int = 32
    learning_rate: float = 7e-4
    warm_up: float = 0.05
    batch: int = 10
    """Examples that one step learns from, more or less."""
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
    measures: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    """What else was seen on what is held out, by name."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen on what is held out."""

    loss: float
    also: Mapping[str, float] = field(default_factory=dict)


def multiplies_half(device: str) -> bool:
    """Whether bfloat16 is faster there than fp32: the processor has instructions for it, or it is a GPU."""
    return device == "cuda" or bool(torch.cpu._is_avx512_bf16_supported())


class AdapterRun(ABC, Generic[Batch]):
    """One training run in a folder of its own."""

    def __init__(
        self,
        tokenizer: Any,  # noqa: ANN401
        network: Any,  # noqa: ANN401
        recipe: AdapterRecipe,
        folder: Path,
        say: Say,
        start: Mapping[str, Any] | None = None,
    ) -> None:
        """`start`: the weights of an adapter to go on from, such as the one that is live; None: from nothing."""
        torch.manual_seed(recipe.seed)
        self.tokenizer = tokenizer
        self._schedule = recipe
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

    def state(self) -> dict[str, Any]:
        """The adapter's weights by name, as they are kept."""
        return {name: tensor.contiguous() for name, tensor in get_peft_model_state_dict(self.network).items()}

    @abstractmethod
    def _learn(self, batch: Batch) -> float:
        """Adds up the gradients of a batch and gives its loss."""

    @abstractmethod
    def _size(self, batch: Batch) -> tuple[int, int]:
        """Tokens that are read for a batch, and the examples in it."""

    @abstractmethod
    def _held_out(self) -> Look | None:
        """What is seen on what is held out; None when nothing is."""

    def _run(self, batches: Sequence[Batch], minutes: float | None) -> Progress:
        """Trains until the batches are over, held-out loss has stopped falling, or `minutes` have passed; goes on from
        the last checkpoint when there is one."""
        steps = len(batches)
        optimizer = torch.optim.AdamW(
            (weight for weight in self.network.parameters() if weight.requires_grad), lr=self._schedule.learning_rate
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
            tokens, examples = self._size(batch)
            self.progress.step = step + 1
            self.progress.tokens += tokens
            self.progress.examples += examples
            self.progress.seconds = before + time.monotonic() - began
            self.progress.losses.append((step + 1, loss))
            over = minutes is not None and time.monotonic() - began > minutes * 60
            if (step + 1) % self._schedule.look_every == 0 or step + 1 == steps or over:
                self._look(optimizer, steps)
                if over or self.progress.since_best >= self._schedule.patience:
                    break
        return self.progress

    def _step(self, batch: Batch, optimizer: Any) -> float:  # noqa: ANN401
        self.network.train()
        optimizer.zero_grad()
        loss = self._learn(batch)
        torch.nn.utils.clip_grad_norm_(
            [weight for weight in self.network.parameters() if weight.requires_grad], self._schedule.clip
        )
        optimizer.step()
        return loss

    def _logits(self, pack: Pack) -> tuple[Any, Any]:
        """What is predicted where a reply's tokens stand (R, vocabulary), and these tokens (R,)."""
        tokens, positions, mask, places, aims = (tensor.to(self._device) for tensor in pack.tensors())
        base: Any = self.network.get_base_model()
        with torch.autocast(self._device, torch.bfloat16, enabled=self.half):
            hidden = base.model(
                input_ids=tokens, position_ids=positions, attention_mask=mask, use_cache=False
            ).last_hidden_state
            logits = base.lm_head(hidden[0, places])
        return logits.float(), aims

    def _encode(self, messages: Sequence[Line], reply: str, *, whole: bool = True) -> Encoded:
        """A prompt as it is served and a reply to it; a reply that is not `whole` has no end."""
        chat = [message.model_dump() for message in messages]
        prompt = self.tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
        written = self.tokenizer(reply, add_special_tokens=False)["input_ids"]
        end = (self.tokenizer.eos_token_id,) if whole else ()
        return Encoded((*prompt, *written, *end), len(prompt))

    def _look(self, optimizer: Any, steps: int) -> None:  # noqa: ANN401
        progress = self.progress
        look = self._held_out() or Look(progress.losses[-1][1])
        progress.held_out.append((progress.step, look.loss))
        if look.also:
            progress.measures.append((progress.step, dict(look.also)))
        better = look.loss < progress.best
        progress.best = min(look.loss, progress.best)
        progress.since_best = 0 if better else progress.since_best + 1
        self._keep(LAST, optimizer)
        if better:
            self._keep(BEST, None)
        recent = [value for _, value in progress.losses[-self._schedule.look_every :]]
        left = progress.seconds / progress.step * (steps - progress.step) / 60
        also = "".join(f", {name} {value:.2f}" for name, value in look.also.items())
        self._say(
            f"step {progress.step} of {steps}: loss {sum(recent) / len(recent):.3f}, held out {look.loss:.3f}{also}, "
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

    def _rate(self, step: int, steps: int) -> float:
        """Up in a line, down in a cosine."""
        warm = max(1, int(steps * self._schedule.warm_up))
        if step < warm:
            return self._schedule.learning_rate * (step + 1) / warm
        share = (step - warm) / max(1, steps - warm)
        return self._schedule.learning_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
