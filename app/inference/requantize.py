"""Makes the GGUF that is served out of the one that is shipped, once for each machine.

The shipped Q4_1 is small to download but slow to compute; llama.cpp runs Q8_0 (closest to the trained weights) and
Q4_0 (fastest, repacked for AVX2) better on two cores. Stands between `app.inference.weights` and the worker. Beside
each file a small JSON names the hash of its source and its own, so that a changed source or a damaged file is rebuilt.
"""

import json
from pathlib import Path
from typing import Literal

import gguf

from app.errors import WeightsError
from app.inference.weights import SMOLLM2, Progress, WeightsStatus, exclusive, sha256_of, silent, verify

Quantization = Literal["Q8_0", "Q4_0"]
Lineage = dict[str, str | int]

RECIPE = 1
"""Raised whenever `requantize` would write other bytes, so that files made by an older one are rebuilt."""

TENSOR_TYPES = {"Q8_0": gguf.GGMLQuantizationType.Q8_0, "Q4_0": gguf.GGMLQuantizationType.Q4_0}
FILE_TYPES = {"Q8_0": gguf.LlamaFileType.MOSTLY_Q8_0, "Q4_0": gguf.LlamaFileType.MOSTLY_Q4_0}


def served_gguf(models_dir: Path, quantization: Quantization = "Q8_0", progress: Progress = silent) -> Path:
    """The model file to serve, built from the fetched one when it is not there or no longer sound (some seconds).

    Raises WeightsError when it has to be built and the fetched weights are missing or damaged.
    """
    source = models_dir / SMOLLM2.name / SMOLLM2.files[0].path
    folder = models_dir / f"smollm2-135m-{quantization.lower()}"
    target = folder / f"SmolLM2-135M-Instruct.{quantization}.gguf"
    lineage: Lineage = {"source_sha256": SMOLLM2.files[0].sha256, "quantization": quantization, "recipe": RECIPE}
    if _is_sound(target, lineage):
        return target
    with exclusive(folder):
        if _is_sound(target, lineage):
            return target
        status = verify(SMOLLM2.name, models_dir)
        if status is not WeightsStatus.OK:
            raise WeightsError(f"{SMOLLM2.name} is {status.value} in {models_dir}; fetch it first.")
        progress(f"Preparing {target.name}.")
        scratch = target.with_suffix(".partial")
        requantize(source, scratch, quantization)
        card = lineage | {"sha256": sha256_of(scratch)}
        # The weights first: should we die in between, the card does not match and the file is rebuilt.
        scratch.replace(target)
        card_scratch = target.with_suffix(".json.partial")
        card_scratch.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
        card_scratch.replace(target.with_suffix(".json"))
    return target


def requantize(source: Path, target: Path, quantization: Quantization) -> None:
    """Writes `source` again with its Q4_1 tensors as `quantization`; norms, embeddings and metadata stay as they are.

    Raises WeightsError when the written file does not read back with the same tensors.
    """
    reader = gguf.GGUFReader(source)
    architecture = reader.fields[gguf.Keys.General.ARCHITECTURE].contents()
    writer = gguf.GGUFWriter(target, str(architecture))
    for field in reader.fields.values():
        # The writer states its own header and the architecture.
        if field.name.startswith("GGUF.") or field.name == gguf.Keys.General.ARCHITECTURE:
            continue
        value = FILE_TYPES[quantization] if field.name == gguf.Keys.General.FILE_TYPE else field.contents()
        kind = field.types[0]
        element = field.types[-1] if kind is gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, value, kind, sub_type=element)
    for tensor in reader.tensors:
        data, kind_of_tensor = tensor.data, tensor.tensor_type
        if kind_of_tensor is gguf.GGMLQuantizationType.Q4_1:
            kind_of_tensor = TENSOR_TYPES[quantization]
            data = gguf.quants.quantize(gguf.quants.dequantize(data, tensor.tensor_type), kind_of_tensor)
        writer.add_tensor(tensor.name, data, raw_dtype=kind_of_tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    if _outline(gguf.GGUFReader(target)) != _outline(reader):
        raise WeightsError(f"{target.name} does not read back as it was written.")


def _outline(reader: gguf.GGUFReader) -> tuple[set[str], list[tuple[str, tuple[int, ...]]]]:
    shapes = [(tensor.name, tuple(int(size) for size in tensor.shape)) for tensor in reader.tensors]
    return set(reader.fields), shapes


def _is_sound(target: Path, lineage: Lineage) -> bool:
    card_path = target.with_suffix(".json")
    if not (target.is_file() and card_path.is_file()):
        return False
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return bool(card == lineage | {"sha256": sha256_of(target)})
