"""A Label Studio in a folder and on a port of its own, to be measured and tested with; it can be killed and started
again. Nothing here is used in service: there it is started by hand, or by whatever starts services."""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx

from app.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".label-studio" / "bin" / "label-studio"
_START = ROOT / "deploy" / "label-studio" / "start"
_STARTS_WITHIN_S = 300.0


def installed() -> bool:
    """Whether `make label-studio` has put it where it belongs."""
    return PROGRAM.exists() and _START.exists()


class LabelStudioServer:
    """The process, its address and its secrets."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, str]:
        """What Handrail has to be told, as environment variables."""
        lines = (self.folder / "handrail.env").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def start(self) -> None:
        """Starts it and waits until it answers: a minute on an empty folder. Raises ConfigurationError."""
        if not installed():
            raise ConfigurationError("Label Studio is not installed here: make .label-studio/.installed")
        self.folder.mkdir(parents=True, exist_ok=True)
        own = {"LABEL_STUDIO_BASE_DATA_DIR": str(self.folder), "LABEL_STUDIO_PORT": str(self._port)}
        with (self.folder / "server.log").open("ab") as log:
            # A session of its own, so that it is killed with whatever it starts.
            self._process = subprocess.Popen(  # noqa: S603 - our own script
                [str(_START)], env={**os.environ, **own}, stdout=log, stderr=log, start_new_session=True
            )
        patience = time.monotonic() + _STARTS_WITHIN_S
        while time.monotonic() < patience and self._process.poll() is None:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/health", timeout=5, trust_env=False).is_success:
                    return
            time.sleep(0.25)
        words = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        self.kill()
        raise ConfigurationError(f"Label Studio did not start: {words}")

    def kill(self) -> None:
        """Ends it as `kill -9` does."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
