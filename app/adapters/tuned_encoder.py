"""The sentence encoder beside a copy of it that was tuned to tell requests apart.

What is told apart in one shop is finer than what a general encoder was made for. Tuning moves its vectors for that, and
spoils them for finding past cases; so both serve: the general vector for the index, and the two side by side for the
intent head. The copy ships as a LoRA adapter of a megabyte, merged into the weights once, when it is loaded.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from app.adapters.encoder import MiniLmEncoder
from app.errors import WeightsError
from app.ports import Encoder, Vectors

LORA_A, LORA_B = ".lora_A.weight", ".lora_B.weight"
SCALE = "scale"
"""Name, in the file's metadata, of what the product of the two matrices is multiplied by."""
MOST_SCALE = 64.0


class SideBySide:
    """An `Encoder` whose vectors are those of two others in a row, each half as heavy."""

    def __init__(self, general: Encoder, tuned: Encoder) -> None:
        self._general = general
        self._tuned = tuned

    @property
    def version(self) -> str:
        """Names both."""
        return f"{self._general.version}+{self._tuned.version}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), sum of both dimensions), rows of length 1."""
        both = np.hstack([self._general.encode(texts), self._tuned.encode(texts)])
        halved: Vectors = (both / np.sqrt(2.0)).astype(np.float32)
        return halved


def load_tuned(model_dir: Path, adapter: Path, remembered: int = 2048) -> MiniLmEncoder:
    """The encoder in `model_dir` with the adapter merged. Raises WeightsError when the two do not fit."""
    encoder = MiniLmEncoder(model_dir, remembered=remembered)
    try:
        with safe_open(adapter, framework="pt") as file:
            scale = float((file.metadata() or {})[SCALE])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise WeightsError(f"{adapter} is no adapter of the encoder: {error}") from error
    if not 0 < scale <= MOST_SCALE:
        raise WeightsError(f"{adapter} is no adapter of the encoder: its scale is {scale}")
    version = f"tuned@{hashlib.sha256(adapter.read_bytes()).hexdigest()[:12]}"
    encoder.merge(weight_changes(tensors, scale, adapter), version)
    return encoder


def weight_changes(tensors: Mapping[str, Any], scale: float, adapter: Path) -> dict[str, torch.Tensor]:
    """What is added to each weight, by its name."""
    changes: dict[str, torch.Tensor] = {}
    for name, first in tensors.items():
        if not name.endswith(LORA_A):
            continue
        weight = name.removesuffix(LORA_A)
        second = tensors.get(weight + LORA_B)
        if second is None or second.shape[1] != first.shape[0]:
            raise WeightsError(f"{adapter}: the two halves of {weight} do not fit")
        changes[f"{weight}.weight"] = scale * (second.float() @ first.float())
    if not changes:
        raise WeightsError(f"{adapter} holds nothing")
    return changes
