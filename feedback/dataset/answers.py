"""Examples for the task "answer": a question in a situation, and a reply in slots that a person approved for it.

A reply is right for its situation, so it is paired with other questions of the situation too, where it does not speak
to a detail of its own. What is held out is held out whole: some situations, and in each of the others one question with
its reply, so that no phrasing of it is seen in training. The practice situations are rendered by the same prompts.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.facts import slots_in
from app.domain.hard_rules import ALWAYS_OFFERED
from app.domain.playbook import About, Family, Playbook, SituationRule
from app.domain.relevance import beside_the_point
from app.domain.retrieval import Interaction, PolicyPage, PolicyPassage
from app.prompts.loader import PromptTemplate
from app.prompts.values import answer_values, prompt_values
from feedback.dataset.practice import Practice, PracticeCase, PracticeSituation
from feedback.dataset.snapshot import Line, Lineage, Split, TrainingExample

FindPassages = Callable[[str, Sequence[str]], Sequence[PolicyPassage]]
"""The passages for a question within pages, best first."""

_FROM_RECORDS = frozenset({About.ORDER, About.ACCOUNT})
_LEAST_TO_HOLD_ONE_OUT = 5
_MOST_PURCHASES, _MOST_REPEATS, _MOST_DAYS = 9, 3, 9
_OPTIONAL_SLOT_OFFERED = 0.75
"""How often a slot is offered that a reply may do without: the records do not always hold it."""
_PRACTICE_HELD_OUT = 0.06
_COUNTS_SHOWN = 0.5
"""How often the customer's purchases stand in the prompt: a reply seldom rests on them, and they are long to read."""
_COUNTED, _COUNTED_ORDERS = frozenset({"order", "refund", "account"}), frozenset({"order", "refund"})
"""Families of practice whose customers are signed in, and those that are about an order."""
_APPROVED, _WRITTEN = "approved by a person for use in replies", "written for this project, to be trained on"


@dataclass(frozen=True, slots=True)
class AnswerRecipe:
    """How the examples are made."""

    rows_per_situation: int = 14
    situations_held_out: float = 0.08
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Shop:
    """What the examples are made from."""

    playbook: Playbook
    pages: Mapping[str, PolicyPage]
    interactions: Sequence[Interaction]
    prompts: Mapping[str, PromptTemplate]
    passages: FindPassages


def answer_examples(shop: Shop, recipe: AnswerRecipe) -> Iterator[TrainingExample]:
    """All examples, situation by situation. Small talk needs no model and is left out."""
    by_situation: defaultdict[str, list[Interaction]] = defaultdict(list)
    for interaction in shop.interactions:
        if interaction.usable:
            by_situation[interaction.situation].append(interaction)
    for key, cases in sorted(by_situation.items()):
        rule = shop.playbook.rule(key)
        entry = shop.playbook.intents.get(rule.intent) if rule else None
        if rule is not None and entry is not None and entry.family is not Family.TALK:
            yield from _of_situation(shop, recipe, rule, sorted(cases, key=lambda case: case.id))


def _of_situation(
    shop: Shop, recipe: AnswerRecipe, rule: SituationRule, cases: list[Interaction]
) -> Iterator[TrainingExample]:
    rng = random.Random(f"{recipe.seed}/{rule.key}")  # noqa: S311 - a seeded choice
    whole_held_out = _share(rule.key) < recipe.situations_held_out
    kept_back = (
        None if whole_held_out or len(cases) < _LEAST_TO_HOLD_ONE_OUT else min(cases, key=lambda c: _share(c.id))
    )
    learnt = [case for case in cases if kept_back is None or case.question != kept_back.question]
    if kept_back is not None:
        yield _example(shop, rule, kept_back, kept_back, "held_out_phrase", rng)
    if whole_held_out:
        yield from (_example(shop, rule, case, case, "held_out_situation", rng) for case in cases)
        return
    pairs = [(case, case) for case in learnt]
    others = [
        (reply, asked)
        for reply in learnt
        for asked in learnt
        if reply is not asked and reply.product_id == asked.product_id and _fits(reply, asked, learnt)
    ]
    rng.shuffle(others)
    for reply, asked in _once([*pairs, *others])[: recipe.rows_per_situation]:
        yield _example(shop, rule, reply, asked, "train", rng)


def _once(pairs: Sequence[tuple[Interaction, Interaction]]) -> list[tuple[Interaction, Interaction]]:
    """Each reply with each question once: customers, unlike writers, often ask in the same words."""
    return list({(reply.reply, asked.question): (reply, asked) for reply, asked in reversed(pairs)}.values())[::-1]


def _fits(reply: Interaction, asked: Interaction, situation: Sequence[Interaction]) -> bool:
    rest = (other.reply for other in situation if other is not reply)
    return not beside_the_point(asked.question, reply.question, reply.reply, rest)


