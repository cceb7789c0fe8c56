"""A service in a process of its own, to be measured or killed; on a copy of the shop's data, never on the data."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx

from app.errors import ConfigurationError
from app.settings import Settings

_STARTS_WITHIN_S = 180.0
_CODE = Path(__file__).parents[2]
_PLENTY = 1_000_000
LIGHT = ("app.measure.light_service",)
_SAID = (
    "review_outbox",
    "review_annotations",
    "webhook_inbox",
    "ratings",
    "annotations",
    "events",
    "messages",
    "turns",
    "conversations",
)


class Child:
    """The process; it can be started again on the same data and the same port."""

    def __init__(self, folder: Path, environment: Mapping[str, str], program: Sequence[str] = LIGHT) -> None:
        """`program` is a module with its arguments; its data, logs included, are in `folder`."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self._program = program
        self.environment = {
            # Nothing of the installation's own settings: what is measured never touches its database or its records.
            **{name: value for name, value in os.environ.items() if not name.startswith("HANDRAIL_")},
            # This very code, wherever it was started from: `folder` is where the child works.
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_CODE), os.environ.get("PYTHONPATH")))),
            "HANDRAIL_DATA_DIR": str(folder),
            "HANDRAIL_HOST": "127.0.0.1",
            "HANDRAIL_PORT": str(self.port),
            "HANDRAIL_MESSAGES_PER_MINUTE": str(_PLENTY),
            "HANDRAIL_CONVERSATIONS_PER_MINUTE": str(_PLENTY),
            "HANDRAIL_AGENT_CALLS_PER_MINUTE": str(_PLENTY),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None  # noqa: S101 - asked only while it runs
        return self._process.pid

    def start(self) -> None:
        """Starts it and waits until it answers. Raises ConfigurationError with its last words when it does not."""
        with (self.folder / "service.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-m", *self._program], env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )
        patience = time.monotonic() + _STARTS_WITHIN_S
        while time.monotonic() < patience and self._process.poll() is None:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/healthz", timeout=1).is_success:
                    return
            time.sleep(0.02)
        words = (self.folder / "service.log").read_text(encoding="utf-8")[-2000:]
        raise ConfigurationError(f"the service did not start: {words}")

    def kill(self) -> None:
        """Ends it as `kill -9` does."""
        assert self._process is not None  # noqa: S101
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Asks it to end, and waits."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=_STARTS_WITHIN_S)


@contextmanager
def light_service(settings: Settings, **environment: str) -> Iterator[Child]:
    """A light service on a copy of the shop's data, without the conversations in it."""
    folder = Path(tempfile.mkdtemp(prefix="handrail-measure-"))
    try:
        copy_shop(settings, folder)
        child = Child(folder, environment)
        child.start()
        try:
            yield child
        finally:
            child.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_shop(settings: Settings, folder: Path) -> None:
    """Pages, past replies and records, as they stand. Raises ConfigurationError when there are none."""
    for name in ("handrail.sqlite3", "demo_crm.sqlite3"):
        source = settings.data_dir / name
        if not source.exists():
            raise ConfigurationError(f"there is no {source}: run handrail-ingest demo first")
        with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(folder / name)) as written:
            read.backup(written)
    with closing(sqlite3.connect(folder / "handrail.sqlite3")) as database:
        there = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in _SAID:
            if table in there:
                database.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
        database.commit()
