"""Recognises what a reply says about the shop's rules ("you can …", "… is not possible", "free of charge"), and asks
where that stands.

By words and by sign, not by meaning: a statement is supported by a place that holds enough of its words and says yes
where it says yes, no where it says no. A question, an offer to ask a colleague and what the assistant itself can or
cannot do are no statements about the rules.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from app.domain.facts import SLOT_PATTERN, slots_in
from app.domain.text import sentences, words

_RULE = re.compile(
    r"\b(?:can|cannot|can't|can not|may|may not|must|have to|has to|is needed|are needed|is required|are required|"
    r"(?:is|are)(?: not|n't)? (?:possible|allowed|accepted|available|offered|included|covered|free)|"
    r"we (?:do not |don't |never |also |only )?(?:take|accept|offer|deliver|ship|send|refund|replace|repair|match|"
    r"charge|allow|give|keep|pay)|free of charge|for free|costs? (?:nothing|you)|no (?:fee|charge|cost))\b",
    re.IGNORECASE,
)
_NO_RULE = re.compile(
    r"\bcolleagues?\b|\bI\b(?! (?:can|cannot) (?:return|cancel|exchange|refund))|\bpass (?:it|this|that)\b|\bperson\b|"
    r"\btell me\b|\b(?:ask|write|send) (?:me|us)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(?:not|cannot|never|no|nor|neither|without|none|nothing|nobody|too late|only)\b|n't\b", re.IGNORECASE
)
_JOINT = re.compile(r"[,;:]\s|\s(?:and|but|so|because|while|although|unless|until|if|when|once|as long as)\s")
_SAYS_NOTHING = frozenset(
    words(
        "a an the you your we our us it its this that these those i me my is are be was were been to of in on "
        "at by for from with and or but if when once as so then than too also there here what which who how "
        "will would can could may might must have has had do does did not no cannot can't only any all some "
        "one ones them they their he she just please still yet up out over again more most very such each "
        "want need like order orders item items way"
    )
)
_STEM = 5
"""Letters that tell two words apart: "returned" and "returns" are one."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something stands: its words and, for one part of a sentence, whether it says no."""

    words: frozenset[str]
    says: bool | None


def unsupported(text: str, supports: Iterable[str], share: float) -> list[str]:
    """The statements about rules in `text` of which no place in `supports` holds at least `share` of the words, or
    that say yes where the place that is nearest says no, or the other way round."""
    places = [place for support in supports for place in _places(support)]
    return [sentence for sentence in statements(text) if not _stands(sentence, places, share)]


def statements(text: str) -> list[str]:
    """The sentences of `text` that say something about the rules."""
    return [
        sentence
        for sentence in sentences(text)
        if _RULE.search(sentence) and not _NO_RULE.search(sentence) and not sentence.rstrip("\"')").endswith("?")
    ]


def _stands(sentence: str, places: Sequence[_Place], share: float) -> bool:
    said = _content(sentence)
    if not said:
        return True
    if max((len(said & place.words) for place in places), default=0) < share * len(said):
        return False
    return not any(_denied(part, places, share) for part in _parts(sentence) if _RULE.search(part))


def _denied(part: str, places: Sequence[_Place], share: float) -> bool:
    """Whether the nearest places say the opposite of this part of a sentence, and no other says the same."""
    said, no = _content(part), bool(_NO.search(part))
    if len(said) < _FEWEST:
        return False
    clear = [place for place in places if place.says is not None]
    same = max((len(said & place.words) for place in clear if place.says is no), default=0) / len(said)
    opposite = max((len(said & place.words) for place in clear if place.says is not no), default=0) / len(said)
    return opposite >= share and opposite - same >= _NEARER


_FEWEST = 2
"""Words below which a part of a sentence is too short to be held against another."""
_NEARER = 0.25
"""How much more of its words the opposite has to hold."""


@lru_cache(maxsize=1024)
def _places(text: str) -> tuple[_Place, ...]:
    """Each sentence of `text`, each with the one after it, and each part with a sign of its own."""
    single = sentences(text)
    pairs = [f"{one} {other}" for one, other in pairwise(single)]
    parts = [part for sentence in single for part in _parts(sentence)]
    return (
        *(_Place(_content(place), None) for place in (*single, *pairs)),
        *(_Place(_content(part), bool(_NO.search(part))) for part in parts),
    )


def _parts(sentence: str) -> list[str]:
    return [part for part in _JOINT.split(sentence) if part and part.strip()]


def _content(text: str) -> frozenset[str]:
    return frozenset(
        word[:_STEM] for word in words(SLOT_PATTERN.sub(r" \1 ", text)) if word not in _SAYS_NOTHING and len(word) > 1
    )


def in_another_role(template: str, values: Mapping[str, str], supports: Iterable[str]) -> list[str]:
    """The slots of `values` that `template` uses in a sentence that shares no word with any place where they stand:
    the days of a refund as those of a delivery."""
    texts = tuple(supports)
    found = []
    for sentence in sentences(template):
        for name in dict.fromkeys(slots_in(sentence)):
            if name not in values:
                continue
            said = _content(sentence) - {name[:_STEM]}
            places = [words for text in texts for words in _where(text, name, values[name])]
            if said and places and not any(said & words for words in places):
                found.append(name)
    return found


def of_the_wrong_kind(text: str) -> list[str]:
    """Where `text` names an amount for a span of time ("within $4.90"), or a span for an amount ("costs 30 days")."""
    return [match[0] for match in _WRONG_KIND.finditer(text)]


_WRONG_KIND = re.compile(
    r"\b(?:within|takes?|lasts?|arrives? (?:in|after)|up to \d+ days or) [$€£]\s?\d[\d.,]*\d"
    r"|\b(?:costs?|(?:fee|price|charge) (?:of|is)|deduct(?:ed)?) (?:\d+ to )?\d+ (?:business |working )?"
    r"(?:minute|hour|day|week|month|year)s?\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _where(text: str, name: str, value: str) -> tuple[frozenset[str], ...]:
    """The words of each sentence of `text` in which the slot, or its value, stands."""
    return tuple(
        _content(sentence.replace(f"{{{name}}}", " ").replace(value, " "))
        for sentence in sentences(text)
        if f"{{{name}}}" in sentence or value in sentence
    )
