"""Krippendorff's alpha, on examples whose value is known."""

import pytest

from feedback.annotation.agreement import alpha


def test_those_who_always_agree_have_one() -> None:
    assert alpha([["a", "a"], ["b", "b", "b"]]) == 1


def test_a_published_example_comes_out() -> None:
    # Three coders, fifteen units, values missing: 0.691 for labels without an order.
    coders = ("*****34121133*3", "1*213343*******", "**21344*21133*4")
    units = [[coder[place] for coder in coders if coder[place] != "*"] for place in range(15)]
    assert alpha(units) == pytest.approx(0.691, abs=0.0005)


def test_two_observers_by_hand() -> None:
    # n = 8 values: 5 a, 3 b; one pair differs. Observed 2 of 8, expected 2·5·3 of 8·7.
    assert alpha([["a", "a"], ["b", "b"], ["a", "b"], ["a", "a"]]) == pytest.approx(1 - (2 / 8) / (30 / 56))


def test_nothing_can_be_said_where_nothing_can_be_compared() -> None:
    assert alpha([["a"], ["b"]]) is None
    assert alpha([["a", "a"], ["a", "a"]]) is None
    assert alpha([]) is None
