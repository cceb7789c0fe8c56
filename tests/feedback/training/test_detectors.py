"""Training a detector on few texts with an encoder that needs no weights: calibrated, repeatable, measured honestly."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from app.adapters.learned_detector import ABOUT, WEIGHTS, open_detector
from app.adapters.memory_encoder import HashingEncoder
from app.errors import ConfigurationError
from feedback.dataset.detecting import DetectorCorpus
from feedback.dataset.detector_texts import Sample
from feedback.evaluation.detectors import THRESHOLDS, area, calibration_error, found, milliseconds
from feedback.training.detector_card import Measured, card
from feedback.training.detectors import RECIPES, DetectorRecipe, TrainedDetector, part, prepare, train_detector, without

RECIPE = DetectorRecipe(name="toxicity", kind_weights=(("own", 3.0), ("own: mild", 0.5)), minds_marks=False)


def samples(kinds: Sequence[str] = ("a", "b", "c", "d", "e")) -> list[Sample]:
    bad = [Sample(f"you {kind} fool number {n}, get lost", kind, bad=True) for kind in kinds for n in range(6)]
    good = [Sample(f"my {thing} number {n} is late", "q", bad=False) for thing in ("lamp", "coat") for n in range(25)]
    return bad + good


@pytest.fixture(scope="module")
def trained() -> TrainedDetector:
    return train_detector(prepare(HashingEncoder(), samples(), RECIPE), RECIPE)


def test_it_tells_bad_from_good(trained: TrainedDetector) -> None:
    detector = trained.detector(HashingEncoder())
    assert area(detector, samples()) == 1.0
    bad, good = detector.scores(["you fool, get lost", "my coat is late"])
    assert bad > 0.5 > good


def test_what_is_written_scores_as_what_was_trained(trained: TrainedDetector, tmp_path: Path) -> None:
    trained.write(tmp_path)
    texts = [sample.text for sample in samples()[::9]]
    written = open_detector(HashingEncoder(), tmp_path).scores(texts)
    assert written == pytest.approx(trained.detector(HashingEncoder()).scores(texts), abs=0.01)


def test_the_same_texts_give_the_same_bytes(trained: TrainedDetector, tmp_path: Path) -> None:
    trained.write(tmp_path / "one")
    train_detector(prepare(HashingEncoder(), samples(), RECIPE), RECIPE).write(tmp_path / "two")
    for name in (WEIGHTS, ABOUT):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_calibration_asks_models_that_had_not_seen_the_kind(trained: TrainedDetector) -> None:
    assert trained.unseen.shape == (len(samples()),)
    assert 0 <= calibration_error(trained) < 0.3
    assert trained.expected[trained.bad].sum() / trained.expected.sum() == pytest.approx(RECIPE.bad_share)


def test_the_longest_beginning_of_a_kind_decides_its_weight() -> None:
    assert [RECIPE.weight(kind) for kind in ("own: loud", "own: mild ones", "garak")] == [3.0, 0.5, 1.0]


@pytest.mark.parametrize("bad", [True, False])
def test_too_few_texts_of_one_sort_are_refused(*, bad: bool) -> None:
    few = [sample for sample in samples() if sample.bad is not bad]
    with pytest.raises(ConfigurationError, match="too few"):
        train_detector(prepare(HashingEncoder(), few, RECIPE), RECIPE)


def test_leaving_a_collection_out_leaves_its_echoes_out_too() -> None:
    echo = Sample("You a fool number 0, get lost!", "own: insults", bad=True)
    harmless = Sample("you a fool number 0 get lost", "q", bad=False)
    prepared = prepare(HashingEncoder(), [*samples(), echo, harmless], RECIPE)
    rest = part(prepared, without(HashingEncoder(), prepared.samples, "a", RECIPE)).samples
    assert "a" not in {sample.kind for sample in rest}
    assert echo not in rest
    assert harmless in rest


def test_shares_are_told_by_sort_at_each_threshold(trained: TrainedDetector) -> None:
    rows = found(trained.detector(HashingEncoder()), {"all": samples()}, THRESHOLDS)
    assert [(row.texts, row.bad) for row in rows] == [(30, True), (50, False)]
    assert all(list(row.shares) == sorted(row.shares, reverse=True) for row in rows)


def test_time_is_taken_with_and_beside_the_embedding(trained: TrainedDetector) -> None:
    cost = milliseconds(HashingEncoder(), [trained.detector(HashingEncoder())], [f"text {n}" for n in range(6)])
    assert cost.whole > 0
    assert cost.beside > 0


def test_every_recipe_has_a_card_that_tells_figures_licences_and_limits(trained: TrainedDetector) -> None:
    corpus = DetectorCorpus(tuple(samples()), {})
    detector = trained.detector(HashingEncoder())
    measured = Measured(found(detector, {"all": samples()}, THRESHOLDS), [], 0.5, 0.1)
    for recipe in RECIPES.values():
        one = TrainedDetector(**{**{name: getattr(trained, name) for name in trained.__slots__}, "recipe": recipe})
        text = card(one, corpus, measured, "name@0", "Made today.")
        for said in ("name@0", "| all | 30 | found |", "Where it fails", "MIT", "AUROC", "Made today."):
            assert said in text


def test_weights_are_finite(trained: TrainedDetector) -> None:
    assert np.isfinite(trained.grams).all()
    assert np.isfinite(trained.dense).all()
