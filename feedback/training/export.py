"""A trained adapter as llama.cpp loads it: GGUF, with q and k in llama.cpp's order of rows."""

from pathlib import Path

import gguf
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file

from app.adapters.eager_chat import LAYER_NAMES
from app.errors import ConfigurationError

_PREFIX = "base_model.model.model.layers."
_GGUF_NAMES = {torch_name: name for name, torch_name in LAYER_NAMES.items()}
_ROTATED = {"attn_q": "llama.attention.head_count", "attn_k": "llama.attention.head_count_kv"}


def export_adapter(adapter: Path, base: Path, target: Path, *, alpha: int, name: str) -> None:
    """Writes the adapter in half precision to `target`, by one rename. `base` is the GGUF it was trained on.

    Raises ConfigurationError when the file holds something that llama.cpp has no place for.
    """
    heads = _heads(gguf.GGUFReader(base))
    unfinished = target.with_suffix(".unfinished")
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(unfinished, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(alpha))
    writer.add_name(name)
    for key, values in sorted(load_file(adapter).items()):
        layer, part, side = _place(key)
        rows = _paired(values, heads[part]) if side == "lora_b" and part in heads else values
        writer.add_tensor(f"blk.{layer}.{part}.weight.{side}", np.ascontiguousarray(rows, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    unfinished.replace(target)


def read_adapter(adapter: Path, base: Path) -> dict[str, torch.Tensor]:
    """The weights of an exported adapter by peft's names, to go on training from. Raises ConfigurationError."""
    heads = _heads(gguf.GGUFReader(base))
    try:
        tensors = gguf.GGUFReader(adapter).tensors
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{adapter} is no adapter: {error}") from error
    weights: dict[str, torch.Tensor] = {}
    for tensor in tensors:
        _, layer, part, _, side = tensor.name.split(".")
        values = np.array(tensor.data, dtype=np.float32)
        rows = _halved(values, heads[part]) if side == "lora_b" and part in heads else values
        name = f"{_PREFIX}{layer}.{LAYER_NAMES[part]}.{side.replace('lora_a', 'lora_A').replace('lora_b', 'lora_B')}"
        weights[f"{name}.weight"] = torch.from_numpy(np.ascontiguousarray(rows))
    return weights


def _heads(reader: gguf.GGUFReader) -> dict[str, int]:
    return {part: int(reader.fields[field].contents()) for part, field in _ROTATED.items()}


def _place(key: str) -> tuple[int, str, str]:
    """Layer, part and side of a tensor of peft's: base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight."""
    if not key.startswith(_PREFIX):
        raise ConfigurationError(f"the adapter holds {key}, which has no place in the served model")
    layer, module, projection, side, _ = key.removeprefix(_PREFIX).split(".")
    part = _GGUF_NAMES.get(f"{module}.{projection}")
    if part is None or side not in ("lora_A", "lora_B"):
        raise ConfigurationError(f"the adapter holds {key}, which has no place in the served model")
    return int(layer), part, side.lower()


def _paired(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows of each head from transformers' two halves to pairs that rotate together, as llama.cpp keeps them."""
    rows, columns = values.shape
    halves = values.reshape(heads, 2, rows // heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))


def _halved(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """The way back."""
    rows, columns = values.shape
    pairs = values.reshape(heads, rows // heads // 2, 2, columns)
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(rows, columns))
