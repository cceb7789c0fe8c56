"""Leaving out of a draft what it did not need: a small model says the right thing first, and then goes on.

Nothing is reworded. A sentence stays or goes, so what is left was written by the same model and passes the same rules.
"""

from collections.abc import Sequence

from app.domain.evidence import DraftContext, alike, backed_by
from app.domain.facts import slots_in
from app.domain.text import sentences

_UNBACKED = 0.25
"""Share of a sentence's longer words that neither the situation nor the question holds, up to which it may stay."""
_ALIKE = 0.55
"""Shared words of two sentences from which the second says the first again."""


def shortenings(text: str, context: DraftContext, *, finished: bool = True) -> tuple[str, ...]:
    """What is left of `text` when its end is left out, the longest first, or what nothing bears out and what it says
    twice; each still holds every fact that has to be mentioned. The last sentence of what is not `finished` has no end,
    so it always goes."""
    whole = sentences(text)
    ended = whole if finished else whole[:-1]
    found = [*(" ".join(ended[:end]) for end in range(len(ended), 0, -1)), " ".join(_needed(ended, context))]
    must = set(context.must)
    return tuple(dict.fromkeys(each for each in found if each and each != text and must <= set(slots_in(each))))


def _needed(whole: Sequence[str], context: DraftContext) -> list[str]:
    kept: list[str] = []
    for sentence in whole:
        said = {slot for each in kept for slot in slots_in(each)}
        brings = (set(slots_in(sentence)) & set(context.must)) - said
        again = any(alike(sentence, each) > _ALIKE for each in kept)
        if brings or (not again and 1 - backed_by(sentence, context) <= _UNBACKED):
            kept.append(sentence)
    return kept
