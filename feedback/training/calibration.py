"""Fits the map from what is known of a reply to the probability that it is right, and the curve that thresholds come
from.

A logistic regression on very few features: few verdicts are there to learn from, most of them "right". The curve is
made of predictions from folds that hold whole situations, so that none is judged by what was learnt of it; and a part
of the questions is never fitted on at all.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from app.domain.calibration import Calibration, Step
from app.errors import ConfigurationError
from feedback.evaluation.metrics import Floats, auroc, expected_calibration_error, wilson

Source = Literal["reading", "held-out question", "decision"]

FEATURES = ("confidence", "fit")
"""Those that help on situations not fitted on; what else a record keeps was tried, see `compared`."""
HELD_OUT_SHARE = 0.3
_FOLDS = 5
_STRENGTH = 1.0
"""Inverse strength of the penalty on weights."""
_STEPS = 60
_FEWEST, _FEWEST_WRONG = 200, 10
"""Judged replies, and wrong ones among them, below which nothing is fitted: a curve from fewer says nothing."""
_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class JudgedReply:
    """A reply that was, or would have been, sent at once, with the word on whether it was right."""

    question: str
    """Names the question: replies to one are never on both sides of a split."""
    situation: str
    source: Source
    features: Mapping[str, float]
    right: bool
    good: bool | None = None
    """Whether a reader would have sent it as it stands; None where nobody read it."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A calibration, with the probabilities it gave to replies that it had not been fitted on."""

    calibration: Calibration
    folded: Floats
    """For each reply fitted on, by the fold that did not hold its situation."""


def split(judged: Sequence[JudgedReply]) -> tuple[list[JudgedReply], list[JudgedReply]]:
    """(to fit on, held out), by the question's hash."""
    held = [each for each in judged if _share_of(each.question) < HELD_OUT_SHARE]
    return [each for each in judged if _share_of(each.question) >= HELD_OUT_SHARE], held


def _share_of(question: str) -> float:
    # With a word of its own: the questions that the intent head never saw were chosen by the plain hash.
    return int.from_bytes(hashlib.sha256(f"calibration {question}".encode()).digest()[:8], "big") / 2**64


def fit(judged: Sequence[JudgedReply], features: Sequence[str] = FEATURES) -> Fitted:
    """Raises ConfigurationError when there are too few verdicts to learn from."""
    wrong = sum(not each.right for each in judged)
    if len(judged) < _FEWEST or wrong < _FEWEST_WRONG:
        raise ConfigurationError(
            f"There are {len(judged)} judged replies to fit on, {wrong} of them wrong; it takes {_FEWEST} with "
            f"{_FEWEST_WRONG} wrong ones."
        )
    rows, right = _rows(judged, features), np.array([each.right for each in judged])
    folded = np.zeros(len(judged))
    for fitted_on, left_out in GroupKFold(_FOLDS).split(rows, right, [each.situation for each in judged]):
        folded[left_out] = _logistic(rows[fitted_on], right[fitted_on]).predict_proba(rows[left_out])[:, 1]
    whole = _logistic(rows, right)
    weights = {name: round(float(weight), 5) for name, weight in zip(features, whole.coef_[0], strict=True)}
    bias = round(float(whole.intercept_[0]), 5)
    name = hashlib.sha256(repr((weights, bias, len(judged))).encode()).hexdigest()[:12]
    calibration = Calibration(f"calibration@{name}", len(judged), weights, bias, curve(folded, right))
    return Fitted(calibration, folded)


WAYS = (
    ("by rule",),
    ("confidence",),
    FEATURES,
    (*FEATURES, "margin", "in scope"),
    (*FEATURES, "margin", "in scope", "several", "beside the point", "foreign"),
)
"""What could be calibrated on: the rule that ranks alone, and more and more of what is known."""


def compared(judged: Sequence[JudgedReply]) -> dict[str, tuple[float, float]]:
    """Log loss and AUROC of each way on situations not fitted on."""
    right = np.array([each.right for each in judged])
    found = {}
    for way in WAYS:
        given = fit(judged, way).folded
        loss = -float(np.where(right, np.log(given), np.log1p(-given)).mean())
        found[", ".join(way)] = loss, auroc(given[right], given[~right])
    return found


def probabilities(judged: Sequence[JudgedReply], calibration: Calibration) -> Floats:
    """As the service would say them."""
    return np.array([calibration.probability(each.features) for each in judged])


def curve(probability: Floats, right: NDArray[np.bool_]) -> tuple[Step, ...]:
    """What sending from each threshold on comes to, from the lowest to the highest."""
    found = []
    for threshold in sorted({_down(value) for value in np.quantile(probability, np.linspace(0, 1, _STEPS))}):
        sent = probability >= threshold
        wrong, count = int((~right[sent]).sum()), int(sent.sum())
        if count:
            found.append(
                Step(threshold, round(float(sent.mean()), 4), round(wrong / count, 4), wilson(wrong, count)[1])
            )
    return tuple(found)


def _down(value: float) -> float:
    return float(np.floor(value * 1000) / 1000)


def calibration_error(probability: Floats, right: NDArray[np.bool_], seed: int = 0) -> tuple[float, float, float]:
    """The expected calibration error and the ends of its interval (95 %, bootstrap)."""
    drawn = np.random.default_rng(seed)
    errors = []
    for _ in range(_DRAWS):
        places = drawn.integers(0, len(right), len(right))
        errors.append(expected_calibration_error(probability[places], right[places]))
    low, high = np.quantile(errors, (0.025, 0.975))
    return expected_calibration_error(probability, right), float(low), float(high)


def _rows(judged: Sequence[JudgedReply], features: Sequence[str]) -> Floats:
    return np.array([[each.features.get(name, 0.0) for name in features] for each in judged])


def _logistic(rows: Floats, right: NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(C=_STRENGTH, max_iter=1000).fit(rows, right)
