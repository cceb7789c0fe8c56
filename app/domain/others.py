"""Looks in a person's words for what identifies somebody, or something, that is not this customer's.

The records can be asked about one customer at a time, never to whom a number belongs. So whatever has the shape of an
identifier has to be found among what this customer's conversation may hold; what is not found there is taken for
another's. Not caught: names other than in a greeting or behind a title, phone numbers and street addresses, numbers of
fewer than five digits without letters before them, and anything in words ("the order of the lady from Leeds").
"""

import re
from collections.abc import Iterable

from app.domain.customer import CustomerContext
from app.domain.literals import Literal, LiteralKind, literals_in
from app.domain.redaction import TITLED_NAME

_NUMBER = re.compile(r"(?<!\w)[A-Z]{1,4}[- ]?\d{3,}(?!\w)|(?<!\w)#?\d{5,}(?!\w)", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_GREETED = re.compile(
    r"^\s*(?i:hi|hello|hey|dear|good (?:morning|afternoon|evening))[ ,]+([A-Z][^\W\d_]+(?:[ '-][A-Z][^\W\d_]+)*)",
    re.MULTILINE,
)
_TITLES = {"mr", "mrs", "ms", "miss", "mx", "dr", "prof"}
_NOBODY = _TITLES | {"again", "all", "and", "customer", "everybody", "everyone", "madam", "sir", "team", "there"}


def own_words(context: CustomerContext) -> tuple[str, ...]:
    """What identifies this customer and what is hers."""
    account = context.account
    words = [
        context.customer_id,
        account.first_name,
        account.last_name,
        account.email,
        account.phone,
        account.address,
    ]
    for order in context.orders:
        words += [order.id, order.invoice_id or "", order.payment.method]
        words += [order.shipment.tracking_url] if order.shipment else []
        words += [item.product_name for item in order.items]
    return tuple(word for word in words if word)


def not_hers(text: str, hers: Iterable[str]) -> tuple[Literal, ...]:
    """Identifiers in `text` that stand in none of `hers`: her records, her conversation, the shop's pages."""
    pool = "\n".join(hers).casefold()
    digits = {re.sub(r"\D", "", match[0]) for match in _NUMBER.finditer(pool)}
    found = [Literal(LiteralKind.EMAIL, match[0]) for match in _EMAIL.finditer(text) if not _stands_in(match[0], pool)]
    rest = _EMAIL.sub(" ", text)
    for literal in literals_in(rest):
        if literal.kind in (LiteralKind.AMOUNT, LiteralKind.DATE, LiteralKind.SPAN):
            rest = rest.replace(literal.text, " ", 1)
    found += [
        Literal(LiteralKind.IDENTIFIER, match[0])
        for match in _NUMBER.finditer(rest)
        if not _stands_in(match[0], pool) and re.sub(r"\D", "", match[0]) not in digits
    ]
    names = [match[1] for match in _GREETED.finditer(text)] + [match[0] for match in TITLED_NAME.finditer(text)]
    found += [Literal(LiteralKind.NAME, name) for name in names if not _is_known(name, pool)]
    return tuple(dict.fromkeys(found))


def _is_known(name: str, pool: str) -> bool:
    """Every word of it is hers, or nobody's name."""
    words = [word.casefold().strip(".") for word in re.split(r"[\s-]+", name)]
    return all(word in _NOBODY or _stands_in(word, pool) for word in words)


def _stands_in(word: str, pool: str) -> bool:
    """As a whole: "LF-104" does not stand in "LF-10483"."""
    return re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", pool) is not None
