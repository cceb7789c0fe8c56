"""The commands that train the meaning check, and that measure it and what stage three makes of rough drafts."""

import os
import platform
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import sacrebleu
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.adapters.learned_meaning import LearnedMeaning
from app.domain.facts import slots_in
from app.domain.text import tidy
from app.errors import ConfigurationError
from app.pipeline.refine import SAME_ENOUGH
from app.ports import ChatMessage, ChatModel, ChatRequest
from app.prompts.loader import load_prompts
from app.settings import Settings
from feedback.answer_commands import served
from feedback.dataset.rewordings import meaning_pairs, read_rewordings, refine_examples
from feedback.dataset.snapshot import TrainingExample
from feedback.training.meaning import MeaningRecipe, MeaningScores, TrainedMeaning, measure_meaning, train_meaning

console = Console()

_TOKENS = 130


def train_meaning_check(out: Path) -> None:
    """Trains it on the rewordings, measures it on those held out, and writes it with its card."""
    model_dir = _encoder_dir()
    items = read_rewordings()
    recipe = MeaningRecipe()
    learnt = list(meaning_pairs([item for item in items if not item.held_out]))
    trained = train_meaning(model_dir, learnt, recipe, console.print)
    trained.write(out)
    scores = _measured(out)
    console.print(_table(scores))
    (out / "MODEL_CARD.md").write_text(_card(out, trained, scores, len(items)), encoding="utf-8")
    console.print(f"{out}: trained on {trained.pairs} pairs in {trained.seconds / 60:.1f} minutes.")


def evaluate_meaning(folder: Path) -> None:
    """The meaning check on rewordings that were held out."""
    console.print(_table(_measured(folder)))
    console.print(_conditions())


@dataclass(frozen=True, slots=True)
class _Refined:
    rough: bool
    unchanged: bool
    slots_kept: bool
    same: float
    chrf: float
    chrf_before: float
    ms: float


def evaluate_refining(adapter: Path, most: int) -> None:
    """What stage three makes of held-out rough drafts, of the model alone and with the adapter, as served."""
    if not adapter.exists():
        raise ConfigurationError(f"there is no {adapter}: no adapter for refining ships yet; name one with --adapter")
    settings = Settings()
    examples = [one for one in refine_examples(read_rewordings(), load_prompts()["refine"]) if one.split != "train"]
    check = LearnedMeaning(_encoder_dir(), _meaning_dir())
    table = Table(
        "model", "drafts", "slots kept", "says the same", "takes its place", "unchanged", "chrF before", "after", "ms"
    )
    with served(settings, adapter, "refine") as models:
        for model in models:
            found = [_refined(model, one, check) for one in track(examples[:most], model.version, console=console)]
            for name, some in (
                (f"{model.version}, rough", [one for one in found if one.rough]),
                (f"{model.version}, polished already", [one for one in found if not one.rough]),
            ):
                table.add_row(name, str(len(some)), *_shares(some))
    console.print(table)
    console.print(
        f"Takes its place: slots kept and the meaning check at least {SAME_ENOUGH}, and not the same words. "
        f"Served weights {settings.worker_quantization}, greedy. {_conditions()}"
    )


def _refined(model: ChatModel, example: TrainingExample, check: LearnedMeaning) -> _Refined:
    draft = example.messages[-1].content
    messages = tuple(ChatMessage(line.role, line.content) for line in example.messages)
    start = time.perf_counter()
    text = tidy(model.complete(ChatRequest(messages, _TOKENS, timeout_s=60, task="refine", patient=True))[0].text)
    ms = (time.perf_counter() - start) * 1000
    kept = Counter(slots_in(text)) == Counter(slots_in(draft))
    return _Refined(
        rough=draft != example.reply,
        unchanged=text == draft,
        slots_kept=kept,
        same=check.says_the_same(draft, text),
        chrf=sacrebleu.sentence_chrf(text, [example.reply]).score,
        chrf_before=sacrebleu.sentence_chrf(draft, [example.reply]).score,
        ms=ms,
    )


def _shares(some: list[_Refined]) -> tuple[str, ...]:
    count = max(1, len(some))
    takes = sum(one.slots_kept and one.same >= SAME_ENOUGH and not one.unchanged for one in some)
    return (
        f"{sum(one.slots_kept for one in some) / count:.1%}",
        f"{sum(one.same >= SAME_ENOUGH for one in some) / count:.0%}",
        f"{takes / count:.0%}",
        f"{sum(one.unchanged for one in some) / count:.0%}",
        f"{sum(one.chrf_before for one in some) / count:.0f}",
        f"{sum(one.chrf for one in some) / count:.0f}",
        f"{median(one.ms for one in some):.0f}" if some else "",
    )


def _encoder_dir() -> Path:
    return Settings().models_dir / "minilm-l6-v2"


def _meaning_dir() -> Path:
    from app.bootstrap import MEANING  # noqa: PLC0415 - the composition root takes a second

    return MEANING


def _measured(folder: Path) -> MeaningScores:
    held_out = list(meaning_pairs([item for item in read_rewordings() if item.held_out]))
    return measure_meaning(LearnedMeaning(_encoder_dir(), folder).says_the_same, held_out, SAME_ENOUGH)


def _rows(scores: MeaningScores) -> list[tuple[str, str]]:
    return [
        ("pairs of held-out replies, of which say the same", f"{scores.pairs}, {scores.same}"),
        ("AUROC", f"{scores.auroc:.3f}"),
        ("calibration error", f"{scores.calibration_error:.3f}"),
        (f"let through at {scores.threshold}, of those that say the same", f"{scores.kept:.0%}"),
        (f"let through at {scores.threshold}, of those that say something else", f"{scores.let_through:.1%}"),
        ("time for one pair, both orders", f"{scores.ms:.0f} ms"),
    ]


def _table(scores: MeaningScores) -> Table:
    table = Table("measured", "result")
    for row in _rows(scores):
        table.add_row(*row)
    return table


def _conditions() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}."


def _card(folder: Path, trained: TrainedMeaning, scores: MeaningScores, replies: int) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in _rows(scores))
    curve = "\n".join(f"| {step} | {loss:.3f} |" for step, loss in trained.losses)
    return f"""# Meaning check

Whether a refined reply says what the draft said: a LoRA copy of all-MiniLM-L6-v2 (Apache-2.0) that reads both together,
with a linear head. `{LearnedMeaning(_encoder_dir(), folder).version}`.

Learnt from {trained.pairs} pairs of {replies} replies in slots (`feedback/dataset/rewordings`): the same said roughly
or in other words, against replies that look alike and say something else. A fifth of the replies is held out whole.

| measured on held-out replies | result |
|---|---|
{rows}

Its examples were written to be hard and are not a model's own mistakes; on those it may do better or worse.

| step | loss |
|---|---|
{curve}

Made {datetime.now(UTC):%Y-%m-%d} by `handrail-feedback train --task meaning` in {trained.seconds / 60:.1f} minutes,
{_conditions()} Recipe: {trained.recipe}.
"""
