"""The meaning check: whether a refined reply says what the draft said, no less and no more.

A copy of the sentence encoder that reads the two replies together, tuned by `handrail-feedback train --task meaning` on
rewordings and on replies that only look alike. It ships as a LoRA adapter with a linear head in `app/models/meaning`
and is loaded when the first draft is refined. Both orders are asked, and the less sure answer counts.
"""

import hashlib
import json
import threading
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer

from app.adapters.encoder import add_to, load_bert
from app.adapters.tuned_encoder import MOST_SCALE, weight_changes
from app.errors import WeightsError

WEIGHTS, ABOUT = "meaning.safetensors", "meaning.json"
HEAD, BIAS = "head", "bias"
MOST_TOKENS = 256
"""Of both replies together; longer ones are cut."""


class WhenNeeded:
    """A `LearnedMeaning` that is loaded when it is asked for the first time: most turns never refine."""

    def __init__(self, model_dir: Path, folder: Path) -> None:
        """Nothing is read yet."""
        self._model_dir = model_dir
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: LearnedMeaning | None = None

    @property
    def version(self) -> str:
        """As `LearnedMeaning` names it; "meaning" before it is loaded."""
        return self._loaded.version if self._loaded else "meaning"

    def says_the_same(self, draft: str, refined: str) -> float:
        """Raises WeightsError when it cannot be loaded."""
        with self._lock:
            loaded = self._loaded = self._loaded or LearnedMeaning(self._model_dir, self._folder)
        return loaded.says_the_same(draft, refined)


class LearnedMeaning:
    """Implements the `MeaningCheck` port with the encoder in `model_dir` and what lies in `folder`."""

    def __init__(self, model_dir: Path, folder: Path) -> None:
        """Raises WeightsError when a file is missing or damaged, or does not fit the encoder."""
        path = folder / WEIGHTS
        try:
            tensors = load_file(path)
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            scale, self._temperature = float(about["scale"]), float(about["temperature"])
            self._head, self._bias = tensors.pop(HEAD).float(), float(tensors.pop(BIAS)[0])
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise WeightsError(f"The meaning check in {folder} cannot be read: {error}") from error
        if not (0 < scale <= MOST_SCALE and self._temperature > 0):
            raise WeightsError(f"The meaning check in {folder} has a scale of {scale}")
        self._network = load_bert(model_dir)
        add_to(self._network, weight_changes(tensors, scale, path), str(path))
        if self._head.shape != (2 * self._network.config.hidden_size,):
            raise WeightsError(f"{path}: its head does not fit the encoder")
        self._tokenizer = pair_tokenizer(model_dir)
        self._lock = threading.Lock()
        self._version = f"meaning@{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"

    @property
    def version(self) -> str:
        """The word "meaning@" and the first 12 digits of the weights' sha256."""
        return self._version

    def says_the_same(self, draft: str, refined: str) -> float:
        """From 0 to 1; the lower of the two orders, so that nothing may be lost and nothing added."""
        with self._lock, torch.inference_mode():
            vectors = pair_vectors(self._network, self._tokenizer, [(draft, refined), (refined, draft)])
            logits = (vectors @ self._head).numpy() + self._bias
        values = logits / self._temperature
        return float(np.round(1 / (1 + np.exp(-values.min())), 3))


def pair_tokenizer(model_dir: Path) -> Tokenizer:
    """Cuts the longer of two texts first."""
    tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
    tokenizer.enable_truncation(MOST_TOKENS, strategy="longest_first")
    tokenizer.enable_padding()
    return tokenizer


def pair_vectors(network: torch.nn.Module, tokenizer: Tokenizer, pairs: list[tuple[str, str]]) -> torch.Tensor:
    """A row a pair, (pairs, 768): read together, how far the means of the two texts' tokens lie apart, and where
    they agree."""
    encodings = tokenizer.encode_batch([(_plain(one), _plain(other)) for one, other in pairs])
    tokens = torch.tensor([encoding.ids for encoding in encodings])
    mask = torch.tensor([encoding.attention_mask for encoding in encodings])
    sides = torch.tensor([encoding.type_ids for encoding in encodings])
    hidden = network(input_ids=tokens, attention_mask=mask, token_type_ids=sides).last_hidden_state
    first, second = (_mean(hidden, mask * (sides == side)) for side in (0, 1))
    return torch.cat([(first - second).abs(), first * second], dim=1)


def _mean(hidden: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """A unit vector for the chosen tokens."""
    summed = (hidden * chosen.unsqueeze(-1)).sum(dim=1) / chosen.sum(dim=1, keepdim=True)
    unit: torch.Tensor = torch.nn.functional.normalize(summed)
    return unit


def _plain(text: str) -> str:
    """Slots as words, which the encoder knows: {order_id} is [order id]."""
    return text.replace("{", "[").replace("}", "]").replace("_", " ")
