"""The learned verifier: how likely a supervisor is to send a draft as it stands, from what can be seen in it.

A logistic regression on the features of `app.domain.evidence`, calibrated on drafts that people judged; trained by
`handrail-feedback train --task verifier` and shipped in `app/models/verifier`. Serving it needs numpy alone and takes
a millisecond or two.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from app.domain.evidence import FEATURES, DraftContext, Phrases, evidence, told_in_words
from app.domain.reply import ApprovalEstimate
from app.errors import WeightsError
from app.ports import ChatCompletion

WEIGHTS, ABOUT = "verifier.safetensors", "verifier.json"


class LearnedVerifier:
    """Implements the `Verifier` port with what lies in a folder."""

    def __init__(self, folder: Path) -> None:
        """Raises WeightsError when a file is missing, damaged or made for other features."""
        path = folder / WEIGHTS
        try:
            tensors = load_file(path)
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            self._weights, self._bias = tensors["weights"].astype(float), float(tensors["bias"][0])
            self._means = tensors["means"].astype(float)
            phrases = frozenset(int(key) for key in tensors["phrases"])
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise WeightsError(f"The verifier in {folder} cannot be read: {error}") from error
        if tuple(about.get("features", ())) != FEATURES or self._weights.shape != (len(FEATURES),):
            raise WeightsError(f"The verifier in {folder} was trained on other features; train it again.")
        self._phrases = Phrases(phrases)
        self._version = f"verifier@{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"

    @property
    def version(self) -> str:
        """The word "verifier@" and the first 12 digits of the weights' sha256."""
        return self._version

    def estimate(self, drafts: Sequence[ChatCompletion], context: DraftContext) -> list[ApprovalEstimate]:
        """One estimate a draft, in the right situation; whether it is the right one is not its question."""
        texts = [draft.text for draft in drafts]
        found = []
        for place, draft in enumerate(drafts):
            others = texts[:place] + texts[place + 1 :]
            values = evidence(draft.text, context, self._phrases, others, draft.surprise)
            row: NDArray[np.float64] = np.array([values[name] for name in FEATURES])
            pulls = (row - self._means) * self._weights
            probability = float(1 / (1 + np.exp(-(self._bias + pulls.sum()))))
            why = told_in_words(values, dict(zip(FEATURES, map(float, pulls), strict=True)))
            found.append(ApprovalEstimate(round(probability, 3), f"{self._version}; {why}".rstrip("; ")))
        return found
