"""The served file: the same model as its source, made once, and never served damaged."""

import json
from pathlib import Path

import gguf
import numpy as np
import pytest

from app.errors import WeightsError
from app.inference.requantize import Quantization, requantize, served_gguf
from app.inference.weights import SMOLLM2, sha256_of


@pytest.fixture
def small_gguf(tmp_path: Path) -> Path:
    """A file of the shipped kind: one Q4_1 matrix, one Q8_0 embedding, one norm, and what a tokenizer states."""
    path = tmp_path / "small.gguf"
    values = np.random.default_rng(5).normal(size=(8, 64)).astype(np.float32)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_1)
    writer.add_token_list(["<s>", "tent", "kettle"])
    writer.add_chat_template("{{ messages }}")
    for name, kind in (("blk.0.attn_q.weight", "Q4_1"), ("token_embd.weight", "Q8_0")):
        tensor_type = gguf.GGMLQuantizationType[kind]
        writer.add_tensor(name, gguf.quants.quantize(values, tensor_type), raw_dtype=tensor_type)
    writer.add_tensor("output_norm.weight", values[0])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize(("quantization", "tolerance"), [("Q8_0", 1 / 127), ("Q4_0", 1 / 7)])
def test_the_matrices_are_encoded_anew_and_all_else_stays(
    small_gguf: Path, quantization: Quantization, tolerance: float
) -> None:
    target = small_gguf.with_name("served.gguf")
    requantize(small_gguf, target, quantization)

    source, served = gguf.GGUFReader(small_gguf), gguf.GGUFReader(target)
    kinds = {tensor.name: tensor.tensor_type.name for tensor in served.tensors}
    assert kinds == {"blk.0.attn_q.weight": quantization, "token_embd.weight": "Q8_0", "output_norm.weight": "F32"}
    for before, after in zip(source.tensors, served.tensors, strict=True):
        old = gguf.quants.dequantize(before.data, before.tensor_type)
        new = gguf.quants.dequantize(after.data, after.tensor_type)
        # A block is held in steps of this part of its largest value.
        assert np.abs(new - old).max() <= np.abs(old).max() * tolerance
    for name in ("tokenizer.ggml.tokens", "tokenizer.chat_template"):
        assert served.fields[name].contents() == source.fields[name].contents()
    assert served.fields["general.file_type"].contents() == gguf.LlamaFileType[f"MOSTLY_{quantization}"]


def test_the_same_source_gives_the_same_bytes(small_gguf: Path) -> None:
    first, second = (small_gguf.with_name(name) for name in ("first.gguf", "second.gguf"))
    requantize(small_gguf, first, "Q8_0")
    requantize(small_gguf, second, "Q8_0")
    assert first.read_bytes() == second.read_bytes()


def test_the_served_file_is_made_once(models_dir: Path, model_file: Path) -> None:
    written_at = model_file.stat().st_mtime_ns
    assert served_gguf(models_dir) == model_file
    assert model_file.stat().st_mtime_ns == written_at


def test_its_card_names_the_source_and_the_file(model_file: Path) -> None:
    card = json.loads(model_file.with_suffix(".json").read_text())
    assert card["source_sha256"] == SMOLLM2.files[0].sha256
    assert card["sha256"] == sha256_of(model_file)


def test_without_the_fetched_weights_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="fetch it first"):
        served_gguf(tmp_path)


def test_a_damaged_file_is_not_served(tmp_path: Path, model_file: Path) -> None:
    folder = tmp_path / model_file.parent.name
    folder.mkdir()
    damaged = folder / model_file.name
    damaged.write_bytes(model_file.read_bytes()[:-1])
    damaged.with_suffix(".json").write_text(model_file.with_suffix(".json").read_text())
    with pytest.raises(WeightsError, match="fetch it first"):
        served_gguf(tmp_path)
