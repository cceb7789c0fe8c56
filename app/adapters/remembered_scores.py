"""A detector that is asked the same again: approved replies, passages and bodies are the same texts turn after turn."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from app.domain.text import fingerprint
from app.ports import TextDetector


class RememberedScores:
    """Implements `TextDetector` over another one, and remembers what it said of the last texts, not the texts
    themselves: a customer's words are among them. Safe to share between threads."""

    def __init__(self, detector: TextDetector, remembered: int = 8192) -> None:
        self._detector = detector
        self._capacity = remembered
        self._known: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """The detector's own."""
        return self._detector.version

    def scores(self, texts: Sequence[str]) -> list[float]:
        """What the detector says, asked once for each new text. Raises what it raises, and remembers nothing then."""
        prints = {text: fingerprint(text) for text in texts}
        with self._lock:
            known = {text: self._known[each] for text, each in prints.items() if each in self._known}
        fresh = [text for text in prints if text not in known]
        if fresh:
            known.update(zip(fresh, self._detector.scores(fresh), strict=True))
        with self._lock:
            for text, each in prints.items():
                self._known[each] = known[text]
                self._known.move_to_end(each)
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)
        return [known[text] for text in texts]
