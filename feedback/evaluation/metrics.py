"""Measures that do not depend on what is measured; numpy only, checked by hand-worked tests."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def auroc(positive: Floats, negative: Floats) -> float:
    """Chance that a random positive scores above a random negative; a tie counts half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    not_above = np.searchsorted(ordered, positive, side="right")
    return float((below + not_above).sum() / 2 / (len(positive) * len(negative)))


def aurc(confidence: Floats, correct: NDArray[np.bool_]) -> float:
    """Area under the risk-coverage curve: mean error rate when answering only the surest 1, 2, … all; 0 is perfect."""
    wrong = ~correct[np.argsort(-confidence, kind="stable")]
    return float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())


def expected_calibration_error(
    confidence: Floats, correct: NDArray[np.bool_], bins: int = 10, weights: Floats | None = None
) -> float:
    """Mean gap between confidence and accuracy over `bins` bins of equal width, weighted by size; `weights` says what
    each counts, the same if not given."""
    counts = np.ones(len(confidence)) if weights is None else weights
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(float(counts[places == place] @ (confidence - correct)[places == place])) for place in np.unique(places)
    ]
    return float(sum(gaps) / counts.sum())
