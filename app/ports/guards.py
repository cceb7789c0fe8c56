"""What the guards lean on."""

from collections.abc import Sequence
from typing import Protocol


class TextDetector(Protocol):
    """Tells how likely a text is to be what it was trained to find: an attack, an insult."""

    @property
    def version(self) -> str:
        """Names what was learnt."""
        ...

    def scores(self, texts: Sequence[str]) -> list[float]:
        """A calibrated probability from 0 to 1 for each text, in their order. Raises WeightsError."""
        ...


class Sentiment(Protocol):
    """Tells how a text feels."""

    @property
    def version(self) -> str:
        """Names the words that it goes by, or what was learnt."""
        ...

    def score(self, text: str) -> float:
        """From -1 (furious) over 0 (matter of fact) to 1 (delighted)."""
        ...
