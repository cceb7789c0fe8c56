"""Trains the intent head: logistic regression on sentence embeddings, calibrated on questions it has not seen.

The recipe mixes many template-made questions with few hand-written ones, so the hand-written ones weigh more.
Confidence is calibrated where customers are: on out-of-fold predictions of the hand-written questions, beside
Bitext's validation split. Nothing is drawn at random: the same inputs give the same weights.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from app.adapters.intent_head import OFF_TOPIC, HeadWeights, Scores, intent_logits, scope_features
from app.errors import ConfigurationError
from app.ports import Encoder, Vectors
from feedback.dataset.questions import Labelled, as_served, bitext, clinc_for_a_shop, folds, hold_out, labelled

UNSEEN_FOLD = 0
"""The fold of the written questions that an encoder is not tuned on."""
_TEMPERATURES = np.geomspace(0.3, 3.0, 231)


@dataclass(frozen=True, slots=True)
class IntentRecipe:
    """Every number that shapes the head."""

    inverse_regularisation: float = 3.0
    handwritten_weight: float = 6.0
    """How many template-made questions one hand-written question counts for."""
    clinc_weight: float = 0.5
    clinc_per_intent: int = 8
    clinc_small_talk: int = 40
    calibration_clinc_per_intent: int = 3
    folds: int = 4
    max_iterations: int = 300


@dataclass(frozen=True, slots=True)
class IntentCorpus:
    """What a head is trained, calibrated and tested on; the corpora are empty without a data folder."""

    handwritten: tuple[Labelled, ...]
    held_out: tuple[Labelled, ...]
    past: tuple[Labelled, ...] = ()
    """Questions of past interactions: other writers than the hand-written ones."""
    past_held_out: tuple[Labelled, ...] = ()
    bitext: tuple[Labelled, ...] = ()
    bitext_validation: tuple[Labelled, ...] = ()
    clinc: tuple[Labelled, ...] = ()
    clinc_validation: tuple[Labelled, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The intents, in alphabetical order."""
        return tuple(sorted({question.intent for question in self.handwritten}))

    @property
    def written(self) -> tuple[Labelled, ...]:
        """What people wrote for this product: it weighs more than a corpus."""
        return (*self.handwritten, *self.past)


@dataclass(frozen=True, slots=True)
class TrainedHead:
    """A head ready to be written, and what calibration found."""

    labels: tuple[str, ...]
    weights: HeadWeights
    encoder_version: str
    temperature: float


@dataclass(frozen=True, slots=True)
class _Judged:
    """Questions with the logits and centroid similarities that a head which never saw them gave."""

    questions: list[Labelled] = field(default_factory=list)
    logits: list[Scores] = field(default_factory=list)
    similarities: list[NDArray[np.floating]] = field(default_factory=list)
    importance: list[float] = field(default_factory=list)

    def add(self, questions: Sequence[Labelled], head: HeadWeights, vectors: Vectors, importance: float) -> None:
        if questions:
            self.questions.extend(questions)
            self.logits.append(intent_logits(head, vectors))
            self.similarities.append(vectors @ head.centroids.T)
            self.importance.extend([importance] * len(questions))


def read_corpus(
    handwritten: dict[str, tuple[str, ...]], past: Sequence[Labelled], data: Path | None, recipe: IntentRecipe
) -> IntentCorpus:
    """Split the hand-written and the past questions and, when `data` is given, read the corpora; all as served.

    Raises ConfigurationError."""
    kept, held = hold_out(as_served(labelled(handwritten)))
    past_kept, past_held = hold_out(as_served(past))
    corpus = IntentCorpus(tuple(kept), tuple(held), tuple(past_kept), tuple(past_held))
    if data is None:
        return corpus
    corpus = replace(
        corpus,
        bitext=tuple(as_served(bitext(data, "train"))),
        bitext_validation=tuple(as_served(bitext(data, "validation"))),
        clinc=tuple(as_served(clinc_for_a_shop(data, "train", recipe.clinc_per_intent, recipe.clinc_small_talk))),
        clinc_validation=tuple(as_served(clinc_for_a_shop(data, "val", recipe.calibration_clinc_per_intent, 0))),
    )
    unknown = {question.intent for question in (*corpus.bitext, *corpus.past)} - set(corpus.labels)
    if unknown:
        raise ConfigurationError(f"There are intents without hand-written questions: {', '.join(sorted(unknown))}.")
    return corpus


def for_the_encoder(corpus: IntentCorpus, recipe: IntentRecipe) -> tuple[list[Labelled], list[float]]:
    """The questions that an encoder may be tuned on, with their weights: one fold of the written ones is kept from it,
    because confidence can only be calibrated on questions that the encoder has not seen either."""
    fold_of = folds(corpus.written, recipe.folds)
    written = [q for q, place in zip(corpus.written, fold_of, strict=True) if place != UNSEEN_FOLD]
    weights = [recipe.handwritten_weight] * len(written) + [1.0] * len(corpus.bitext)
    return [*written, *corpus.bitext, *corpus.clinc], [*weights, *[recipe.clinc_weight] * len(corpus.clinc)]


