"""Every approved reply of the demo shop, said to a demo customer in whose records its situation holds.

What the import accepts has to pass the turn's own rules and guards too, else a reply would be there and never be used.
"""

import random
from collections import defaultdict

import pytest

from app.domain.facts import SLOT_PATTERN
from app.domain.literals import unsupported
from app.domain.retrieval import PolicyPassage
from app.domain.standing import problems
from app.pipeline.compose import compose
from app.pipeline.guard import guard
from app.pipeline.guards.inspection import Inspection
from app.pipeline.parts import Parts
from ingestion.sources.interactions import PastCase
from tests.pipeline.chain import PASSAGES, PLAYBOOK
from tests.pipeline.demo import PAST, Asked, answered_with, asked_in, case_of, demo_parts, situations, turn_of

SEEDS = (7, 8)
INTENTS = sorted({past.situation.partition("/")[0] for past in PAST})


@pytest.fixture(scope="module")
def parts() -> Parts:
    return demo_parts()


@pytest.fixture(scope="module")
def shops(parts: Parts) -> list[dict[str, list[Asked]]]:
    return [situations(parts, seed, customers=40) for seed in SEEDS]


@pytest.fixture(scope="module")
def accepted(parts: Parts) -> dict[str, list[PastCase]]:
    """Intent → the past replies that the import accepts."""
    passages: defaultdict[str, list[PolicyPassage]] = defaultdict(list)
    for passage in PASSAGES:
        passages[passage.page_id].append(passage)
    found: defaultdict[str, list[PastCase]] = defaultdict(list)
    for past in PAST:
        rule = PLAYBOOK.rule(past.situation)
        if rule is not None and not problems(past.reply, rule, PLAYBOOK, parts.voice, passages):
            found[rule.intent].append(past)
    return found


def test_the_demo_customers_are_in_nearly_every_situation(shops: list[dict[str, list[Asked]]]) -> None:
    reached = {key for shop in shops for key in shop}

    assert len(reached) >= 0.95 * len(PLAYBOOK.rules())


@pytest.mark.parametrize("intent", INTENTS)
def test_no_rule_and_no_guard_stops_a_shipped_reply(
    intent: str, parts: Parts, shops: list[dict[str, list[Asked]]], accepted: dict[str, list[PastCase]]
) -> None:
    stopped = []
    for past in accepted[intent]:
        for asked in asked_in(shops[0], past)[:1]:
            if case_of(asked, parts).rule is not PLAYBOOK.rule(past.situation):
                continue  # the one product that the reply is about is in another state today
            answered = answered_with(asked, past, parts)
            reply = compose(turn_of(asked), answered, parts)
            assert reply is not None, past.where
            seen = Inspection(turn_of(asked), past.question, asked.context, answered, reply, parts)
            flags = (*answered[0].candidates[0].violations, *guard(seen))
            stopped += [f"{past.where}: {flag.detail}" for flag in flags]

    assert stopped == []


@pytest.mark.parametrize("seed", range(4))
def test_a_shipped_reply_is_whole_for_any_demo_customer(
    seed: int, parts: Parts, shops: list[dict[str, list[Asked]]], accepted: dict[str, list[PastCase]]
) -> None:
    chance = random.Random(seed)
    everything = [past for replies in accepted.values() for past in replies]
    said = 0
    for past in chance.sample(everything, 60):
        everyone = [each for shop in shops for each in asked_in(shop, past)]
        if not everyone:
            continue
        asked = chance.choice(everyone)
        rule = case_of(asked, parts).rule
        if rule is None or rule.key != past.situation:
            continue  # the one product that the reply is about is in another state today
        answered = answered_with(asked, past, parts)
        reply = compose(turn_of(asked), answered, parts)
        assert reply is not None
        assert SLOT_PATTERN.findall(reply.text) == []
        assert not {"{", "}"} & set(reply.text)
        assert "None" not in reply.text
        supports = [fact.value for item in answered for fact in item.case.facts]
        supports += [parts.notices.loyalty, parts.notices.delay]
        supports += [text for item in answered if item.offer for text in item.offer.supports]
        assert unsupported(reply.text, supports) == []
        said += 1
    assert said >= 40
