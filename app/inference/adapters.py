"""Adapter files: checked before they are kept, kept under their hash, checked again whenever they are loaded.

An adapter is data from elsewhere that goes into native code. What is no GGUF, no LoRA of the served model, cut off,
damaged or larger than any adapter of ours is refused in words, before llama.cpp sees it.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from app.domain.rollout import ModelState, ModelVersion, version_id
from app.errors import HandrailError, WeightsError
from app.inference.weights import sha256_of
from app.ports import ModelRegistry

MOST_BYTES = 64 * 1024 * 1024
_MOST_ELEMENTS = 4096
"""Of a list in the header; an adapter's are tags and languages, if any."""
_SIDES = ("lora_a", "lora_b")
_HALF_OR_SINGLE = (gguf.GGMLQuantizationType.F16, gguf.GGMLQuantizationType.F32)


@dataclass(frozen=True, slots=True)
class AdapterFile:
    """A file as it was registered."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is said of an adapter that is registered."""

    task: str
    dataset: str
    at: datetime
    shipped: bool = False


class _BoundedReader(gguf.GGUFReader):
    """A reader that stops at the end of the file and at endless lists; a flipped bit can ask for either."""

    def _get(self, offset: int, dtype: Any, count: int = 1, override_order: Any = None) -> Any:  # noqa: ANN401
        if int(offset) + int(count) * np.dtype(dtype).itemsize > len(self.data):
            raise ValueError("it ends too early")
        return super()._get(offset, dtype, count, override_order)

    def _get_field_parts(self, orig_offs: int, raw_type: int) -> Any:  # noqa: ANN401
        if raw_type == gguf.GGUFValueType.ARRAY and self._get(orig_offs + 4, np.uint64)[0] > _MOST_ELEMENTS:
            raise ValueError("it holds a list too long for an adapter")
        return super()._get_field_parts(orig_offs, raw_type)


def keep_adapter(source: Path, base: Path, folder: Path) -> AdapterFile:
    """Copies an adapter into `folder` under its hash, by one rename; what is copied is what was checked.

    Raises WeightsError when it is no sound adapter for `base`; nothing of it is left behind.
    """
    if not source.is_file():
        raise WeightsError(f"There is no file {source}.")
    if (size := source.stat().st_size) > MOST_BYTES:
        raise WeightsError(f"{source} has {size / 1e6:.0f} MB; an adapter has {MOST_BYTES / 1e6:.0f} MB at most.")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".arriving-", dir=folder) as scratch:
        arrived = Path(scratch) / "adapter.gguf"
        shutil.copyfile(source, arrived)
        _check(source, arrived, base)
        sha256 = sha256_of(arrived)
        with arrived.open("rb") as file:
            os.fsync(file.fileno())
        return AdapterFile(arrived.replace(folder / f"{sha256[:16]}.gguf"), sha256)


def register_adapter(
    source: Path,
    base: Path,
    folder: Path,
    registry: ModelRegistry,
    candidate: Candidate,
    *,
    by: str,
    why: str,
) -> ModelVersion:
    """Keeps the file and registers it as a candidate. Raises WeightsError, InvalidInput, and Conflict when the same
    file is registered for this task already."""
    kept = keep_adapter(source, base, folder)
    version = ModelVersion(
        id=version_id(candidate.task, kept.sha256),
        task=candidate.task,
        file=kept.path.name,
        sha256=kept.sha256,
        state=ModelState.CANDIDATE,
        made_at=candidate.at,
        since=candidate.at,
        dataset=candidate.dataset,
        shipped=candidate.shipped,
    )
    try:
        registry.add(version, by, why)
    except HandrailError:
        if all(each.file != version.file for each in registry.versions()):
            kept.path.unlink(missing_ok=True)
        raise
    return version


def _check(named: Path, adapter: Path, base: Path) -> None:
    try:
        reader = _BoundedReader(adapter)
        problem = _problem(reader, gguf.GGUFReader(base))
    except Exception as error:  # a damaged file makes the reader fail in every way there is
        raise WeightsError(f"{named} is damaged or no GGUF: {error}") from error
    if problem:
        raise WeightsError(f"{named} is refused: {problem}.")


def _problem(adapter: gguf.GGUFReader, base: gguf.GGUFReader) -> str:
    """The first thing that makes it no adapter for this model; empty when it is one."""
    ours, theirs = _stated(base, gguf.Keys.General.ARCHITECTURE), _stated(adapter, gguf.Keys.General.ARCHITECTURE)
    if _stated(adapter, gguf.Keys.General.TYPE) != gguf.GGUFType.ADAPTER:
        return "it is no adapter (general.type)"
    if _stated(adapter, gguf.Keys.Adapter.TYPE) != "lora":
        return "it is no LoRA (adapter.type)"
    if ours != theirs:
        return f"it is for {theirs}, the served model is {ours}"
    alpha = _stated(adapter, gguf.Keys.Adapter.LORA_ALPHA)
    if not isinstance(alpha, float) or not np.isfinite(alpha) or alpha <= 0:
        return "its alpha is no positive number"
    shapes = {tensor.name: tuple(int(size) for size in tensor.shape) for tensor in base.tensors}
    tensors = {tensor.name: tensor for tensor in adapter.tensors}
    if not tensors:
        return "it holds no weights"
    for name, tensor in tensors.items():
        target, _, side = name.rpartition(".")
        pair = [tensors.get(f"{target}.{each}") for each in _SIDES]
        if side not in _SIDES or target not in shapes or None in pair:
            return f"{name} has no place in the served model"
        if not _fits(pair, shapes[target]):
            return f"{name} has not the shape of what it changes"
        if tensor.tensor_type not in _HALF_OR_SINGLE:
            return f"{name} is stored as {tensor.tensor_type.name}, not in half or single precision"
        if not np.isfinite(tensor.data).all():
            return f"{name} holds numbers that are none"
    return ""


def _fits(pair: list[Any], target: tuple[int, ...]) -> bool:
    """Whether A (in, rank) and B (rank, out) make a change of (in, out); sizes in the file's order."""
    first, second = (tuple(int(size) for size in tensor.shape) for tensor in pair)
    return len(first) == len(second) == 2 and first[1] == second[0] and (first[0], second[1]) == target


def _stated(reader: gguf.GGUFReader, name: str) -> Any:  # noqa: ANN401 - a GGUF field may hold anything
    field = reader.fields.get(name)
    return field.contents() if field is not None else None
