"""`ChatModel` by the registry: each conversation is answered by the version that serves it, and versions change while
requests are under way.

One worker holds the model with the adapters of every version that may be needed. A version that is not on it brings a
second worker, which has to answer once with each adapter before requests go to it; those that are under way on the
first are finished there, and then it is closed. States and shares change no worker, so a roll-back takes no start.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Protocol, Self

from app.domain.ids import ModelVersionId
from app.domain.rollout import (
    ALONE_IN_ITS_STATE,
    ModelState,
    ModelVersion,
    former_live,
    in_state,
    serving,
    standing_in,
)
from app.errors import DeadlineExceeded, HandrailError, ModelDown
from app.ports import ChatCompletion, ChatMessage, ChatModel, ChatRequest, ModelRegistry

log = logging.getLogger(__name__)

LOOK_S = 2.0
"""How often the registry is read."""
_REST_S = 60.0
"""How long a worker that could not start with certain adapters is not started with them again."""
_DRAIN_S = 60.0
"""How long requests under way on the old worker may take; each has a deadline well below it."""
_FIRST_WORDS = ChatRequest((ChatMessage("user", "Hello"),), max_tokens=1, timeout_s=30.0)
_NOTHING_TRIED = (frozenset[ModelVersionId](), -_REST_S)


class Worker(ChatModel, Protocol):
    """A running model; it applies the adapter of the version that a request names as its task."""

    @property
    def failing(self) -> bool:
        """Whether it died and cannot come back."""
        ...

    def close(self) -> None:
        """Ends it."""
        ...


Launch = Callable[[Sequence[ModelVersion]], Worker]
"""Starts the model with these versions' adapters; returns when it serves. Raises WeightsError, ModelDown."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A request that has not begun."""

    patient: bool


