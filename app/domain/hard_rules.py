"""The hard rules: what no reply may break, whoever wrote it.

They hold for every candidate of a turn and for past replies as they are brought in: slots that were offered and can be
filled, facts that must be there, status words that the records bear out, nothing claimed as done, no literal that
nothing supports, the brand's voice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain import claims as claims_
from app.domain import literals
from app.domain.facts import SLOT_PATTERN, slots_in
from app.domain.playbook import ClaimKind, Playbook, SituationRule
from app.domain.reply import Flag, FlagReason, Severity
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


def supports_of(rule: SituationRule, texts: Sequence[str]) -> tuple[str, ...]:
    """The texts in which a literal of a reply in this situation may stand; `texts` are its policy pages."""
    return (*texts, *rule.next_steps, rule.means)


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
    # Catalogue sentences bring their own full stop, so what follows them begins a sentence.
    text = SLOT_PATTERN.sub("x", template.replace("{product_details}", "{product_details}."))
    for literal in literals.unsupported(text, offer.supports):
        yield Flag(FlagReason.UNSUPPORTED_LITERAL, Severity.HOLD, f"{literal.kind} “{literal.text}” stands nowhere")
