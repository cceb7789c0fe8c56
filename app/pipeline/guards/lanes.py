"""Work side by side within one deadline: what is not done by then is left behind and stops nobody.

A thread a piece of work, begun when it is needed: starting one costs less than a tenth of a millisecond, and one that
hangs cannot take a place in a pool away. How many may be at work is bounded all the same, so that a guard that hangs
in every turn does not fill the memory.
"""

import threading
import time
from collections.abc import Callable, Sequence

_MOST = 128


class Lanes:
    """Where guards run. Lives as long as the parts do; safe to share between turns."""

    def __init__(self, most: int = _MOST) -> None:
        self._places = threading.Semaphore(most)

    def run(self, works: Sequence[Callable[[], None]], within_s: float) -> None:
        """Begins all of them and waits until they are done, or the time is up; what has found no place is not begun.
        The works keep their own results and errors."""
        until = time.monotonic() + within_s
        begun = [thread for work in works if (thread := self._begin(work)) is not None]
        for thread in begun:
            thread.join(max(0.0, until - time.monotonic()))

    def _begin(self, work: Callable[[], None]) -> threading.Thread | None:
        if not self._places.acquire(blocking=False):
            return None

        def with_a_place() -> None:
            try:
                work()
            finally:
                self._places.release()

        thread = threading.Thread(target=with_a_place, name="guard", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system gives no more threads
            self._places.release()
            return None
        return thread
