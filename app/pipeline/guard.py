"""The guards: a last look at the message, at what was retrieved and at the whole reply as the customer would read it.

They run side by side within one deadline, those that ask a model each by itself and the rest in a row, and they fail
closed: a guard that errors or is not done in time is a flag that holds the reply.
"""

from collections.abc import Callable, Sequence

from app.domain.reply import Flag, FlagReason
from app.pipeline.guards.attacks import message_gives_no_orders
from app.pipeline.guards.facts import literals_are_supported, nothing_is_claimed_as_done
from app.pipeline.guards.form import form_is_whole, instructions_stay_inside, slots_are_filled
from app.pipeline.guards.inspection import FAILED, Guard, Inspection, hold
from app.pipeline.guards.personal import nobody_else_is_named
from app.pipeline.guards.policy import rules_stand_somewhere
from app.pipeline.guards.temper import (
    customer_is_calm,
    customer_stays,
    message_is_civil,
    repeated,
    reply_is_civil,
)
from app.pipeline.parts import Parts


def _detects_injection(parts: Parts) -> bool:
    return parts.injection is not None


def _detects_toxicity(parts: Parts) -> bool:
    return parts.toxicity is not None


def _feels(parts: Parts) -> bool:
    return parts.sentiment is not None


GUARDS: tuple[Guard, ...] = (
    Guard("slots are filled", slots_are_filled),
    Guard("literals are supported", literals_are_supported),
    Guard("nothing is claimed as done", nothing_is_claimed_as_done),
    Guard("rules stand somewhere", rules_stand_somewhere),
    Guard("form is whole", form_is_whole),
    Guard("instructions stay inside", instructions_stay_inside),
    Guard("nobody else is named", nobody_else_is_named),
    Guard("the message gives no orders", message_gives_no_orders, _detects_injection, by_model=True),
    Guard("the reply is civil", reply_is_civil, _detects_toxicity, by_model=True),
    Guard("the message is civil", message_is_civil, _detects_toxicity, by_model=True),
    Guard("the customer is calm", customer_is_calm, _feels),
    Guard("the customer stays", customer_stays),
)


def guard(inspection: Inspection) -> tuple[Flag, ...]:
    """Everything the guards find, in their order."""
    parts = inspection.parts
    present = [each for each in GUARDS if each.present(parts)]
    done: dict[str, tuple[Flag, ...]] = {}
    lanes = [[each for each in present if not each.by_model], *([each] for each in present if each.by_model)]
    deadline_ms = parts.guard_rules.deadline_ms
    parts.lanes.run([_look(lane, inspection, done) for lane in lanes if lane], deadline_ms / 1000)
    # What a guard finds after the deadline no longer counts: it may be writing still.
    found = dict(done)
    flags: list[Flag] = []
    for each in present:
        if each.name in found:
            flags += found[each.name]
        else:
            parts.degradations.count(FAILED)
            flags.append(hold(FlagReason.GUARD_FAILED, f"{each.name}: not done within {deadline_ms} ms"))
    return (*flags, *repeated(flags, inspection.turn.state, parts.guard_rules))


def _look(lane: Sequence[Guard], inspection: Inspection, done: dict[str, tuple[Flag, ...]]) -> Callable[[], None]:
    """One guard after the other; each keeps what it finds, its own failure too."""

    def work() -> None:
        for each in lane:
            flags: list[Flag] = []
            try:
                flags += each.look(inspection)
            except Exception as error:
                inspection.parts.degradations.count(FAILED)
                flags.append(hold(FlagReason.GUARD_FAILED, f"{each.name}: {type(error).__name__}"))
            done[each.name] = tuple(flags)

    return work
