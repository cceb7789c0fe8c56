"""A version of the model goes from shadow to canary to live and back on the real worker, and customers keep asking."""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from pathlib import Path

import pytest

from app.adapters.rollout_chat import RolloutChat
from app.adapters.sql.models import SqlModels
from app.domain.ids import ModelVersionId
from app.domain.rollout import GateVerdict, ModelState, ModelVersion, in_state
from app.embedded import launch_worker
from app.errors import DeadlineExceeded
from app.inference.adapters import Candidate, register_adapter
from app.inference.requantize import served_gguf
from app.inference.weights import SMOLLM2, fetch, problem_of
from app.ports import ChatCompletion, ChatMessage, ChatRequest
from app.settings import Settings
from app.stores import Stores, open_stores
from tests.adapter_files import write_adapter

MODELS = Path(os.environ.get("HANDRAIL_TEST_MODELS", Path(__file__).parents[2] / "var" / "models"))
PATIENCE_S = 120.0
CONVERSATIONS = tuple(f"conv_{number:02}" for number in range(40))
MOST_REQUESTS = 4000
"""That the threads may send in all; the phases take a few hundred."""
PASSED = GateVerdict(passed=True, suite="answers.v1", against="", failures=(), at=datetime(2026, 3, 2, tzinfo=UTC))


def a_question(conversation: str = "", tokens: int = 1) -> ChatRequest:
    """One word tells the versions apart; of more, rounding may change those that are nearly as likely as another."""
    words = (ChatMessage("user", "May I bring a kettle back to you?"),)
    return ChatRequest(words, tokens, 60.0, task="answer", conversation=conversation)


@pytest.fixture(scope="module")
def weights() -> Path:
    fetch(SMOLLM2.name, MODELS)
    return served_gguf(MODELS)


