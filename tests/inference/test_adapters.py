"""An adapter file that is not what it should be is refused in words, and leaves nothing behind."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from app.adapters.sql.database import open_database
from app.adapters.sql.models import SqlModels
from app.errors import Conflict, InvalidInput, WeightsError
from app.inference import adapters
from app.inference.adapters import Candidate, keep_adapter, register_adapter
from app.inference.supervisor import WorkerProcess
from app.inference.weights import problem_of, sha256_of
from tests.adapter_files import write_adapter
from tests.builders import NOW

TARGET = "blk.0.attn_q.weight"
CANDIDATE = Candidate("answer", "05b558105abe", NOW)


@dataclass(frozen=True)
class Base:
    """A model of one tensor: enough to say what fits it, and read in no time."""

    path: Path
    inner: int = 64
    outer: int = 32


@pytest.fixture
def base(tmp_path: Path) -> Base:
    found = Base(tmp_path / "base.gguf")
    writer = gguf.GGUFWriter(found.path, "llama")
    writer.add_tensor(TARGET, np.zeros((found.outer, found.inner), dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return found


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_sound_adapter_is_kept_under_its_hash(base: Base, tmp_path: Path) -> None:
    source = write_adapter(tmp_path / "mine.gguf", base.path, 1)
    kept = keep_adapter(source, base.path, tmp_path / "kept")
    assert kept.sha256 == sha256_of(source) == sha256_of(kept.path)
    assert left_in(tmp_path / "kept") == [f"{kept.sha256[:16]}.gguf"]
    assert keep_adapter(source, base.path, tmp_path / "kept") == kept, "it may be kept again"


def _random(*shape: int) -> Any:  # noqa: ANN401
    return np.random.default_rng(1).standard_normal(shape)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "model"}, "no adapter"),
        ({"adapter_type": "control"}, "no LoRA"),
        ({"architecture": "gemma"}, "is for gemma, the served model is llama"),
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": float("nan")}, "alpha"),
        ({"changes": {f"{TARGET}.lora_a": None}}, "has no place"),
        ({"changes": {f"{TARGET}.lora_a": None, f"{TARGET}.lora_b": None}}, "no weights"),
        ({"changes": {"blk.9.attn_q.weight.lora_a": _random(2, 64)}}, "blk.9.attn_q.weight.lora_a has no place"),
        ({"changes": {f"{TARGET}.bias": _random(2, 64)}}, "has no place"),
        ({"changes": {f"{TARGET}.lora_a": _random(2, 63)}}, "has not the shape"),
        ({"changes": {f"{TARGET}.lora_b": _random(31, 2)}}, "has not the shape"),
        ({"changes": {f"{TARGET}.lora_b": _random(32, 3)}}, "has not the shape"),
        ({"changes": {f"{TARGET}.lora_b": _random(32)}}, "has not the shape"),
        ({"changes": {f"{TARGET}.lora_b": np.full((32, 2), np.nan)}}, "numbers that are none"),
        ({"changes": {f"{TARGET}.lora_a": np.full((2, 64), np.inf)}}, "numbers that are none"),
    ],
)
def test_what_is_no_adapter_of_the_served_model_is_refused(
    base: Base, tmp_path: Path, wrong: dict[str, Any], said: str
) -> None:
    source = write_adapter(tmp_path / "wrong.gguf", base.path, 1, **wrong)
    with pytest.raises(WeightsError, match=said):
        keep_adapter(source, base.path, tmp_path / "kept")
    assert left_in(tmp_path / "kept") == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda sound: b"",
        lambda sound: b"words, not weights" * 100,
        lambda sound: b"GGUF" + bytes(200),
        lambda sound: b"GGUF" + b"\xff" * 200,
        lambda sound: sound[: len(sound) // 2],
        lambda sound: sound[:-1],
        lambda sound: sound[:40],
    ],
    ids=["empty", "words", "zeros", "ones", "half", "one byte short", "header only"],
)
def test_a_damaged_file_is_refused(base: Base, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    source = write_adapter(tmp_path / "damaged.gguf", base.path, 1)
    source.write_bytes(damage(source.read_bytes()))
    with pytest.raises(WeightsError, match=r"damaged\.gguf"):
        keep_adapter(source, base.path, tmp_path / "kept")
    assert left_in(tmp_path / "kept") == []


def test_a_list_that_a_flipped_bit_made_endless_is_refused_at_once(base: Base, tmp_path: Path) -> None:
    source = write_adapter(tmp_path / "endless.gguf", base.path, 1)
    key = b"adapter.type"
    whole = source.read_bytes()
    at = whole.index(key) + len(key)
    assert whole[at] == gguf.GGUFValueType.STRING
    source.write_bytes(whole[:at] + bytes([gguf.GGUFValueType.ARRAY]) + whole[at + 1 :])
    with pytest.raises(WeightsError):
        keep_adapter(source, base.path, tmp_path / "kept")


def test_any_flipped_bytes_of_the_header_end_in_a_word_or_in_a_file_that_is_kept(base: Base, tmp_path: Path) -> None:
    source = write_adapter(tmp_path / "flipped.gguf", base.path, 1)
    whole, generator = source.read_bytes(), random.Random(7)
    header = whole.index(b"lora_b") + 64
    for _ in range(150):
        flipped = bytearray(whole)
        for _ in range(generator.randint(1, 3)):
            flipped[generator.randrange(header)] ^= 1 << generator.randrange(8)
        source.write_bytes(flipped)
        with suppress(WeightsError):
            keep_adapter(source, base.path, tmp_path / "kept")
    assert not [name for name in left_in(tmp_path / "kept") if name.startswith(".")]


def test_a_file_that_is_too_large_or_not_there_is_refused(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WeightsError, match="no file"):
        keep_adapter(tmp_path / "nothing.gguf", base.path, tmp_path / "kept")
    source = write_adapter(tmp_path / "large.gguf", base.path, 1)
    monkeypatch.setattr(adapters, "MOST_BYTES", source.stat().st_size - 1)
    with pytest.raises(WeightsError, match="at most"):
        keep_adapter(source, base.path, tmp_path / "kept")
    assert left_in(tmp_path / "kept") == []


def test_a_registered_adapter_is_a_candidate_and_the_same_one_is_registered_once(base: Base, tmp_path: Path) -> None:
    engine = open_database("sqlite://")
    registry, folder = SqlModels(engine), tmp_path / "kept"
    source = write_adapter(tmp_path / "mine.gguf", base.path, 1)
    version = register_adapter(source, base.path, folder, registry, CANDIDATE, by="Ada", why="made overnight")
    assert registry.versions() == [version]
    assert (version.id, version.dataset) == (f"answer@{sha256_of(source)[:8]}", "05b558105abe")
    with pytest.raises(Conflict):
        register_adapter(source, base.path, folder, registry, CANDIDATE, by="Ada", why="again")
    assert left_in(folder) == [version.file], "the file of the one that is registered stays"

    other = write_adapter(tmp_path / "other.gguf", base.path, 2)
    with pytest.raises(InvalidInput):
        register_adapter(other, base.path, folder, registry, CANDIDATE, by="", why="")
    assert left_in(folder) == [version.file]
    engine.dispose()


def test_a_worker_loads_no_file_that_is_not_the_one_that_was_registered(model_file: Path, tmp_path: Path) -> None:
    source = write_adapter(tmp_path / "mine.gguf", model_file, 1)
    kept = keep_adapter(source, model_file, tmp_path / "kept")
    kept.path.write_bytes(kept.path.read_bytes()[:-4] + bytes(4))
    assert "is damaged" in problem_of(kept.path, kept.sha256)
    worker = WorkerProcess(model_file, adapters=[kept.path], sha256s=[kept.sha256])
    with pytest.raises(WeightsError, match="is damaged"), worker:
        pass
    worker.close()


def test_the_adapter_that_ships_with_the_product_is_sound(model_file: Path, tmp_path: Path) -> None:
    from app.bootstrap import ANSWER_ADAPTER

    assert keep_adapter(ANSWER_ADAPTER, model_file, tmp_path).sha256 == sha256_of(ANSWER_ADAPTER)
