"""The verifier: hard rules first, then an estimate of how likely a supervisor is to approve.

The hard rules hold for every candidate, whoever wrote it, and for past replies as they are brought in: slots that were
offered and can be filled, facts that must be there, status words that the records bear out, nothing claimed as done,
no literal that nothing supports, the brand's voice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain import claims as claims_
from app.domain import literals
from app.domain.facts import SLOT_PATTERN, slots_in
from app.domain.playbook import ClaimKind, Playbook, SituationRule
from app.domain.reply import ApprovalEstimate, Flag, FlagReason, Severity
from app.domain.signs import Signs
from app.domain.voice import Voice

ALWAYS_OFFERED = frozenset({"store_name"})
"""Slots that every reply may use."""

_REASON = {
    ClaimKind.STATEMENT: FlagReason.WRONG_STATUS,
    ClaimKind.ACTION: FlagReason.UNDONE_ACTION,
    ClaimKind.PROMISE: FlagReason.PROMISE,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a reply in this situation may build on."""

    rule: SituationRule
    values: Mapping[str, str]
    """The slots that can be filled now."""
    signs: Signs
    supports: Sequence[str]
    """Texts in which a literal may stand: policy passages, menu labels, the playbook's own words."""

    @property
    def slots(self) -> frozenset[str]:
        """The slots that this situation offers and the facts can fill."""
        allowed = {*self.rule.must_mention, *self.rule.may_use, *ALWAYS_OFFERED}
        return frozenset(allowed & set(self.values))


def hard_rules(template: str, offer: Offer, playbook: Playbook, voice: Voice) -> tuple[Flag, ...]:
    """Everything in `template` that breaks a rule; empty when nothing does."""
    return (
        *_slots(template, offer),
        *_claims(template, offer, playbook),
        *_literals(template, offer),
        *(Flag(FlagReason.BRAND_VOICE, Severity.HOLD, problem) for problem in voice.problems(template)),
    )


def approval(*, intent_confidence: float, fit: float, provisional: bool = False) -> ApprovalEstimate:
    """The estimate for an approved reply, until a learned verifier takes over.

    The reply is right for its situation by construction, so what is uncertain is whether the situation is the one
    asked about (`intent_confidence`, the head's calibrated probability) and whether the reply answers this question in
    it (`fit`, see `fit_of`). Not calibrated on supervisors' decisions yet, and named so.
    """
    probability = intent_confidence * (_FIT_FLOOR + (1 - _FIT_FLOOR) * fit) * (_PROVISIONAL if provisional else 1)
    return ApprovalEstimate(round(probability, 3), f"intent {intent_confidence:.2f}, question fits {fit:.2f} (by rule)")


def fit_of(similarity: float) -> float:
    """How well a past reply fits a question, 0 to 1, from the cosine similarity of the two questions."""
    return min(1.0, max(0.0, (similarity - _NO_FIT) / (_FULL_FIT - _NO_FIT)))


_NO_FIT, _FULL_FIT = 0.2, 0.6
"""Cosine similarity of the questions at which a past reply fits not at all, and fully."""
_FIT_FLOOR = 0.6
"""What a reply of the right situation is worth when its question is far away."""
_PROVISIONAL = 0.9


def _slots(template: str, offer: Offer) -> Iterable[Flag]:
    used = set(slots_in(template))
    allowed = {*offer.rule.must_mention, *offer.rule.may_use, *ALWAYS_OFFERED}
    for name in sorted(used - allowed):
        yield Flag(FlagReason.UNKNOWN_SLOT, Severity.HOLD, f"{{{name}}} is not offered in {offer.rule.key}")
    for name in sorted((used & allowed) - set(offer.values)):
        yield Flag(FlagReason.UNFILLED_SLOT, Severity.HOLD, f"the records hold no {{{name}}} here")
    for name in offer.rule.must_mention:
        if name not in used:
            yield Flag(FlagReason.MISSING_FACT, Severity.HOLD, f"{{{name}}} has to be mentioned")
    if "{" in SLOT_PATTERN.sub("", template) or "}" in SLOT_PATTERN.sub("", template):
        yield Flag(FlagReason.UNKNOWN_SLOT, Severity.HOLD, "a brace that is no slot")


def _claims(template: str, offer: Offer, playbook: Playbook) -> Iterable[Flag]:
    for claim in claims_.untrue(playbook.claims, template, offer.signs):
        yield Flag(_REASON[claim.kind], Severity.HOLD, f"says that {claim.says}, which the records do not show")
    for name in offer.rule.must_say:
        if not claims_.asserted(playbook.claims[name], template):
            yield Flag(FlagReason.MISSING_STATEMENT, Severity.HOLD, f"does not say that {playbook.claims[name].says}")


def _literals(template: str, offer: Offer) -> Iterable[Flag]:
    text = SLOT_PATTERN.sub("x", template)
    for literal in literals.unsupported(text, offer.supports):
        yield Flag(FlagReason.UNSUPPORTED_LITERAL, Severity.HOLD, f"{literal.kind} “{literal.text}” stands nowhere")
