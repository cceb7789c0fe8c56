"""The sentence encoder: MiniLM weights from a local folder, mean-pooled to unit vectors.

Understanding and retrieval both lean on it, and both ask for the same question within one turn, so the last vectors
are remembered; by a fingerprint, not by the text, for guards ask about a customer's own words. The tokenizer and the
bare BERT module are used directly: the same vectors as the sentence-transformers wrapper, with 90 MB less memory and a
shorter start.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.bert.modeling_bert import BertModel

from app.domain.text import fingerprint
from app.errors import WeightsError
from app.ports import Vectors

MAX_TOKENS = 256
"""What the weights were trained with; longer texts are cut."""

_BATCH = 32
_NAME = "all-MiniLM-L6-v2"
_FILES = ("config.json", "tokenizer.json", "model.safetensors")


class MiniLmEncoder:
    """Implements the `Encoder` port with the weights in `model_dir`. Safe to share between threads."""

    def __init__(self, model_dir: Path, threads: int | None = None, remembered: int = 2048) -> None:
        """Load the weights; `threads` limits torch for the whole process. Raises WeightsError if they are unusable."""
        missing = [name for name in _FILES if not (model_dir / name).is_file()]
        if missing:
            raise WeightsError(f"The encoder's folder {model_dir} lacks {', '.join(missing)}.")
        if threads is not None:
            torch.set_num_threads(threads)
        with (model_dir / "model.safetensors").open("rb") as weights:
            digest = hashlib.file_digest(weights, "sha256").hexdigest()
        self._version = f"{_NAME}@{digest[:12]}"
        try:
            self._model = load_bert(model_dir)
            self._tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
        except Exception as error:  # the loaders raise bare exceptions of several libraries for a damaged file
            raise WeightsError(f"The encoder's weights in {model_dir} cannot be read: {error}") from error
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        self._dimensions = int(self._model.config.hidden_size)
        self._remembered: OrderedDict[bytes, Vectors] = OrderedDict()
        self._capacity = remembered
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """Model name and the first 12 digits of the weights' sha256."""
        return self._version

    def merge(self, changes: Mapping[str, torch.Tensor], version: str) -> None:
        """Adds to the weights of these names and calls the result `version`; for an encoder that nobody uses yet.

        Raises WeightsError for a weight that is not there, or has another shape.
        """
        add_to(self._model, changes, version)
        self._version = version

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384), float32, rows of length 1; texts beyond 256 tokens are cut."""
        known = self._recall(texts)
        # Texts of like length share a batch: padding is work thrown away.
        fresh = sorted({text for text in texts if text not in known}, key=lambda text: (len(text), text))
        for start in range(0, len(fresh), _BATCH):
            batch = fresh[start : start + _BATCH]
            known.update(zip(batch, self._embed(batch), strict=True))
        self._remember({text: known[text] for text in fresh[: self._capacity]})
        vectors = np.empty((len(texts), self._dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = known[text]
        return vectors

    def _recall(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._lock:
            prints = {text: fingerprint(text) for text in texts}
            known = {text: self._remembered[each] for text, each in prints.items() if each in self._remembered}
            for text in known:
                self._remembered.move_to_end(prints[text])
        return known

    def _remember(self, fresh: dict[str, Vectors]) -> None:
        with self._lock:
            self._remembered.update({fingerprint(text): vector for text, vector in fresh.items()})
            while len(self._remembered) > self._capacity:
                self._remembered.popitem(last=False)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        encodings = self._tokenizer.encode_batch(list(texts))
        tokens = torch.tensor([encoding.ids for encoding in encodings])
        mask = torch.tensor([encoding.attention_mask for encoding in encodings])
        with torch.inference_mode():
            hidden = self._model(input_ids=tokens, attention_mask=mask).last_hidden_state
            pooled = (hidden * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)
            unit: Vectors = torch.nn.functional.normalize(pooled).numpy()
        return unit


def add_to(network: BertModel, changes: Mapping[str, torch.Tensor], version: str) -> None:
    """Adds to the weights of these names. Raises WeightsError, naming `version`, for a weight that is not there, or has
    another shape."""
    weights = network.state_dict()
    for name, change in changes.items():
        if name not in weights or weights[name].shape != change.shape:
            raise WeightsError(f"{version}: {name} has no place in the encoder, or another shape")
        weights[name] += change  # the network's own tensor


def load_bert(model_dir: Path) -> BertModel:
    """The bare network, ready to encode."""
    # By hand rather than by from_pretrained, which logs a table about the pooler that is left out on purpose.
    model = BertModel(BertConfig.from_json_file(str(model_dir / "config.json")), add_pooling_layer=False)
    weights = load_file(model_dir / "model.safetensors")
    names = model.state_dict().keys()
    model.load_state_dict({name: tensor for name, tensor in weights.items() if name in names})
    model.train(mode=False)
    return model
