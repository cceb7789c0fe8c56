"""Writes what a reader has to know of a detector, from a page beside its texts and the figures of this training."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from string import Template

from feedback.dataset.detecting import DetectorCorpus
from feedback.dataset.detector_texts import OWN_DIR
from feedback.evaluation.detectors import THRESHOLDS, Fold, Found
from feedback.training.detectors import DetectorRecipe, TrainedDetector


@dataclass(frozen=True, slots=True)
class Measured:
    """What a detector scored; without the public corpora some of it is missing."""

    tests: Sequence[Found]
    left_out: Sequence[Fold]
    davidson: float | None
    """AUROC on the tweets that were held out."""
    calibration_error: float | None


def card(trained: TrainedDetector, corpus: DetectorCorpus, measured: Measured, version: str, made: str) -> str:
    """The model card in Markdown."""
    page = (OWN_DIR / f"{trained.recipe.name}.card.md").read_text(encoding="utf-8")
    return Template(page).substitute(
        version=version,
        calibration=_calibration(trained.recipe, measured),
        figures="\n\n".join(_figures(measured)),
        learnt=_learnt(corpus),
        made=f"{made} Recipe: {trained.recipe}.",
    )


def _figures(measured: Measured) -> list[str]:
    parts = [_table("measured on texts that were not learnt from", measured.tests)]
    if measured.davidson is not None:
        parts.append(f"AUROC on the held-out tweets: {measured.davidson:.3f}.")
    for fold in measured.left_out:
        parts.append(f"The same recipe without {fold.collection}, and without {fold.echoes} own attacks close to it:")
        parts.append(_table(f"measured on {fold.collection}", fold.rows))
    return parts


def _calibration(recipe: DetectorRecipe, measured: Measured) -> str:
    error = "" if measured.calibration_error is None else f" Calibration error there: {measured.calibration_error:.3f}."
    return (
        f"Calibrated on texts whose kind the model had not seen, as if {recipe.bad_share:.0%} of all texts were to be\n"
        f"found.{error} At a shop fewer are, so a probability is rather an upper bound."
    )


def _learnt(corpus: DetectorCorpus) -> str:
    counts = Counter((not sample.bad, sample.kind) for sample in corpus.learnt)
    lines = ["| learnt from | texts | should be |", "|---|---|---|"]
    lines += [f"| {kind} | {n} | {'left' if good else 'found'} |" for (good, kind), n in sorted(counts.items())]
    return "\n".join(lines)


def _table(head: str, rows: Sequence[Found]) -> str:
    lines = [
        f"| {head} | texts | should be | " + " | ".join(f"found at {threshold:g}" for threshold in THRESHOLDS) + " |",
        "|---" * (3 + len(THRESHOLDS)) + "|",
    ]
    for row in rows:
        shares = " | ".join(f"{share:.1%}" for share in row.shares)
        lines.append(f"| {row.name} | {row.texts} | {'found' if row.bad else 'left'} | {shares} |")
    return "\n".join(lines)
