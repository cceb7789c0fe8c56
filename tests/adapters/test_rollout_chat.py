"""The model that follows the registry, with workers that stand still when a test says so."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.adapters.memory import ScriptedChat
from app.adapters.rollout_chat import RolloutChat
from app.adapters.sql.database import open_database
from app.adapters.sql.models import SqlModels
from app.domain.ids import ModelVersionId
from app.domain.rollout import ModelState, ModelVersion, serving
from app.errors import DeadlineExceeded, ModelDown, WeightsError
from app.ports import ChatCompletion, ChatMessage, ChatRequest
from tests.api.house import becomes_true
from tests.builders import NOW, a_model_version

HELLO = ChatRequest((ChatMessage("user", "Hello"),), 5, 5.0, task="answer")
WAIT_S = 10.0


class Standing(ScriptedChat):
    """A worker that says which adapter it was asked for, and stands still while its gate is closed."""

    def __init__(self, loaded: Sequence[ModelVersion]) -> None:
        super().__init__(lambda request: request.task or "alone")
        self.loaded = {version.id for version in loaded}
        self.gate = threading.Event()
        self.gate.set()
        self.failing = False
        self.closed = False

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        assert not self.closed, "nobody is asked after it was closed"
        assert request.task in {"", *self.loaded}, "what is asked for is loaded"
        said = super().complete(request)
        assert self.gate.wait(WAIT_S)
        return said

    def close(self) -> None:
        self.closed = True


@dataclass
class Stage:
    """A registry with two versions, the workers that were started, and what stands in their way."""

    registry: SqlModels
    first: ModelVersion
    second: ModelVersion
    workers: list[Standing] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    problems: dict[ModelVersionId, str] = field(default_factory=dict)
    unloadable: set[ModelVersionId] = field(default_factory=set)
    _minute: int = 0

    def launch(self, versions: Sequence[ModelVersion]) -> Standing:
        if self.unloadable & {version.id for version in versions}:
            raise WeightsError("llama.cpp cannot load it")
        self.workers.append(Standing(versions))
        return self.workers[-1]

    def opened(self) -> RolloutChat:
        """Nothing follows by itself: the tests refresh it."""
        return RolloutChat(
            self.registry,
            self.launch,
            base="small",
            problem=lambda version: self.problems.get(version.id, ""),
            count=self.counted.append,
            every_s=3600,
        )

    def moves(self, version: ModelVersion, to: ModelState, share: int = 0) -> None:
        self._minute += 1
        at = NOW + timedelta(minutes=self._minute)
        self.registry.move(version.id, to, by="Ada", why="a try", at=at, share=share)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    engine = open_database(f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    registry = SqlModels(engine)
    first, second = a_model_version("1"), a_model_version("2")
    for version in (first, second):
        registry.add(version, "Ada", "made")
    made = Stage(registry, first, second)
    made.moves(first, ModelState.LIVE)
    yield made
    engine.dispose()


def said_by(chat: RolloutChat, conversation: str = "") -> str:
    (completion,) = chat.complete(replace(HELLO, conversation=conversation))
    return completion.version


def test_an_answer_names_the_version_that_wrote_it_and_another_task_gets_the_model_alone(stage: Stage) -> None:
    with stage.opened() as chat:
        (completion,) = chat.complete(HELLO)
        assert (completion.text, completion.version) == (stage.first.id, f"small+{stage.first.id}")
        assert chat.version == f"small+{stage.first.id}"
        (other,) = chat.complete(replace(HELLO, task="refine"))
        assert (other.text, other.version) == ("alone", "small")


def test_a_canary_answers_its_share_and_the_rest_stays_with_the_live_one(stage: Stage) -> None:
    with stage.opened() as chat:
        stage.moves(stage.second, ModelState.CANARY, share=30)
        chat.refresh()
        versions = stage.registry.versions()
        for number in range(50):
            conversation = f"conv_{number}"
            expected = serving(versions, "answer", conversation)
            assert expected is not None
            assert said_by(chat, conversation=conversation) == f"small+{expected.id}"
        assert said_by(chat) == f"small+{stage.first.id}", "a request of no conversation is no trial"


def test_a_new_version_brings_a_second_worker_and_the_first_ends_when_its_requests_have(stage: Stage) -> None:
    with stage.opened() as chat, ThreadPoolExecutor(2) as pool:
        (old,) = stage.workers
        old.gate.clear()
        under_way = pool.submit(said_by, chat)
        assert becomes_true(lambda: len(old.requests) == 3)  # two were its first words
        stage.moves(stage.second, ModelState.LIVE)
        swap = pool.submit(chat.refresh)
        assert becomes_true(lambda: chat.version == f"small+{stage.second.id}")

        assert said_by(chat) == f"small+{stage.second.id}", "a new request does not wait for the old worker"
        assert not old.closed
        old.gate.set()
        assert under_way.result(WAIT_S) == f"small+{stage.first.id}"
        swap.result(WAIT_S)
        assert old.closed


def test_states_and_shares_change_no_worker(stage: Stage) -> None:
    with stage.opened() as chat:
        stage.moves(stage.second, ModelState.CANARY, share=30)
        chat.refresh()
        for to, share in ((ModelState.CANARY, 60), (ModelState.SHADOW, 0), (ModelState.LIVE, 0)):
            stage.moves(stage.second, to, share)
            chat.refresh()
        stage.moves(stage.second, ModelState.ROLLED_BACK)
        chat.refresh()
        assert said_by(chat) == f"small+{stage.first.id}"
        assert len(stage.workers) == 2


def test_a_version_in_shadow_is_asked_beside_the_one_that_is_heard(stage: Stage) -> None:
    with stage.opened() as chat:
        assert chat.in_shadow(HELLO) == []
        stage.moves(stage.second, ModelState.SHADOW)
        chat.refresh()
        assert said_by(chat) == f"small+{stage.first.id}"
        (unheard,) = chat.in_shadow(HELLO)
        assert (unheard.text, unheard.version) == (stage.second.id, f"small+{stage.second.id}")
        assert chat.in_shadow(replace(HELLO, task="refine")) == []


def test_what_two_versions_have_read_is_read_anew_until_one_is_alone_on_a_fresh_worker(stage: Stage) -> None:
    with stage.opened() as chat:
        said_by(chat)
        assert not stage.workers[-1].requests[-1].read_anew
        stage.moves(stage.second, ModelState.SHADOW)
        chat.refresh()
        chat.in_shadow(HELLO)
        assert not stage.workers[-1].requests[-1].read_anew, "nobody else has read anything on this worker"
        said_by(chat)
        assert stage.workers[-1].requests[-1].read_anew
        chat.refresh()
        assert len(stage.workers) == 2, "both are needed"

        stage.moves(stage.second, ModelState.ROLLED_BACK)
        chat.refresh()
        said_by(chat)

        assert len(stage.workers) == 3
        assert not stage.workers[-1].requests[-1].read_anew


def test_versions_take_turns_in_the_order_in_which_their_requests_came(stage: Stage) -> None:
    with stage.opened() as chat, ThreadPoolExecutor(3) as pool:
        stage.moves(stage.second, ModelState.SHADOW)
        chat.refresh()
        worker = stage.workers[-1]
        asked = len(worker.requests)
        worker.gate.clear()
        first = pool.submit(chat.complete, HELLO)
        assert becomes_true(lambda: len(worker.requests) == asked + 1)
        unheard = pool.submit(chat.in_shadow, HELLO)
        assert becomes_true(lambda: bool(chat._running and len(chat._running.waiting) == 1))
        later = pool.submit(chat.complete, HELLO)
        assert becomes_true(lambda: bool(chat._running and len(chat._running.waiting) == 2))
        assert len(worker.requests) == asked + 1
        worker.gate.set()
        for each in (first, unheard, later):
            assert each.result(WAIT_S)
        order = [request.task for request in worker.requests[asked:]]
        assert order == [stage.first.id, stage.second.id, stage.first.id]


def test_what_nobody_waits_for_begins_when_nobody_else_waits(stage: Stage) -> None:
    with stage.opened() as chat, ThreadPoolExecutor(3) as pool:
        (worker,) = stage.workers
        asked = len(worker.requests)
        worker.gate.clear()
        first = pool.submit(chat.complete, HELLO)
        assert becomes_true(lambda: len(worker.requests) == asked + 1)
        patient = pool.submit(chat.complete, replace(HELLO, task="refine", patient=True))
        assert becomes_true(lambda: bool(chat._running and len(chat._running.waiting) == 1))
        impatient = pool.submit(chat.complete, replace(HELLO, task="other"))
        assert becomes_true(lambda: bool(chat._running and len(chat._running.waiting) == 2))
        worker.gate.set()
        for each in (first, patient, impatient):
            assert each.result(WAIT_S)
        assert [request.patient for request in worker.requests[asked:]] == [False, False, True]


def test_a_request_whose_turn_does_not_come_in_time_is_a_missed_deadline_and_holds_up_nobody(stage: Stage) -> None:
    with stage.opened() as chat, ThreadPoolExecutor(1) as pool:
        worker = stage.workers[-1]
        worker.gate.clear()
        first = pool.submit(chat.complete, HELLO)
        assert becomes_true(lambda: len(worker.requests) == 3)
        with pytest.raises(DeadlineExceeded):
            chat.complete(replace(HELLO, task="refine", timeout_s=0.05))
        worker.gate.set()
        assert first.result(WAIT_S)
        assert said_by(chat)


def test_a_version_whose_file_is_damaged_is_refused_counted_once_and_serves_when_it_is_mended(stage: Stage) -> None:
    with stage.opened() as chat:
        stage.problems[stage.second.id] = "it is damaged"
        stage.moves(stage.second, ModelState.LIVE)
        chat.refresh()
        chat.refresh()
        assert said_by(chat) == f"small+{stage.first.id}"
        assert chat.refused == {stage.second.id: "it is damaged"}
        assert stage.counted == ["model_file"]
        assert len(stage.workers) == 1

        stage.problems.clear()
        chat.refresh()
        assert said_by(chat) == f"small+{stage.second.id}"
        assert chat.refused == {}


def test_a_worker_that_cannot_start_leaves_the_one_before_serving_and_is_not_started_over_and_over(
    stage: Stage,
) -> None:
    with stage.opened() as chat:
        stage.unloadable.add(stage.second.id)
        stage.moves(stage.second, ModelState.LIVE)
        for _ in range(3):
            chat.refresh()
        assert said_by(chat) == f"small+{stage.first.id}"
        assert chat.failure == "llama.cpp cannot load it"
        assert stage.counted == ["model_worker"]
        assert not stage.workers[0].closed

        stage.moves(stage.second, ModelState.ROLLED_BACK)
        chat.refresh()
        assert chat.failure == ""


def test_a_start_with_an_adapter_that_cannot_be_loaded_serves_what_can_be(stage: Stage) -> None:
    stage.moves(stage.second, ModelState.CANARY, share=100)
    stage.unloadable.add(stage.second.id)
    with stage.opened() as chat:
        assert said_by(chat, conversation="conv_1") == f"small+{stage.first.id}"
        assert chat.failure
    stage.unloadable.add(stage.first.id)
    with stage.opened() as chat:
        assert said_by(chat) == "small"


def test_without_any_worker_there_is_no_start(stage: Stage) -> None:
    def nothing(versions: Sequence[ModelVersion]) -> Standing:
        raise WeightsError("there is no model")

    stage.launch = nothing  # type: ignore[method-assign]
    with pytest.raises(WeightsError, match="no model"), stage.opened():
        pass


def test_a_worker_that_does_not_come_back_is_replaced(stage: Stage) -> None:
    with stage.opened() as chat:
        stage.workers[0].failing = True
        chat.refresh()
        assert said_by(chat) == f"small+{stage.first.id}"
        assert stage.workers[0].closed
        assert len(stage.workers) == 2


def test_a_registry_that_cannot_be_read_changes_nothing(stage: Stage) -> None:
    reads = threading.Event()

    class Unreadable(SqlModels):
        def versions(self, task: str = "") -> list[ModelVersion]:
            if broken.is_set():
                reads.set()
                raise ModelDown("no database")
            return super().versions(task)

    broken = threading.Event()
    registry = Unreadable(stage.registry._engine)
    with RolloutChat(registry, stage.launch, base="small", count=stage.counted.append, every_s=0.01) as chat:
        broken.set()
        assert reads.wait(WAIT_S)
        assert becomes_true(lambda: chat.failure == "no database")
        assert said_by(chat) == f"small+{stage.first.id}"
        broken.clear()
        assert becomes_true(lambda: chat.failure == "")
    assert stage.counted == ["model_registry"]


def test_it_follows_by_itself_and_is_down_when_it_is_closed(stage: Stage) -> None:
    with RolloutChat(stage.registry, stage.launch, base="small", every_s=0.01) as chat:
        stage.moves(stage.second, ModelState.LIVE)
        assert becomes_true(lambda: chat.version == f"small+{stage.second.id}")
    assert all(worker.closed for worker in stage.workers)
    with pytest.raises(ModelDown):
        chat.complete(HELLO)
