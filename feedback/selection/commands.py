"""The command that measures what choosing is worth."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.bootstrap import load_encoder
from app.ports import Encoder
from app.settings import Settings
from feedback.dataset.questions import Labelled, banking77, clinc150
from feedback.selection.efficiency import Benchmark, Curve, by_chance, by_choice, full_accuracy, interval
from feedback.selection.plot import Line, plot

console = Console()

_NEARLY = 0.95
"""Share of the accuracy with every label that is aimed at."""
_BUDGET = 0.2
"""Share of the labels that is spent at most."""
_TOGETHER = 256


@dataclass(frozen=True, slots=True)
class Found:
    """One benchmark: the curves of both ways, a seed each."""

    name: str
    rows: int
    full: float
    chance: list[Curve]
    choice: list[Curve]

    @property
    def target(self) -> float:
        """The accuracy aimed at."""
        return _NEARLY * self.full


def label_efficiency(data: Path, out: Path, seeds: int, steps: int) -> None:
    """Plays an annotator who knows the true intents, and writes figures and a plot for each benchmark."""
    encoder = load_encoder(Settings(), console.print)
    out.mkdir(parents=True, exist_ok=True)
    found = []
    for name, read in (("BANKING77", banking77), ("CLINC150", clinc150)):
        benchmark = _benchmark(name, encoder, read(data, "train"), read(data, "test"))
        budget = round(_BUDGET * len(benchmark.train))
        curves: dict[str, list[Curve]] = {"chance": [], "choice": []}
        with Progress(console=console) as progress:
            task = progress.add_task(name, total=2 * seeds)
            for seed in range(seeds):
                for way, curve in (("chance", by_chance), ("choice", by_choice)):
                    curves[way].append(curve(benchmark, budget, steps, seed))
                    progress.advance(task)
        found.append(Found(name, len(benchmark.train), full_accuracy(benchmark), curves["chance"], curves["choice"]))
        (out / f"{name.lower()}.svg").write_text(_picture(found[-1]), encoding="utf-8")
    (out / "label-efficiency.json").write_text(json.dumps([_told(each) for each in found], indent=2), encoding="utf-8")
    console.print(_table(found))
    console.print(
        f"{seeds} seeds, logistic regression on the frozen encoder ({encoder.version}), true labels as the annotator; "
        f"{os.cpu_count()} cores, Python {platform.python_version()}. {out}"
    )


def _benchmark(name: str, encoder: Encoder, train: Sequence[Labelled], test: Sequence[Labelled]) -> Benchmark:
    return Benchmark(
        name,
        _vectors(encoder, train),
        np.array([each.intent for each in train]),
        _vectors(encoder, test),
        np.array([each.intent for each in test]),
    )


def _vectors(encoder: Encoder, questions: Sequence[Labelled]) -> np.ndarray:
    """Encoded in the order of their length, which wastes least."""
    order = sorted(range(len(questions)), key=lambda place: len(questions[place].text))
    parts = [
        encoder.encode([questions[place].text for place in order[start : start + _TOGETHER]])
        for start in range(0, len(order), _TOGETHER)
    ]
    vectors = np.concatenate(parts)
    found = np.empty_like(vectors)
    found[order] = vectors
    return found


def _spent(curves: Sequence[Curve], target: float) -> tuple[float, float, float] | None:
    reached = [labels for curve in curves if (labels := curve.reaches(target)) is not None]
    return interval(reached) if len(reached) == len(curves) else None


def _table(found: Sequence[Found]) -> Table:
    table = Table("benchmark", "labels", "with all", "aimed at", "chosen", "at random", "fewer")
    for each in found:
        chosen, chance = _spent(each.choice, each.target), _spent(each.chance, each.target)
        fewer = f"{1 - chosen[0] / chance[0]:.0%}" if chosen and chance else f"at least {_least_saved(each):.0%}"
        table.add_row(
            each.name,
            str(each.rows),
            f"{each.full:.1%}",
            f"{each.target:.1%}",
            _shown(chosen, each.rows),
            _shown(chance, each.rows),
            fewer,
        )
    return table


def _least_saved(found: Found) -> float:
    """Where drawing at random never got there within the budget."""
    chosen = _spent(found.choice, found.target)
    return 1 - chosen[0] / (_BUDGET * found.rows) if chosen else 0.0


def _shown(spent: tuple[float, float, float] | None, rows: int) -> str:
    if spent is None:
        return f"not within {_BUDGET:.0%}, every time"
    mean, low, high = spent
    return f"{mean:.0f} ({low:.0f} to {high:.0f}), {mean / rows:.1%}"


def _told(found: Found) -> dict[str, object]:
    ways = {"chosen": found.choice, "at random": found.chance}
    return {
        "benchmark": found.name,
        "labels": found.rows,
        "accuracy with all": found.full,
        **{way: [{"labels": c.labels, "accuracy": c.accuracy} for c in curves] for way, curves in ways.items()},
    }


def _picture(found: Found) -> str:
    lines = []
    for name, curves in (("chosen", found.choice), ("at random", found.chance)):
        spans = [interval(values) for values in zip(*(curve.accuracy for curve in curves), strict=True)]
        labels = [count / found.rows for count in curves[0].labels]
        lines.append(Line(name, list(zip(labels, spans, strict=True))))
    return plot(f"{found.name}: accuracy against labels spent", lines, found.target, f"{_NEARLY:.0%} of all labels'")
