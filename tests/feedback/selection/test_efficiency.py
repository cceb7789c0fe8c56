"""Few labels, chosen, are worth many that are drawn at random."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from feedback.selection.efficiency import Benchmark, Curve, by_chance, by_choice, full_accuracy, interval
from feedback.selection.plot import Line, plot


@pytest.fixture(scope="module")
def shapes() -> Benchmark:
    """Twenty kinds of question, some asked a hundred times as often as others."""
    rng = np.random.default_rng(3)
    middles = rng.normal(size=(20, 16))
    kinds = np.concatenate([np.repeat(np.arange(20), [300 if kind < 4 else 12 for kind in range(20)])])
    asked = np.arange(20).repeat(10)

    def near(of: np.ndarray) -> np.ndarray:
        made = middles[of] + 0.35 * rng.normal(size=(len(of), 16))
        vectors: np.ndarray = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
        return vectors

    return Benchmark("shapes", near(kinds), kinds.astype(str), near(asked), asked.astype(str))


def test_chosen_labels_reach_the_target_with_far_fewer_than_labels_at_random(shapes: Benchmark) -> None:
    target = 0.9 * full_accuracy(shapes)
    chosen = by_choice(shapes, 200, 5, seed=1).reaches(target)
    chance = by_chance(shapes, 200, 5, seed=1).reaches(target)
    assert chosen is not None
    assert chance is None or chosen < 0.7 * chance


def test_both_ways_spend_the_same_number_of_labels_and_none_twice(shapes: Benchmark) -> None:
    assert by_choice(shapes, 200, 4, seed=2).labels == by_chance(shapes, 200, 4, seed=2).labels == (50, 100, 150, 200)


@pytest.mark.parametrize(("target", "labels"), [(0.4, 50), (0.5, 100), (0.65, 150), (0.9, None)])
def test_between_two_measurements_a_straight_line_tells_when_it_was_reached(target: float, labels: int | None) -> None:
    assert Curve((50, 100, 200), (0.4, 0.5, 0.8)).reaches(target) == labels


def test_an_interval_is_wider_the_more_the_seeds_differ() -> None:
    assert interval([0.5, 0.5, 0.5])[1:] == (0.5, 0.5)
    mean, low, high = interval([0.4, 0.5, 0.6])
    assert low < 0.4 < mean < 0.6 < high


def test_the_plot_is_a_picture_with_both_lines_and_the_target() -> None:
    lines = [Line(name, [(0.1, (0.7, 0.6, 0.8)), (0.2, (0.9, 0.85, 0.95))]) for name in ("chosen", "at random")]
    picture = ET.fromstring(plot("a < b", lines, 0.88, "the target"))  # noqa: S314 - our own
    words = [element.text for element in picture.iter() if element.text]
    assert {"a < b", "chosen", "at random", "the target"} <= set(words)
