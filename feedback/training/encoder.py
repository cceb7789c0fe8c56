"""Tunes a copy of the sentence encoder to tell requests apart: LoRA on all its layers, in minutes on two cores.

A linear layer on the mean-pooled vector learns the labels together with the adapter and is thrown away; what is kept is
the adapter. Typing mistakes are made on the way, new ones each time a question is read, because customers make them and
the written questions are too few to hold them all.
"""

import math
import random
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from tokenizers import Tokenizer

from app.adapters.encoder import load_bert
from app.adapters.tuned_encoder import SCALE
from feedback.dataset.questions import Labelled
from feedback.training.typos import mistyped

LINEAR = ["query", "key", "value", "dense"]
_PREFIX = "base_model.model."
_LONGEST = 128
_SAY_EVERY = 50
_ABOUT_AS_LONG = 50
"""Characters; texts that differ by less are as good as equally long, and keep their random order."""
_TOGETHER = 16
"""Batches that are drawn together and sorted by length."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """Everything that decides what comes out."""

    rank: int = 16
    alpha: int = 32
    learning_rate: float = 1e-3
    head_learning_rate: float = 2e-2
    warm_up: float = 0.08
    batch: int = 32
    epochs: float = 2.5
    temperature: float = 0.05
    """Unit vectors are divided by it before the softmax."""
    smoothing: float = 0.05
    dropout: float = 0.1
    mistyped: float = 0.3
    """How many questions get typing mistakes each time they are read."""
    seed: int = 1


BENCHMARK = EncoderRecipe(mistyped=0.0)
"""For the public benchmarks, whose questions are typed well."""


@dataclass(frozen=True, slots=True)
class TunedEncoder:
    """The adapter by the names of the encoder's weights, and what it cost."""

    weights: dict[str, Any]
    scale: float
    steps: int
    seconds: float
    losses: tuple[tuple[int, float], ...]
    recipe: EncoderRecipe

    def write(self, target: Path) -> None:
        """In half precision, by one rename."""
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".unfinished")
        halves = {name: tensor.half().contiguous() for name, tensor in self.weights.items()}
        save_file(halves, unfinished, metadata={SCALE: str(self.scale)})
        unfinished.chmod(0o644)
        unfinished.replace(target)


def tune_encoder(
    model_dir: Path, questions: Sequence[Labelled], weights: Sequence[float], recipe: EncoderRecipe, say: Say
) -> TunedEncoder:
    """Learns from `questions`; one of weight 3 is drawn three times as often as one of weight 1."""
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)  # noqa: S311 - a seeded order
    labels = sorted({question.intent for question in questions})
    tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
    tokenizer.enable_truncation(_LONGEST)
    tokenizer.enable_padding()
    network = lora_copy(model_dir, recipe.rank, recipe.alpha, recipe.dropout)
    classes = torch.nn.Parameter(torch.randn(len(labels), network.config.hidden_size) * 0.05)
    adapter = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": adapter, "lr": recipe.learning_rate}, {"params": [classes], "lr": recipe.head_learning_rate}],
        weight_decay=0.01,
    )
    steps = max(1, int(len(questions) * recipe.epochs / recipe.batch))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps, recipe.warm_up))
    network.train()
    began, losses, recent = time.monotonic(), list[tuple[int, float]](), list[float]()
    batches = _batches(questions, weights, recipe, rng)
    for step in range(1, steps + 1):
        drawn = next(batches)
        texts = [mistyped(q.text, rng) if rng.random() < recipe.mistyped else q.text for q in drawn]
        aims = torch.tensor([labels.index(question.intent) for question in drawn])
        vectors = _embed(network, tokenizer, texts)
        logits = vectors @ torch.nn.functional.normalize(classes).T / recipe.temperature
        loss = torch.nn.functional.cross_entropy(logits, aims, label_smoothing=recipe.smoothing)
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
    return TunedEncoder(
        adapter_of(network),
        recipe.alpha / recipe.rank,
        steps,
        time.monotonic() - began,
        tuple(losses),
        recipe,
    )


def lora_copy(model_dir: Path, rank: int, alpha: int, dropout: float) -> Any:  # noqa: ANN401
    """The encoder's network with an adapter on all its layers, which alone is trained."""
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=LINEAR, lora_dropout=dropout, bias="none")
    with warnings.catch_warnings():
        # peft still reads transformers' former name of a property.
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing`", category=FutureWarning)
        return get_peft_model(load_bert(model_dir), config)


def adapter_of(network: Any) -> dict[str, Any]:  # noqa: ANN401
    """What was learnt, by the names of the encoder's weights."""
    kept = get_peft_model_state_dict(network, save_embedding_layers=False)
    return {name.removeprefix(_PREFIX): tensor for name, tensor in kept.items()}


def _batches(
    questions: Sequence[Labelled], weights: Sequence[float], recipe: EncoderRecipe, rng: random.Random
) -> Iterator[list[Labelled]]:
    """Batches without end; like lengths together, since padding is work thrown away."""
    while True:
        drawn = rng.choices(questions, weights, k=recipe.batch * _TOGETHER)
        ordered = sorted(drawn, key=lambda question: len(question.text) // _ABOUT_AS_LONG)
        batches = [ordered[start : start + recipe.batch] for start in range(0, len(ordered), recipe.batch)]
        rng.shuffle(batches)
        yield from batches


def _embed(network: Any, tokenizer: Tokenizer, texts: Sequence[str]) -> torch.Tensor:  # noqa: ANN401
    encodings = tokenizer.encode_batch(list(texts))
    tokens = torch.tensor([encoding.ids for encoding in encodings])
    mask = torch.tensor([encoding.attention_mask for encoding in encodings])
    hidden = network(input_ids=tokens, attention_mask=mask).last_hidden_state
    pooled = (hidden * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)
    return torch.nn.functional.normalize(pooled)


def rate(step: int, steps: int, warm_up: float) -> float:
    """Up in a line, down in a cosine."""
    warm = max(1, int(steps * warm_up))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
