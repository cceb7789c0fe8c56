"""Measures a detector on texts it has not seen, and the recipe for attacks on collections it was not trained on."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.ports import Encoder, TextDetector
from feedback.dataset.detecting import HARMLESS, ORDINARY, DetectorCorpus
from feedback.dataset.detector_texts import PUBLIC_ATTACKS, Sample, by_hash
from feedback.evaluation.metrics import auroc, expected_calibration_error
from feedback.training.detectors import DetectorRecipe, Prepared, TrainedDetector, part, train_detector, without

THRESHOLDS = (0.5, 0.7, 0.9)
"""Where the shares are told; which one counts is for the guards to say."""
MOST_OF_A_COLLECTION = 250


@dataclass(frozen=True, slots=True)
class Found:
    """How many texts of one sort a detector finds."""

    name: str
    texts: int
    bad: bool
    """Whether it should find them."""
    shares: tuple[float, ...]
    """Of the texts, at each threshold."""


@dataclass(frozen=True, slots=True)
class Fold:
    """What a detector finds that never saw one public collection."""

    collection: str
    echoes: int
    """Own attacks that were left out because they come close to one of it."""
    rows: list[Found]
    """The collection, ordinary questions, harmless sentences with the words of attacks."""


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """For one short message, in the middle: half of the messages take longer."""

    whole: float
    """With the sentence embedding."""
    beside: float
    """Beside it, when understanding has computed it already."""


def found(detector: TextDetector, tests: Mapping[str, Sequence[Sample]], thresholds: Sequence[float]) -> list[Found]:
    """One row a test and sort of text."""
    rows = []
    for name, samples in tests.items():
        scores = np.array(detector.scores([sample.text for sample in samples]))
        bad = np.array([sample.bad for sample in samples], dtype=bool)
        for sort in (True, False):
            ours = scores[bad == sort]
            if len(ours):
                shares = tuple(float((ours >= threshold).mean()) for threshold in thresholds)
                rows.append(Found(name, len(ours), sort, shares))
    return rows


def area(detector: TextDetector, samples: Sequence[Sample]) -> float:
    """AUROC on texts of both sorts."""
    scores = np.array(detector.scores([sample.text for sample in samples]))
    bad = np.array([sample.bad for sample in samples], dtype=bool)
    return auroc(scores[bad], scores[~bad])


def calibration_error(trained: TrainedDetector) -> float:
    """Of the probabilities for texts whose kind was not seen."""
    return expected_calibration_error(trained.unseen, trained.bad, weights=trained.expected)


def folds(
    encoder: Encoder, prepared: Prepared, corpus: DetectorCorpus, recipe: DetectorRecipe, thresholds: Sequence[float]
) -> Iterator[Fold]:
    """Each public collection left out in turn; of a large one, some are looked at, chosen by hash."""
    for collection in PUBLIC_ATTACKS:
        kept = without(encoder, prepared.samples, collection, recipe)
        detector = train_detector(part(prepared, kept), recipe).detector(encoder)
        theirs = {sample.text: sample for sample in prepared.samples if sample.kind == collection}
        tests = {
            collection: [theirs[text] for text in by_hash(theirs)[:MOST_OF_A_COLLECTION]],
            ORDINARY: corpus.tests[ORDINARY],
            HARMLESS: corpus.tests[HARMLESS],
        }
        echoes = len(prepared.samples) - int(kept.sum()) - len(theirs)
        yield Fold(collection, echoes, found(detector, tests, thresholds))


def milliseconds(encoder: Encoder, detectors: Sequence[TextDetector], texts: Sequence[str]) -> Milliseconds:
    """All detectors together on one message after another; give texts that the encoder has not seen in this process."""
    for detector in detectors:
        detector.scores(["warm up"])
    half = len(texts) // 2
    whole, beside = list[float](), list[float]()
    for place, text in enumerate(texts):
        if place >= half:
            encoder.encode([text])
        start = time.perf_counter()
        for detector in detectors:
            detector.scores([text])
        (whole if place < half else beside).append((time.perf_counter() - start) * 1000)
    return Milliseconds(float(np.median(whole)), float(np.median(beside)))
