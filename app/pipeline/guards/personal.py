"""The guard of personal data: what identifies somebody in a reply is the customer's own, or the shop's contact."""

from collections.abc import Iterable

from app.domain.facts import slot_values
from app.domain.others import not_hers, own_words
from app.domain.personal import not_of
from app.domain.reply import Flag, FlagReason
from app.pipeline.guards.inspection import Inspection, hold


def nobody_else_is_named(inspection: Inspection) -> Iterable[Flag]:
    """No e-mail, phone, card, account, address, order number or name of somebody else."""
    hers = _hers(inspection)
    rest = inspection.text
    for each in not_of(inspection.text, hers):
        rest = rest.replace(each.text, " ")
        yield hold(FlagReason.PERSONAL_DATA, f"a {each.kind} that is not the customer's")
    for literal in not_hers(rest, hers):
        yield hold(FlagReason.PERSONAL_DATA, f"a {literal.kind} that is not the customer's")


def _hers(inspection: Inspection) -> list[str]:
    """What is hers, what is the shop's (its contacts are facts of its pages), and the number that she wrote herself,
    which a reply says is not found."""
    parts = inspection.parts
    hers = [parts.policy.store_name, *parts.knowledge.values.values()]
    hers += [product.name for product in parts.product_names.products]
    if inspection.context is not None:
        hers += own_words(inspection.context)
    for item in inspection.answered:
        hers += slot_values(item.case.facts).values()
        hers += item.case.request.entities.numbers
    return hers
