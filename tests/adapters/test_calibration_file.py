"""The calibration's file: read as it was written, refused when it is damaged, and the one that ships holds its word."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.calibration_file import FILE, read_calibration, write_calibration
from app.bootstrap import CALIBRATION, policy_of
from app.domain.calibration import Calibration, Evidence, Step
from app.errors import WeightsError
from app.settings import Settings

SMALL = Calibration("calibration@abc", 300, {"confidence": 0.5}, -0.1, (Step(0.7, 0.9, 0.01, 0.03),))


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_calibration(SMALL, tmp_path)

    assert read_calibration(tmp_path) == SMALL


@pytest.mark.parametrize(
    "text", ["", "{}", '{"version": "c", "judged": 1, "weights": {}, "bias": NaN, "steps": []}', "[1]"]
)
def test_a_damaged_one_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")

    with pytest.raises(WeightsError, match="cannot be read"):
        read_calibration(tmp_path)


def test_the_one_that_ships_sends_what_is_sure_and_holds_what_is_not() -> None:
    shipped = read_calibration(CALIBRATION)
    threshold = policy_of(Settings(), shipped).send_threshold
    sure, unsure = Evidence(0.97, 0.95, 1.0, fit=0.9), Evidence(0.4, 0.1, 0.9, fit=0.2)

    assert shipped.probability(unsure.features) < threshold <= shipped.probability(sure.features)
    assert shipped.judged >= 500


def test_the_number_that_an_operator_sets_moves_the_threshold() -> None:
    shipped = read_calibration(CALIBRATION)

    def threshold(**changes: float) -> float:
        return policy_of(Settings(**changes), shipped).send_threshold  # type: ignore[arg-type]

    assert threshold(accepted_risk=0.02) > threshold(accepted_risk=0.05) > threshold(accepted_risk=0.1)
    assert threshold(accepted_risk=0.0) > 1
    assert threshold(accepted_risk=0.02, send_threshold=0.3) == 0.3


def test_without_a_calibration_a_threshold_is_set() -> None:
    assert policy_of(Settings()).send_threshold == 0.6
    assert policy_of(Settings(), replace(SMALL)).send_threshold == 0.7
