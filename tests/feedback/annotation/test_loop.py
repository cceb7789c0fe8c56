"""The worker goes on whatever happens, stops when it is told to, and lets the next one begin at once."""

import os
import subprocess
import sys
import threading
from typing import cast

from feedback.annotation.label_studio import LabelStudioDown
from feedback.annotation.loop import Loop, Pass, work

PATIENCE_S = 30


class Failing:
    """A loop whose passes fail at first; after the fourth it is told to stop."""

    def __init__(self, stop: threading.Event) -> None:
        self.passes = 0
        self.let_go_of = 0
        self._stop = stop

    def once(self) -> Pass:
        self.passes += 1
        if self.passes == 1:
            raise LabelStudioDown("nobody is there")
        if self.passes == 2:
            raise ZeroDivisionError
        if self.passes == 4:
            self._stop.set()
        return Pass()

    def let_go(self) -> None:
        self.let_go_of += 1


def test_a_pass_that_fails_is_followed_by_the_next_until_it_is_told_to_stop() -> None:
    stop, told = threading.Event(), list[str]()
    loop = Failing(stop)
    work(cast("Loop", loop), stop, told.append, 0.001)
    assert (loop.passes, loop.let_go_of) == (4, 1)
    assert told == ["Label Studio: nobody is there"]


def test_a_worker_is_not_left_behind_when_its_parent_is_killed() -> None:
    child = (
        "import threading; from feedback.annotation.loop import while_parent_lives; stop = threading.Event()\n"
        "with while_parent_lives(stop): print('there', flush=True); stop.wait(60); print('gone', flush=True)"
    )
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); sys.stdin.read()"
    started = subprocess.Popen(
        [sys.executable, "-c", parent],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "there\n"
    started.kill()
    started.wait(PATIENCE_S)
    assert started.stdout.readline() == "gone\n"
    started.stdout.close()
    assert started.stdin is not None
    started.stdin.close()
