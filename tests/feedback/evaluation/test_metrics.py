"""The measures against values worked out by hand."""

import numpy as np
import pytest

from feedback.evaluation.metrics import aurc, auroc, expected_calibration_error, wilson


def test_auroc_counts_pairs_in_the_right_order_and_ties_half() -> None:
    assert auroc(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == pytest.approx(3.5 / 4)
    assert auroc(np.array([1.0]), np.array([0.0])) == 1.0


def test_aurc_is_the_mean_error_over_all_coverages() -> None:
    confidence = np.array([0.2, 0.9, 0.6])
    assert aurc(confidence, np.array([True, True, False])) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert aurc(confidence, np.array([True, True, True])) == 0.0


def test_calibration_error_is_the_gap_weighted_by_size() -> None:
    confidence = np.array([0.95, 0.95, 0.95, 0.15])
    correct = np.array([True, True, False, False])
    assert expected_calibration_error(confidence, correct) == pytest.approx(0.75 * (0.95 - 2 / 3) + 0.25 * 0.15)


def test_full_confidence_falls_into_the_last_bin() -> None:
    assert expected_calibration_error(np.array([1.0]), np.array([True])) == 0.0


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson(0, 10) == (0.0, 0.2775)
    assert wilson(5, 10) == (0.2366, 0.7634)
    assert wilson(10, 10) == (0.7225, 1.0)
    assert wilson(0, 0) == (0.0, 1.0)
