"""What is worth a person's time is chosen: doubtful, new, unlike the rest, and a slice by chance."""

import numpy as np
import pytest

from feedback.selection.choose import Vectors, Why, choose

NOTHING: Vectors = np.zeros((0, 8), dtype=np.float32)


def units(*rows: list[float]) -> Vectors:
    found = np.zeros((len(rows), 8), dtype=np.float32)
    for place, row in enumerate(rows):
        found[place, : len(row)] = row
    vectors: Vectors = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    return vectors


def spread(count: int, seed: int = 0) -> Vectors:
    made = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    vectors: Vectors = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return vectors


def test_no_more_than_the_budget_is_chosen_and_nothing_twice() -> None:
    chosen = choose(spread(200), [0.3] * 200, NOTHING, 20, seed=1)
    assert len({each.place for each in chosen}) == len(chosen) == 20


def test_a_tenth_is_drawn_by_chance_and_differs_with_the_seed() -> None:
    first, second = (choose(spread(200), [0.3] * 200, NOTHING, 20, seed) for seed in (1, 2))
    assert [each.why for each in first].count(Why.RANDOM) == 2
    assert {e.place for e in first if e.why is Why.RANDOM} != {e.place for e in second if e.why is Why.RANDOM}
    assert choose(spread(200), [0.3] * 200, NOTHING, 20, 1) == first


def test_of_two_that_are_equally_unlike_the_rest_the_doubtful_one_comes_first() -> None:
    doubts = np.full(100, 0.05)
    doubts[[7, 70]] = 0.9
    chosen = [each.place for each in choose(spread(100), list(doubts), NOTHING, 12, seed=3) if each.why is Why.DOUBTFUL]
    assert {7, 70} <= set(chosen)


def test_the_same_question_again_is_not_looked_at_again() -> None:
    pool = units(*[[1.0, 0.001 * place] for place in range(50)], [0, 1.0], [0, 0, 1.0])
    chosen = choose(pool, [0.9] * 52, NOTHING, 30, seed=1)
    one_kind = [each for each in chosen if each.place < 50 and each.why is not Why.RANDOM]
    assert len(one_kind) <= 1
    assert {50, 51} <= {each.place for each in chosen}


def test_what_was_looked_at_already_is_not_chosen_and_what_is_new_is_even_where_the_bot_is_sure() -> None:
    pool = units([1.0], [0, 1.0], [0, 0, 1.0])
    chosen = choose(pool, [0.9, 0.9, 0.0], units([1.0], [0, 1.0]), 3, seed=5)
    assert [each.place for each in chosen if each.why is not Why.RANDOM] in ([2], [])
    assert 2 in {each.place for each in chosen}


@pytest.mark.parametrize("pool", [NOTHING, spread(3)])
def test_a_small_pool_is_no_trouble(pool: Vectors) -> None:
    assert len(choose(pool, [0.5] * len(pool), NOTHING, 20, seed=1)) <= len(pool)
