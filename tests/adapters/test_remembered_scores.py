"""A detector is asked about each text once; what is remembered is bounded."""

from collections.abc import Sequence

import pytest

from app.adapters.remembered_scores import RememberedScores
from app.errors import WeightsError


class Counted:
    """A `TextDetector` by length, that keeps what it was asked."""

    version = "counted"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False

    def scores(self, texts: Sequence[str]) -> list[float]:
        if self.down:
            raise WeightsError("gone")
        self.asked += texts
        return [len(text) / 100 for text in texts]


def test_the_same_text_is_asked_about_once() -> None:
    inner = Counted()
    detector = RememberedScores(inner)

    assert detector.scores(["one", "three", "one"]) == [0.03, 0.05, 0.03]
    assert detector.scores(["three", "eleven"]) == [0.05, 0.06]
    assert inner.asked == ["one", "three", "eleven"]
    assert detector.version == "counted"


def test_the_text_that_was_needed_longest_ago_is_forgotten_first() -> None:
    inner = Counted()
    detector = RememberedScores(inner, remembered=2)
    for texts in (["a"], ["b"], ["a"], ["c"], ["a"], ["b"]):
        detector.scores(texts)

    assert inner.asked == ["a", "b", "c", "b"]


def test_more_texts_at_once_than_are_remembered_get_their_scores() -> None:
    assert RememberedScores(Counted(), remembered=1).scores(["a", "bb", "ccc"]) == [0.01, 0.02, 0.03]


def test_the_texts_themselves_are_not_kept() -> None:
    detector = RememberedScores(Counted())
    detector.scores(["I am Maya Okafor, where is LF-12064?"])
    assert "Maya" not in repr(vars(detector))


def test_a_failure_is_not_remembered() -> None:
    inner = Counted()
    detector = RememberedScores(inner)
    inner.down = True
    with pytest.raises(WeightsError):
        detector.scores(["a"])
    inner.down = False

    assert detector.scores(["a"]) == [0.01]
    assert detector.scores([]) == []
