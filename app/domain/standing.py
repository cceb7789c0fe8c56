"""Holds a reply against its situation alone, without a customer's records, by the same hard rules that a turn applies:
past replies as they are brought in, and drafts as they are measured.

What a situation leaves open (whether a refund was also paid) is not known here, so a status word is refused only where
the situation rules it out; the turn checks it again with the real signs.
"""

from collections.abc import Mapping

from app.domain import claims
from app.domain.hard_rules import ALWAYS_OFFERED, Offer, hard_rules, supports_of
from app.domain.ids import ProductId
from app.domain.playbook import Claim, ClaimKind, Playbook, SituationRule
from app.domain.reply import Flag, FlagReason, Severity
from app.domain.retrieval import PolicyPassage
from app.domain.voice import Voice

_FOLLOWS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("shipment", "on_time"): {"order_status": "shipped"},
    ("shipment", "late"): {"order_status": "shipped"},
    ("shipment", "lost"): {"order_status": "shipped"},
    ("shipment", "delivered"): {"order_status": "delivered"},
    ("order_status", "delivered"): {"shipment": "delivered"},
    ("order_status", "processing"): {"shipment": "none"},
    ("order_status", "packed"): {"shipment": "none"},
    **{
        (sign, value): {"order_status": "delivered", "shipment": "delivered"}
        for sign, values in (
            ("return_window", ("open", "closed")),
            ("damage_window", ("open", "closed")),
            ("warranty", ("covered", "expired")),
        )
        for value in values
    },
}
"""What follows from one sign for others."""


def problems(
    reply: str, rule: SituationRule, playbook: Playbook, voice: Voice, passages: Mapping[str, list[PolicyPassage]]
) -> list[Flag]:
    """What keeps `reply` from being a past reply of this situation; empty when nothing does."""
    signs = certain_signs(rule)
    names = {*rule.must_mention, *rule.may_use, *ALWAYS_OFFERED}
    texts = [passage.text for page in rule.policies for passage in passages.get(page, [])]
    offer = Offer(rule, dict.fromkeys(names, "x"), signs, supports_of(rule, texts))
    ruled_out = _ruled_out(playbook.claims, signs)
    return [
        flag for flag in hard_rules(reply, offer, playbook, voice) if flag.reason is not FlagReason.WRONG_STATUS
    ] + [
        Flag(FlagReason.WRONG_STATUS, Severity.HOLD, f"says that {claim.says}, which {rule.key} rules out")
        for claim in claims.untrue(ruled_out, reply, signs)
        if claim.kind is ClaimKind.STATEMENT
    ]


def stands_on(rule: SituationRule, product: ProductId | None = None) -> list[str]:
    """What a reply of this situation rests on, by name ("policy:returns"): it rests when the version of one changes."""
    own = [f"product:{product}"] if product else []
    return [f"playbook:{rule.key}", *(f"policy:{page}" for page in rule.policies), *own]


def certain_signs(rule: SituationRule) -> dict[str, str]:
    """The signs that hold whenever the situation does."""
    signs = {sign: next(iter(values)) for sign, values in rule.when.items() if len(values) == 1}
    for sign, value in list(signs.items()):
        signs = dict(_FOLLOWS.get((sign, value), {})) | signs
    return signs


def _ruled_out(all_claims: Mapping[str, Claim], signs: Mapping[str, str]) -> dict[str, Claim]:
    """The claims that cannot be true under these signs."""
    return {
        name: claim
        for name, claim in all_claims.items()
        if all(
            any(sign in signs and signs[sign] not in values for sign, values in condition.items())
            for condition in claim.true_when
        )
    }
