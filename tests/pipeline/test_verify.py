"""The estimate for an approved reply: by rule until there is a calibration, and then by that."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calibration import Calibration, Evidence, Step
from app.pipeline.verify import approval, fit_of

share = st.floats(0, 1)
CALIBRATION = Calibration("calibration@abc", 735, {"confidence": 0.8, "fit": 0.9}, 0.0, (Step(0.8, 0.9, 0.03, 0.05),))


def evidence(confidence: float = 0.9, fit: float = 1.0, **changes: Any) -> Evidence:  # noqa: ANN401 - whichever fields
    return Evidence(confidence, margin=confidence, in_scope=1.0, fit=fit, **changes)


@pytest.mark.parametrize(
    ("similarity", "fit"), [(-1.0, 0.0), (0.2, 0.0), (0.4, 0.5), (0.6, 1.0), (0.95, 1.0), (1.0, 1.0)]
)
def test_the_fit_goes_from_nothing_to_full(similarity: float, fit: float) -> None:
    assert fit_of(similarity) == pytest.approx(fit)


@given(share, share, st.booleans(), st.sampled_from([None, CALIBRATION]))
def test_an_estimate_is_a_probability(
    confidence: float, fit: float, provisional: bool, calibration: Calibration | None
) -> None:
    assert 0 <= approval(evidence(confidence, fit, provisional=provisional), calibration).probability <= 1


def test_an_estimate_says_how_it_was_worked_out_and_on_how_many_verdicts() -> None:
    by_rule, calibrated = approval(evidence()), approval(evidence(), CALIBRATION)

    assert "by rule" in by_rule.basis
    assert by_rule.calibrated_on == 0
    assert "735 judged replies" in calibrated.basis
    assert calibrated.calibrated_on == 735


def test_an_estimate_keeps_what_it_was_made_from() -> None:
    kept = approval(evidence(0.5, 0.3)).evidence

    assert CALIBRATION.probability(kept) == pytest.approx(
        approval(evidence(0.5, 0.3), CALIBRATION).probability, abs=1e-3
    )


@given(share, share, share, st.sampled_from([None, CALIBRATION]))
def test_a_nearer_question_or_a_surer_intent_is_never_worth_less(
    other: float, one: float, another: float, calibration: Calibration | None
) -> None:
    low, high = sorted((one, another))

    def probability(confidence: float, fit: float) -> float:
        return approval(evidence(confidence, fit), calibration).probability

    assert probability(other, low) <= probability(other, high)
    assert probability(low, other) <= probability(high, other)


@pytest.mark.parametrize("calibration", [None, CALIBRATION])
def test_what_was_said_before_is_worth_less_by_hand(calibration: Calibration | None) -> None:
    said = approval(evidence(said_before=True), calibration)
    assert said.probability < approval(evidence(), calibration).probability


@pytest.mark.parametrize("calibration", [None, CALIBRATION])
def test_what_one_person_has_taught_answers_at_once_and_the_record_says_so(calibration: Calibration | None) -> None:
    taught = approval(evidence(provisional=True), calibration)
    assert taught.probability == approval(evidence(), calibration).probability
    assert dict(taught.evidence or {})["provisional"] == 1.0


def test_a_reply_beside_the_point_ranks_lower_and_says_why() -> None:
    straight, beside = evidence(), evidence(beside="speaks of “gold”, which was not asked")

    assert beside.by_rule < straight.by_rule
    assert "gold" in approval(beside, CALIBRATION).basis


@pytest.mark.parametrize(("accepted", "threshold"), [(0.1, 0.4), (0.05, 0.8), (0.04, 0.95), (0.02, 1.01), (0.0, 1.01)])
def test_the_less_risk_is_accepted_the_surer_a_reply_has_to_be(accepted: float, threshold: float) -> None:
    steps = (Step(0.4, 1.0, 0.06, 0.08), Step(0.8, 0.9, 0.03, 0.05), Step(0.95, 0.5, 0.01, 0.04))

    assert Calibration("c", 300, {}, 0.0, steps).threshold(accepted) == threshold
