"""The card of an answer adapter: what it was trained on, how, where, and how its loss fell."""

import hashlib
import os
import platform
import resource
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from feedback.dataset.snapshot import DatasetSnapshot
from feedback.training.lora import LoraRecipe, Progress


def write_answer_card(
    target: Path,
    adapter: Path,
    weights: Path,
    snapshot: DatasetSnapshot,
    recipe: LoraRecipe,
    progress: Progress,
    begun_from: Path | None = None,
) -> None:
    """Writes the card in Markdown, beside the adapter; `begun_from` is the adapter that training went on from."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "peft", "numpy"))
    settings = ", ".join(f"{name} {value}" for name, value in asdict(recipe).items())
    curve = "\n".join(f"| {step} | {loss:.3f} |" for step, loss in progress.held_out)
    target.write_text(
        f"""# Answer adapter

Writes replies in slots for a situation of the playbook; a LoRA adapter on SmolLM2-135M-Instruct (Apache-2.0).

| | |
|---|---|
| adapter | `{_digest(adapter)}`, {adapter.stat().st_size / 1e6:.1f} MB |
| base | `{weights.name}`, `{_digest(weights)}` |
| data set | `{snapshot.name}`, {snapshot.splits.get("train", 0)} examples to learn from |
| begun from | {f"`{_digest(begun_from)}`" if begun_from else "nothing"} |
| learnt from | {progress.examples} examples, {progress.tokens} tokens, {progress.step} steps, {_minutes(progress)} |
| memory | {memory:.1f} GB at most |
| recipe | {settings} |
| made | {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions} |

Loss on {recipe.watched} phrases that were held out, by step:

| step | loss |
|---|---|
{curve}

What its drafts are worth is measured by `handrail-feedback drafts`; a low loss alone says little.
""",
        encoding="utf-8",
    )


def _minutes(progress: Progress) -> str:
    return f"{progress.seconds / 60:.0f} minutes"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
