"""The worker under its supervisor, with the real model: it serves, dies, comes back, and never outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.adapters.chat_completions import OpenAIChat
from app.errors import DeadlineExceeded, ModelDown, WeightsError
from app.inference.supervisor import Phase, WorkerProcess, rest_before_restart
from app.ports import ChatMessage, ChatRequest

STORY = (ChatMessage("user", "Tell me a very long story about a tent."),)
SLOTS = 'root ::= (word " "){4,12} slot "."\nword ::= [a-z]{1,8}\nslot ::= "{order_id}" | "{delivery_date}"'


@pytest.fixture(scope="module")
def worker(model_file: Path) -> Iterator[WorkerProcess]:
    with WorkerProcess(model_file) as running:
        yield running


@pytest.fixture(scope="module")
def chat(worker: WorkerProcess) -> Iterator[OpenAIChat]:
    client = OpenAIChat(worker.base_url, api_key=worker.api_key, version="test")
    yield client
    client.close()


def eventually(condition: Callable[[], bool], within_s: float = 15.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


def is_alive(pid: int) -> bool:
    """False for a zombie too: it has ended and only waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_grammar_admits_only_the_offered_slots_and_no_digits(chat: OpenAIChat) -> None:
    question = (ChatMessage("user", "When does order 12345 arrive? Answer with 3 dates."),)
    drafts = chat.complete(ChatRequest(question, 80, 60.0, temperature=0.9, n=3, seed=3, grammar=SLOTS))
    for draft in drafts:
        assert not any(character.isdigit() for character in draft.text)
        if draft.finished:
            assert draft.text.endswith(("{order_id}.", "{delivery_date}."))


def test_a_prompt_seen_before_is_cached(chat: OpenAIChat) -> None:
    chat.complete(ChatRequest(STORY, 1, 60.0))
    (again,) = chat.complete(ChatRequest(STORY, 1, 60.0))
    assert again.cached_tokens > again.prompt_tokens / 2


def test_a_story_longer_than_the_deadline_is_a_missed_deadline(chat: OpenAIChat) -> None:
    with pytest.raises(DeadlineExceeded):
        chat.complete(ChatRequest(STORY, 1500, 0.2))


def test_a_prompt_longer_than_the_context_is_refused_not_cut(chat: OpenAIChat) -> None:
    with pytest.raises(ModelDown, match="context"):
        chat.complete(ChatRequest((ChatMessage("user", "tent " * 3000),), 1, 60.0))


def test_a_request_without_the_key_is_turned_away(worker: WorkerProcess) -> None:
    stranger = OpenAIChat(worker.base_url, api_key="a guess", version="test")
    with pytest.raises(ModelDown, match="401"):
        stranger.complete(ChatRequest(STORY, 1, 60.0))
    stranger.close()


def test_a_worker_killed_in_mid_request_fails_that_request_and_answers_the_next(model_file: Path) -> None:
    with WorkerProcess(model_file) as worker, ThreadPoolExecutor(1) as pool:
        chat = OpenAIChat(worker.base_url, api_key=worker.api_key, version="test")
        chat.complete(ChatRequest(STORY, 1, 60.0))
        pid = worker.pid
        assert pid is not None
        under_way = pool.submit(chat.complete, ChatRequest(STORY, 1500, 60.0))
        assert eventually(lambda: _is_busy(pid))
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ModelDown):
            under_way.result(timeout=30)
        assert chat.complete(ChatRequest(STORY, 2, 60.0))[0].text
        assert worker.restarts == 1
        assert worker.pid != pid
        chat.close()


def test_it_starts_when_it_is_first_asked_for_and_many_may_ask_at_once(model_file: Path) -> None:
    worker = WorkerProcess(model_file)
    assert worker.phase is Phase.IDLE
    assert worker.pid is None
    with ThreadPoolExecutor(6) as pool:
        addresses = set(pool.map(lambda _: worker.base_url(), range(6)))
    assert len(addresses) == 1
    assert worker.restarts == 0
    pid = worker.pid
    assert pid is not None
    worker.close()
    worker.close()
    assert not is_alive(pid)
    with pytest.raises(ModelDown, match="closed"):
        worker.base_url()


def test_a_missing_model_file_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no model file"):
        WorkerProcess(tmp_path / "nothing.gguf").start()


def test_a_damaged_model_file_is_named_and_the_worker_rests(tmp_path: Path, model_file: Path) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(model_file.read_bytes()[:1_000_000])
    worker = WorkerProcess(damaged)
    with pytest.raises(WeightsError, match=r"damaged\.gguf is missing, damaged"):
        worker.start()
    with pytest.raises(ModelDown, match="resting"):
        worker.base_url()
    worker.close()


def test_a_worker_that_cannot_start_in_time_does_not_hold_up_the_caller(model_file: Path) -> None:
    worker = WorkerProcess(model_file)
    began = time.monotonic()
    with pytest.raises(ModelDown, match="did not start within"):
        worker.base_url(0.01)
    assert time.monotonic() - began < 1.0
    worker.close()


def test_the_worker_ends_when_its_parent_is_killed(model_file: Path) -> None:
    parent_code = (
        "import sys, time; from pathlib import Path; from app.inference.supervisor import WorkerProcess\n"
        "worker = WorkerProcess(Path(sys.argv[1])); worker.start(); print(worker.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent_code, str(model_file)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
        assert eventually(lambda: not is_alive(pid))


@pytest.mark.parametrize(("deaths", "rest_s"), [(0, 0.0), (1, 0.0), (2, 0.5), (3, 1.0), (5, 4.0), (50, 30.0)])
def test_the_first_death_is_answered_at_once_and_later_ones_ever_more_slowly(deaths: int, rest_s: float) -> None:
    assert rest_before_restart(deaths) == rest_s


def _is_busy(pid: int) -> bool:
    """Whether the process has just used the processor: the request has reached it."""
    before = _ticks(pid)
    time.sleep(0.05)
    return _ticks(pid) - before >= 2


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])
