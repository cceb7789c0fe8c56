"""What is done again and again beside the turns, in a thread of its own: a slow mail server holds up no turn."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

_EVERY_S = 5.0
_STOPS_WITHIN_S = 15.0


class Rounds:
    """Goes round until it is closed."""

    def __init__(self, *acts: Callable[[], object], every_s: float = _EVERY_S) -> None:
        """An act that fails is done again the next time, and keeps no other from being done."""
        self._acts = acts
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go, name="rounds", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def close(self) -> None:
        """Ends after what is being done, but waits no longer than a stop may take: what is not done stays in the
        database."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_STOPS_WITHIN_S)

    def _go(self) -> None:
        while True:
            for act in self._acts:
                try:
                    act()
                except Exception:
                    log.exception("%s failed and is done again", getattr(act, "__qualname__", act))
            if self._stop.wait(self._every_s):
                return
