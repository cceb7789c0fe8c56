"""Versions of the model, and how one of them comes to answer customers.

candidate ─▶ shadow ─▶ canary ─▶ live ─▶ retired, or rolled back at any point after the first. What may follow what is
decided here, of values alone; the registry keeps it, one transaction a move.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.ids import ModelVersionId
from app.errors import GateNotPassed, InvalidInput, MoveNotAllowed


class ModelState(StrEnum):
    """Where a version stands."""

    CANDIDATE = "candidate"
    """Registered; it answers nobody."""
    SHADOW = "shadow"
    """It drafts beside the live one, after the customer has her reply; nothing of it is delivered."""
    CANARY = "canary"
    """It answers a share of the conversations."""
    LIVE = "live"
    RETIRED = "retired"
    """Another one went live in its place; a roll-back makes it live again."""
    ROLLED_BACK = "rolled_back"


_NEXT = {
    ModelState.CANDIDATE: {ModelState.SHADOW, ModelState.CANARY, ModelState.LIVE},
    ModelState.SHADOW: {ModelState.CANARY, ModelState.LIVE, ModelState.ROLLED_BACK},
    ModelState.CANARY: {ModelState.SHADOW, ModelState.CANARY, ModelState.LIVE, ModelState.ROLLED_BACK},
    ModelState.LIVE: {ModelState.ROLLED_BACK},
    ModelState.RETIRED: {ModelState.SHADOW},
    ModelState.ROLLED_BACK: {ModelState.SHADOW},
}
"""What a person may ask for. A version retires by itself, when another goes live; one that was taken out of service
begins again in shadow."""
ANSWERS_CUSTOMERS = frozenset({ModelState.CANARY, ModelState.LIVE})
ALONE_IN_ITS_STATE = frozenset({ModelState.SHADOW, *ANSWERS_CUSTOMERS})
"""For each task, one version at most is in each of these."""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What the gate found when it held a version against another."""

    passed: bool
    suite: str
    """The evaluation suite, with its version."""
    against: str
    """The version it was compared with."""
    failures: tuple[str, ...]
    at: datetime
    report: str = ""
    """Where the whole report is."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One adapter that was learnt, as it stands now."""

    id: ModelVersionId
    task: str
    """What it is for, as prompts name it: "answer", "refine"."""
    file: str
    """Its name below the folder of adapters."""
    sha256: str
    state: ModelState
    made_at: datetime
    since: datetime
    """When it came to its state."""
    dataset: str = ""
    share: int = 0
    """In canary: how many of a hundred conversations it answers, 1 to 100."""
    shipped: bool = False
    """It came with the product, whose makers held it against their gate."""
    verdict: GateVerdict | None = None

    @property
    def may_answer(self) -> bool:
        """Whether customers may get what it writes."""
        return self.shipped or (self.verdict is not None and self.verdict.passed)


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a version, with who took it and why."""

    version: ModelVersionId
    before: ModelState | None
    """None: it was registered."""
    after: ModelState
    by: str
    why: str
    at: datetime
    share: int = 0


def version_id(task: str, sha256: str) -> ModelVersionId:
    """The same file for the same task is the same version: "answer@037544fb"."""
    return ModelVersionId(f"{task}@{sha256[:8]}")


def moves(
    versions: Sequence[ModelVersion],
    version_id: ModelVersionId,
    to: ModelState,
    *,
    share: int = 0,
) -> tuple[tuple[ModelVersion, ModelState], ...]:
    """What a move takes, in order: the versions that make room or come back, each with the state that it enters.

    `versions` are all of the task. Raises MoveNotAllowed, GateNotPassed, and InvalidInput for a share that is none.
    """
    version = next(each for each in versions if each.id == version_id)
    if to not in _NEXT[version.state]:
        raise MoveNotAllowed(f"{version.id} is {version.state.value} and cannot become {to.value}")
    if (to is ModelState.CANARY) is not (1 <= share <= 100):
        raise InvalidInput("a canary answers a share of 1 to 100 %, any other version none")
    if to in ANSWERS_CUSTOMERS and not version.may_answer:
        raise GateNotPassed(f"{version.id} may not answer customers: {_missing(version.verdict)}")
    others = [each for each in versions if each.id != version_id]
    if to is ModelState.ROLLED_BACK and version.state is ModelState.LIVE:
        former = former_live(others)
        back = ((former, ModelState.LIVE),) if former else ()
        return ((version, to), *back)
    holder = next((each for each in others if each.state is to), None)
    if holder is None or to not in ALONE_IN_ITS_STATE:
        return ((version, to),)
    if to is not ModelState.LIVE:
        raise MoveNotAllowed(f"{holder.id} is {to.value} already; roll it back first")
    return ((holder, ModelState.RETIRED), (version, to))


def former_live(versions: Iterable[ModelVersion]) -> ModelVersion | None:
    """The version to go back to: the one that retired last. None: the model without an adapter."""
    retired = [each for each in versions if each.state is ModelState.RETIRED]
    return max(retired, key=lambda each: each.since, default=None)


def in_state(versions: Iterable[ModelVersion], task: str, state: ModelState) -> ModelVersion | None:
    """The one version of the task that is live, in canary or in shadow."""
    return next((each for each in versions if each.task == task and each.state is state), None)


def serving(versions: Sequence[ModelVersion], task: str, conversation: str) -> ModelVersion | None:
    """The version that answers this conversation, the same each time; None: the model without an adapter.

    A canary takes its share of the conversations, and keeps those that it has when its share grows.
    """
    canary = in_state(versions, task, ModelState.CANARY)
    if canary is not None and conversation and _place(canary, conversation) < canary.share:
        return canary
    return in_state(versions, task, ModelState.LIVE)


def standing_in(versions: Sequence[ModelVersion], unusable: Collection[ModelVersionId]) -> tuple[ModelVersion, ...]:
    """The versions without those whose files cannot be used; for a live one, the version before it serves."""
    usable = [each for each in versions if each.id not in unusable]
    lost = {each.task for each in versions if each.state is ModelState.LIVE} - {
        each.task for each in usable if each.state is ModelState.LIVE
    }
    substitutes = [former_live(each for each in usable if each.task == task) for task in sorted(lost)]
    put_in = {each.id: replace(each, state=ModelState.LIVE) for each in substitutes if each is not None}
    return tuple(put_in.get(each.id, each) for each in usable)


def _place(version: ModelVersion, conversation: str) -> float:
    """Where a conversation falls, 0 to 100; another canary deals anew."""
    digest = hashlib.sha256(f"{version.id}\n{conversation}".encode()).digest()
    return int.from_bytes(digest[:4]) * 100 / 2**32


def _missing(verdict: GateVerdict | None) -> str:
    if verdict is None:
        return "it has not been held against the gate"
    return f"it failed the gate on {verdict.suite} ({'; '.join(verdict.failures) or 'no reason given'})"
