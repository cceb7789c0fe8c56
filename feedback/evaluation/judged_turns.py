"""Replies with a word on whether they were right, and what was known of each when it was chosen.

From three sources. Readers judged replies to corpus questions (`docs/readings`): each is played again with the same
customer, and counts while the reply is still the one that was read. Hand-written questions that the intent head never
saw carry the intent that their writer meant: a reply to another request is wrong, whatever it says. Supervisors decide
drafts that were held: what they approved was right, what they edited or rejected was not.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.conversation import DialogueState
from app.domain.ids import ConversationId, CustomerId, TurnId
from app.domain.reply import Candidate, Delivery, Origin
from app.domain.supervision import DecidedReply, Verdict
from app.domain.turn import TurnRecord
from app.pipeline.parts import Parts, Turn
from app.pipeline.turn import answer_turn
from feedback.dataset.questions import Labelled, as_served, bitext, handwritten, hold_out, labelled
from feedback.evaluation.reading import CUSTOMERS, Judgement, hash_of, read_judgements
from feedback.training.calibration import JudgedReply, Source

READINGS = Path("docs/readings")
SHOP = tuple(CustomerId(f"C-{number:04d}") for number in range(1, CUSTOMERS + 1))
_BATCH = 128


@dataclass(frozen=True, slots=True)
class Asked:
    """A question by a customer of the demo shop."""

    key: str
    text: str
    customer: CustomerId


def read_again(data: Path, parts: Parts, folder: Path = READINGS) -> tuple[list[JudgedReply], int]:
    """The replies that readers judged and that are still what would be sent, and how many are not any more.

    A reply that several read is right, or good, where all of them said so.
    """
    said: dict[tuple[int, str], list[Judgement]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl")):
        for judgement in read_judgements(path):
            if judgement.verdict is not None:
                said[judgement.row, judgement.customer].append(judgement)
    questions = bitext(data, "test")
    asked = [Asked(f"row {row}", questions[row].text, CustomerId(customer)) for row, customer in said]
    found: list[JudgedReply] = []
    stale = 0
    for (turn, record), judgements in zip(_played(asked, parts), said.values(), strict=True):
        reply = hash_of(record.proposed.template if record.proposed else "")
        verdicts = [each.verdict for each in judgements if each.reply == reply]
        chosen = weakest(record) if record.decision.delivery is Delivery.SEND else None
        if not verdicts or chosen is None:
            stale += 1
            continue
        found.append(
            _judged(turn.key, chosen, "reading", right="wrong" not in verdicts, good=set(verdicts) == {"good"})
        )
    return found, stale


def never_seen() -> list[Labelled]:
    """The hand-written questions that the intent head was not trained on."""
    return hold_out(as_served(labelled(handwritten())))[1]


def meant_otherwise(
    questions: Sequence[Labelled], parts: Parts, customers: Sequence[CustomerId] = SHOP, seed: int = 5
) -> list[JudgedReply]:
    """Replies to questions whose intent their writer named, each asked by a customer drawn for it."""
    drawn = random.Random(seed)  # noqa: S311 - it has to repeat, not to surprise
    asked = [Asked(each.text, each.text, drawn.choice(customers)) for each in questions]
    found = []
    for (turn, record), question in zip(_played(asked, parts), questions, strict=True):
        sent = record.decision.delivery is Delivery.SEND
        if sent and (chosen := weakest(record)) is not None:
            found.append(_judged(turn.key, chosen, "held-out question", right=_for_it(record, question, parts)))
    return found


def decided(replies: Iterable[DecidedReply]) -> list[JudgedReply]:
    """What supervisors decided of replies that were held, where the record keeps what their estimate was made from."""
    found = []
    for each in replies:
        chosen = weakest(each.record)
        if chosen is not None and chosen.estimate is not None and chosen.estimate.evidence:
            approved = each.verdict is Verdict.APPROVE
            found.append(_judged(each.id, chosen, "decision", right=approved, good=approved))
    return found


def weakest(record: TurnRecord) -> Candidate | None:
    """Of the approved replies that a turn's reply was put together from, the one with the lowest estimate: the whole
    is as sure as that. None where any part of it was found in another way, or not at all."""
    chosen = [situation.chosen for situation in record.situations]
    approved = [each for each in chosen if each and each.origin is Origin.APPROVED and each.estimate]
    if not approved or len(approved) < len(chosen):
        return None
    return min(approved, key=lambda each: each.estimate.probability if each.estimate else 0.0)


def _judged(question: str, chosen: Candidate, source: Source, *, right: bool, good: bool | None = None) -> JudgedReply:
    features = chosen.estimate.evidence if chosen.estimate else {}
    return JudgedReply(question, chosen.situation, source, features, right, good)


def _for_it(record: TurnRecord, question: Labelled, parts: Parts) -> bool:
    """Whether what was answered is what the question's writer meant, or comes to the same for this customer."""
    for situation in record.situations:
        rule = parts.playbook.rule(situation.key or "")
        theirs = parts.playbook.situation(question.intent, situation.signs)
        if rule is not None and (rule.intent == question.intent or (theirs and theirs.means == rule.means)):
            return True
    return False


def _played(asked: Sequence[Asked], parts: Parts) -> Iterable[tuple[Asked, TurnRecord]]:
    """Each question through the chain as a conversation of its own, with no threshold and no model: what is held back
    is held back for another reason than the estimate, and only approved replies count."""
    without = replace(parts, model=None, calibration=None, policy=replace(parts.policy, send_threshold=0.0))
    for start in range(0, len(asked), _BATCH):
        batch = asked[start : start + _BATCH]
        parts.classifier.predict([each.text for each in batch])  # the encoder remembers: one batch is faster than many
        for each in batch:
            key = f"{each.key} {each.customer}"
            turn = Turn(
                TurnId(key), ConversationId(key), each.customer, (each.text,), DialogueState(), parts.clock.now()
            )
            yield each, answer_turn(turn, without).record
