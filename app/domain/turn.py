"""The record of one turn: what was asked, understood, gathered, drafted, flagged, decided and delivered.

Telemetry, the console, review, datasets and evaluation all read this and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.facts import Fact
from app.domain.ids import ConversationId, CustomerId, TurnId
from app.domain.reply import Candidate, DeliveryDecision, Flag, Origin, Reply
from app.domain.retrieval import PolicyPassage
from app.domain.understanding import Request


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A past case as it was found: the reply itself stands in the store under its id."""

    interaction_id: str
    situation: str
    score: float


@dataclass(frozen=True, slots=True)
class PromptSent:
    """A prompt exactly as a model got it."""

    template: str
    """Name and version, such as "answer.order.v1"."""
    model: str
    text: str


@dataclass(frozen=True, slots=True)
class RefinedDraft:
    """What stage three made of the chosen body, and what became of it."""

    text: str
    model: str
    delivered: bool
    """Whether it took the draft's place in the reply; whether that was sent is the turn's decision."""
    problems: tuple[Flag, ...] = ()
    same: float | None = None
    """How likely it says what the draft said; None when nobody asked."""


@dataclass(frozen=True, slots=True)
class ShadowedDraft:
    """What a version in shadow would have drafted; never delivered."""

    text: str
    version: str
    violations: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """One request in the light of the records: everything its answer rests on."""

    request: Request
    key: str | None
    """`intent/situation`; None when the playbook has no situation for what the records show."""
    signs: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    retrieved: tuple[Retrieved, ...] = ()
    passages: tuple[PolicyPassage, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    prompts: tuple[PromptSent, ...] = ()
    refined: RefinedDraft | None = None
    shadowed: ShadowedDraft | None = None

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that went into the reply."""
        return next((candidate for candidate in self.candidates if candidate.chosen), None)


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long one stage took, in milliseconds."""

    stage: str
    ms: float


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One turn, whole."""

    id: TurnId
    conversation_id: ConversationId
    customer_id: CustomerId | None
    at: datetime
    asked: str
    """The customer's words, masked. As she wrote them they stand in the conversation's messages only."""
    situations: tuple[Situation, ...]
    flags: tuple[Flag, ...]
    decision: DeliveryDecision
    proposed: Reply | None
    """What the chain would say, whole."""
    delivered: str
    """What the customer was told: the reply, or a notice that a person takes a look."""
    versions: Mapping[str, str]
    timings: tuple[StageTime, ...]
    degradations: tuple[str, ...] = ()

    @property
    def origin(self) -> Origin | None:
        """Where the reply comes from: drafted when any part of it was."""
        origins = [situation.chosen.origin for situation in self.situations if situation.chosen]
        for origin in (Origin.DRAFTED, Origin.APPROVED, Origin.COMPOSED):
            if origin in origins:
                return origin
        return Origin.COMPOSED if self.proposed else None
