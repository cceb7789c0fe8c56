"""Measures the intent head on its own questions, and its recipe on public benchmarks.

Bitext is template-made and nearly solved, so its figure never stands alone: the hand-written held-out questions show
what customers' own words do, BANKING77 and CLINC150 what the encoder and a linear head are worth elsewhere.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from app.adapters.intent_head import OFF_TOPIC, Scores, scope_features, sigmoid
from app.ports import Encoder, IntentClassifier
from feedback.dataset.questions import Labelled, banking77, clinc150
from feedback.evaluation.metrics import Floats, aurc, auroc, expected_calibration_error
from feedback.training.intent import fit_scope

Tune = Callable[[Sequence[Labelled]], Encoder]
BENCHMARK_INVERSE_REGULARISATION = 30.0
"""The usual baseline's value, so that the figures can be compared."""


@dataclass(frozen=True, slots=True)
class IntentScores:
    """How the head did on one set of questions."""

    questions: int
    accuracy: float
    calibration_error: float
    aurc: float
    confusions: tuple[tuple[str, str, int], ...]
    """(true intent, predicted intent, how often), most frequent first."""
    in_scope: Floats
    """The in-scope probability of each question."""


@dataclass(frozen=True, slots=True)
class ScopeScores:
    """How well the in-scope score tells the shop's questions from all others; `threshold` splits the two rates."""

    auroc: float
    aurc: float
    """With every foreign question counted as an error; its floor is set by how many foreign ones there are."""
    known_lost: float
    """Share of the shop's own questions that fall below the threshold."""
    foreign_kept: float
    """Share of foreign questions that pass it."""
    threshold: float = 0.5


@dataclass(frozen=True, slots=True)
class BenchmarkScores:
    """The encoder with linear heads on public test sets."""

    banking77_accuracy: float
    clinc150_accuracy: float
    clinc150_auroc_top_probability: float
    clinc150_auroc_scope_score: float


def score_intents(head: IntentClassifier, questions: Sequence[Labelled]) -> IntentScores:
    """Accuracy, calibration and confusions of `head` on `questions`."""
    predictions = head.predict([question.text for question in questions])
    confidence = np.array([prediction.confidence for prediction in predictions])
    correct = np.array([p.intent == q.intent for p, q in zip(predictions, questions, strict=True)])
    mistakes = Counter(
        (q.intent, p.intent) for p, q in zip(predictions, questions, strict=True) if p.intent != q.intent
    )
    return IntentScores(
        questions=len(questions),
        accuracy=float(correct.mean()),
        calibration_error=expected_calibration_error(confidence, correct),
        aurc=aurc(confidence, correct),
        confusions=tuple((true, said, count) for (true, said), count in sorted(mistakes.items(), key=_most_frequent)),
        in_scope=np.array([prediction.in_scope for prediction in predictions]),
    )


def score_scope(known: Floats, foreign: Floats, threshold: float = 0.5) -> ScopeScores:
    """Compare the in-scope probabilities of the shop's own questions with those of foreign ones."""
    both = np.concatenate([known, foreign])
    is_known = np.arange(len(both)) < len(known)
    return ScopeScores(
        auroc=auroc(known, foreign),
        aurc=aurc(both, is_known),
        known_lost=float((known < threshold).mean()),
        foreign_kept=float((foreign >= threshold).mean()),
        threshold=threshold,
    )


def run_benchmarks(encoder: Encoder, data: Path, tuned: Tune | None = None) -> BenchmarkScores:
    """BANKING77 and CLINC150, trained on their train splits; `tuned` gives the encoder to use for a train split, tuned
    by the recipe of the product. Raises ConfigurationError when a file is missing."""
    tuned = tuned or (lambda _: encoder)
    bank = banking77(data, "train")
    banking = _Classifier(tuned(bank), bank)
    foreign_train = [Labelled(question.text, OFF_TOPIC) for question in clinc150(data, "oos_train")]
    encoder = tuned([*clinc150(data, "train"), *foreign_train])
    known = _Classifier(encoder, clinc150(data, "train"))
    test, foreign = clinc150(data, "test"), clinc150(data, "oos_test")
    return BenchmarkScores(
        banking77_accuracy=banking.accuracy(banking77(data, "test")),
        clinc150_accuracy=known.accuracy(test),
        clinc150_auroc_top_probability=auroc(known.top_probability(test), known.top_probability(foreign)),
        clinc150_auroc_scope_score=_clinc_scope_auroc(encoder, data),
    )


def milliseconds_per_message(head: IntentClassifier, texts: Sequence[str]) -> float:
    """Mean time to classify one message; give texts that the encoder has not seen in this process."""
    head.predict(["warm up"])
    start = time.perf_counter()
    for text in texts:
        head.predict([text])
    return (time.perf_counter() - start) / len(texts) * 1000


def _clinc_scope_auroc(encoder: Encoder, data: Path) -> float:
    foreign = [Labelled(question.text, OFF_TOPIC) for question in clinc150(data, "oos_train")]
    head = _Classifier(encoder, clinc150(data, "train") + foreign)
    known, unknown = head.scope(clinc150(data, "val")), head.scope(clinc150(data, "oos_val"))
    features = np.concatenate([known, unknown])
    weights, bias = fit_scope(features, np.arange(len(features)) < len(known), np.ones(len(features)))
    in_test, out_test = head.scope(clinc150(data, "test")), head.scope(clinc150(data, "oos_test"))
    return auroc(sigmoid(in_test @ weights + bias), sigmoid(out_test @ weights + bias))


class _Classifier:
    """Logistic regression on embeddings, with the centroids that the scope features need."""

    def __init__(self, encoder: Encoder, train: Sequence[Labelled]) -> None:
        self._encoder = encoder
        vectors = encoder.encode([question.text for question in train])
        intents = np.array([question.intent for question in train])
        self._model = LogisticRegression(C=BENCHMARK_INVERSE_REGULARISATION, max_iter=300).fit(vectors, intents)
        self._labels = [str(label) for label in self._model.classes_]
        sums = np.stack([vectors[intents == label].sum(axis=0) for label in self._labels])
        self._centroids = sums / np.linalg.norm(sums, axis=1, keepdims=True)

    def accuracy(self, test: Sequence[Labelled]) -> float:
        predicted = self._model.predict(self._vectors(test))
        return float(np.mean([said == question.intent for said, question in zip(predicted, test, strict=True)]))

    def top_probability(self, test: Sequence[Labelled]) -> Floats:
        best: Floats = self._model.predict_proba(self._vectors(test)).max(axis=1)
        return best

    def scope(self, test: Sequence[Labelled]) -> Scores:
        vectors = self._vectors(test)
        logits = self._model.decision_function(vectors)
        return scope_features(logits, vectors @ self._centroids.T, self._labels.index(OFF_TOPIC))

    def _vectors(self, questions: Sequence[Labelled]) -> Floats:
        return self._encoder.encode([question.text for question in questions])


def _most_frequent(item: tuple[tuple[str, str], int]) -> tuple[int, tuple[str, str]]:
    return -item[1], item[0]
