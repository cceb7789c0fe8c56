"""What choosing is worth: an intent head learns from few labels, chosen or drawn at random, with the true labels as the
annotator, on public benchmarks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.linear_model import LogisticRegression

Vectors = NDArray[np.float32]
Picks = NDArray[np.int64]

_REGULARISATION = 30.0
_UNSURE_POOL = 8
"""So many times the batch of the least sure are looked through for what is unlike each other."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Questions as unit vectors, with their true intents."""

    name: str
    train: Vectors
    intents: NDArray[np.str_]
    test: Vectors
    test_intents: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Curve:
    """Accuracy on the test questions after so many labels."""

    labels: tuple[int, ...]
    accuracy: tuple[float, ...]

    def reaches(self, target: float) -> int | None:
        """Labels spent when the accuracy first is `target`, between two measurements by a straight line."""
        points = list(zip(self.labels, self.accuracy, strict=True))
        for (before, low), (after, high) in zip([(0, 0.0), *points], points, strict=False):
            if high >= target:
                return round(before + (after - before) * (target - low) / (high - low)) if high > low else after
        return None


def full_accuracy(benchmark: Benchmark) -> float:
    """With every label."""
    return _accuracy(benchmark, np.arange(len(benchmark.train)))


def by_chance(benchmark: Benchmark, budget: int, steps: int, seed: int) -> Curve:
    """Labels drawn at random."""
    order = np.random.default_rng(seed).permutation(len(benchmark.train))
    return _curve(benchmark, (order[:count] for count in _counts(budget, steps)))


def by_choice(benchmark: Benchmark, budget: int, steps: int, seed: int) -> Curve:
    """First one question from the middle of each of many clusters; then, from those that the head is least sure of, one
    from the middle of each of many clusters again."""
    return _curve(benchmark, _chosen(benchmark, budget, steps, seed))


def _chosen(benchmark: Benchmark, budget: int, steps: int, seed: int) -> Iterator[Picks]:
    counts = _counts(budget, steps)
    picked = _middles(benchmark.train, np.arange(len(benchmark.train)), counts[0], seed)
    yield picked
    for count in counts[1:]:
        more = count - len(picked)
        rest = np.setdiff1d(np.arange(len(benchmark.train)), picked)
        ranked = np.sort(_head(benchmark, picked).predict_proba(benchmark.train[rest]), axis=1)
        least_sure = rest[(ranked[:, -1] - ranked[:, -2]).argsort()[: more * _UNSURE_POOL]]
        picked = np.concatenate([picked, _middles(benchmark.train, least_sure, more, seed)])
        yield picked


def _middles(vectors: Vectors, among: Picks, count: int, seed: int) -> Picks:
    """Of so many clusters the question nearest to each middle; one is never taken twice."""
    clusters: Callable[..., KMeans] = MiniBatchKMeans if len(among) > _MANY else KMeans
    fitted = clusters(count, n_init=1, random_state=seed).fit(vectors[among])
    nearness = vectors[among] @ fitted.cluster_centers_.T
    taken = np.zeros(len(among), dtype=bool)
    for cluster in range(count):
        best = int(np.where(taken, -np.inf, nearness[:, cluster]).argmax())
        taken[best] = True
    return among[taken]


_MANY = 5000


def _counts(budget: int, steps: int) -> list[int]:
    return [round(budget * step / steps) for step in range(1, steps + 1)]


def _curve(benchmark: Benchmark, picks: Iterator[Picks]) -> Curve:
    measured = [(len(picked), _accuracy(benchmark, picked)) for picked in picks]
    return Curve(tuple(count for count, _ in measured), tuple(accuracy for _, accuracy in measured))


def _accuracy(benchmark: Benchmark, picked: Picks) -> float:
    return float((_head(benchmark, picked).predict(benchmark.test) == benchmark.test_intents).mean())


def _head(benchmark: Benchmark, picked: Picks) -> LogisticRegression:
    head = LogisticRegression(C=_REGULARISATION, max_iter=200)
    return head.fit(benchmark.train[picked], benchmark.intents[picked])


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean, and where it lies with 95 % confidence by the spread over at least two seeds."""
    mean = float(np.mean(values))
    half = float(t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1)) / len(values) ** 0.5
    return mean, mean - half, mean + half
