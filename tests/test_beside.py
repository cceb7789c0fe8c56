"""The annotation worker beside the service: there when a Label Studio is named, and never left behind."""

import os
import signal
import sys
import time
from pathlib import Path

from app.beside import annotation_worker
from app.settings import Settings

PATIENCE_S = 20.0
NAMED = Settings(label_studio_url="http://127.0.0.1:9")


def program(folder: Path, then: str) -> tuple[str, ...]:
    """Notes its process id, one a start, and goes on."""
    note = f"import os, time; open({str(folder / 'started')!r}, 'a').write(f'{{os.getpid()}}\\n'); {then}"
    return (sys.executable, "-c", note)


def started(folder: Path, times: int) -> list[int]:
    """The process ids, once there are so many."""
    patience = time.monotonic() + PATIENCE_S
    while time.monotonic() < patience:
        lines = (folder / "started").read_text().splitlines() if (folder / "started").exists() else []
        if len(lines) >= times:
            return [int(line) for line in lines]
        time.sleep(0.02)
    raise AssertionError(f"it was not started {times} times")


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_nothing_is_started_where_no_label_studio_is_named(tmp_path: Path) -> None:
    with annotation_worker(Settings(), program(tmp_path, "pass")):
        pass
    assert not (tmp_path / "started").exists()


def test_the_worker_runs_inside_the_block_and_ends_with_it(tmp_path: Path) -> None:
    with annotation_worker(NAMED, program(tmp_path, "time.sleep(60)")):
        [process] = started(tmp_path, 1)
        assert alive(process)
    assert not alive(process)


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with annotation_worker(NAMED, program(tmp_path, "time.sleep(60)"), rest_s=0.05):
        [process] = started(tmp_path, 1)
        os.kill(process, signal.SIGKILL)
        assert started(tmp_path, 2)[1] != process