@dataclass(slots=True)
class _Running:
    """A worker, what is loaded on it, and what it is doing."""

    worker: Worker
    loaded: frozenset[ModelVersionId]
    waiting: list[_Waiting] = field(default_factory=list)
    """In the order in which they came."""
    under_way: int = 0
    turn: ModelVersionId | None = None
    """Whose requests are under way. llama.cpp computes one adapter at a time, and lets the others wait for as long as
    requests of that one keep coming; so they take turns here, as they came and the patient ones last."""
    wrote: set[tuple[str, ModelVersionId | None]] = field(default_factory=set)
    """The versions that have read prompts on it, by task."""

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way or waiting."""
        return self.under_way == 0 and not self.waiting


class RolloutChat:
    """The embedded model with its versions. Thread-safe; a context manager. Also fills the role of `ShadowModel`."""

    def __init__(
        self,
        registry: ModelRegistry,
        launch: Launch,
        *,
        base: str,
        problem: Callable[[ModelVersion], str] = lambda _: "",
        count: Callable[[str], None] = lambda _: None,
        every_s: float = LOOK_S,
    ) -> None:
        """`base` names the model without an adapter. `problem` says why a version's file cannot be loaded, or nothing;
        `count` counts what had to be done without."""
        self._registry = registry
        self._launch = launch
        self._base = base
        self._problem = problem
        self._count = count
        self._every_s = every_s
        self._changed = threading.Condition()
        self._refreshing = threading.Lock()
        self._running: _Running | None = None
        self._versions: tuple[ModelVersion, ...] = ()
        self._refused: dict[ModelVersionId, str] = {}
        self._failed = _NOTHING_TRIED
        self._stop = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="rollout", daemon=True)
        self.failure = ""
        """Why the registry could not be followed the last time, empty when it could; for operators."""

    @property
    def version(self) -> str:
        """Names the weights that answer most conversations."""
        live = [each for each in self._versions if each.state is ModelState.LIVE]
        return self._base + "".join(f"+{each.id}" for each in live)

    @property
    def refused(self) -> dict[ModelVersionId, str]:
        """Versions that should serve and cannot, with why; others stand in for them."""
        return dict(self._refused)

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        """`request.n` completions by the version that serves the conversation. Raises ModelDown, DeadlineExceeded."""
        return self._ask(request, in_shadow=False)

    def in_shadow(self, request: ChatRequest) -> list[ChatCompletion]:
        """What the version in shadow makes of it; nothing when none is. Raises ModelDown, DeadlineExceeded."""
        return self._ask(request, in_shadow=True)

    def refresh(self) -> None:
        """Serves by the registry as it stands. When a worker cannot be started for it, what ran before goes on, and
        `failure` says why. Raises WeightsError or ModelDown when nothing ran before, and what the registry raises."""
        with self._refreshing:
            versions = self._registry.versions()
            running = self._running
            if running is None or running.worker.failing:
                self._start_over(versions)
                return
            lineup = self._usable(versions, running.loaded)
            if _ids(_served(lineup)) <= running.loaded:
                self._switch(lineup)
                self.failure = ""
                if not self._is_mixed(running, lineup):
                    return
            if not self._replace(lineup):
                self._switch(standing_in(versions, _ids(versions) - running.loaded))

    def close(self) -> None:
        """Stops following and ends the worker."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        if self._follower.is_alive():
            self._follower.join()
        with self._changed:
            running, self._running = self._running, None
        if running is not None:
            running.worker.close()

    def __enter__(self) -> Self:
        self.refresh()
        self._follower.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, request: ChatRequest, *, in_shadow: bool) -> list[ChatCompletion]:
        deadline = time.monotonic() + request.timeout_s
        with self._changed:
            running = self._running
            if running is None:
                raise ModelDown("The language model is closed.")
            # Under the lock: the versions and the worker that they are loaded on change together.
            if in_shadow:
                version = in_state(self._versions, request.task, ModelState.SHADOW)
                if version is None:
                    return []
            else:
                version = serving(self._versions, request.task, request.conversation)
            number = version.id if version else None
            self._await_turn(running, number, request)
            running.wrote.add((request.task, number))
            read_anew = len(_writers(running, request.task)) > 1
        try:
            left_s = deadline - time.monotonic()
            asked = replace(request, task=number or "", read_anew=read_anew, timeout_s=left_s)
            completions = running.worker.complete(asked)
        finally:
            with self._changed:
                running.under_way -= 1
                self._changed.notify_all()
        name = f"{self._base}+{version.id}" if version else self._base
        return [replace(completion, version=name) for completion in completions]

    def _await_turn(self, running: _Running, number: ModelVersionId | None, request: ChatRequest) -> None:
        """Called, and returns, with the lock held. Raises DeadlineExceeded."""
        ours = _Waiting(request.patient)
        running.waiting.append(ours)

        def may_begin() -> bool:
            first = min(running.waiting, key=lambda each: each.patient)
            return first is ours and (running.under_way == 0 or running.turn == number)

        begins = self._changed.wait_for(may_begin, request.timeout_s)
        running.waiting.remove(ours)
        self._changed.notify_all()
        if not begins:
            raise DeadlineExceeded(f"Other requests were at work for {request.timeout_s:.1f} s.")
        running.turn = number
        running.under_way += 1

    def _follow(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.refresh()
            except Exception as error:  # whatever it is: what serves goes on serving
                self._tell("model_registry", str(error))

    def _usable(self, versions: Sequence[ModelVersion], loaded: frozenset[ModelVersionId]) -> tuple[ModelVersion, ...]:
        """The versions with those left out whose files are not as they were registered; what is loaded is loaded."""
        refused: dict[ModelVersionId, str] = {}
        while True:
            lineup = standing_in(versions, refused)
            problems = {each.id: self._problem(each) for each in _served(lineup) if each.id not in loaded}
            found = {number: problem for number, problem in problems.items() if problem}
            if not found:
                break
            refused |= found
        for number, problem in refused.items():
            if self._refused.get(number) != problem:
                log.error("model version %s cannot serve, the one before it does: %s", number, problem)
                self._count("model_file")
        self._refused = refused
        return lineup

    def _start_over(self, versions: Sequence[ModelVersion]) -> None:
        """There is no worker, or none that comes back: the versions, else the live ones, else the model alone."""
        lineup = self._usable(versions, frozenset())
        if self._running is not None and self._rests(lineup):
            return
        live = tuple(each for each in lineup if each.state is ModelState.LIVE)
        failures: list[HandrailError] = []
        for attempt in dict.fromkeys((lineup, live, ())):
            try:
                self._put_in_service(self._launched(attempt), attempt)
            except HandrailError as error:
                failures.append(error)
                self._could_not_start(lineup, error)
            else:
                self.failure = self.failure if failures else ""
                return
        raise failures[0]

    def _replace(self, lineup: tuple[ModelVersion, ...]) -> bool:
        """Brings a second worker for these versions; False when it cannot be started, or could not a moment ago."""
        if self._rests(lineup):
            return False
        try:
            self._put_in_service(self._launched(lineup), lineup)
        except HandrailError as error:
            self._could_not_start(lineup, error)
            return False
        self._failed = _NOTHING_TRIED
        self.failure = ""
        return True

    def _rests(self, lineup: Sequence[ModelVersion]) -> bool:
        """Whether a worker could not be started for these versions a moment ago."""
        failed, at = self._failed
        return failed == _ids(_served(lineup)) and time.monotonic() - at < _REST_S

    def _could_not_start(self, lineup: Sequence[ModelVersion], error: HandrailError) -> None:
        self._failed = (_ids(_served(lineup)), time.monotonic())
        self._tell("model_worker", error.detail)

    def _launched(self, lineup: Sequence[ModelVersion]) -> _Running:
        """A worker that has answered once with each adapter. Raises WeightsError, ModelDown, DeadlineExceeded."""
        wanted = [*_served(lineup), *(each for each in _stand_by(lineup) if not self._problem(each))]
        worker = self._launch(wanted)
        try:
            for task in ("", *(each.id for each in wanted)):
                worker.complete(replace(_FIRST_WORDS, task=task))
        except HandrailError:
            worker.close()
            raise
        return _Running(worker, _ids(wanted))

    def _put_in_service(self, running: _Running, lineup: tuple[ModelVersion, ...]) -> None:
        """New requests go to this worker; the one before is closed when it has finished its own."""
        with self._changed:
            before, self._running = self._running, running
            self._versions = lineup
        if before is not None:
            with self._changed:
                self._changed.wait_for(lambda: before.is_idle or self._stop.is_set(), _DRAIN_S)
            before.worker.close()

    def _switch(self, lineup: tuple[ModelVersion, ...]) -> None:
        with self._changed:
            self._versions = lineup

    def _is_mixed(self, running: _Running, lineup: Sequence[ModelVersion]) -> bool:
        """Whether several versions have read prompts on a worker where one alone serves now: what the worker remembers
        of prompts cannot be used any more, and a fresh one would be quicker."""
        with self._changed:
            tasks = {task for task, _ in running.wrote}
            return any(
                len(_writers(running, task)) > 1 and sum(each.task == task for each in _served(lineup)) <= 1
                for task in tasks
            )

    def _tell(self, name: str, failure: str) -> None:
        """Logs and counts a failure once, not each time it is met."""
        if failure != self.failure:
            log.error("the model's versions cannot be followed: %s", failure)
            self._count(name)
        self.failure = failure


def _ids(versions: Sequence[ModelVersion]) -> frozenset[ModelVersionId]:
    return frozenset(each.id for each in versions)


def _served(lineup: Sequence[ModelVersion]) -> list[ModelVersion]:
    """Those that are asked for anything."""
    return [each for each in lineup if each.state in ALONE_IN_ITS_STATE]


def _stand_by(lineup: Sequence[ModelVersion]) -> list[ModelVersion]:
    """The one of each task that a roll-back would bring back: loaded too, so that a roll-back takes no start."""
    former = [former_live(each for each in lineup if each.task == task) for task in sorted({v.task for v in lineup})]
    return [each for each in former if each is not None]


def _writers(running: _Running, task: str) -> set[ModelVersionId | None]:
    return {version for each, version in running.wrote if each == task}
