"""What guards against attacks: in the customer's message, and in the text that was retrieved.

Neither is what keeps the shop safe: facts come from the records, sentences from people, and no word of a message is an
instruction to anything. A detected attack has a person look at what else the customer may want.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.domain.reply import Flag, FlagReason
from app.pipeline.gather import OFF_TOPIC, Case, Gathered
from app.pipeline.guards.inspection import FAILED, Inspection, hold, note
from app.pipeline.parts import Parts
from app.ports import TextDetector

_NAME = "retrieved text gives no orders"


def message_gives_no_orders(inspection: Inspection) -> Iterable[Flag]:
    """A message that tries to steer the assistant is for a person to look at; where it asks nothing of the shop, and is
    declined, it is noted only: there is nothing in the reply that it could have steered."""
    detector = inspection.parts.injection
    if detector is None or not inspection.asked:
        return
    score = detector.scores([inspection.asked])[0]
    if score >= inspection.parts.guard_rules.injection_message:
        declined = all(item.case.intent == OFF_TOPIC for item in inspection.answered)
        found = note if declined else hold
        yield found(FlagReason.INJECTION, f"the message reads like orders to the assistant ({score:.2f})")


def screened(gathered: Gathered, parts: Parts) -> tuple[Gathered, tuple[Flag, ...]]:
    """What was retrieved without what holds orders to the assistant, and a note of each text that was left out.

    Within the guards' deadline; when it fails nothing is left out, and the reply is held.
    """
    detector = parts.injection
    if detector is None:
        return gathered, ()
    done: list[tuple[Gathered, tuple[Flag, ...]]] = []
    failed = [hold(FlagReason.GUARD_FAILED, f"{_NAME}: not done within {parts.guard_rules.deadline_ms} ms")]

    def work() -> None:
        try:
            done.append(_without_orders(gathered, detector, parts))
        except Exception as error:  # it fails closed, whatever it is
            failed[0] = hold(FlagReason.GUARD_FAILED, f"{_NAME}: {type(error).__name__}")

    parts.lanes.run([work], parts.guard_rules.deadline_ms / 1000)
    if done:
        return done[0]
    parts.degradations.count(FAILED)
    return gathered, (failed[0],)


def _without_orders(gathered: Gathered, detector: TextDetector, parts: Parts) -> tuple[Gathered, tuple[Flag, ...]]:
    texts = [text for case in gathered.cases for text in _retrieved(case)]
    scores = dict(zip(texts, detector.scores(texts), strict=True)) if texts else {}
    refused = {text: score for text, score in scores.items() if score >= parts.guard_rules.injection_retrieved}
    if not refused:
        return gathered, ()
    notes: list[Flag] = []
    cases = tuple(_left(case, refused, notes) for case in gathered.cases)
    return replace(gathered, cases=cases), tuple(dict.fromkeys(notes))


def _retrieved(case: Case) -> list[str]:
    past = [text for hit in case.past for text in (hit.interaction.question, hit.interaction.reply)]
    return [*past, *(passage.text for passage in case.passages)]


def _left(case: Case, refused: Mapping[str, float], notes: list[Flag]) -> Case:
    """The case without the texts that are refused."""

    def sound(what: str, *texts: str) -> bool:
        score = max((refused[text] for text in texts if text in refused), default=None)
        if score is not None:
            notes.append(note(FlagReason.INJECTED_TEXT, f"{what} ({score:.2f})"))
        return score is None

    return replace(
        case,
        past=tuple(
            hit
            for hit in case.past
            if sound(f"past reply {hit.interaction.id}", hit.interaction.question, hit.interaction.reply)
        ),
        passages=tuple(passage for passage in case.passages if sound(f"passage {passage.id}", passage.text)),
    )
