"""Guards of what a reply states: every literal stands somewhere, and nothing is said to be done or promised."""

from collections.abc import Iterable

from app.domain import claims, literals
from app.domain.facts import slot_values
from app.domain.hard_rules import supports_of
from app.domain.playbook import ClaimKind
from app.domain.reply import Flag, FlagReason
from app.pipeline.guards.inspection import Inspection, hold


def literals_are_supported(inspection: Inspection) -> Iterable[Flag]:
    """Each number, date, amount, link or name stands in a fact, a policy passage or, for identifiers, in her words."""
    notices = inspection.parts.notices
    supports: list[str] = [*inspection.parts.knowledge.values.values(), notices.loyalty, notices.delay]
    echoes: list[str] = []
    for item in inspection.answered:
        supports += slot_values(item.case.facts).values()
        supports += [fact.value for fact in item.case.facts]
        echoes += item.case.request.entities.numbers
        if item.case.rule is not None:
            supports += supports_of(item.case.rule, inspection.parts.knowledge.texts(item.case.rule.policies))
        supports += [entry.title for entry in inspection.parts.playbook.intents.values()]
    for literal in literals.unsupported(inspection.text, supports, echoes):
        yield hold(FlagReason.UNSUPPORTED_LITERAL, f"{literal.kind} “{literal.text}” stands in no record and no policy")


def nothing_is_claimed_as_done(inspection: Inspection) -> Iterable[Flag]:
    """No action and no promise that only a person could make true; statements were held against the records before."""
    signs = [item.case.signs for item in inspection.answered]
    for claim in inspection.parts.playbook.claims.values():
        if claim.kind is ClaimKind.STATEMENT:
            continue
        if all(claims.untrue({claim.name: claim}, inspection.text, each) for each in signs):
            reason = FlagReason.PROMISE if claim.kind is ClaimKind.PROMISE else FlagReason.UNDONE_ACTION
            yield hold(reason, f"it says that {claim.says}")
