"""The guard of what a reply says about the shop's rules: each statement stands in the pages of its situation, in a
retrieved passage, in the playbook, or in a reply that a person approved for the very situation."""

from collections.abc import Iterable

from app.domain import policy_claims
from app.domain.facts import slot_values
from app.domain.hard_rules import supports_of
from app.domain.reply import Flag, FlagReason
from app.pipeline.answer import Answered
from app.pipeline.guards.inspection import Inspection, hold


def rules_stand_somewhere(inspection: Inspection) -> Iterable[Flag]:
    """No "you can" and no "you cannot" that nothing bears out, no span for a fee, no days of one thing for another."""
    if inspection.reply is None:
        return
    share = inspection.parts.guard_rules.policy_share
    for item in inspection.answered:
        if item.offer is None or not item.candidates:
            continue
        supports = _supports(item, inspection)
        for sentence in policy_claims.unsupported(item.body, supports, share):
            yield hold(FlagReason.UNSUPPORTED_POLICY, f"no page of {item.offer.rule.key} says: {sentence}")
        pages = item.offer.rule.policies
        values = slot_values(inspection.parts.knowledge.facts(pages))
        for name in policy_claims.in_another_role(item.body, values, supports):
            yield hold(FlagReason.UNSUPPORTED_POLICY, f"{{{name}}} stands for something else")
    for phrase in policy_claims.of_the_wrong_kind(inspection.text):
        yield hold(FlagReason.UNSUPPORTED_POLICY, f"“{phrase}” is no amount, or no span of time")


def _supports(item: Answered, inspection: Inspection) -> list[str]:
    case = item.case
    approved = [hit.interaction.reply for hit in case.past]
    passages = [passage.text for passage in case.passages]
    if case.rule is None:
        return [*passages, *approved]
    return [*supports_of(case.rule, inspection.parts.knowledge.texts(case.rule.policies)), *passages, *approved]
