"""Finds, for each case of the suite, a customer whose records lead to the situations that it needs."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from app.domain.conversation import DialogueState
from app.domain.customer import CustomerContext
from app.domain.ids import ConversationId, CustomerId, TurnId
from app.domain.understanding import Entities, IntentPrediction, Request
from app.pipeline.gather import look_up
from app.pipeline.parts import Parts, Turn
from app.pipeline.understand import entities_of
from feedback.evaluation.suite import Suite, SuiteCase

_A_WRONG_NUMBER = 90_000
"""Numbers from here on are tried until one is no order of the customer."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A case with the customer who plays it, and the messages with her numbers in them."""

    case: SuiteCase
    turn: Turn


@dataclass(frozen=True, slots=True)
class Stage:
    """The cases that can be played, and those for which nobody was found."""

    staged: tuple[Staged, ...]
    nobody: tuple[SuiteCase, ...]


def set_stage(suite: Suite, customers: Iterable[CustomerId], parts: Parts, at: datetime) -> Stage:
    """The same customers on the same day give the same stage."""
    entities = cache(lambda text: entities_of(text, parts))
    cast = [context for key in customers if (context := parts.records.customer(key)) is not None]
    staged: list[Staged] = []
    nobody: list[SuiteCase] = []
    for case in suite.cases:
        found = _play(case, cast, parts, at, entities)
        if found is None:
            nobody.append(case)
        else:
            staged.append(Staged(case, found))
    return Stage(tuple(staged), tuple(nobody))


def _play(
    case: SuiteCase, cast: Sequence[CustomerContext], parts: Parts, at: datetime, entities: Callable[[str], Entities]
) -> Turn | None:
    seed = case.group or case.id  # one customer for a whole group: only the words differ
    order = sorted(cast, key=lambda context: hashlib.sha256(f"{seed}/{context.customer_id}".encode()).digest())
    for context in (None, *order) if not case.situations else (*order, None):
        for turn in _turns(case, context, at):
            if _leads_there(case, turn, context, parts, entities):
                return turn
    return None


def _turns(case: SuiteCase, context: CustomerContext | None, at: datetime) -> Iterable[Turn]:
    """The case as this customer would write it, once for each order that she might mean."""
    own = [order.id for order in context.orders] if context else []
    mentions = any("{order}" in message for message in case.messages)
    for number in own if mentions else [""]:
        texts = tuple(
            message.replace("{order}", number).replace("{wrong_order}", _not_hers(own)) for message in case.messages
        )
        customer = context.customer_id if context else None
        yield Turn(TurnId(case.id), ConversationId(case.id), customer, texts, DialogueState(), at)


def _leads_there(
    case: SuiteCase, turn: Turn, context: CustomerContext | None, parts: Parts, entities: Callable[[str], Entities]
) -> bool:
    for key in case.situations:
        intent = key.split("/", 1)[0]
        request = Request(
            turn.text, turn.text, IntentPrediction(intent, 1.0, 1.0, ((intent, 1.0),)), entities(turn.text)
        )
        *_, signs = look_up(request, parts.playbook.intents.get(intent), turn, context, parts)
        rule = parts.playbook.situation(intent, signs)
        if rule is None or rule.key != key:
            return False
    return True


def _not_hers(own: Sequence[str]) -> str:
    number = next(number for number in range(_A_WRONG_NUMBER, 100_000) if all(str(number) not in each for each in own))
    return f"LF-{number}"
