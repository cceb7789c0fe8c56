"""What a message names, read by its shape: numbers, e-mails, amounts, people, positions in a list, short answers.

Products need the catalogue and are found in `app.pipeline.understand`.
"""

import re
from collections.abc import Iterable

from app.domain.redaction import NAME_AFTER_PREPOSITION, TITLED_NAME
from app.domain.understanding import Entities, Move

_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
_AMOUNT = re.compile(r"[$€£]\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:dollars?|bucks|euros?|pounds?|usd|eur|gbp)\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\b(?:LF|INV)[- ]?(?P<prefixed>\d{3,})\b"
    r"|\b(?:order|purchase|invoice|bill|number|nr|no\.?|parcel)\s*(?:number|no\.?|nr\.?)?\s*[#:]?\s*(?P<named>\d{3,})\b"
    r"|#\s?(?P<hashed>\d{3,})\b"
    r"|(?<![\d.,:/+-])\b(?P<long>\d{5,})\b(?![.,:/-]\d)",
    re.IGNORECASE,
)
_POST_CODE_AHEAD = re.compile(
    r"(?:,\s*(?:[A-Z][\w.'-]*\s+){1,3}|\b(?!LF|NR|NO)[A-Z]{2}\s+|\b(?i:zip|post(?:al)?)\s?(?i:codes?)?\s*(?i:is)?:?\s*)$"
)
"""What stands before a post code: a comma and a town, a state's two letters, or the word itself."""
_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3,
    "last": -1, "latest": -1, "newest": -1, "most recent": -1,
}  # fmt: skip
_ORDINAL = re.compile(
    rf"\b({'|'.join(_ORDINALS)})\s+(?:one|order|purchase|invoice|bill|parcel|package)s?\b|^\W*(?:the\s+)?({'|'.join(_ORDINALS)})\W*$",
    re.IGNORECASE,
)
_AFFIRM = re.compile(
    r"^(?:\W*👍)+\W*$|"
    r"^\W*(?:yes|yep|yeah|yea|yup|sure|ok|okay|please do|go ahead|do it|do that|absolutely|definitely|of course|"
    r"that would be (?:great|nice|good|lovely)|sounds good|please)\b"
    r"(?:[\s,.]+(?:please|thanks|thank you|do|do that|do so|go ahead|pass it on|pass it|a colleague|"
    r"that would be (?:great|nice|good)|sure|ok|yes|i would|it is|that one))*\W*$",
    re.IGNORECASE,
)
_DENY = re.compile(
    r"^\W*(?:no|nope|nah|not now|never mind|nevermind|forget it|no need)\b"
    r"(?:[\s,.]+(?:thanks|thank you|that is all|that's all|it is fine|it's fine|i am good|i'm good|please|need))*\W*$",
    re.IGNORECASE,
)
_DO_IT = re.compile(r"\b(?:do|go ahead|please)\b", re.IGNORECASE)
_OUT = re.compile(
    r"\bun[- ]?s\w*b\w*|\bcancel\w*|\bstop\w*|\bopt(?:ing)?[- ]out\b|\bno longer\b|\bremove\b|\bquit\b|\bend\b|"
    r"\bget rid\b|\bdon'?t want\b|\bdo not want\b|\bturn\w* off\b|\bfewer\b|\btoo many\b|\bsign\w* off\b|"
    r"\btake me off\b|\bleave\b",
    re.IGNORECASE,
)
_COUNTRIES = (
    r"canada|mexico|england|scotland|wales|north(?:ern)? ireland|ireland|germany|france|spain|italy|australia|india|"
    r"japan|china|brazil|usa|u\.s\.|uk|u\.k\.|norway|sweden|denmark|netherlands|switzerland|austria|poland|portugal|"
    r"finland|iceland|belgium|greece|turkey|russia|ukraine|hungary|romania|israel|dubai|south africa|singapore|"
    r"hong kong|taiwan|korea|new zealand|argentina|chile|colombia|berlin|munich|paris|madrid|rome|vienna|amsterdam|"
    r"sydney|tokyo"
)
_PLACE = re.compile(
    r"\b(?:to|from|in|into|outside)\s+(?:the\s+)?"
    r"(?:(?!My\b|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May\b|June|July|"
    r"August|September|October|November|December|PayPal|Apple|Google)[A-Z][a-z]{2,}"
    rf"|(?i:{_COUNTRIES}|us\b|europe|africa|asia|america|hawaii|alaska|puerto rico|czech|guam|abroad|overseas|"
    r"new york|london|dublin|belfast|edinburgh|toronto|montreal|vancouver))"
    r"|\b(?i:international(?:ly)?|abroad|overseas|worldwide)\b"
)
_COUNTRY = re.compile(rf"\b({_COUNTRIES})(?!\w)", re.IGNORECASE)
"""Countries, and cities that are in one country only, of which it is clear whether they are served."""
_OTHER_NAMES = {
    "usa": "united states", "u.s.": "united states", "uk": "united kingdom", "u.k.": "united kingdom",
    "england": "united kingdom", "scotland": "united kingdom", "wales": "united kingdom",
    "northern ireland": "united kingdom", "north ireland": "united kingdom", "berlin": "germany",
    "munich": "germany", "paris": "france",
    "madrid": "spain", "rome": "italy", "vienna": "austria", "amsterdam": "netherlands", "sydney": "australia",
    "tokyo": "japan", "dubai": "emirates",
}  # fmt: skip


