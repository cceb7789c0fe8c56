"""The estimate by rule: it grows with the intent's probability and with how near the questions are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pipeline.verify import approval, fit_of

share = st.floats(0, 1)


@pytest.mark.parametrize(
    ("similarity", "fit"), [(-1.0, 0.0), (0.2, 0.0), (0.4, 0.5), (0.6, 1.0), (0.95, 1.0), (1.0, 1.0)]
)
def test_the_fit_goes_from_nothing_to_full(similarity: float, fit: float) -> None:
    assert fit_of(similarity) == pytest.approx(fit)


@given(share, share, st.booleans())
def test_an_estimate_is_a_probability_that_says_how_it_was_worked_out(
    confidence: float, fit: float, provisional: bool
) -> None:
    estimate = approval(intent_confidence=confidence, fit=fit, provisional=provisional)

    assert 0 <= estimate.probability <= round(confidence, 3)
    assert "by rule" in estimate.basis


@given(share, share, share)
def test_a_nearer_question_or_a_surer_intent_is_never_worth_less(confidence: float, one: float, other: float) -> None:
    low, high = sorted((one, other))

    def probability(intent_confidence: float, fit: float) -> float:
        return approval(intent_confidence=intent_confidence, fit=fit).probability

    assert probability(confidence, low) <= probability(confidence, high)
    assert probability(low, confidence) <= probability(high, confidence)


def test_a_provisional_reply_is_worth_less_than_an_approved_one() -> None:
    approved = approval(intent_confidence=0.9, fit=1.0)

    assert approval(intent_confidence=0.9, fit=1.0, provisional=True).probability < approved.probability


def test_a_reply_beside_the_point_is_worth_less_and_says_why() -> None:
    straight = approval(intent_confidence=0.9, fit=1.0)
    beside = approval(intent_confidence=0.9, fit=1.0, beside_the_point="speaks of “gold”, which was not asked")
    assert beside.probability < straight.probability
    assert "gold" in beside.basis
