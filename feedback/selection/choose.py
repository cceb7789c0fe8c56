"""Chooses what is worth a person's time: doubtful, unlike what has been looked at, and unlike each other.

One score does it: doubt times the distance to whatever was chosen or looked at before, taken greedily (a core-set walk
weighted by doubt). A slice is drawn at random before anything else, so that figures made from it are unbiased.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_RANDOM_SHARE = 0.1
_NEAR = 0.05
"""Cosine distance below which two questions are one: the second teaches nothing."""
_NEW = 0.5
"""The same, from which a question is unlike all that was looked at."""
_LEAST_DOUBT = 0.02
"""So that what is new is looked at even where the bot is sure."""


class Why(StrEnum):
    """Why a turn was chosen."""

    RANDOM = "random"
    DOUBTFUL = "doubtful"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A place in the pool, and why it is looked at."""

    place: int
    why: Why


def choose(pool: Vectors, doubts: Sequence[float], looked_at: Vectors, budget: int, seed: int) -> list[Chosen]:
    """At most `budget` of the pool, the random slice first, then by worth. `pool` and `looked_at` hold unit vectors,
    shapes (n, d) and (m, d); `doubts` are 0 to 1, one for each of the pool."""
    rng = np.random.default_rng(seed)
    by_chance = rng.permutation(len(pool))[: math.ceil(budget * _RANDOM_SHARE)]
    chosen = [Chosen(int(place), Why.RANDOM) for place in by_chance]
    nearest = _distances(pool, looked_at)
    for place in by_chance:
        nearest = np.minimum(nearest, 1 - pool @ pool[place])
    weights = np.maximum(np.asarray(doubts, dtype=np.float64), _LEAST_DOUBT)
    while len(chosen) < min(budget, len(pool)):
        worth = np.where(nearest > _NEAR, weights * nearest, -1.0)
        best = int(worth.argmax())
        if worth[best] < 0:
            break
        is_new = nearest[best] >= _NEW and weights[best] < np.median(weights)
        chosen.append(Chosen(best, Why.NEW if is_new else Why.DOUBTFUL))
        nearest = np.minimum(nearest, 1 - pool @ pool[best])
    return chosen


def _distances(pool: Vectors, others: Vectors) -> NDArray[np.float64]:
    """Cosine distance of each to the nearest of the others; 1 where there are none."""
    if len(others) == 0:
        return np.ones(len(pool))
    nearest = np.full(len(pool), np.inf)
    for start in range(0, len(others), 1024):
        nearest = np.minimum(nearest, 1 - (pool @ others[start : start + 1024].T).max(axis=1))
    return nearest