def _example(
    shop: Shop, rule: SituationRule, reply: Interaction, asked: Interaction, split: Split, rng: random.Random
) -> TrainingExample:
    entry = shop.playbook.intents[rule.intent]
    template = shop.prompts[f"answer.{entry.family}"]
    passages = shop.passages(asked.question, rule.policies)[:1] if rule.policies else ()
    counts = _counts(entry.about, rule, rng) if rng.random() < _COUNTS_SHOWN else {}
    values = answer_values(rule, _offered(shop, rule, reply, passages), counts, asked.question, passages)
    return TrainingExample(
        id=f"{rule.key}#{hashlib.sha256(f'{reply.id}/{asked.id}'.encode()).hexdigest()[:10]}",
        task="answer",
        situation=rule.key,
        split=split,
        messages=[Line(role=message.role, content=message.content) for message in template.render(values)],
        reply=reply.reply,
        lineage=Lineage(
            interaction=reply.id,
            question_of=asked.id,
            source=reply.source,
            consent=_APPROVED,
            playbook=rule.version,
            prompt=template.key,
        ),
    )


def _offered(shop: Shop, rule: SituationRule, reply: Interaction, passages: Sequence[PolicyPassage]) -> frozenset[str]:
    """The slots of the prompt: what must be there, and of the others either most or, where the reply needs more, all.
    The choice belongs to the situation, so that its examples begin alike and can be read together."""
    facts = {name for page in rule.policies if page in shop.pages for name in shop.pages[page].facts}
    everything = frozenset({*rule.must_mention, *rule.may_use, *facts} - ALWAYS_OFFERED)
    rng = random.Random(f"{rule.key}/{passages[0].id if passages else ''}")  # noqa: S311 - a seeded choice
    most = {name for name in sorted(everything) if rng.random() < _OPTIONAL_SLOT_OFFERED} | set(rule.must_mention)
    needed = {*slots_in(reply.reply)} - ALWAYS_OFFERED
    return frozenset(most) if needed <= most else everything | needed


def practice_examples(
    practice: Practice, prompts: Mapping[str, PromptTemplate], recipe: AnswerRecipe
) -> Iterator[TrainingExample]:
    """Every practice situation, most to learn from and some held out whole."""
    for situation in practice.situations:
        whole_held_out = _share(situation.id) < _PRACTICE_HELD_OUT
        rng = random.Random(f"{recipe.seed}/{situation.id}")  # noqa: S311
        for number, case in enumerate(situation.cases):
            split: Split = "held_out_situation" if whole_held_out else "train"
            yield _practised(situation, case, number, prompts[f"answer.{situation.family}"], split, rng)


def _practised(
    situation: PracticeSituation,
    case: PracticeCase,
    number: int,
    template: PromptTemplate,
    split: Split,
    rng: random.Random,
) -> TrainingExample:
    slots = {*situation.must, *situation.may} - ALWAYS_OFFERED
    shown = rng.random() < _COUNTS_SHOWN
    counts = {"N": str(rng.randint(0, _MOST_PURCHASES))} if situation.family in _COUNTED and shown else {}
    if situation.family in _COUNTED_ORDERS and shown:
        counts |= {"M": str(rng.randint(1, _MOST_REPEATS)), "T": "0"}
        if "days_late" in situation.must:
            counts["T"] = str(rng.randint(1, _MOST_DAYS))
    values = prompt_values(
        situation.means, situation.steps, situation.policy, situation.must, slots, counts, case.asked
    )
    return TrainingExample(
        id=f"practice/{situation.id}#{number}",
        task="answer",
        situation=f"practice/{situation.id}",
        split=split,
        messages=[Line(role=message.role, content=message.content) for message in template.render(values)],
        reply=case.reply,
        lineage=Lineage(
            interaction=f"practice/{situation.id}#{number}",
            question_of=f"practice/{situation.id}#{number}",
            source="practice",
            consent=_WRITTEN,
            playbook="practice",
            prompt=template.key,
        ),
    )


def _counts(about: About, rule: SituationRule, rng: random.Random) -> dict[str, str]:
    """N, M and T as the records might hold them; only a late parcel is late."""
    if about not in _FROM_RECORDS or "anonymous" in rule.when.get("customer", ()):
        return {}
    counts = {"N": str(rng.randint(0, _MOST_PURCHASES))}
    if about is About.ORDER:
        counts["M"] = str(rng.randint(1, _MOST_REPEATS))
        counts["T"] = str(rng.randint(1, _MOST_DAYS)) if "late" in rule.when.get("shipment", ()) else "0"
    return counts


def _share(key: str) -> float:
    """A number from 0 to 1 that belongs to the key, on every machine."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
