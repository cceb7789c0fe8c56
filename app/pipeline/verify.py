"""The verifier's estimate: how likely a supervisor is to approve a candidate that breaks no hard rule."""

from app.domain.reply import ApprovalEstimate


def approval(
    *, intent_confidence: float, fit: float, provisional: bool = False, beside_the_point: str = ""
) -> ApprovalEstimate:
    """The estimate for an approved reply, until a learned verifier takes over.

    The reply is right for its situation by construction, so what is uncertain is whether the situation is the one
    asked about (`intent_confidence`, the head's calibrated probability) and whether the reply answers this question in
    it (`fit`, see `fit_of`; `beside_the_point` says in words what does not). Not calibrated on supervisors' decisions
    yet, and named so.
    """
    probability = intent_confidence * (_FIT_FLOOR + (1 - _FIT_FLOOR) * fit)
    probability *= (_PROVISIONAL if provisional else 1) * (_BESIDE_THE_POINT if beside_the_point else 1)
    basis = f"intent {intent_confidence:.2f}, question fits {fit:.2f} (by rule)"
    return ApprovalEstimate(round(probability, 3), f"{basis}; {beside_the_point}" if beside_the_point else basis)


def fit_of(similarity: float) -> float:
    """How well a past reply fits a question, 0 to 1, from the cosine similarity of the two questions."""
    return min(1.0, max(0.0, (similarity - _NO_FIT) / (_FULL_FIT - _NO_FIT)))


_NO_FIT, _FULL_FIT = 0.2, 0.6
"""Cosine similarity of the questions at which a past reply fits not at all, and fully."""
_FIT_FLOOR = 0.6
"""What a reply of the right situation is worth when its question is far away."""
_PROVISIONAL = 0.9
_BESIDE_THE_POINT = 0.8
