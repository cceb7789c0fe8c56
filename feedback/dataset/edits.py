"""Preference pairs from what supervisors changed: the draft that was held, and what was sent in its place.

A supervisor edits what the customer would read, so the edited text is turned back into slots by the values that the
turn's facts held. Where that leaves a value that stands for no slot, or for several, or words that a hard rule refuses,
there is no pair: nothing that may identify somebody is learnt from. What is left out is counted by reason.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from app.domain.facts import FactKind, slot_values
from app.domain.hard_rules import Offer, hard_rules, supports_of
from app.domain.playbook import Family, SituationRule
from app.domain.slotting import NotInSlots, body_in_slots
from app.domain.supervision import EditedReply
from app.domain.text import tidy
from app.domain.turn import Situation
from app.prompts.loader import PromptTemplate
from app.prompts.values import answer_values
from feedback.dataset.pairs import Found, PairLineage, PreferencePair, split_of
from feedback.dataset.snapshot import DatasetSnapshot, Line
from feedback.evaluation.drafts import Rules, context_of

_CONSENT = "written by a supervisor in place of a draft, wholly in slots"


class _NoPair(Exception):
    """Why there is no pair."""


def pairs_of_edits(
    edits: Iterable[EditedReply], rules: Rules, prompts: Mapping[str, PromptTemplate], snapshot: DatasetSnapshot
) -> Found:
    """What supervisors wrote against what they found, where both are wholly in slots and nothing of it is held out."""
    held_out = _HeldOut(snapshot)
    found = Found(left_out=Counter())
    for edit in edits:
        try:
            pair = _pair(edit, rules, prompts)
            held_out.refuse(pair, edit)
        except _NoPair as reason:
            found.left_out[str(reason)] += 1
        else:
            found.pairs.append(pair)
    return found


class _HeldOut:
    """What no pair may hold."""

    def __init__(self, snapshot: DatasetSnapshot) -> None:
        phrases = list(snapshot.examples("held_out_phrase"))
        self._situations = {example.situation for example in snapshot.examples("held_out_situation")}
        self._questions = {context_of(example).question.casefold() for example in phrases}
        self._replies = {tidy(example.reply) for example in phrases}

    def refuse(self, pair: PreferencePair, edit: EditedReply) -> None:
        asked = edit.record.situations[0].request.masked.strip().casefold()
        known = pair.situation in self._situations or asked in self._questions
        if known or self._replies & {tidy(pair.chosen), tidy(pair.rejected)}:
            raise _NoPair("held out of the data set")


def _pair(edit: EditedReply, rules: Rules, prompts: Mapping[str, PromptTemplate]) -> PreferencePair:
    record = edit.record
    if len(record.situations) != 1:
        raise _NoPair("several requests in one reply")
    situation = record.situations[0]
    rule = rules.playbook.rule(situation.key or "")
    family = rules.playbook.intents[rule.intent].family if rule else Family.TALK
    if rule is None or family is Family.TALK or not situation.candidates:
        raise _NoPair("not written for a situation")
    body = situation.candidates[0]  # what the reply was put together from, broken rules or not
    if record.proposed is None or record.proposed.text != edit.draft or body.text not in record.proposed.template:
        raise _NoPair("the draft is not kept")
    messages = _prompt(situation, rule, rules, prompts[f"answer.{family}"], record.versions.get("playbook"))
    try:
        chosen = body_in_slots(edit.text, record.proposed.template, body.text, slot_values(situation.facts))
    except NotInSlots as reason:
        raise _NoPair(str(reason)) from reason
    texts = [passage.text for page in rule.policies for passage in rules.passages.get(page, [])]
    offer = Offer(rule, slot_values(situation.facts), situation.signs, supports_of(rule, texts))
    if hard_rules(chosen, offer, rules.playbook, rules.voice):
        raise _NoPair("the edited text breaks a hard rule by itself")
    if tidy(chosen) == tidy(body.text):
        raise _NoPair("nothing of the body was edited")
    return PreferencePair(
        id=f"edit/{edit.id}",
        situation=rule.key,
        split=split_of(rule.key),
        messages=messages,
        chosen=chosen,
        rejected=body.text,
        lineage=PairLineage(
            source="edit",
            chosen_from=f"decision {edit.id}",
            rejected_from=f"turn {record.id}",
            written_by=body.source,
            why="a supervisor edited it",
            consent=_CONSENT,
        ),
    )


def _prompt(
    situation: Situation, rule: SituationRule, rules: Rules, template: PromptTemplate, playbook: str | None
) -> list[Line]:
    """The prompt as it is served, which has to be the one of that turn."""
    shown = {fact.name: fact.value for fact in situation.facts if fact.kind is FactKind.SHOWN}
    offer = Offer(rule, slot_values(situation.facts), situation.signs, ())
    values = answer_values(rule, offer.slots, shown, situation.request.masked, situation.passages[:1])
    messages = template.render(values)
    sent = [prompt.text for prompt in situation.prompts if prompt.template.startswith("answer.")]
    same = "\n\n".join(message.content for message in messages) in sent if sent else playbook == rules.playbook.version
    if not same:
        raise _NoPair("the playbook or the prompt has changed since")
    return [Line(role=message.role, content=message.content) for message in messages]
