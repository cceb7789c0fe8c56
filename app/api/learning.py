"""Learns behind the service: soon after a decision, the next customer is answered with it."""

import logging
import threading
import time

from app.learning.learner import Learner

log = logging.getLogger(__name__)

_LOOK_S = 0.5
_SETTLE_S = 300.0


class LearningWorker:
    """A thread that looks for decisions to learn from, whoever made them and wherever."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="learning", daemon=True)
        self._settled_at = time.monotonic()

    def start(self) -> None:
        """Begins with what was decided while nobody learnt."""
        self._thread.start()

    def close(self) -> None:
        """Finishes the pass that is under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):
            try:
                self._learner.learn()
                if time.monotonic() - self._settled_at > _SETTLE_S:
                    self._settled_at = time.monotonic()
                    self._learner.settle()
            except Exception:
                log.exception("nothing could be learnt just now; it is tried again")
