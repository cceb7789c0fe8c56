"""The intent head: a linear layer on the sentence embedding, and a score for what the shop can answer at all.

First stage of a turn. The head is trained by `handrail-feedback train --task intent` and shipped in
`app/models/intent`; serving it needs numpy alone. The temperature found in calibration is already folded into the
weights, so a plain softmax gives calibrated probabilities.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from app.domain.understanding import IntentPrediction
from app.errors import ConfigurationError, WeightsError
from app.ports import Encoder, Vectors

OFF_TOPIC = "off_topic"
"""The class of requests that are none of the shop's business."""

SCOPE_FEATURES = 5
RANKED = 5
"""How many intents a prediction names."""

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeadWeights:
    """The numbers of a head; row i of `weights` and `centroids` belongs to label i."""

    weights: Vectors
    """Shape (labels, dimensions)."""
    bias: Vectors
    """Shape (labels,)."""
    centroids: Vectors
    """Shape (labels, dimensions); unit rows, the mean direction of each intent's questions."""
    scope_weights: Vectors
    """Shape (SCOPE_FEATURES,)."""
    scope_bias: Vectors
    """Shape (1,)."""


class LinearIntentHead:
    """Implements the `IntentClassifier` port on any `Encoder` of the version that the head was trained with."""

    def __init__(self, encoder: Encoder, head_dir: Path) -> None:
        """Read `head.safetensors` and `labels.json`.

        Raises WeightsError when a file is missing or damaged, ConfigurationError when labels, weights and encoder do
        not belong together.
        """
        path = head_dir / "head.safetensors"
        self._encoder = encoder
        self._labels = _read_labels(head_dir / "labels.json", encoder.version)
        self._head = _read_weights(path)
        _check_shapes(self._head, self._labels, head_dir)
        self._version = f"intent@{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"

    @property
    def version(self) -> str:
        """The word "intent@" and the first 12 digits of the weights' sha256."""
        return self._version

    @property
    def labels(self) -> tuple[str, ...]:
        """The intents that the head tells apart."""
        return self._labels

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        """One prediction a text: calibrated probabilities, the likeliest five ranked, and the in-scope probability."""
        if not texts:
            return []
        vectors = self._encoder.encode(texts)
        logits = intent_logits(self._head, vectors)
        probabilities = softmax(logits)
        features = scope_features(logits, vectors @ self._head.centroids.T, self._labels.index(OFF_TOPIC))
        in_scope = sigmoid(features @ self._head.scope_weights + self._head.scope_bias)
        return [self._prediction(row, float(scope)) for row, scope in zip(probabilities, in_scope, strict=True)]

    def _prediction(self, probabilities: Scores, in_scope: float) -> IntentPrediction:
        best = np.argsort(-probabilities, kind="stable")[:RANKED]
        ranked = tuple((self._labels[index], float(probabilities[index])) for index in best)
        return IntentPrediction(intent=ranked[0][0], confidence=ranked[0][1], in_scope=in_scope, ranked=ranked)


def intent_logits(head: HeadWeights, vectors: Vectors) -> Scores:
    """Shape (texts, labels), from unit vectors of shape (texts, dimensions)."""
    logits: Scores = vectors.astype(np.float64) @ head.weights.T + head.bias
    return logits


def scope_features(logits: Scores, similarities: NDArray[np.floating], off_topic: int) -> Scores:
    """Return what the in-scope score looks at, shape (texts, SCOPE_FEATURES).

    The log-odds of a known intent against off-topic, the energy of the known intents, the best probability, its lead
    over the second, and the highest cosine to a known intent's centroid.
    """
    known = np.delete(logits, off_topic, axis=1)
    energy = _log_sum_exp(known)
    top = np.sort(softmax(known), axis=1)[:, ::-1]
    nearest = np.delete(similarities, off_topic, axis=1).max(axis=1)
    return np.column_stack([energy - logits[:, off_topic], energy, top[:, 0], top[:, 0] - top[:, 1], nearest])


def softmax(logits: Scores) -> Scores:
    """Rows that sum to 1."""
    scaled = np.exp(logits - logits.max(axis=1, keepdims=True))
    rows: Scores = scaled / scaled.sum(axis=1, keepdims=True)
    return rows


def sigmoid(values: Scores) -> Scores:
    """Apply the logistic function, safe for large values of either sign."""
    result: Scores = 0.5 * (1.0 + np.tanh(0.5 * values))
    return result


def _log_sum_exp(logits: Scores) -> Scores:
    highest = logits.max(axis=1)
    result: Scores = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
    return result


def _read_labels(path: Path, encoder_version: str) -> tuple[str, ...]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        labels, trained_with = tuple(content["labels"]), content["encoder"]
    except FileNotFoundError as error:
        raise WeightsError(f"The intent head lacks {path}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path} must name `labels` and `encoder`: {error!r}") from error
    if trained_with != encoder_version:
        raise ConfigurationError(
            f"The intent head in {path.parent} was trained with encoder {trained_with}, but {encoder_version} is "
            "loaded. Train it again with `handrail-feedback train --task intent`."
        )
    if len(set(labels)) != len(labels) or OFF_TOPIC not in labels:
        raise ConfigurationError(f"{path}: `labels` must be distinct and hold {OFF_TOPIC!r}.")
    return labels


def _read_weights(path: Path) -> HeadWeights:
    try:
        tensors = load_file(path)
        return HeadWeights(**tensors)
    except FileNotFoundError as error:
        raise WeightsError(f"The intent head lacks {path}.") from error
    except (SafetensorError, TypeError) as error:
        raise WeightsError(f"{path} is damaged or not an intent head: {error}") from error


def _check_shapes(head: HeadWeights, labels: tuple[str, ...], head_dir: Path) -> None:
    rows = len(labels)
    agree = (
        head.weights.ndim == 2
        and head.weights.shape[0] == rows
        and head.centroids.shape == head.weights.shape
        and head.bias.shape == (rows,)
        and head.scope_weights.shape == (SCOPE_FEATURES,)
        and head.scope_bias.shape == (1,)
    )
    if not agree:
        raise ConfigurationError(
            f"In {head_dir} labels.json names {rows} intents, but head.safetensors has weights of shape "
            f"{head.weights.shape}. The two files must come from one training run."
        )
