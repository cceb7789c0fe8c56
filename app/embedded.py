"""The embedded model put together: weights, worker, and the versions that the registry says. Part of the composition
root, in a file of its own because what it imports takes a second."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.adapters.chat_completions import OpenAIChat
from app.adapters.rollout_chat import RolloutChat
from app.adapters.system import SystemClock
from app.domain.rollout import ModelState, ModelVersion, in_state, version_id
from app.errors import Conflict, HandrailError
from app.inference.adapters import Candidate, keep_adapter, register_adapter
from app.inference.requantize import served_gguf
from app.inference.supervisor import Phase, WorkerProcess
from app.inference.weights import SMOLLM2, Progress, fetch, problem_of, sha256_of
from app.ports import ChatCompletion, ChatRequest, ModelRegistry
from app.settings import Settings

log = logging.getLogger(__name__)


@contextmanager
def open_embedded(
    settings: Settings,
    registry: ModelRegistry,
    shipped: Mapping[str, Path],
    count: Callable[[str], None],
    progress: Progress,
) -> Iterator[RolloutChat]:
    """The embedded model with its versions, which are followed until the block ends; `shipped` are the adapters
    that come with the product, by task. Raises WeightsError, ModelDown."""
    fetch(SMOLLM2.name, settings.models_dir, progress)
    weights = served_gguf(settings.models_dir, settings.worker_quantization, progress)
    for task, adapter in shipped.items():
        register_shipped(task, adapter, weights, settings.adapters_dir, registry)
    with RolloutChat(
        registry,
        lambda versions: launch_worker(settings, weights, versions),
        base=f"smollm2-135m-{settings.worker_quantization.lower()}",
        problem=lambda version: problem_of(settings.adapters_dir / version.file, version.sha256),
        count=count,
    ) as rollout:
        yield rollout


@dataclass(frozen=True, slots=True)
class EmbeddedWorker:
    """A worker process and its client, which applies an adapter by the id of its version."""

    process: WorkerProcess
    chat: OpenAIChat

    @property
    def version(self) -> str:
        """Names the weights that answer."""
        return self.chat.version

    @property
    def failing(self) -> bool:
        """Whether it died and cannot come back for now."""
        return self.process.phase is Phase.RESTING

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        """Raises ModelDown, DeadlineExceeded."""
        return self.chat.complete(request)

    def close(self) -> None:
        """Ends the process."""
        self.chat.close()
        self.process.close()


def launch_worker(settings: Settings, weights: Path, versions: Sequence[ModelVersion]) -> EmbeddedWorker:
    """A running worker with the adapters of these versions. Raises WeightsError, ModelDown."""
    process = WorkerProcess(
        weights,
        threads=settings.worker_threads,
        context=settings.worker_context,
        adapters=[settings.adapters_dir / version.file for version in versions],
        sha256s=[version.sha256 for version in versions],
    )
    try:
        process.start()
    except HandrailError:
        process.close()
        raise
    places = {str(version.id): place for place, version in enumerate(versions)}
    client = OpenAIChat(process.base_url, api_key=process.api_key, version=weights.stem, adapters=places)
    return EmbeddedWorker(process, client)


def register_shipped(task: str, adapter: Path, weights: Path, folder: Path, registry: ModelRegistry) -> None:
    """Registers the adapter that comes with the product, once, and lets it go live where nothing is live or only one
    that came with the product before. A folder that cannot be written to leaves the versions as they are."""
    if not adapter.exists():
        return
    by, why, now = "handrail", "shipped with the product", SystemClock().now()
    number = version_id(task, sha256_of(adapter))
    try:
        known = next((each for each in registry.versions(task) if each.id == number), None)
        if known is None:
            about = Candidate(task, "shipped", now, shipped=True)
            register_adapter(adapter, weights, folder, registry, about, by=by, why=why)
        elif problem_of(folder / known.file, known.sha256):
            keep_adapter(adapter, weights, folder)  # the registry is older than this folder, or the file was damaged
        versions = registry.versions(task)
        live = in_state(versions, task, ModelState.LIVE)
        waits = any(each.id == number and each.state is ModelState.CANDIDATE for each in versions)
        if waits and (live is None or live.shipped):
            registry.move(number, ModelState.LIVE, by=by, why=why, at=now)
    except Conflict:
        log.info("another process has registered %s", number)
    except OSError as error:
        log.warning("%s could not be kept in %s: %s", adapter, folder, error)
