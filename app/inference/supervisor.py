"""Keeps the llama.cpp worker alive: starts it, notices its death at once, starts it again.

Stands between the service and `app.inference.worker`; `app.adapters.chat_completions` asks it for the address before
each request. One thread owns the process: it reads the worker's output, and the end of that output is the death
notice, so nothing is polled. A worker that keeps dying is started ever more rarely, and meanwhile callers are told at
once that the model is down, so that a turn can degrade instead of waiting.
"""

import http.client
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from app.errors import ModelDown, WeightsError

SETTLED_S = 30.0
"""A worker that has served this long has shown that it can; its death is not counted with earlier ones."""
LONGEST_REST_S = 30.0
SPIN_COUNT = "1000"
"""How long a worker thread spins for the other before it sleeps. OpenMP's own choice is for ever, which collapses from
90 tokens a second to 2 when anything else wants a core; this costs an idle machine next to nothing."""
PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class Phase(StrEnum):
    """Where the worker stands."""

    IDLE = "idle"
    """Not asked for yet."""
    STARTING = "starting"
    SERVING = "serving"
    RESTING = "resting"
    """It died repeatedly and will be started again after a while."""
    CLOSED = "closed"


def rest_before_restart(deaths: int) -> float:
    """Seconds to wait after the given number of deaths in a row: none after the first, then doubling from 0.5."""
    return 0.0 if deaths <= 1 else min(0.5 * 2.0 ** (deaths - 2), LONGEST_REST_S)


