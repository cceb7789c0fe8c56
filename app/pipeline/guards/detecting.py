"""Asks a detector about texts of any length: a long one is looked at in pieces too, since what it hides may stand at
the very end, beyond what the encoder reads."""

from collections.abc import Iterator, Sequence

from app.ports import TextDetector


def highest(detector: TextDetector, texts: Sequence[str], whole: int) -> list[float]:
    """For each text the highest probability of it or any of its pieces; `whole` are the words of a piece."""
    pieces = [(place, piece) for place, text in enumerate(texts) for piece in _pieces(text, whole)]
    found = [0.0] * len(texts)
    for (place, _), score in zip(pieces, detector.scores([piece for _, piece in pieces]), strict=True):
        found[place] = max(found[place], score)
    return found


def _pieces(text: str, whole: int) -> Iterator[str]:
    yield text
    words = text.split()
    if len(words) > whole:
        yield from (" ".join(words[start : start + whole]) for start in range(0, len(words), whole))
