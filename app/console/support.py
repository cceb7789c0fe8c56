"""What bears out each sentence of a draft: the records, a policy, a reply that was approved, the shop's own words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.facts import Fact, FactKind, fill_slots, slot_values, slots_in
from app.domain.literals import unsupported
from app.domain.reply import Origin
from app.domain.retrieval import PolicyPassage
from app.domain.text import pieces, stems, tidy
from app.domain.turn import TurnRecord

_COVERED = 0.6
"""The share of a sentence's longer words that a passage has to hold to count as what is behind it."""
_FEW = 2
"""A sentence with fewer longer words says too little to be found in a passage."""


class Support(StrEnum):
    """The strongest thing behind a sentence."""

    APPROVED = "approved"
    """A person approved these words before."""
    RECORDS = "records"
    """Written by the model around values from the records."""
    POLICY = "policy"
    HOUSE = "house"
    """A sentence that the shop has ready: greeting, apology for a delay."""
    NOTHING = "nothing"
    DOUBTFUL = "doubtful"
    """Names something that stands nowhere."""


SAID = {
    Support.APPROVED: "From a reply that was approved before",
    Support.RECORDS: "Values from the records, words by the model",
    Support.POLICY: "Stands in a policy",
    Support.HOUSE: "A ready sentence",
    Support.NOTHING: "Nothing found behind it: please check",
    Support.DOUBTFUL: "Names something that stands nowhere: please check",
}


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence as the customer would get it, with the space that follows it, and what is behind it."""

    text: str
    support: Support
    facts: tuple[Fact, ...] = ()
    """The records' values that stand in it."""
    passage: PolicyPassage | None = None

    @property
    def said(self) -> str:
        """What is behind it, in words."""
        sources = [SAID[self.support]]
        if self.passage is not None:
            sources.append(f"policy “{self.passage.title}”")
        return ": ".join(sources) if self.support is Support.POLICY else SAID[self.support]


def marked(record: TurnRecord) -> list[Marked]:
    """The proposed reply, sentence by sentence; put together the texts are the reply."""
    if record.proposed is None:
        return []
    facts = tuple(fact for situation in record.situations for fact in situation.facts if fact.kind is FactKind.SLOT)
    values = slot_values(facts)
    templates = pieces(record.proposed.template)
    texts = pieces(record.proposed.text)
    if [tidy(fill_slots(each, values)) for each in templates] != [tidy(each) for each in texts]:
        templates = texts  # a value holds a full stop, so the two do not fall apart alike
    return [_marked(template, text, record, facts) for template, text in zip(templates, texts, strict=True)]


def _marked(template: str, text: str, record: TurnRecord, facts: Sequence[Fact]) -> Marked:
    used = _used(template, text, facts)
    passages = [passage for situation in record.situations for passage in situation.passages]
    chosen = [situation.chosen for situation in record.situations if situation.chosen]
    origins = {each.origin for each in chosen if tidy(template) in tidy(each.text)}
    if not origins and any(tidy(text) in tidy(fill_slots(each.text, slot_values(facts))) for each in chosen):
        origins = {each.origin for each in chosen}
    supports = [*(fact.value for fact in facts), *(passage.text for passage in passages)]
    if Origin.APPROVED in origins:
        return Marked(text, Support.APPROVED, used)
    if Origin.DRAFTED not in origins:
        return Marked(text, Support.HOUSE, used)
    if unsupported(text, supports):
        return Marked(text, Support.DOUBTFUL, used)
    passage = _behind(template, passages)
    if passage is not None:
        return Marked(text, Support.POLICY, used, passage)
    return Marked(text, Support.RECORDS if used else Support.NOTHING, used)


def _used(template: str, text: str, facts: Iterable[Fact]) -> tuple[Fact, ...]:
    slots = set(slots_in(template))
    found: dict[str, Fact] = {}
    for fact in facts:
        if fact.name in slots or (not slots and len(fact.value) > 1 and fact.value in text):
            found.setdefault(fact.name, fact)
    return tuple(found.values())


def _behind(sentence: str, passages: Iterable[PolicyPassage]) -> PolicyPassage | None:
    """The passage that holds most of the sentence's words, when that is enough of them."""
    own = stems(sentence)
    if len(own) < _FEW:
        return None
    best = max(passages, key=lambda passage: len(own & stems(passage.text)), default=None)
    return best if best is not None and len(own & stems(best.text)) / len(own) >= _COVERED else None
