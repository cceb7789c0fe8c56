"""Masks what identifies a person or a thing in a customer's words before a prompt or an index sees them.

Values the records know (the customer's own name, address, e-mail) are found as they stand; the rest by its shape.
Where in doubt it masks: a lost word costs a little meaning, a kept name cannot be taken back.
"""

import re
from collections.abc import Iterable

_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+\b")
_CARD = re.compile(r"\b(?:\d[ -]?){13,19}\b")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_PHONE = re.compile(
    r"(?<![\w#])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,4}\)[ .-]?)?\d{2,4}[ .-]\d{3,4}(?:[ .-]\d{3,4})?(?!\w)|\+\d{7,14}\b"
)
_AMOUNT = re.compile(
    r"[$€£]\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:dollars?|bucks|euros?|pounds?|usd|eur|gbp|cents?)\b|\b(?:usd|eur|gbp)\s?\d[\d.,]*",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b\d{1,5}[a-z]?\s+(?:[A-Z][\w'.-]*\s+){1,4}"
    r"(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct|place|pl|square|terrace|close|crescent)\b\.?",
    re.IGNORECASE,
)
_ADDRESS_END = re.compile(
    r"[\n;?!]|\.(?:\s|$)|"
    r",?\s+(?:instead|please|thanks?|thank you|and\s+(?:can|could|please|also)|not|because|as|since|if)\b",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b|\b[A-Z]{2}\s\d{5}(?:-\d{4})?\b"
)
_ORDER = re.compile(r"\b(?:LF|INV)[- ]?\d{3,}\b", re.IGNORECASE)
_NUMBER = re.compile(r"#?\b\d[\d.,/:-]*\b|\b\w*\d\w*\b")
TITLED_NAME = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\b\.?\s+[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)?", re.IGNORECASE)
_INTRODUCED = re.compile(
    r"(\b(?i:this is|i am|i'm|call me|named|speaking with|regards,?|sincerely,?|"
    r"my (?:wife|husband|partner|son|daughter|mother|father|mom|mum|dad|sister|brother|friend|neighbou?r))\s+)"
    r"([A-Z][a-z'][\w'-]*(?:\s+[A-Z][\w'-]+){0,2})"
)
_NO_NAME = (
    r"(?!(?:and|but|so|i|my|the|a|an|where|what|when|how|can|please|is|it|on|in|under|not|no|still|wrong|missing|"
    r"spelled|misspelled|different|the same)\b)"
)
_CALLED = re.compile(
    rf"(\b(?:name is|name's|i am called)\s+)({_NO_NAME}[^\W\d_][\w'-]+(?:\s+{_NO_NAME}[^\W\d_][\w'-]+){{0,2}})",
    re.IGNORECASE,
)
"""After these words a name follows in any spelling; after those of `_INTRODUCED` only one with a capital letter."""
NAME_AFTER_PREPOSITION = re.compile(r"(\b(?:[Ff]rom|[Ff]or|[Bb]y|[Oo]f)\s+)([A-Z][a-z'-]+\s+[A-Z][a-z'-]+)\b")


def street_in(text: str) -> str | None:
    """The first street address in the text, with what follows it on its line; None when there is none."""
    match = _STREET.search(text)
    if match is None:
        return None
    # "Terrace." ends a sentence, "St." does not.
    ends = match[0].endswith(".") and len(match[0].split()[-1]) > len("blvd.")
    after = "" if ends else _ADDRESS_END.split(text[match.end() :], maxsplit=1)[0]
    return f"{match[0].removesuffix('.') if ends else match[0]}{after}".strip(" ,;:")


def mask(text: str, known: Iterable[str] = (), keep: Iterable[str] = ()) -> str:
    """`text` with each identifying value replaced by a bracketed word such as "[order]" or "[name]".

    `known` are values the records hold for this customer; `keep` are phrases that are no one's secret (products).
    """
    shelter = {f"\x00{index}\x00": phrase for index, phrase in enumerate(keep)}
    for token, phrase in shelter.items():
        text = re.sub(rf"\b{re.escape(phrase)}\b", token, text, flags=re.IGNORECASE)
    text = _mask_known(text, known)
    for pattern, word in (
        (_LINK, "[link]"),
        (_EMAIL, "[email]"),
        (_ORDER, "[order]"),
        (_IBAN, "[account]"),
        (_CARD, "[number]"),
        (_AMOUNT, "[amount]"),
        (_STREET, "[address]"),
        (_POSTCODE, "[address]"),
        (_PHONE, "[phone]"),
        (TITLED_NAME, "[name]"),
    ):
        text = pattern.sub(word, text)
    text = _INTRODUCED.sub(r"\1[name]", text)
    text = _CALLED.sub(r"\1[name]", text)
    text = NAME_AFTER_PREPOSITION.sub(r"\1[name]", text)
    text = "".join(
        part if part.startswith(("\x00", "[")) else _NUMBER.sub("[number]", part)
        for part in re.split(r"(\x00\d+\x00|\[\w+\])", text)
    )
    for token, phrase in shelter.items():
        text = text.replace(token, phrase)
    return text


def _mask_known(text: str, known: Iterable[str]) -> str:
    for value in sorted({value.strip() for value in known if len(value.strip()) > 1}, key=len, reverse=True):
        word = "[email]" if "@" in value else "[address]" if any(c.isdigit() for c in value) else "[name]"
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", word, text, flags=re.IGNORECASE)
    return text