def train_intent_head(
    encoder: Encoder, corpus: IntentCorpus, recipe: IntentRecipe, *, encoder_tuned: bool = False
) -> TrainedHead:
    """Fit on everything but the held-out questions, then calibrate temperature and in-scope score; `encoder_tuned`:
    on the one fold that a tuned encoder has not seen."""
    labels = corpus.labels
    head = _fit(encoder, corpus, corpus.written, recipe)
    judged = _judge(encoder, corpus, head, recipe, (UNSEEN_FOLD,) if encoder_tuned else range(recipe.folds))
    logits = np.concatenate(judged.logits)
    truth = np.array([labels.index(question.intent) for question in judged.questions])
    temperature = _temperature(logits, truth, np.array(judged.importance))
    features = scope_features(logits / temperature, np.concatenate(judged.similarities), labels.index(OFF_TOPIC))
    scope_weights, scope_bias = fit_scope(features, truth != labels.index(OFF_TOPIC), np.array(judged.importance))
    calibrated = HeadWeights(
        weights=(head.weights / temperature).astype(np.float32),
        bias=(head.bias / temperature).astype(np.float32),
        centroids=head.centroids,
        scope_weights=scope_weights,
        scope_bias=scope_bias,
    )
    return TrainedHead(labels, calibrated, encoder.version, temperature)


def _judge(
    encoder: Encoder, corpus: IntentCorpus, head: HeadWeights, recipe: IntentRecipe, judged_folds: Iterable[int]
) -> _Judged:
    judged = _Judged()
    fold_of = folds(corpus.written, recipe.folds)
    for fold in judged_folds:
        rest = [q for q, place in zip(corpus.written, fold_of, strict=True) if place != fold]
        unseen = [q for q, place in zip(corpus.written, fold_of, strict=True) if place == fold]
        judged.add(unseen, _fit(encoder, corpus, rest, recipe), _encode(encoder, unseen), importance=1.0)
    for questions in (corpus.bitext_validation, corpus.clinc_validation):
        # A third: template-made questions are many and easy, and would hide how unsure the head is of real ones.
        judged.add(questions, head, _encode(encoder, questions), importance=1 / 3)
    return judged


def _fit(encoder: Encoder, corpus: IntentCorpus, written: Sequence[Labelled], recipe: IntentRecipe) -> HeadWeights:
    questions = [*corpus.bitext, *corpus.clinc, *written]
    importance = np.concatenate(
        [
            np.ones(len(corpus.bitext)),
            np.full(len(corpus.clinc), recipe.clinc_weight),
            np.full(len(written), recipe.handwritten_weight),
        ]
    )
    vectors = _encode(encoder, questions)
    intents = np.array([question.intent for question in questions])
    model = LogisticRegression(C=recipe.inverse_regularisation, max_iter=recipe.max_iterations)
    model.fit(vectors, intents, sample_weight=importance)
    sums = np.stack([(importance[intents == label] @ vectors[intents == label]) for label in corpus.labels])
    centroids = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return HeadWeights(
        weights=model.coef_.astype(np.float32),
        bias=model.intercept_.astype(np.float32),
        centroids=centroids.astype(np.float32),
        scope_weights=np.zeros(0, dtype=np.float32),
        scope_bias=np.zeros(0, dtype=np.float32),
    )


def _temperature(logits: Scores, truth: NDArray[np.int_], importance: Scores) -> float:
    """The temperature that makes the true intents likeliest."""

    def surprise(temperature: float) -> float:
        scaled = logits / temperature
        highest = scaled.max(axis=1)
        log_sum = highest + np.log(np.exp(scaled - highest[:, None]).sum(axis=1))
        return float(importance @ (log_sum - scaled[np.arange(len(truth)), truth]))

    return float(min(_TEMPERATURES, key=surprise))


def fit_scope(features: Scores, known: NDArray[np.bool_], importance: Scores) -> tuple[Vectors, Vectors]:
    """Fit the in-scope score: (weights, bias) on raw features, known and foreign weighing the same in all."""
    balanced = np.where(known, importance / importance[known].sum(), importance / importance[~known].sum())
    balanced *= len(known) / 2
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit((features - mean) / spread, known, sample_weight=balanced)
    weights = model.coef_[0] / spread
    bias = model.intercept_ - weights @ mean
    return weights.astype(np.float32), bias.astype(np.float32)


def _encode(encoder: Encoder, questions: Sequence[Labelled]) -> Vectors:
    return encoder.encode([question.text for question in questions])
