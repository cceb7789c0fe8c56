"""Asks the assistant as any customer would, and keeps nothing of it: for the playground."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.adapters.memory import NoInteractions
from app.console.house import ConsoleHouse
from app.domain.conversation import DialogueState
from app.domain.ids import ConversationId, CustomerId, TurnId
from app.domain.rollout import ModelState, ModelVersion, in_state, serving
from app.domain.turn import TurnRecord
from app.pipeline.assistant import checked
from app.pipeline.deliver import remembered
from app.pipeline.guards.temper import tempered
from app.pipeline.parts import Parts, Turn
from app.pipeline.turn import answer_turn
from app.ports import ChatCompletion, ChatModel, ChatRequest, ShadowModel

AS_SERVED = "as served"
DRAFTED = "drafted"
NO_MODEL = "no model"
_TASK = "answer"
_TRIES = 2000


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a question can be answered."""

    key: str
    name: str


def ways(house: ConsoleHouse) -> list[Way]:
    """The ways that exist here: as customers are served, without past replies, without the model, by each version that
    is loaded beside the live one."""
    found = [Way(AS_SERVED, "As customers get it")]
    parts = house.assistant.parts
    if parts.model is not None:
        found += [Way(DRAFTED, "Written anew by the model"), Way(NO_MODEL, "Approved replies alone")]
    for version in house.models.versions(_TASK):
        if version.state is ModelState.CANARY or (version.state is ModelState.SHADOW and parts.shadow is not None):
            found.append(Way(version.id, f"{version.id}, {version.state.value}"))
    return found


@dataclass(frozen=True, slots=True)
class _Shadow:
    """The version in shadow as if it answered."""

    shadow: ShadowModel
    version: str

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        return self.shadow.in_shadow(request)


@dataclass(frozen=True, slots=True)
class _Placed:
    """The model for a conversation that falls to the wanted version."""

    model: ChatModel
    conversation: str

    @property
    def version(self) -> str:
        return self.model.version

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        return self.model.complete(replace(request, conversation=self.conversation))


def parts_for(house: ConsoleHouse, key: str) -> Parts:
    """The chain's parts for one way; as customers are served when there is no such way any more."""
    parts = replace(house.assistant.parts_now(), shadow=None)
    if key == NO_MODEL:
        return replace(parts, model=None)
    if parts.model is None:
        return parts
    if key == DRAFTED:
        return replace(parts, interactions=NoInteractions())
    versions = house.models.versions(_TASK)
    version = next((each for each in versions if each.id == key), None)
    shadow = house.assistant.parts.shadow
    if version is None:
        return parts
    if version.state is ModelState.SHADOW and shadow is not None:
        return replace(parts, model=_Shadow(shadow, version.id), interactions=NoInteractions())
    placed = _falls_to(versions, version)
    return replace(parts, model=_Placed(parts.model, placed), interactions=NoInteractions()) if placed else parts


def _falls_to(versions: Sequence[ModelVersion], version: ModelVersion) -> str | None:
    """A conversation that this version would answer."""
    if in_state(versions, _TASK, version.state) is None:
        return None
    names = (f"trial-{number}" for number in range(_TRIES))
    return next((name for name in names if serving(versions, _TASK, name) == version), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it, and what is remembered for the next question."""

    record: TurnRecord
    state: DialogueState


def ask(house: ConsoleHouse, text: str, customer: str, key: str, state: DialogueState) -> Answer:
    """Runs the whole chain; nothing is kept and nobody is told. Raises InvalidInput, EmptyMessage, MessageTooLong."""
    parts = parts_for(house, key)
    words = checked(text, parts.policy.most_message_characters)
    turn = Turn(
        id=TurnId(parts.ids.new("trial")),
        conversation_id=ConversationId("trial"),
        customer_id=CustomerId(customer) if customer else None,
        messages=(words,),
        state=state,
        at=parts.clock.now(),
    )
    outcome = answer_turn(turn, parts)
    after = remembered(turn, outcome.answered, outcome.record.decision)
    return Answer(outcome.record, tempered(after, state, outcome.record.flags))
