"""The commands that train and measure the detectors of attacks and of insults."""

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.adapters.encoder import MiniLmEncoder
from app.adapters.learned_detector import LearnedDetector, open_detector
from app.ports import Encoder
from app.settings import Settings
from feedback.dataset.detecting import DAVIDSON_TEST, DetectorCorpus, injection_corpus, toxicity_corpus
from feedback.dataset.detector_texts import by_hash
from feedback.dataset.questions import handwritten, hold_out, labelled
from feedback.evaluation.detectors import (
    THRESHOLDS,
    Fold,
    Found,
    area,
    calibration_error,
    folds,
    found,
    milliseconds,
)
from feedback.training.detector_card import Measured, card
from feedback.training.detectors import RECIPES, DetectorRecipe, Prepared, prepare, train_detector

console = Console()

MODELS = Path("app/models")
_REMEMBERED = 100_000
"""Vectors kept while training and measuring: every text is needed more than once."""
_TIMED = 60
_SHORT = 200
"""Characters of a short message, which the time is measured on."""


def train_detector_of(name: str, data: Path | None, out: Path) -> None:
    """Fits the detector, writes it, measures it, and writes its card."""
    if data is None:
        console.print("No --data: training from the project's own texts alone.")
    start = time.perf_counter()
    encoder, corpus, recipe = _encoder(), _corpus(name, data), RECIPES[name]
    prepared = prepare(encoder, corpus.learnt, recipe)
    trained = train_detector(prepared, recipe)
    trained.write(out)
    detector = open_detector(encoder, out)
    measured = _measure(detector, corpus, calibration_error(trained))
    if name == "injection" and data is not None:
        measured = replace(measured, left_out=_left_out(encoder, prepared, corpus, recipe))
    made = f"Made {datetime.now(UTC):%Y-%m-%d} by `handrail-feedback train --task {name}`, {_conditions()}"
    (out / "MODEL_CARD.md").write_text(card(trained, corpus, measured, detector.version, made), encoding="utf-8")
    console.print(f"{detector.version}: learnt from {len(corpus.learnt)} texts, written to {out}.")
    console.print(f"It took {time.perf_counter() - start:.0f} s.")


def evaluate_detector(name: str, data: Path | None, folder: Path) -> None:
    """The detector in `folder` on texts that were held out, and its time; with `data` on public corpora too, and the
    recipe for attacks on each public collection that it did not see."""
    encoder, corpus, recipe = _encoder(), _corpus(name, data), RECIPES[name]
    detector = open_detector(encoder, folder)
    others = [
        open_detector(encoder, MODELS / other) for other in RECIPES if other != name and (MODELS / other).exists()
    ]
    written, _ = hold_out(labelled(handwritten()))
    short = [text for text in by_hash(question.text for question in written) if len(text) <= _SHORT][:_TIMED]
    cost = milliseconds(encoder, [detector, *others], short)
    console.print(
        f"{' and '.join(each.version for each in (detector, *others))} on one message of at most {_SHORT} characters: "
        f"{cost.whole:.1f} ms (p50) with the sentence embedding, {cost.beside:.1f} ms beside it."
    )
    console.print(f"Encoder {encoder.version}. {_conditions()}")
    _measure(detector, corpus, None)
    if name == "injection" and data is not None:
        _left_out(encoder, prepare(encoder, corpus.learnt, recipe), corpus, recipe)


def _measure(detector: LearnedDetector, corpus: DetectorCorpus, error: float | None) -> Measured:
    tests = found(detector, corpus.tests, THRESHOLDS)
    davidson = area(detector, corpus.tests[DAVIDSON_TEST]) if DAVIDSON_TEST in corpus.tests else None
    console.print(_table("texts that were not learnt from", tests))
    if davidson is not None:
        console.print(f"Davidson, held out: AUROC {davidson:.3f}.")
    if error is not None:
        console.print(f"Calibration error on kinds that were not seen: {error:.3f}.")
    return Measured(tests, (), davidson, error)


def _left_out(encoder: Encoder, prepared: Prepared, corpus: DetectorCorpus, recipe: DetectorRecipe) -> tuple[Fold, ...]:
    done = list[Fold]()
    for fold in folds(encoder, prepared, corpus, recipe, THRESHOLDS):
        done.append(fold)
        console.print(_table(f"not trained on {fold.collection}, nor on {fold.echoes} echoes", fold.rows))
    return tuple(done)


def _corpus(name: str, data: Path | None) -> DetectorCorpus:
    return injection_corpus(data) if name == "injection" else toxicity_corpus(data)


def _encoder() -> MiniLmEncoder:
    return MiniLmEncoder(Settings().models_dir / "minilm-l6-v2", threads=None, remembered=_REMEMBERED)


def _table(head: str, rows: Sequence[Found]) -> Table:
    table = Table(head, "texts", "should be", *(f"found at {threshold:g}" for threshold in THRESHOLDS))
    for row in rows:
        table.add_row(row.name, str(row.texts), "found" if row.bad else "left", *_percents(row.shares))
    return table


def _percents(shares: Sequence[float]) -> list[str]:
    return [f"{share:.1%}" for share in shares]


def _conditions() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "scikit-learn", "numpy"))
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}."
