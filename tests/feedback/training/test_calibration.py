"""Calibrating on judged replies: honest about how few there are, and right on those it has not seen."""

import numpy as np
import pytest

from app.domain.calibration import NEVER
from app.errors import ConfigurationError
from feedback.training.calibration import (
    FEATURES,
    JudgedReply,
    calibration_error,
    compared,
    curve,
    fit,
    probabilities,
    split,
)


def judged(count: int = 1500, seed: int = 1) -> list[JudgedReply]:
    """Replies whose chance to be right is known: it grows with the confidence alone."""
    drawn = np.random.default_rng(seed)
    found = []
    for number in range(count):
        confidence = float(drawn.normal(2.5, 2))
        features = {"confidence": confidence, "fit": float(drawn.uniform()), "by rule": float(drawn.uniform())}
        right = bool(drawn.uniform() < 1 / (1 + np.exp(-confidence)))
        found.append(JudgedReply(f"q{number}", f"intent/{number % 20}", "reading", features, right))
    return found


def test_a_question_is_on_one_side_of_the_split_only() -> None:
    twice = [*judged(400), *judged(400, seed=2)]
    fitted_on, held = split(twice)

    assert not {each.question for each in fitted_on} & {each.question for each in held}
    assert 0.2 < len(held) / len(twice) < 0.4


def test_probabilities_hold_on_replies_that_were_not_fitted_on() -> None:
    fitted_on, held = split(judged())
    probability = probabilities(held, fit(fitted_on).calibration)
    right = np.array([each.right for each in held])

    error, low, high = calibration_error(probability, right)
    assert low <= error <= high
    assert error < 0.06


def test_from_a_threshold_on_no_more_is_wrong_than_was_accepted() -> None:
    fitted_on, held = split(judged(4000))
    calibration = fit(fitted_on).calibration
    right, probability = np.array([each.right for each in held]), probabilities(held, calibration)

    for accepted in (0.1, 0.05):
        sent = probability >= calibration.threshold(accepted)
        assert sent.mean() > 0.3
        assert (~right[sent]).mean() <= accepted
    assert calibration.threshold(0.0) == NEVER


@pytest.mark.parametrize("wrong", [0, 9])
def test_too_few_verdicts_are_named_and_not_fitted_on(wrong: int) -> None:
    few = [
        JudgedReply(str(number), "a/b", "reading", dict.fromkeys(FEATURES, 1.0), number >= wrong)
        for number in range(300)
    ]
    with pytest.raises(ConfigurationError, match=f"300 judged replies to fit on, {wrong} of them wrong"):
        fit(few)


def test_the_curve_goes_from_all_to_the_surest() -> None:
    probability, right = np.linspace(0.01, 1, 100), np.arange(100) >= 20
    steps = curve(probability, right)

    assert steps[0].sent == 1.0
    assert steps[0].risk == pytest.approx(0.2)
    assert [step.threshold for step in steps] == sorted(step.threshold for step in steps)
    assert all(step.risk <= step.risk_at_most for step in steps)
    assert steps[-1].risk == 0


def test_what_tells_right_from_wrong_is_seen_beside_what_does_not() -> None:
    ways = compared(judged())

    assert ways["confidence"][1] > 0.75
    assert ways["by rule"][1] < 0.6