def numbers_in(text: str) -> tuple[str, ...]:
    """Order and invoice numbers as the customer wrote them; amounts of money are none."""
    without_amounts = _AMOUNT.sub(" ", text)
    matches = list(_NUMBER.finditer(without_amounts))
    # A number in our own form settles it; a post code beside it is then no order number.
    ours = [match[0].strip() for match in matches if match["prefixed"]]
    others = [
        match["named"] or match["hashed"] or match["long"]
        for match in matches
        if not (match["prefixed"] or (match["long"] and _POST_CODE_AHEAD.search(without_amounts[: match.start()])))
    ]
    return tuple(dict.fromkeys(ours or others))


def entities_in(text: str) -> Entities:
    """Everything but the products."""
    ordinal = _ORDINAL.search(text)
    people = [match[0] for match in TITLED_NAME.finditer(text)]
    people += [match[2] for match in NAME_AFTER_PREPOSITION.finditer(text)]
    return Entities(
        numbers=numbers_in(text),
        emails=tuple(_EMAIL.findall(text)),
        people=tuple(dict.fromkeys(people)),
        amounts=tuple(match[0].strip() for match in _AMOUNT.finditer(text)),
        ordinal=_ORDINALS[(ordinal[1] or ordinal[2]).lower()] if ordinal else None,
    )


def move_in(text: str) -> Move:
    """Whether the text is a bare yes or no; anything longer is a request."""
    if _AFFIRM.match(text):
        return Move.AFFIRM
    if _DENY.match(text):
        return Move.DENY
    return Move.REQUEST


def wants_it_done(text: str) -> bool:
    """Whether a bare yes asks for something to be done ("ok do that") rather than takes note ("ok")."""
    return move_in(text) is Move.AFFIRM and _DO_IT.search(text) is not None


def is_wordless(text: str) -> bool:
    """Whether there is not one letter or digit in it: emoji, question marks."""
    return not any(character.isalnum() for character in text)


def signs_of_message(
    text: str, entities: Entities, own_names: Iterable[str] = (), delivered_to: str = ""
) -> dict[str, str]:
    """The signs that stand in the customer's words themselves; her own name does not count as a person named.

    `delivered_to` names the countries that are served: a country that is not among them is "elsewhere".
    """
    own = {name.casefold() for name in own_names}
    others = [person for person in entities.people if not own & {word.casefold() for word in person.split()}]
    return {
        "direction": "out" if _OUT.search(text) else "in",
        "person_named": "yes" if others else "no",
        "number_named": "yes" if entities.numbers else "no",
        "place_named": _place_named(text, delivered_to),
    }


def _place_named(text: str, delivered_to: str) -> str:
    if not _PLACE.search(text):
        return "no"
    named = [match[1].lower() for match in _COUNTRY.finditer(text)]
    served = delivered_to.lower()
    elsewhere = bool(named) and bool(served) and not any(_OTHER_NAMES.get(name, name) in served for name in named)
    return "elsewhere" if elsewhere else "yes"
