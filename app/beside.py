"""What `handrail run` starts beside the service: the worker that carries turns to Label Studio and annotations back.

It is a process of its own, so that nothing of it weighs on answering; it is started again when it dies, and ends when
this one does, however that goes.
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from app.settings import Settings

log = logging.getLogger(__name__)

WORKER = (sys.executable, "-m", "feedback.cli", "worker", "--with-parent")
REST_S = 5.0
_STOPS_WITHIN_S = 30.0


@contextmanager
def annotation_worker(settings: Settings, command: Sequence[str] = WORKER, rest_s: float = REST_S) -> Iterator[None]:
    """Keeps the worker running inside the block, started again `rest_s` after it died; nothing is started where no
    Label Studio is named."""
    if not settings.label_studio_url:
        yield
        return
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(command, stop, rest_s), name="annotation worker", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join(_STOPS_WITHIN_S + rest_s)


def _keep(command: Sequence[str], stop: threading.Event, rest_s: float) -> None:
    while not stop.is_set():
        process = subprocess.Popen(command)  # noqa: S603 - this very program
        while process.poll() is None and not stop.wait(0.2):
            pass
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        else:
            log.warning("the annotation worker ended with %s and is started again", process.returncode)
            stop.wait(rest_s)