class WorkerProcess:
    """The embedded worker as one thing that can be asked for its address. Thread-safe; a context manager."""

    def __init__(
        self,
        model: Path,
        *,
        threads: int = 2,
        context: int = 2048,
        parallel: int = 4,
        adapters: Sequence[Path] = (),
        sha256s: Sequence[str] = (),
        start_timeout_s: float = 60.0,
    ) -> None:
        """`adapters` are loaded beside the model; a request names one by its place, and else gets the model alone.
        `sha256s` are what their files have to hash to, in the same order, whenever they are loaded."""
        self._model = model.resolve()
        self._adapters = tuple(adapter.resolve() for adapter in adapters)
        self._sha256s = tuple(sha256s)
        self._options = {"--threads": threads, "--context": context, "--parallel": parallel}
        self._start_timeout_s = start_timeout_s
        # Reentrant, so that a method that holds it may call another that takes it.
        self._changed = threading.Condition(threading.RLock())
        self._closing = threading.Event()
        self._phase = Phase.IDLE
        self._address = ""
        self._failure = ""
        self._restarts = 0
        self._process: subprocess.Popen[str] | None = None
        self._watcher: threading.Thread | None = None
        self.api_key = secrets.token_urlsafe(24)
        """What requests must carry: a loopback port is open to every user of the machine."""

    @property
    def phase(self) -> Phase:
        """Where the worker stands now."""
        return self._phase

    @property
    def restarts(self) -> int:
        """How often it had to be started again."""
        return self._restarts

    @property
    def failure(self) -> str:
        """Why it last died, empty while it never has; for operators."""
        return self._failure

    @property
    def pid(self) -> int | None:
        """The process id while there is a process."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Returns when it serves. Raises WeightsError when the model cannot be loaded, ModelDown on other failures."""
        if not self._model.is_file():
            raise WeightsError(f"There is no model file {self._model}; fetch the weights first.")
        try:
            self.base_url(self._start_timeout_s)
        except ModelDown as error:
            if any(str(path) in self._failure for path in (self._model, *self._adapters)):
                raise WeightsError(self._failure) from error
            raise

    def base_url(self, within_s: float = 30.0) -> str:
        """The OpenAI-compatible address, starting the worker if need be and waiting for it at most `within_s`.

        Raises ModelDown when it does not serve by then, and at once while it rests between deaths or is closed.
        """
        deadline = time.monotonic() + within_s
        with self._changed:
            if self._phase is Phase.IDLE:
                self._phase = Phase.STARTING
                self._watcher = threading.Thread(target=self._keep_alive, name="worker-watcher", daemon=True)
                self._watcher.start()
            while True:
                if self._phase is Phase.SERVING:
                    if _answers(self._address):
                        return self._address + "/v1"
                    # A process that was killed keeps its port for a moment and resets what connects to it. If it
                    # was not dying, it is of no use any more; either way the watcher starts the next one.
                    self._kill()
                elif self._phase in (Phase.RESTING, Phase.CLOSED):
                    raise ModelDown(f"The language model's worker is {self._phase.value}. {self._failure}".strip())
                if not self._changed.wait(deadline - time.monotonic()):
                    raise ModelDown(f"The language model's worker did not start within {within_s:.1f} s.")

    def close(self) -> None:
        """Ends the worker and waits for its end; safe to call twice. Afterwards `base_url` raises ModelDown."""
        self._closing.set()
        with self._changed:
            self._enter(Phase.CLOSED)
            self._kill()
            watcher = self._watcher
        if watcher is not None:
            watcher.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _keep_alive(self) -> None:
        deaths = 0
        while not self._closing.is_set():
            served_s = self._run()
            deaths = 1 if served_s >= SETTLED_S else deaths + 1
            rest_s = rest_before_restart(deaths)
            self._enter(Phase.RESTING if rest_s else Phase.STARTING)
            if self._closing.wait(rest_s):
                return
            self._enter(Phase.STARTING)
            self._restarts += 1

    def _run(self) -> float:
        """Starts one worker and returns when it has died, with the seconds for which it served."""
        process = self._launch()
        if process is None or process.stdin is None or process.stdout is None:
            return 0.0
        last_words: deque[str] = deque(maxlen=5)
        serving_since: float | None = None
        refusal = ""
        too_slow = threading.Timer(self._start_timeout_s, process.kill)
        too_slow.daemon = True
        too_slow.start()
        with process, process.stdin, process.stdout:
            for line in process.stdout:
                report = _report(line)
                if "address" in report:
                    too_slow.cancel()
                    serving_since = time.monotonic()
                    self._address = report["address"]
                    self._enter(Phase.SERVING)
                elif "error" in report:
                    refusal = report["error"]
                else:
                    last_words.append(line.strip())
            code = process.wait()
        too_slow.cancel()
        self._failure = refusal or " ".join([f"The worker ended with status {code}.", *last_words]).strip()
        return 0.0 if serving_since is None else time.monotonic() - serving_since

    def _launch(self) -> subprocess.Popen[str] | None:
        command = [sys.executable, "-m", "app.inference.worker", "--model", str(self._model)]
        for adapter in self._adapters:
            command += ["--adapter", str(adapter)]
        for sha256 in self._sha256s:
            command += ["--sha256", sha256]
        for name, value in self._options.items():
            command += [name, str(value)]
        with self._changed:
            if self._closing.is_set():
                return None
            self._process = subprocess.Popen(  # noqa: S603 - our own module and our own settings, no shell
                command,
                cwd=PACKAGE_ROOT,
                env={"GOMP_SPINCOUNT": SPIN_COUNT} | os.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # Ctrl-C in a terminal is for the service, which still has turns to finish and ends the worker last.
                start_new_session=True,
            )
            process = self._process
        if process.stdin is not None:
            try:
                process.stdin.write(self.api_key + "\n")
                process.stdin.flush()
            except BrokenPipeError:
                pass  # It died already; the end of its output says so.
        return process

    def _enter(self, phase: Phase) -> None:
        with self._changed:
            if self._phase is not Phase.CLOSED:
                self._phase = phase
            self._changed.notify_all()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()


def _report(line: str) -> dict[str, str]:
    if not line.startswith("{"):
        return {}
    try:
        report = json.loads(line)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


def _answers(address: str) -> bool:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 0, timeout=1.0)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    except TimeoutError:
        return True  # Only slow: the request's own deadline decides.
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