@pytest.fixture(scope="module")
def adapters(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two that say different things."""
    folder = tmp_path_factory.mktemp("adapters")
    first, second = (write_adapter(folder / f"{seed}.gguf", weights, seed) for seed in (1, 2))
    return first, second


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def stores(settings: Settings) -> Iterator[Stores]:
    opened = open_stores(settings)
    yield opened
    opened.engine.dispose()


@dataclass
class Released:
    """A registry, and the model that follows it."""

    chat: RolloutChat
    registry: SqlModels
    settings: Settings
    weights: Path
    degradations: list[str]
    _minutes: Iterator[int] = field(default_factory=count)

    def now(self) -> datetime:
        return PASSED.at + timedelta(minutes=next(self._minutes))

    def registers(self, file: Path) -> ModelVersion:
        about = Candidate("answer", "made up", self.now())
        folder = self.settings.adapters_dir
        version = register_adapter(file, self.weights, folder, self.registry, about, by="Ada", why="a try")
        self.registry.keep_verdict(version.id, PASSED)
        return version

    def moves(self, version: ModelVersion, to: ModelState, share: int = 0) -> None:
        self.registry.move(version.id, to, by="Ada", why="a try", at=self.now(), share=share)

    def says(self, conversation: str = "", tokens: int = 1) -> ChatCompletion:
        return self.chat.complete(a_question(conversation, tokens))[0]

    def drafts_unheard(self, tokens: int = 1) -> ChatCompletion:
        return self.chat.in_shadow(a_question(tokens=tokens))[0]


@contextmanager
def following(settings: Settings, weights: Path, stores: Stores, *, every_s: float = 0.05) -> Iterator[Released]:
    counted: list[str] = []
    with RolloutChat(
        stores.models,
        lambda versions: launch_worker(settings, weights, versions),
        base="small",
        problem=lambda version: problem_of(settings.adapters_dir / version.file, version.sha256),
        count=counted.append,
        every_s=every_s,
    ) as chat:
        yield Released(chat, stores.models, settings, weights, counted)


def eventually(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def name_of(version: ModelVersion) -> str:
    return f"small+{version.id}"


@dataclass(frozen=True)
class Answer:
    """What came back, and in which phase it was asked for and came back."""

    conversation: str
    version: str
    text: str
    asked_in: str
    came_in: str
    seconds: float


class Customers:
    """Threads that keep asking, each in many conversations, and what they got."""

    def __init__(self, chat: RolloutChat, threads: int = 3) -> None:
        self.chat = chat
        self.phase = "live"
        self.answers: list[Answer] = []
        self.failures: list[BaseException] = []
        self._left = iter(range(MOST_REQUESTS))
        self._conversations = cycle(CONVERSATIONS)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(threads)]

    def __enter__(self) -> "Customers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def of(self, phase: str) -> list[Answer]:
        """What was asked for and came back in one phase."""
        with self._lock:
            return [answer for answer in self.answers if answer.asked_in == answer.came_in == phase]

    def enter(self, phase: str, answers: int) -> list[Answer]:
        """Begins a phase, and waits until so many were answered in it."""
        self.phase = phase
        assert eventually(lambda: len(self.of(phase)) >= answers or bool(self.failures)), phase
        assert self.failures == []
        return self.of(phase)

    def _ask(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                if next(self._left, None) is None:
                    return
                conversation = next(self._conversations)
            asked_in, began = self.phase, time.monotonic()
            try:
                (got,) = self.chat.complete(a_question(conversation))
            except Exception as error:  # any failure is what this test is about
                self.failures.append(error)
                return
            with self._lock:
                seconds = time.monotonic() - began
                self.answers.append(Answer(conversation, got.version, got.text, asked_in, self.phase, seconds))


def versions_by_conversation(answers: list[Answer]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for answer in answers:
        found[answer.conversation].add(answer.version)
    return found


def test_a_version_is_released_and_taken_back_while_customers_keep_asking_and_no_request_fails(
    settings: Settings, weights: Path, stores: Stores, adapters: tuple[Path, Path]
) -> None:
    with following(settings, weights, stores) as rollout:
        alone = rollout.says()
        before, after = (rollout.registers(file) for file in adapters)
        rollout.moves(before, ModelState.LIVE)
        assert eventually(lambda: rollout.says().version == name_of(before))
        with Customers(rollout.chat) as customers:
            first = customers.enter("live", len(CONVERSATIONS))

            rollout.moves(after, ModelState.SHADOW)
            assert eventually(lambda: _is_in_shadow(rollout))
            in_shadow = customers.enter("shadow", len(CONVERSATIONS))

            rollout.moves(after, ModelState.CANARY, share=50)
            assert eventually(lambda: any(rollout.says(each).version == name_of(after) for each in CONVERSATIONS[:8]))
            in_canary = customers.enter("canary", 3 * len(CONVERSATIONS))

            rollout.moves(after, ModelState.LIVE)
            assert eventually(lambda: rollout.says().version == name_of(after))
            replaced = customers.enter("replaced", len(CONVERSATIONS))

            rollout.moves(after, ModelState.ROLLED_BACK)
            assert eventually(lambda: rollout.says().version == name_of(before))
            taken_back = customers.enter("rolled back", len(CONVERSATIONS))

        assert customers.failures == []
        assert {answer.version for answer in (*first, *in_shadow, *taken_back)} == {name_of(before)}
        assert {answer.version for answer in replaced} == {name_of(after)}
        by = (name_of(before), name_of(after))
        assert {answer.version for answer in customers.answers} == set(by)
        by_conversation = versions_by_conversation(in_canary)
        assert set(by_conversation) == set(CONVERSATIONS)
        assert all(len(found) == 1 for found in by_conversation.values()), "each keeps to its version"
        in_share = sum(found == {name_of(after)} for found in by_conversation.values())
        assert 12 <= in_share <= 28, "about half of forty"
        # What is said to have written a text has written it: the three never say the same.
        texts = {version: {answer.text for answer in customers.answers if answer.version == version} for version in by}
        assert [len(said) for said in texts.values()] == [1, 1]
        assert len({alone.text}.union(*texts.values())) == 3
        assert max(answer.seconds for answer in customers.answers) < 30.0
        assert rollout.degradations == []


def _is_in_shadow(rollout: Released) -> bool:
    """Whether it would draft: customers go first, so as long as they keep asking it waits."""
    try:
        return bool(rollout.chat.in_shadow(replace(a_question(), timeout_s=0.5, patient=True)))
    except DeadlineExceeded:
        return True


def test_a_roll_back_starts_no_worker_before_it_counts(
    settings: Settings, weights: Path, stores: Stores, adapters: tuple[Path, Path]
) -> None:
    with following(settings, weights, stores, every_s=PATIENCE_S) as rollout:
        before, after = (rollout.registers(file) for file in adapters)
        rollout.moves(before, ModelState.LIVE)
        rollout.chat.refresh()
        rollout.moves(after, ModelState.LIVE)
        rollout.chat.refresh()
        running = rollout.chat._running
        rollout.moves(after, ModelState.ROLLED_BACK)
        rollout.chat.refresh()
        assert rollout.says().version == name_of(before)
        assert rollout.chat._running is running


def test_what_one_version_has_read_is_never_gone_on_from_by_another(
    settings: Settings, weights: Path, stores: Stores, adapters: tuple[Path, Path]
) -> None:
    with following(settings, weights, stores, every_s=PATIENCE_S) as rollout:
        before, after = (rollout.registers(file) for file in adapters)
        rollout.moves(before, ModelState.LIVE)
        rollout.chat.refresh()
        by_itself = rollout.says(tokens=6).text
        rollout.moves(after, ModelState.SHADOW)
        rollout.chat.refresh()
        unheard = rollout.drafts_unheard(6).text
        again = [(rollout.says(tokens=6).text, rollout.drafts_unheard(6).text) for _ in range(4)]
        assert set(again) == {(by_itself, unheard)}

        rollout.moves(after, ModelState.ROLLED_BACK)
        rollout.chat.refresh()
        rollout.says()
        assert rollout.says().cached_tokens > 0, "alone again, it goes on from what it has read itself"


def test_a_file_that_was_damaged_after_it_was_registered_leaves_the_version_before_it_serving(
    settings: Settings, weights: Path, stores: Stores, adapters: tuple[Path, Path]
) -> None:
    with following(settings, weights, stores, every_s=PATIENCE_S) as rollout:
        before, after = (rollout.registers(file) for file in adapters)
        rollout.moves(before, ModelState.LIVE)
        rollout.chat.refresh()
        damaged = settings.adapters_dir / after.file
        sound = damaged.read_bytes()
        damaged.write_bytes(sound[:-8] + bytes(8))
        rollout.moves(after, ModelState.LIVE)

        rollout.chat.refresh()
        rollout.chat.refresh()

        assert in_state(stores.models.versions(), "answer", ModelState.LIVE) is not None
        assert rollout.says().version == name_of(before)
        assert "is damaged" in rollout.chat.refused[after.id]
        assert rollout.degradations == ["model_file"], "counted once"

        damaged.write_bytes(sound)
        rollout.chat.refresh()
        assert rollout.says().version == name_of(after), "mended, it serves"
        assert rollout.chat.refused == {}


def test_a_worker_that_dies_does_not_come_back_with_a_file_that_was_damaged_meanwhile(
    settings: Settings, weights: Path, stores: Stores, adapters: tuple[Path, Path]
) -> None:
    with following(settings, weights, stores) as rollout:
        before, after = (rollout.registers(file) for file in adapters)
        rollout.moves(before, ModelState.LIVE)
        rollout.moves(after, ModelState.LIVE)
        assert eventually(lambda: rollout.says().version == name_of(after))
        damaged = settings.adapters_dir / after.file
        damaged.write_bytes(damaged.read_bytes()[:-8] + bytes(8))
        pid = rollout.chat._running.worker.process.pid  # type: ignore[union-attr]
        os.kill(pid, 9)

        assert eventually(lambda: _answers_with(rollout, name_of(before)))

        assert "is damaged" in rollout.chat.refused[after.id]


def _answers_with(rollout: Released, version: str) -> bool:
    try:
        return rollout.says().version == version
    except Exception:  # down while the worker is replaced, as after any death
        return False


def test_after_a_restart_the_registry_says_what_serves(
    settings: Settings, weights: Path, stores: Stores, adapters: tuple[Path, Path]
) -> None:
    with following(settings, weights, stores, every_s=PATIENCE_S) as rollout:
        before = rollout.registers(adapters[0])
        rollout.moves(before, ModelState.LIVE)
    with following(settings, weights, stores, every_s=PATIENCE_S) as rollout:
        assert rollout.says().version == name_of(before)
        assert rollout.chat.version == f"small+{ModelVersionId(before.id)}"
