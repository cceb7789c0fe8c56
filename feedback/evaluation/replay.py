"""Plays the suite through the chain as it serves, and keeps of each case what the metrics need.

Nothing is stored: a case is a turn of its own, with the records of the customer who plays it. The same cases go through
different systems: the whole chain, drafts alone, past replies alone, and two plain ways without a model.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from app.adapters.memory import NoInteractions
from app.domain.reply import Delivery, Flag, Origin
from app.domain.retrieval import Interaction, RetrievedInteraction
from app.domain.turn import TurnRecord
from app.pipeline.parts import Parts
from app.pipeline.turn import answer_turn
from app.ports import ChatCompletion, ChatModel, ChatRequest, InteractionIndex
from feedback.evaluation.staging import Staged
from feedback.evaluation.suite import Suite, SuiteCase

DECLINED = "off_topic/decline"


@dataclass(frozen=True, slots=True)
class Played:
    """A case and what became of it."""

    case: SuiteCase
    record: TurnRecord
    ms: float
    understood: bool
    """Whether the situations found are the ones that the case needs, or their twins."""

    @property
    def sent(self) -> bool:
        """Whether the reply went out without a person."""
        return self.record.decision.delivery is Delivery.SEND

    @property
    def asked_back(self) -> bool:
        """Whether the reply is a question back: neither an answer nor a risk."""
        return any(
            situation.chosen is not None and situation.chosen.origin is Origin.COMPOSED
            for situation in self.record.situations
        )

    @property
    def template(self) -> str:
        """What the chain would say, in slots; empty when it has nothing."""
        return self.record.proposed.template if self.record.proposed else ""

    @property
    def situations(self) -> tuple[str, ...]:
        """The keys that the chain found, without those it has no situation for."""
        return tuple(situation.key for situation in self.record.situations if situation.key)

    @property
    def violations(self) -> tuple[Flag, ...]:
        """What the hard rules found in the bodies that were put together."""
        return tuple(
            flag
            for situation in self.record.situations
            for candidate in situation.candidates[:1]
            for flag in candidate.violations
        )

    @property
    def origin(self) -> Origin | None:
        """Where the reply comes from."""
        return self.record.origin


def play(suite: Suite, staged: Iterable[Staged], parts: Parts) -> Iterator[Played]:
    """Each case through the chain."""
    for each in staged:
        record = answer_turn(each.turn, parts).record
        found = [situation.key for situation in record.situations if situation.key]
        # A case that needs no situation (an order to ignore the rules) is understood when it is declined.
        understood = suite.same(found, each.case.situations) or (not each.case.situations and set(found) <= {DECLINED})
        yield Played(each.case, record, sum(stage.ms for stage in record.timings), understood)


class Untuned:
    """The model without what it has learnt here: no adapter has an unnamed task."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def version(self) -> str:
        """Says that no adapter is applied."""
        return f"{self._model.version} untuned"

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        """As the model alone would."""
        return self._model.complete(replace(request, task=""))


@dataclass(frozen=True, slots=True)
class System:
    """One way to answer, made from the parts of the whole chain."""

    name: str
    what: str
    of: Callable[[Parts], Parts]
    drafts: bool = False
    """Whether it drafts for every case, which takes a second or two each."""


class NearestAnywhere(NoInteractions):
    """The past reply whose question is nearest, whatever situation it was written for: plain retrieval."""

    def __init__(self, index: InteractionIndex) -> None:
        self._index = index

    def search(
        self,
        question: str,
        *,
        situation: str | None = None,
        intent: str | None = None,  # noqa: ARG002 - wherever it is from
        limit: int = 5,  # noqa: ARG002
    ) -> list[RetrievedInteraction]:
        """The one, named for the situation asked about."""
        nearest = self._index.search(question, limit=1) if situation else []
        return [replace(hit, interaction=replace(hit.interaction, product_id=None)) for hit in nearest]


class OneReplyEach(NoInteractions):
    """The same reply in a situation whatever is asked: a template."""

    def __init__(self, past: Iterable[Interaction]) -> None:
        self._first: dict[str, Interaction] = {}
        for interaction in sorted(past, key=lambda one: one.id):
            if interaction.usable:
                self._first.setdefault(interaction.situation, interaction)

    def search(
        self,
        question: str,  # noqa: ARG002 - whatever is asked
        *,
        situation: str | None = None,
        intent: str | None = None,  # noqa: ARG002
        limit: int = 5,  # noqa: ARG002
    ) -> list[RetrievedInteraction]:
        """The template of the situation, as if it fitted every question."""
        template = self._first.get(situation or "")
        return [RetrievedInteraction(template, 1.0)] if template else []


class Without(NoInteractions):
    """An index that lacks whole situations: what a shop has before anybody has answered there."""

    def __init__(self, index: InteractionIndex, situations: frozenset[str]) -> None:
        self._index = index
        self._situations = situations

    def search(
        self, question: str, *, situation: str | None = None, intent: str | None = None, limit: int = 5
    ) -> list[RetrievedInteraction]:
        """What the index finds elsewhere."""
        found = self._index.search(question, situation=situation, intent=intent, limit=limit)
        return [hit for hit in found if hit.interaction.situation not in self._situations]


WHOLE, PAST, DRAFTS, BASE = "whole chain", "past replies only", "drafts only", "drafts of the untuned model"
NEAREST, TEMPLATE = "nearest past reply", "one reply a situation"


def systems(past: Iterable[Interaction]) -> tuple[System, ...]:
    """What is compared. The chain around them is the same: understanding, records, rules, guards, decision."""
    kept = tuple(past)
    return (
        System(WHOLE, "as it serves", lambda parts: parts),
        System(PAST, "no model", lambda parts: replace(parts, model=None)),
        System(
            NEAREST,
            "the reply to the nearest past question, whatever situation it was for",
            lambda parts: replace(parts, model=None, interactions=NearestAnywhere(parts.interactions)),
        ),
        System(
            TEMPLATE,
            "always the same reply in a situation",
            lambda parts: replace(parts, model=None, interactions=OneReplyEach(kept)),
        ),
        System(
            DRAFTS,
            "no past reply at all: the tuned model writes, the verifier chooses",
            lambda parts: replace(parts, interactions=NoInteractions()),
            drafts=True,
        ),
        System(
            BASE,
            "the same with the model as it was downloaded",
            lambda parts: replace(
                parts, interactions=NoInteractions(), model=Untuned(parts.model) if parts.model else None
            ),
            drafts=True,
        ),
    )
