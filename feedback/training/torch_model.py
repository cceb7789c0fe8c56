"""The served model in torch: the same weights, read from the GGUF, to be trained."""

from pathlib import Path
from typing import Any

import gguf
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from app.adapters.eager_chat import config_of, weights_of
from app.errors import WeightsError


def load_for_training(weights: Path) -> tuple[Any, Any]:
    """Tokenizer and network in fp32. Raises WeightsError."""
    if not weights.is_file():
        raise WeightsError(f"There is no model file {weights}; fetch the weights first.")
    try:
        reader = gguf.GGUFReader(weights)
        tokenizer = AutoTokenizer.from_pretrained(weights.parent, gguf_file=weights.name, local_files_only=True)
        config = LlamaConfig(**config_of(reader))
        network: Any = LlamaForCausalLM(config)
        values = {name: torch.from_numpy(array) for name, array in weights_of(reader).items()}
        network.load_state_dict(values, strict=not config.tie_word_embeddings)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise WeightsError(f"{weights} cannot be read: {error}") from error
    return tokenizer, network
