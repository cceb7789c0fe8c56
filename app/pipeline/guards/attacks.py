"""What guards against attacks: in the customer's message, and in the text that was retrieved.

Neither is what keeps the shop safe: facts come from the records, sentences from people, and no word of a message is an
instruction to anything. A detected attack has a person look at what else the customer may want.
"""

from collections.abc import Iterable
from dataclasses import replace

from app.domain.reply import Flag, FlagReason
from app.pipeline.gather import Case, Gathered
from app.pipeline.guards.detecting import highest
from app.pipeline.guards.inspection import Inspection, hold, note
from app.pipeline.parts import Parts
from app.ports import TextDetector

_NAME = "retrieved text gives no orders"


def message_gives_no_orders(inspection: Inspection) -> Iterable[Flag]:
    """A message that tries to steer the assistant is for a person to look at."""
    detector, rules = inspection.parts.injection, inspection.parts.guard_rules
    if detector is None or not inspection.asked:
        return
    score = highest(detector, [inspection.asked], rules.looked_at_whole)[0]
    if score >= rules.injection_message:
        yield hold(FlagReason.INJECTION, f"the message reads like orders to the assistant ({score:.2f})")


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
    parts.degradations.count("guard_failed")
    return gathered, (failed[0],)


def _without_orders(gathered: Gathered, detector: TextDetector, parts: Parts) -> tuple[Gathered, tuple[Flag, ...]]:
    rules = parts.guard_rules
    texts = [text for case in gathered.cases for text in _retrieved(case)]
    if not texts:
        return gathered, ()
    scores = highest(detector, texts, rules.looked_at_whole)
    refused = {text: score for text, score in zip(texts, scores, strict=True) if score >= rules.injection_retrieved}
    if not refused:
        return gathered, ()
    notes: list[Flag] = []
    cases = tuple(_left(case, refused, notes) for case in gathered.cases)
    return replace(gathered, cases=cases), tuple(dict.fromkeys(notes))


def _retrieved(case: Case) -> list[str]:
    past = [f"{hit.interaction.question}\n{hit.interaction.reply}" for hit in case.past]
    return [*past, *(passage.text for passage in case.passages)]


def _left(case: Case, refused: dict[str, float], notes: list[Flag]) -> Case:
    """The case without the texts that are refused."""
    past = []
    for hit in case.past:
        score = refused.get(f"{hit.interaction.question}\n{hit.interaction.reply}")
        if score is None:
            past.append(hit)
        else:
            notes.append(note(FlagReason.INJECTED_TEXT, f"past reply {hit.interaction.id} ({score:.2f})"))
    passages = []
    for passage in case.passages:
        score = refused.get(passage.text)
        if score is None:
            passages.append(passage)
        else:
            notes.append(note(FlagReason.INJECTED_TEXT, f"passage {passage.id} ({score:.2f})"))
    return replace(case, past=tuple(past), passages=tuple(passages))
