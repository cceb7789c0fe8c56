"""How likely an approved reply is to be right for the question at hand: by calibration, where there is one."""

from app.domain.calibration import Calibration, Evidence
from app.domain.reply import ApprovalEstimate


def approval(evidence: Evidence, calibration: Calibration | None = None) -> ApprovalEstimate:
    """The estimate for an approved reply.

    The reply is right for its situation by construction, so what is uncertain is whether the situation is the one asked
    about and whether the reply answers this question in it. That a reply was said before was never judged, so its
    discount is set by hand. Without a calibration the rule that ranks candidates stands in for a probability, and is
    named so.
    """
    features = evidence.features
    basis = f"intent {evidence.confidence:.2f}, question fits {evidence.fit:.2f}"
    more = f"; {evidence.beside}" if evidence.beside else ""
    more += "; used before" if evidence.said_before else ""
    if calibration is None:
        return ApprovalEstimate(round(evidence.by_rule, 3), f"{basis} (by rule){more}", evidence=features)
    return ApprovalEstimate(
        round(calibration.probability(features) * evidence.set_by_hand, 3),
        f"{basis} ({calibration.version}, {calibration.judged} judged replies){more}",
        calibrated_on=calibration.judged,
        evidence=features,
    )


def fit_of(similarity: float) -> float:
    """How well a past reply fits a question, 0 to 1, from the cosine similarity of the two questions."""
    return min(1.0, max(0.0, (similarity - _NO_FIT) / (_FULL_FIT - _NO_FIT)))


_NO_FIT, _FULL_FIT = 0.2, 0.6
"""Cosine similarity of the questions at which a past reply fits not at all, and fully."""
