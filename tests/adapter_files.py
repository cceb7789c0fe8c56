"""Adapters of random weights for tests: small, quick to write, and each with words of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np

PARTS = ("attn_q", "attn_v", "attn_output", "ffn_down")
RANK = 2


def write_adapter(
    path: Path,
    base: Path,
    seed: int,
    *,
    strength: float = 0.4,
    changes: Mapping[str, Any] | None = None,
    kind: str = gguf.GGUFType.ADAPTER,
    adapter_type: str = "lora",
    architecture: str = "llama",
    alpha: float = 4.0,
) -> Path:
    """A LoRA of rank 2 on every layer of `base`; `changes` puts other tensors in the place of these, or takes them
    away (None)."""
    shapes = {tensor.name: tuple(int(size) for size in tensor.shape) for tensor in gguf.GGUFReader(base).tensors}
    generator = np.random.default_rng(seed)
    tensors: dict[str, Any] = {}
    for name, (inner, outer) in ((name, shape) for name, shape in shapes.items() if name.split(".")[-2] in PARTS):
        tensors[f"{name}.lora_a"] = generator.standard_normal((RANK, inner)) / np.sqrt(inner)
        tensors[f"{name}.lora_b"] = generator.standard_normal((outer, RANK)) * strength
    tensors |= changes or {}
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type(kind)
    writer.add_string(gguf.Keys.Adapter.TYPE, adapter_type)
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
    for name, values in tensors.items():
        if values is not None:
            writer.add_tensor(name, np.asarray(values, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
