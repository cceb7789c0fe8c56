"""The commands that make preference pairs and train the model that writes replies on them."""

import hashlib
from collections import Counter
from pathlib import Path

from rich.console import Console

from app.adapters.learned_verifier import LearnedVerifier
from app.bootstrap import VERIFIER
from app.errors import ConfigurationError
from app.prompts.loader import load_prompts
from app.settings import Settings
from app.stores import open_stores
from feedback.answer_commands import rules_of
from feedback.dataset.edits import pairs_of_edits
from feedback.dataset.pairs import Found, pairs_of_sheet, read_pairs, write_pairs
from feedback.dataset.rows import read_rows
from feedback.dataset.snapshot import DatasetSnapshot, read_snapshot
from feedback.training.judged import SheetGroup

console = Console()


def make_pairs(dataset: Path, sheet: Path, out: Path, below: float, *, edits: bool) -> None:
    """Pairs of a sheet of drafts on training questions and, with `edits`, of what supervisors changed."""
    snapshot = read_snapshot(dataset)
    verifier = LearnedVerifier(VERIFIER)
    drafted = pairs_of_sheet(sheet.name, read_rows(sheet, SheetGroup), snapshot, verifier, below)
    edited = _edited(snapshot) if edits else Found()
    about = {
        "sheet": {"file": sheet.name, "sha256": hashlib.sha256(sheet.read_bytes()).hexdigest()},
        "verifier": verifier.version,
        "below": below,
        "drafts_left_out": dict(drafted.left_out),
        "edits_left_out": dict(edited.left_out),
    }
    pairs = write_pairs(out, [*drafted.pairs, *edited.pairs], snapshot.name, about)
    splits = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(pairs.splits.items()))
    console.print(f"{pairs.folder}: {pairs.rows} pairs ({splits}); {len(edited.pairs)} of them from edits")
    _say_left_out("drafts", drafted.left_out)
    _say_left_out("edits", edited.left_out)


def _edited(snapshot: DatasetSnapshot) -> Found:
    settings = Settings()
    stores = open_stores(settings)
    try:
        return pairs_of_edits(stores.decisions.edited(), rules_of(settings, stores), load_prompts(), snapshot)
    finally:
        stores.engine.dispose()


def train_preferences(preferences: Path, run: Path, epochs: float, minutes: float | None, start: Path | None) -> None:
    """Trains an adapter on pairs, going on from another one, and writes it as the worker loads it, with its card."""
    from app.inference.requantize import served_gguf  # noqa: PLC0415 - gguf, torch and peft take seconds to import
    from app.inference.weights import SMOLLM2, fetch  # noqa: PLC0415
    from feedback.training.adapter_card import write_preference_card  # noqa: PLC0415
    from feedback.training.adapter_run import BEST, WEIGHTS  # noqa: PLC0415
    from feedback.training.export import export_adapter, read_adapter  # noqa: PLC0415
    from feedback.training.preference import PreferenceRecipe, PreferenceRun  # noqa: PLC0415
    from feedback.training.torch_model import load_for_training  # noqa: PLC0415

    if start is None:
        raise ConfigurationError("name the adapter to go on from with --begin-from: pairs are compared with it")
    settings = Settings()
    pairs = read_pairs(preferences)
    fetch(SMOLLM2.name, settings.models_dir)
    weights = served_gguf(settings.models_dir, settings.worker_quantization)
    recipe = PreferenceRecipe(epochs=epochs)
    training = PreferenceRun(*load_for_training(weights), recipe, run, console.print, read_adapter(start, weights))
    progress = training.train(pairs, minutes)
    if not progress.step:
        console.print("The time was over before the first step; the same command goes on.")
        return
    target = run / "answer.gguf"
    export_adapter(run / BEST / WEIGHTS, weights, target, alpha=recipe.alpha, name=f"handrail answer {pairs.name}")
    write_preference_card(run / "MODEL_CARD.md", target, weights, pairs, recipe, progress, start)
    console.print(f"{target}: {target.stat().st_size / 1e6:.1f} MB after {progress.tokens} tokens")


def _say_left_out(what: str, left_out: Counter[str]) -> None:
    for reason, count in left_out.most_common():
        console.print(f"{count} {what} left out: {reason}")
