"""A learned detector: how likely a text is an attack on the bot, or an insult.

The guards ask it about a customer's words, a retrieved text and a reply. It looks at hashed words and runs of letters
and, where they are not enough, at the sentence embedding, which understanding has computed already and the encoder
remembers. A long text is looked at whole and piece by piece, each also without its disguise
(`app.domain.disguise`), and what is worst counts: one planted sentence is enough.

Trained by `handrail-feedback train --task injection` and `--task toxicity`, shipped in `app/models`. The calibration is
folded into the weights. Beside the encoder, serving needs numpy alone and takes about a millisecond.
"""

import hashlib
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from app.adapters.intent_head import sigmoid
from app.domain.disguise import template_marks, undisguised
from app.domain.text import pieces, tidy
from app.errors import ConfigurationError, WeightsError
from app.ports import Encoder

WEIGHTS, ABOUT = "detector.safetensors", "detector.json"
BUCKETS = 1 << 16
"""Places that the hashed words and runs of letters share."""
MARKED = 0.99
"""What a text with the marks of a chat template scores at least, where the detector minds them."""

_SHORT = 300
"""Characters up to which a text is looked at whole only."""
_PIECE = 160
_RUNS = (3, 4, 5)
_WORD = re.compile(r"[^\W_]+|[^\w\s]")
_BREAK = re.compile(r"(?<=\s)")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DetectorWeights:
    """The numbers of a detector."""

    dense: Floats
    """Shape (dimensions,): the embedding's; empty for a detector that looks at words and letters alone."""
    grams: Floats
    """Shape (BUCKETS,): the hashed words' and runs of letters'."""
    bias: float
    minds_marks: bool
    """Whether the marks of a chat template alone give a text away."""
    version: str


class LearnedDetector:
    """Implements the `TextDetector` port on the encoder that the weights were trained with. Safe to share between
    threads."""

    def __init__(self, encoder: Encoder, weights: DetectorWeights) -> None:
        self._encoder = encoder
        self._weights = weights

    @property
    def version(self) -> str:
        """The detector's name and the first 12 digits of the weights' sha256."""
        return self._weights.version

    def scores(self, texts: Sequence[str]) -> list[float]:
        """A calibrated probability from 0 to 1 for each text; an empty text scores 0."""
        seen = [views(text) for text in texts]
        flat = [view for some in seen for view in some]
        chances = iter(sigmoid(self._logits(flat)).tolist() if flat else [])
        found = [max((next(chances) for _ in some), default=0.0) for some in seen]
        if self._weights.minds_marks:
            found = [max(one, MARKED) if template_marks(text) else one for one, text in zip(found, texts, strict=True)]
        return [round(one, 4) for one in found]

    def _logits(self, texts: Sequence[str]) -> Floats:
        weights = self._weights
        logits: Floats = np.array([weights.grams[places] @ values for places, values in map(hashed, texts)])
        if len(weights.dense):
            logits = logits + self._encoder.encode(texts).astype(np.float64) @ weights.dense
        return logits + weights.bias


def open_detector(encoder: Encoder, folder: Path) -> LearnedDetector:
    """The detector that lies in `folder`. Raises WeightsError when a file is missing or damaged, or the two do not
    belong together; ConfigurationError when it was trained with another encoder."""
    path = folder / WEIGHTS
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        name, trained_with, digest = str(about["detector"]), about["encoder"], about["sha256"]
        minds_marks = bool(about["minds_marks"])
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        tensors = load_file(path)
        dense, grams = (tensors[part].astype(np.float64) for part in ("dense", "grams"))
        bias = float(tensors["bias"][0])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, IndexError) as error:
        raise WeightsError(f"The detector in {folder} cannot be read: {error}") from error
    if found != digest:
        raise WeightsError(f"{path} is not the file that {ABOUT} describes; it is damaged or of another training.")
    if (
        grams.shape != (BUCKETS,)
        or dense.ndim != 1
        or not all(np.isfinite(part).all() for part in (dense, grams, bias))
    ):
        raise WeightsError(f"{path} holds no weights of a detector.")
    if len(dense) and trained_with != encoder.version:
        raise ConfigurationError(
            f"The detector in {folder} was trained with encoder {trained_with}, but {encoder.version} is loaded. "
            f"Train it again with `handrail-feedback train --task {name}`."
        )
    return LearnedDetector(encoder, DetectorWeights(dense, grams, bias, minds_marks, f"{name}@{found[:12]}"))


def views(text: str) -> tuple[str, ...]:
    """All that is looked at in `text`: the whole, the pieces of a long one, and the same without disguise."""
    sound = text.encode(errors="replace").decode()  # half a character would stop the tokenizer
    shown = dict.fromkeys(part for form in (sound, undisguised(sound)) for part in _parts(form))
    return tuple(part for part in shown if part)


def hashed(text: str) -> tuple[NDArray[np.int64], Floats]:
    """Places and values, the latter of length 1: words, pairs of words and runs of letters by how often they occur."""
    line = tidy(text).casefold()
    words = _WORD.findall(line)
    padded = f" {line} "
    grams = [f"w{word}" for word in words]
    grams += [f"b{first} {second}" for first, second in pairwise(words)]
    grams += [f"c{padded[start : start + size]}" for size in _RUNS for start in range(len(padded) - size + 1)]
    counts = Counter(zlib.crc32(gram.encode()) % BUCKETS for gram in grams)
    places = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
    values = np.log1p(np.fromiter(counts.values(), dtype=np.float64, count=len(counts)))
    return places, values / max(float(np.linalg.norm(values)), 1e-9)


def _parts(text: str) -> Iterator[str]:
    yield tidy(text)
    if len(text) > _SHORT:
        yield from (tidy(part) for part in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """`text` in runs of whole sentences of about `_PIECE` characters; a sentence that is longer is cut at a space."""
    gathered = ""
    for sentence in pieces(text):
        for part in [sentence] if len(sentence) <= _PIECE else _BREAK.split(sentence):
            if gathered and len(gathered) + len(part) > _PIECE:
                yield gathered
                gathered = ""
            gathered += part
    yield gathered
