"""Guards of tempers: the reply is civil, and how the customer feels is noted for whoever reads the queue.

Anger changes nothing the first time: what she asks is answered. When it repeats, a person takes over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.domain.conversation import DialogueState
from app.domain.guarding import GuardRules
from app.domain.reply import Flag, FlagReason, Severity
from app.pipeline.guards.inspection import Inspection, hold, note

_ANGRY = frozenset({FlagReason.ANGER, FlagReason.TOXIC_MESSAGE})


def reply_is_civil(inspection: Inspection) -> Iterable[Flag]:
    """Nothing insulting is sent. The bodies are looked at in slots: what code adds and fills in insults nobody, and an
    approved reply is the same text each time."""
    detector, rules = inspection.parts.toxicity, inspection.parts.guard_rules
    bodies = [item.body for item in inspection.answered if item.candidates]
    if detector is None or inspection.reply is None or not bodies:
        return
    score = max(detector.scores(bodies))
    if score >= rules.toxicity_reply:
        yield hold(FlagReason.TOXIC_REPLY, f"the reply reads like an insult ({score:.2f})")


def message_is_civil(inspection: Inspection) -> Iterable[Flag]:
    """An insulting message is noted."""
    detector, rules = inspection.parts.toxicity, inspection.parts.guard_rules
    if detector is None or not inspection.asked:
        return
    score = detector.scores([inspection.asked])[0]
    if score >= rules.toxicity_message:
        yield note(FlagReason.TOXIC_MESSAGE, f"the message reads like an insult ({score:.2f})")


def customer_is_calm(inspection: Inspection) -> Iterable[Flag]:
    """Anger is noted, by the angriest of her messages as she wrote them: capitals and exclamation marks count."""
    if inspection.parts.sentiment is None:
        return
    score = min((inspection.parts.sentiment.score(message) for message in inspection.turn.messages), default=0.0)
    if score <= inspection.parts.guard_rules.sentiment:
        yield note(FlagReason.ANGER, f"sentiment {score:.2f}")


def customer_stays(inspection: Inspection) -> Iterable[Flag]:
    """What sounds like leaving is noted."""
    for phrase in inspection.parts.guard_rules.leaving:
        if phrase.pattern.search(inspection.turn.text):
            yield note(FlagReason.CHURN_RISK, f"the customer {phrase.says}")
            return


def repeated(found: Sequence[Flag], state: DialogueState, rules: GuardRules) -> tuple[Flag, ...]:
    """The hand-off that anger causes when it has lasted for too many turns."""
    turns = angry_turns(found, state)
    if turns < rules.angry_turns:
        return ()
    return (Flag(FlagReason.REPEATED_ANGER, Severity.HAND_OFF, f"angry for {turns} turns in a row"),)


def tempered(after: DialogueState, before: DialogueState, found: Sequence[Flag]) -> DialogueState:
    """What is remembered after a turn (`after`), with how long the customer has been angry."""
    return replace(after, angry_turns=angry_turns(found, before))


def angry_turns(found: Sequence[Flag], before: DialogueState) -> int:
    """Angry turns in a row, this one included."""
    return before.angry_turns + 1 if any(flag.reason in _ANGRY for flag in found) else 0
