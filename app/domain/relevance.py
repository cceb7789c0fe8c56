"""Whether a past reply speaks to the question it would answer now, or to a detail of the one it was written for."""

import re
from collections.abc import Iterable

from app.domain.text import stems, words


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
