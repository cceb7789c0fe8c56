"""Finds what identifies a person in a text that a customer will read, by its shape: precise rather than complete.

`redaction` masks before a model sees a text and takes a word too many gladly; here a find holds a reply, so each shape
has to prove itself: a card number by its checksum, a phone number by its digits, a street by its kind of word. Names,
e-mails and order numbers are found by `others`, which knows whose they are.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class PersonalKind(StrEnum):
    """What sort of thing identifies somebody."""

    ACCOUNT = "bank account"
    CARD = "card number"
    PHONE = "phone number"
    ADDRESS = "address"
    MACHINE = "network address"


@dataclass(frozen=True, slots=True)
class Personal:
    """One thing as it stands in the text."""

    kind: PersonalKind
    text: str


_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){11,18}(?![\w-])")
_MACHINE = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]\d)")
_PHONE = re.compile(
    r"(?<![\w#/.$€£-])(?<!\d,)(?:\+\d{1,6}[ .-]?)?(?:\(0?\d{1,4}\)[ .-]?)?\d{2,5}(?:[ .-]\d{2,4}){1,5}(?:x\d{1,5})?"
    r"(?!\w|[/%-]\d)|(?<![\w.])\+\d{8,14}(?!\w)|(?<![\w#/.$€£-])(?<!\d,)\d{9,11}(?!\w|[/%-]\d)"
)
_STREET = re.compile(
    r"\b\d{1,5}[a-z]?,? (?:[NSEW]\.? )?(?:[A-Z][\w'.-]* ){1,4}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Place|Pl|Square|Terrace|Close|"
    r"Crescent|Highway|Hwy|Parkway|Row|Hill|Gardens|Grove)\b"
    r"|\b[A-ZÀ-Ž][\w'-]*(?:gatan|straat|strasse|straße|gasse|weg|vej|vägen|veien|katu|kuja|utca) \d{1,4}[a-z]?\b"
    r"|\b(?:Via|Rua|Rue|Avenida|Calle|Boulevard|Avenue) (?:d[aeiou]s? )?[A-ZÀ-Ž][\w'-]+(?: [A-ZÀ-Ž][\w'-]+)? \d{1,4}\b"
    r"|\b(?:P\.? ?O\.?|PSC|Unit) ?(?:\d+,? )?Box \d+\b|\b(?:Apt|Apartment|Suite|Unit|Flat)\.? #?\d+\b"
)
_POST_CODE = re.compile(
    r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b|\b[A-Z]{2}\s\d{5}(?:-\d{4})?\b"
)
_DAY = re.compile(
    r"(?<![\w./-])(?:(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d)(?!\w|[./-]\d)"
)
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
"""Of a phone number, anywhere in the world."""


def personal_in(text: str) -> tuple[Personal, ...]:
    """Everything of these shapes, each stretch of text counted once; what stands inside a link is the link's."""
    rest = _DAY.sub(_blank, _LINK.sub(_blank, text))
    found: list[Personal] = []
    for kind, pattern, holds in (
        (PersonalKind.ACCOUNT, _ACCOUNT, _is_account),
        (PersonalKind.CARD, _CARD, passes_luhn),
        (PersonalKind.MACHINE, _MACHINE, _anything),
        (PersonalKind.PHONE, _PHONE, _is_phone),
        (PersonalKind.ADDRESS, _STREET, _anything),
        (PersonalKind.ADDRESS, _POST_CODE, _anything),
    ):
        for match in pattern.finditer(rest):
            if holds(match[0]):
                found.append(Personal(kind, match[0].strip()))
                rest = rest[: match.start()] + _blank(match) + rest[match.end() :]
    return tuple(found)


def not_of(text: str, hers: Iterable[str]) -> tuple[Personal, ...]:
    """What of these shapes stands in `text` and in none of `hers`; numbers are compared by their digits."""
    found = personal_in(text)
    if not found:
        return ()
    pool = "\n".join(hers)
    words = f" {_plain(pool)} "
    digits = {_digits(each.text) for each in personal_in(pool) if each.kind in _NUMBERS}
    return tuple(
        each
        for each in found
        if f" {_plain(each.text)} " not in words and not (each.kind in _NUMBERS and _digits(each.text) in digits)
    )


_NUMBERS = frozenset({PersonalKind.ACCOUNT, PersonalKind.CARD, PersonalKind.PHONE})
"""Kinds that are the same number however they are grouped."""


def passes_luhn(number: str) -> bool:
    """Whether the last digit is the one that a card number of these digits ends with."""
    digits = [int(character) for character in reversed(number) if character.isdigit()]
    doubled = (2 * digit - 9 if digit > _DIGIT_DOUBLED else 2 * digit for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


_DIGIT_DOUBLED = 4
"""Up to this digit, twice of it is one digit still."""


def _is_account(text: str) -> bool:
    """Two letters and two digits begin many a word in capitals; in an account's number most of the rest are digits."""
    letters = [character for character in text if character.isalnum()]
    return sum(character.isdigit() for character in letters) >= len(letters) / 2 and len(letters) >= _SHORTEST_ACCOUNT


_SHORTEST_ACCOUNT = 15


def _is_phone(text: str) -> bool:
    return _FEWEST_DIGITS <= len(_digits(text)) <= _MOST_DIGITS


def _anything(_: str) -> bool:
    return True


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _plain(text: str) -> str:
    """The words of it, nothing between them but a space."""
    return re.sub(r"\W+", " ", text.casefold()).strip()


def _blank(match: re.Match[str]) -> str:
    return "\x00" * len(match[0])
