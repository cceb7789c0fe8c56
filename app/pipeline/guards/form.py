"""Guards of a reply's form: no slot left open, whole and not too long, nothing of our instructions in it."""

import re
from collections.abc import Iterable

from app.domain.facts import SLOT_PATTERN
from app.domain.reply import Flag, FlagReason
from app.domain.text import sentences, words
from app.pipeline.guards.inspection import Inspection, hold


def slots_are_filled(inspection: Inspection) -> Iterable[Flag]:
    """No slot and no brace may reach a customer."""
    for name in SLOT_PATTERN.findall(inspection.text):
        yield hold(FlagReason.UNFILLED_SLOT, f"{{{name}}} is not filled")
    if re.search(r"[{}]", SLOT_PATTERN.sub("", inspection.text)):
        yield hold(FlagReason.UNFILLED_SLOT, "a brace that is no slot")


def form_is_whole(inspection: Inspection) -> Iterable[Flag]:
    """Not empty, not too long, not cut off, nothing said twice."""
    if inspection.reply is None:
        return
    text = inspection.text.strip()
    if not text:
        yield hold(FlagReason.EMPTY, "the reply is empty")
        return
    most = inspection.parts.voice.most_characters
    if len(text) > most:
        yield hold(FlagReason.TOO_LONG, f"{len(text)} characters, {most} at most")
    if not re.search(r"[.?!)\"'”]$|https?://\S+$", text):
        yield hold(FlagReason.CUT_OFF, "the last sentence has no end")
    said = [" ".join(words(sentence)) for sentence in sentences(text)]
    if any(said.count(sentence) > 1 for sentence in said if sentence):
        yield hold(FlagReason.REPEATED, "a sentence stands there twice")


def instructions_stay_inside(inspection: Inspection) -> Iterable[Flag]:
    """Nothing of our prompts is repeated to a customer."""
    length = inspection.parts.guard_rules.leaked_words
    said = shingles(inspection.text, length)
    for template in inspection.parts.prompts.values():
        for section in template.sections:
            if section.name == "system" and said & shingles(section.template.template, length):
                yield hold(FlagReason.PROMPT_LEAK, f"repeats the instructions of {template.key}")
                return
    if re.search(r"\b(?:SITUATION|NEXT STEPS|SLOTS|POLICY):", inspection.text):
        yield hold(FlagReason.PROMPT_LEAK, "repeats the layout of the prompt")


def shingles(text: str, length: int) -> set[tuple[str, ...]]:
    """Every `length` words in a row."""
    found = words(text)
    return {tuple(found[start : start + length]) for start in range(len(found) - length + 1)}
