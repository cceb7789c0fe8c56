"""Recognises what a reply states as a fact, so that status words can be held against the records.

Rules, not a model: a claim under a condition or a negation ("once it has arrived", "is not late") is no claim.
"""

import re
from collections.abc import Iterable, Mapping

from app.domain.playbook import Claim, satisfies
from app.domain.signs import Signs
from app.domain.text import sentences

_CONDITION = r"(?:if|when|whenever|once|after|until|unless|before|whether|as soon as|as long as|in case|while)"
_OPENS_CONDITIONAL = re.compile(rf"^\W*{_CONDITION}\b", re.IGNORECASE)
_CONDITIONAL = re.compile(rf"\b{_CONDITION}\b", re.IGNORECASE)
_MODAL_OR_NEGATION = re.compile(
    r"(?:\b(?:not|never|cannot|no longer|nor|be|being|get|gets|without|nothing|no|should|may|might|can|could|would|"
    r"will|to|any|every|what|whatever|anything)|n't)(?: [\w{}]+){0,2} $",
    re.IGNORECASE,
)


def asserted(claim: Claim, text: str) -> bool:
    """Whether `text` states the claim as a fact."""
    return any(
        not _under_condition(sentence[: match.start()])
        for sentence in sentences(text)
        for pattern in claim.patterns
        for match in pattern.finditer(sentence)
    )


def untrue(claims: Mapping[str, Claim], text: str, signs: Signs) -> list[Claim]:
    """The claims that `text` makes and the signs do not bear out; a sign that is absent bears out nothing."""
    return [claim for claim in _made(claims.values(), text) if not _true(claim, signs)]


def _made(claims: Iterable[Claim], text: str) -> list[Claim]:
    return [claim for claim in claims if asserted(claim, text)]


def _true(claim: Claim, signs: Signs) -> bool:
    return any(satisfies(signs, condition) for condition in claim.true_when)


def _under_condition(before: str) -> bool:
    """Whether the words before a match make it conditional, negated or general."""
    if _OPENS_CONDITIONAL.search(before) and ";" not in before:
        return True
    clause = re.split(r"[,;:]| and | but ", before)[-1]
    clause = f"{clause.rstrip()} " if clause.strip() else ""
    return bool(_CONDITIONAL.search(clause) or _MODAL_OR_NEGATION.search(clause))
