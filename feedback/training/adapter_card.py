"""The card of an adapter: what it was trained on, how, where, and how its loss fell."""

import hashlib
import os
import platform
import resource
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from feedback.dataset.pairs import PairSet
from feedback.dataset.snapshot import DatasetSnapshot
from feedback.training.adapter_run import AdapterRecipe, Progress
from feedback.training.lora import LoraRecipe
from feedback.training.preference import PreferenceRecipe

WHAT: dict[str, str] = {
    "answer": "Writes replies in slots for a situation of the playbook",
    "refine": "Polishes a draft in slots for the brand's voice",
}

MEASURED: dict[str, str] = {"answer": "drafts", "refine": "evaluate --task refine"}


def write_adapter_card(
    target: Path,
    task: str,
    adapter: Path,
    weights: Path,
    snapshot: DatasetSnapshot,
    recipe: LoraRecipe,
    progress: Progress,
    begun_from: Path | None = None,
) -> None:
    """Writes the card in Markdown, beside the adapter; `begun_from` is the adapter that training went on from."""
    curve = "\n".join(f"| {step} | {loss:.3f} |" for step, loss in progress.held_out)
    learnt = f"`{snapshot.name}`, {snapshot.splits.get('train', 0)} examples to learn from"
    head = _head(task, adapter, weights, learnt, recipe, progress, begun_from, "examples")
    target.write_text(
        f"""{head}
Loss on {recipe.watched} phrases that were held out, by step:

| step | loss |
|---|---|
{curve}

{_WORTH.format(by=MEASURED[task])}""",
        encoding="utf-8",
    )


def write_preference_card(
    target: Path,
    adapter: Path,
    weights: Path,
    pairs: PairSet,
    recipe: PreferenceRecipe,
    progress: Progress,
    begun_from: Path,
) -> None:
    """The same for an adapter that was trained on preferences."""
    seen = dict(progress.measures)
    names = list(dict.fromkeys(name for measures in seen.values() for name in measures))
    rows = (
        [f"{step}", f"{loss:.3f}", *(f"{seen.get(step, {}).get(name, float('nan')):.2f}" for name in names)]
        for step, loss in progress.held_out
    )
    curve = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    learnt = f"`{pairs.dataset}`; pairs `{pairs.name}`, {pairs.splits.get('train', 0)} to learn from"
    head = _head("answer", adapter, weights, learnt, recipe, progress, begun_from, "pairs")
    watched = min(recipe.watched, pairs.splits.get("held_out", 0))
    target.write_text(
        f"""{head}
Trained on preferences (DPO): an approved reply against a draft that is not to be sent, compared with the adapter that
training began from. On {watched} pairs of situations that were held out, by step:

| {" | ".join(("step", "loss", *names))} |
|{"---|" * (2 + len(names))}
{curve}

{_WORTH.format(by=MEASURED["answer"])}""",
        encoding="utf-8",
    )


_WORTH = """What it writes is measured by `handrail-feedback {by}`; a low loss alone says little.
"""


def _head(
    task: str,
    adapter: Path,
    weights: Path,
    learnt: str,
    recipe: AdapterRecipe,
    progress: Progress,
    begun_from: Path | None,
    what: str,
) -> str:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "peft", "numpy"))
    settings = ", ".join(f"{name} {value}" for name, value in asdict(recipe).items())
    return f"""# {task.capitalize()} adapter

{WHAT[task]}; a LoRA adapter on SmolLM2-135M-Instruct (Apache-2.0).

| | |
|---|---|
| adapter | `{_digest(adapter)}`, {adapter.stat().st_size / 1e6:.1f} MB |
| base | `{weights.name}`, `{_digest(weights)}` |
| data set | {learnt} |
| begun from | {f"`{_digest(begun_from)}`" if begun_from else "nothing"} |
| learnt from | {progress.examples} {what}, {progress.tokens} tokens, {progress.step} steps, {_minutes(progress)} |
| memory | {memory:.1f} GB at most |
| recipe | {settings} |
| made | {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions} |
"""


def _minutes(progress: Progress) -> str:
    return f"{progress.seconds / 60:.0f} minutes"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
