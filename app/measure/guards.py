"""Times each guard on replies that the chain makes for the demo shop's customers, and all of them together as they run
in a turn."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import cycle, islice

from app.bench import QUESTIONS
from app.domain.conversation import DialogueState
from app.domain.ids import ConversationId, CustomerId, TurnId
from app.domain.reply import Flag
from app.pipeline.answer import answer
from app.pipeline.compose import compose
from app.pipeline.gather import Gathered, gather, read_customer
from app.pipeline.guard import GUARDS, guard
from app.pipeline.guards.attacks import screened
from app.pipeline.guards.inspection import Guard, Inspection
from app.pipeline.parts import Parts, Turn
from app.pipeline.understand import understand

SCREENING = "retrieved text gives no orders"
ALL = "all guards of a turn"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one turn gives the guards to look at."""

    gathered: Gathered
    inspection: Inspection


@dataclass(slots=True)
class Costs:
    """Milliseconds by guard, in the order in which they run; empty: the guard is absent."""

    ms: dict[str, list[float]] = field(default_factory=dict)

    def p50_p95(self, name: str) -> tuple[float, float] | None:
        """None when it is absent."""
        if not (ordered := sorted(self.ms[name])):
            return None
        return statistics.median(ordered), ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]


def measured(parts: Parts, turns: int, questions: Sequence[tuple[str, str]] = QUESTIONS) -> Costs:
    """Each guard by itself, then all of them as in a turn, over these questions (customer, text). Understanding a
    message has had it encoded, as in a turn, so that the detectors find its vector; each message is new."""
    costs = Costs({SCREENING: [], **{each.name: [] for each in GUARDS}, ALL: []})
    for counted, seen in _turns(parts, turns, questions):
        for name, work in _works(seen, parts):
            start = time.perf_counter()
            work()
            if counted:
                costs.ms[name].append((time.perf_counter() - start) * 1000)
    return costs


def _works(seen: Seen, parts: Parts) -> Iterator[tuple[str, Callable[[], object]]]:
    if parts.injection is not None:
        yield SCREENING, partial(screened, seen.gathered, parts)
    for each in GUARDS:
        if each.present(parts):
            yield each.name, partial(_looked, each, seen.inspection)
    yield ALL, partial(_all, seen, parts)


def _looked(each: Guard, inspection: Inspection) -> list[Flag]:
    return list(each.look(inspection))


def _all(seen: Seen, parts: Parts) -> None:
    screened(seen.gathered, parts)
    guard(seen.inspection)


def _turns(parts: Parts, turns: int, questions: Sequence[tuple[str, str]]) -> Iterator[tuple[bool, Seen]]:
    """So many turns, each with a message that nobody has written before; the first of each question warm up."""
    warm = len(questions)
    for number, (customer, question) in enumerate(islice(cycle(questions), warm + turns)):
        text = f"{question} ({_in_words(number)})" if number >= warm else question
        turn = Turn(
            TurnId(f"turn_{number}"),
            ConversationId(f"conv_{number}"),
            CustomerId(customer) if customer else None,
            (text,),
            DialogueState(),
            parts.clock.now(),
        )
        yield number >= warm, _seen(turn, replace(parts, model=None))


def _seen(turn: Turn, parts: Parts) -> Seen:
    context = read_customer(turn, parts)
    understood = understand(turn, context, parts)
    gathered = gather(turn, understood, context, parts)
    answered = answer(turn, gathered, parts)
    return Seen(gathered, Inspection(turn, understood.masked, context, answered, compose(turn, answered, parts), parts))


_DIGITS: Sequence[str] = ("nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _in_words(number: int) -> str:
    """A number that the mask leaves as it is."""
    return " ".join(_DIGITS[int(digit)] for digit in str(number))
