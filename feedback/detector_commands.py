"""The commands that train and measure the detectors of attacks and of insults."""

import os
import platform
import time
from collections.abc import Sequence
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
from feedback.dataset.detector_texts import PUBLIC_ATTACKS, by_hash
from feedback.dataset.questions import handwritten, hold_out, labelled
from feedback.evaluation.detectors import (
    THRESHOLDS,
    Fold,
    area,
    calibration_error,
    folds,
    found,
    milliseconds,
)
from feedback.training.detector_card import Measured, card
from feedback.training.detectors import RECIPES, train_detector

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
    encoder, corpus = _encoder(), _corpus(name, data)
    trained = train_detector(encoder, corpus.learnt, RECIPES[name])
    trained.write(out)
    detector = open_detector(encoder, out)
    measured = _measure(encoder, detector, corpus, name, data, calibration_error(trained))
    seconds = time.perf_counter() - start
    made = f"{datetime.now(UTC):%Y-%m-%d} by `handrail-feedback train --task {name}`"
    text = card(
        trained, corpus, measured, detector.version, f"Made {made}, {_conditions()}", with_data=data is not None
    )
    (out / "MODEL_CARD.md").write_text(text, encoding="utf-8")
    _print(measured)
    console.print(f"{detector.version}: learnt from {len(corpus.learnt)} texts, written to {out} in {seconds:.0f} s.")


def evaluate_detector(name: str, data: Path | None, folder: Path) -> None:
    """The detector in `folder` on texts that were held out, and its time; with `data` on public corpora too, and the
    recipe for attacks on each public collection that it did not see."""
    encoder = _encoder()
    detector = open_detector(encoder, folder)
    others = [
        open_detector(encoder, MODELS / other) for other in RECIPES if other != name and (MODELS / other).exists()
    ]
    written, _ = hold_out(labelled(handwritten()))
    short = [text for text in by_hash(question.text for question in written) if len(text) <= _SHORT][:_TIMED]
    cost = milliseconds(encoder, [detector, *others], short)
    _print(_measure(encoder, detector, _corpus(name, data), name, data, None))
    console.print(
        f"{' and '.join(each.version for each in (detector, *others))} on one message of at most {_SHORT} characters: "
        f"{cost.whole:.1f} ms (p50) with the sentence embedding, {cost.beside:.1f} ms beside it."
    )
    console.print(f"Encoder {encoder.version}. {_conditions()}")


def _measure(
    encoder: Encoder,
    detector: LearnedDetector,
    corpus: DetectorCorpus,
    name: str,
    data: Path | None,
    error: float | None,
) -> Measured:
    tests = found(detector, corpus.tests, THRESHOLDS)
    left_out: list[Fold] = []
    if name == "injection" and data is not None:
        left_out = list(folds(encoder, corpus, PUBLIC_ATTACKS, RECIPES[name], THRESHOLDS))
    davidson = area(detector, corpus.tests[DAVIDSON_TEST]) if DAVIDSON_TEST in corpus.tests else None
    return Measured(tests, left_out, davidson, error)


def _corpus(name: str, data: Path | None) -> DetectorCorpus:
    return injection_corpus(data) if name == "injection" else toxicity_corpus(data)


def _encoder() -> MiniLmEncoder:
    return MiniLmEncoder(Settings().models_dir / "minilm-l6-v2", threads=None, remembered=_REMEMBERED)


def _print(measured: Measured) -> None:
    heads = [f"{threshold:g}" for threshold in THRESHOLDS]
    table = Table("found at", "texts", "should be", *heads)
    for row in measured.tests:
        table.add_row(row.name, str(row.texts), "found" if row.bad else "left", *_percents(row.shares))
    for fold in measured.left_out:
        table.add_section()
        for row in fold.rows:
            name = f"{row.name}, not trained on {fold.collection}"
            table.add_row(name, str(row.texts), "found" if row.bad else "left", *_percents(row.shares))
    console.print(table)
    if measured.davidson is not None:
        console.print(f"Davidson, held out: AUROC {measured.davidson:.3f}.")
    if measured.calibration_error is not None:
        console.print(f"Calibration error on kinds that were not seen: {measured.calibration_error:.3f}.")


def _percents(shares: Sequence[float]) -> list[str]:
    return [f"{share:.1%}" for share in shares]


def _conditions() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "scikit-learn", "numpy"))
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}."
