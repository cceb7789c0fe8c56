"""The guards: a last look at the whole reply as the customer would read it. They fail closed: a guard that errors is a
flag that holds the reply."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.domain import claims, literals
from app.domain.facts import SLOT_PATTERN, slot_values
from app.domain.hard_rules import supports_of
from app.domain.playbook import ClaimKind
from app.domain.reply import Flag, FlagReason, Reply, Severity
from app.domain.text import sentences, words
from app.pipeline.answer import Answered
from app.pipeline.parts import Parts

_SHINGLE = 7
"""Words in a row that, standing in our instructions and in a reply, are a leak."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a guard may look at."""

    reply: Reply
    answered: tuple[Answered, ...]
    parts: Parts


Guard = Callable[[Inspection], Iterable[Flag]]


def guard(reply: Reply, answered: Sequence[Answered], parts: Parts) -> tuple[Flag, ...]:
    """Everything the guards find."""
    inspection = Inspection(reply, tuple(answered), parts)
    flags: list[Flag] = []
    for check in GUARDS:
        try:
            flags += check(inspection)
        except Exception as error:
            flags.append(_hold(FlagReason.GUARD_FAILED, f"{check.__name__}: {type(error).__name__}"))
    return tuple(flags)


def slots_are_filled(inspection: Inspection) -> Iterable[Flag]:
    """No slot and no brace may reach a customer."""
    for name in SLOT_PATTERN.findall(inspection.reply.text):
        yield _hold(FlagReason.UNFILLED_SLOT, f"{{{name}}} is not filled")
    if re.search(r"[{}]", SLOT_PATTERN.sub("", inspection.reply.text)):
        yield _hold(FlagReason.UNFILLED_SLOT, "a brace that is no slot")


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
    for literal in literals.unsupported(inspection.reply.text, supports, echoes):
        yield _hold(
            FlagReason.UNSUPPORTED_LITERAL, f"{literal.kind} “{literal.text}” stands in no record and no policy"
        )


def nothing_is_claimed_as_done(inspection: Inspection) -> Iterable[Flag]:
    """No action and no promise that only a person could make true; statements were held against the records before."""
    signs = [item.case.signs for item in inspection.answered]
    for claim in inspection.parts.playbook.claims.values():
        if claim.kind is ClaimKind.STATEMENT:
            continue
        if all(claims.untrue({claim.name: claim}, inspection.reply.text, each) for each in signs):
            reason = FlagReason.PROMISE if claim.kind is ClaimKind.PROMISE else FlagReason.UNDONE_ACTION
            yield _hold(reason, f"it says that {claim.says}")


def form_is_whole(inspection: Inspection) -> Iterable[Flag]:
    """Not empty, not too long, not cut off, nothing said twice."""
    text = inspection.reply.text.strip()
    if not text:
        yield _hold(FlagReason.EMPTY, "the reply is empty")
        return
    most = inspection.parts.voice.most_characters
    if len(text) > most:
        yield _hold(FlagReason.TOO_LONG, f"{len(text)} characters, {most} at most")
    if not re.search(r"[.?!)\"'”]$|https?://\S+$", text):
        yield _hold(FlagReason.CUT_OFF, "the last sentence has no end")
    said = [" ".join(words(sentence)) for sentence in sentences(text)]
    if any(said.count(sentence) > 1 for sentence in said if sentence):
        yield _hold(FlagReason.REPEATED, "a sentence stands there twice")


def instructions_stay_inside(inspection: Inspection) -> Iterable[Flag]:
    """Nothing of our prompts is repeated to a customer."""
    said = _shingles(inspection.reply.text)
    for template in inspection.parts.prompts.values():
        for section in template.sections:
            if section.name == "system" and said & _shingles(section.template.template):
                yield _hold(FlagReason.PROMPT_LEAK, f"repeats the instructions of {template.key}")
                return
    if re.search(r"\b(?:SITUATION|NEXT STEPS|SLOTS|POLICY):", inspection.reply.text):
        yield _hold(FlagReason.PROMPT_LEAK, "repeats the layout of the prompt")


GUARDS: tuple[Guard, ...] = (
    slots_are_filled,
    literals_are_supported,
    nothing_is_claimed_as_done,
    form_is_whole,
    instructions_stay_inside,
)


def _shingles(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + _SHINGLE]) for start in range(len(found) - _SHINGLE + 1)}


def _hold(reason: FlagReason, detail: str) -> Flag:
    return Flag(reason, Severity.HOLD, detail)
