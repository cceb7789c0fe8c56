"""What annotators of one turn add up to, and handing that to the learning side.

Each annotator has one vote, the last. Enough votes that say the same settle a turn; different ones leave it to an
adjudicator, whose word counts alone.
"""

import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from app.domain.facts import fill_slots, slot_values
from app.domain.ids import TurnId
from app.domain.review import Opinion, QueuedReview, ReviewAnnotation, ReviewState, Standing
from app.domain.supervision import Annotation, UseAgain, draft_id
from app.domain.turn import TurnRecord
from app.errors import NotFound
from app.ports import AnnotationInbox, Clock, ReviewAnnotations, TurnRecords

log = logging.getLogger(__name__)

SOURCE = "label_studio"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """When a turn is settled."""

    needed: int
    """Annotators that have to say the same."""
    adjudicators: frozenset[str]


@dataclass(frozen=True, slots=True)
class Vote:
    """One annotator's last word."""

    by: str
    at: datetime
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a turn stands, and the vote that speaks for all when it is settled."""

    review: ReviewState
    vote: Vote | None = None


def votes_of(annotations: Sequence[ReviewAnnotation]) -> list[Vote]:
    """The last usable word of each annotator. A task that was made again after its database was lost brings its
    annotations again: what is said, or taken back, there counts in place of what was said in the old one."""
    votes: dict[str, Vote | None] = {}
    for task in _newest_first(annotations):
        of_it = [
            each for each in annotations if each.task_made_at == task and each.standing is not Standing.QUARANTINED
        ]
        for name in {each.by for each in of_it} - votes.keys():
            live = [each for each in of_it if each.by == name and each.standing is Standing.COUNTED]
            last = max(live, key=lambda each: (each.updated_at, each.id), default=None)
            votes[name] = Vote(name, last.updated_at, last.opinion) if last and last.opinion else None
    return sorted((vote for vote in votes.values() if vote), key=lambda vote: (vote.at, vote.by))


def outcome(votes: Sequence[Vote], rule: Rule) -> Outcome:
    """Open until enough have voted; settled when they agree, or an adjudicator has spoken."""
    decided = [vote for vote in votes if vote.by in rule.adjudicators]
    if decided:
        return Outcome(ReviewState.SETTLED, decided[-1])
    if len({_said(vote.opinion) for vote in votes}) > 1:
        return Outcome(ReviewState.DISAGREED)
    if len(votes) < rule.needed:
        return Outcome(ReviewState.OPEN)
    return Outcome(ReviewState.SETTLED, votes[0])


class Settling:
    """Turns annotations of Label Studio into annotations of ours, one a turn."""

    def __init__(
        self, annotations: ReviewAnnotations, records: TurnRecords, inbox: AnnotationInbox, rule: Rule, clock: Clock
    ) -> None:
        self._annotations = annotations
        self._records = records
        self._inbox = inbox
        self._rule = rule
        self._clock = clock

    def settle(self) -> int:
        """Settles all turns about which something has changed; gives how many. What a crash interrupts is done again:
        handing over the same outcome twice is handing it over once."""
        done = 0
        while items := self._annotations.unsettled(_BATCH):
            settled = sum(self._tried(item) for item in items)
            done += settled
            if not settled:
                break  # somebody else keeps changing them: the next pass looks again
        return done

    def _tried(self, item: QueuedReview) -> bool:
        """One turn does not hold the others up."""
        try:
            return self._settle(item)
        except Exception:
            log.exception("turn %s could not be settled", item.turn_id)
            return False

    def _settle(self, item: QueuedReview) -> bool:
        seen = self._annotations.of_turn(item.turn_id)
        record = self._records.turn(item.turn_id)
        if item.draft_id not in (None, draft_id(record)):
            return False  # decided anew: its task shows the old draft still, and what is said there is about that one
        votes = votes_of(seen)
        found = outcome(votes, self._rule)
        if found.vote is not None:
            draft = record.proposed.text if record.proposed else ""
            agreeing = [vote for vote in votes if _said(vote.opinion) == _said(found.vote.opinion)]
            self._inbox.keep(annotation_of(record, found.vote, agreeing), draft, SOURCE)
        else:
            with suppress(NotFound):  # it was never settled
                self._inbox.withdraw(annotation_id(item.turn_id), self._clock.now())
        return self._annotations.settle(item, found.review, seen)


def annotation_id(turn_id: TurnId) -> str:
    """One a turn, however often it is settled."""
    return f"review_{turn_id}"[:64]


def annotation_of(record: TurnRecord, vote: Vote, agreeing: Sequence[Vote]) -> Annotation:
    """The outcome as an annotation of ours; a reply goes into every such case only when all who agree say so."""
    values: dict[str, str] = {}
    for situation in record.situations:
        values = slot_values(situation.facts) | values
    opinion = vote.opinion
    failures = dict.fromkeys(failure for each in agreeing for failure in each.opinion.failures)
    again = all(each.opinion.use_again is UseAgain.EVERY_SUCH_CASE for each in agreeing)
    return Annotation(
        id=annotation_id(record.id),
        turn_id=record.id,
        draft_id=draft_id(record),
        verdict=opinion.verdict,
        by=vote.by[:64],
        at=vote.at,
        text=fill_slots(opinion.text_in_slots, values) if opinion.text_in_slots else None,
        reason=", ".join(failures) or None,
        text_in_slots=opinion.text_in_slots,
        use_again=UseAgain.EVERY_SUCH_CASE if again else UseAgain.ONLY_HERE,
    )


def _said(opinion: Opinion) -> tuple[str, str, str]:
    """What two annotators have to have in common to agree: verdict, intent, and the words of an edit."""
    return opinion.verdict.value, opinion.intent or "", " ".join((opinion.text_in_slots or "").split())


def _newest_first(annotations: Collection[ReviewAnnotation]) -> list[str]:
    return sorted({each.task_made_at for each in annotations}, reverse=True)
