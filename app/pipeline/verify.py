"""The verifier's estimate: how likely a supervisor is to approve a candidate that breaks no hard rule."""

import re
from collections.abc import Iterable

from app.domain.reply import ApprovalEstimate
from app.domain.text import stems, words


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


def beside_the_point(asked: str, question: str, reply: str, others: Iterable[str]) -> str:
    """What in a past reply speaks to its own question (`question`) and not to what is `asked`; empty when nothing does.

    A "yes" to what was no yes-or-no question; and a detail that the reply took up from its own question, while the
    customer says nothing of it and no other reply of the situation (`others`) needs it.
    """
    if (opener := _YES_OR_NO.match(reply)) and not _ASKS_YES_OR_NO.search(asked):
        return f"“{opener[1]}” to a question of another kind"
    taken_up = (stems(question) & stems(reply)) - stems(asked) - _SAYS_NOTHING
    borrowed = taken_up.difference(*(stems(other) for other in others))
    if not borrowed:
        return ""
    detail = next(word for word in words(reply) if stems(word) & borrowed)
    return f"speaks of “{detail}”, which was not asked"


def fit_of(similarity: float) -> float:
    """How well a past reply fits a question, 0 to 1, from the cosine similarity of the two questions."""
    return min(1.0, max(0.0, (similarity - _NO_FIT) / (_FULL_FIT - _NO_FIT)))


_NO_FIT, _FULL_FIT = 0.2, 0.6
"""Cosine similarity of the questions at which a past reply fits not at all, and fully."""
_FIT_FLOOR = 0.6
"""What a reply of the right situation is worth when its question is far away."""
_PROVISIONAL = 0.9
_BESIDE_THE_POINT = 0.8
_SAYS_NOTHING = stems(
    "need help please more some only what show want after last look something someone tell that this with have your "
    "about when there here just back still next find make give take sure best thing things which"
)
"""Words that a question and its reply share without being about the same."""
_YES_OR_NO = re.compile(r"(yes|no)\b(?=,)", re.IGNORECASE)
_ASKS_YES_OR_NO = re.compile(
    r"(?:^|[.,!?;:]\s*|\b(?:and|but|so|or|hi|hello|hey|please|also|still|well)\s+)"
    r"(?:can|could|do|does|did|is|are|am|was|were|will|would|have|has|had|may|must|should|shall|isn'?t|aren'?t|"
    r"don'?t|doesn'?t|won'?t|can'?t)\b|\b(?:if|whether)\b|\b(?:possible|allowed|okay|ok)\b",
    re.IGNORECASE,
)
"""A question that a yes or a no answers, by how it begins or by a word such as "whether"."""
