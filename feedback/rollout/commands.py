"""The commands that release a version of the model: each one step, by somebody, for a reason."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.adapters.sql.database import open_database
from app.adapters.sql.models import SqlModels
from app.domain.ids import ModelVersionId
from app.domain.rollout import ModelState, ModelVersion, Transition, in_state
from app.errors import MoveNotAllowed
from app.settings import Settings

console = Console()

_FOLLOWS = "A running service follows within seconds."


class Learnt(StrEnum):
    """What adapters are made for."""

    ANSWER = "answer"
    REFINE = "refine"


class Step(StrEnum):
    """What a version can be promoted to."""

    SHADOW = "shadow"
    CANARY = "canary"
    LIVE = "live"


TaskOption = Annotated[Learnt, typer.Option(help="What the adapter is for.")]
ByOption = Annotated[str, typer.Option(help="Who decides it.")]
WhyOption = Annotated[str, typer.Option(help="Why; it is kept.")]


def register(
    file: Annotated[Path, typer.Argument(help="An adapter in GGUF, as `train` writes it.")],
    dataset: Annotated[str, typer.Option(help="The data set that it was learnt from.")],
    task: TaskOption = Learnt.ANSWER,
    by: Annotated[str, typer.Option(help="Who registers it; empty: the user of this machine.")] = "",
    why: WhyOption = "registered",
) -> None:
    """Check an adapter, keep it, and register it as a candidate: it answers nobody yet."""
    kept(file, dataset, task, by or getpass.getuser(), why)


def kept(file: Path, dataset: str, task: Learnt, by: str, why: str) -> ModelVersion:
    """Checks an adapter and registers it. Raises WeightsError, Conflict."""
    from app.inference.adapters import Candidate, register_adapter  # noqa: PLC0415 - gguf takes a second to import
    from app.inference.requantize import served_gguf  # noqa: PLC0415
    from app.inference.weights import SMOLLM2, fetch  # noqa: PLC0415

    settings = Settings()
    fetch(SMOLLM2.name, settings.models_dir)
    weights = served_gguf(settings.models_dir, settings.worker_quantization)
    about = Candidate(task.value, dataset, datetime.now(UTC))
    with open_registry(settings) as registry:
        folder = settings.adapters_dir
        version = register_adapter(file, weights, folder, registry, about, by=by, why=why)
    console.print(f"{version.id} is a candidate, kept as {folder / version.file}.")
    return version


def versions(
    task: Annotated[Learnt | None, typer.Option(help="Of one task only.")] = None,
) -> None:
    """Show every version, where it stands, what the gate said, and who moved it and why."""
    chosen = task.value if task else ""
    with open_registry(Settings()) as registry:
        found, history = registry.versions(chosen), registry.history(chosen)
    table = Table("version", "state", "gate", "data set", "since", "history")
    for version in found:
        steps = "\n".join(_told(step) for step in history if step.version == version.id)
        table.add_row(
            version.id, _state(version), _gate(version), version.dataset, f"{version.since:%Y-%m-%d %H:%M}", steps
        )
    console.print(table if found else "There is no version yet; the model answers without an adapter.")


def promote(
    version: Annotated[str, typer.Argument(help="Its id, as `versions` shows it.")],
    by: ByOption,
    why: WhyOption,
    to: Annotated[Step, typer.Option(help="Where it goes.")],
    share: Annotated[int, typer.Option(min=1, max=100, help="canary: of a hundred conversations.")] = 10,
) -> None:
    """Let a version draft in shadow, answer a share of the conversations, or go live. Customers get nothing of a
    version that has not passed the gate."""
    state = ModelState(to.value)
    with open_registry(Settings()) as registry:
        steps = registry.move(
            ModelVersionId(version),
            state,
            by=by,
            why=why,
            at=datetime.now(UTC),
            share=share if state is ModelState.CANARY else 0,
        )
    _show(steps)


def rollback(
    by: ByOption,
    why: WhyOption,
    version: Annotated[str, typer.Argument(help="Its id; empty: the canary, else the live one.")] = "",
    task: TaskOption = Learnt.ANSWER,
) -> None:
    """Take a version out of service. For a live one the version before it answers again."""
    with open_registry(Settings()) as registry:
        chosen = ModelVersionId(version) if version else _doubtful(registry.versions(task.value), task)
        steps = registry.move(chosen, ModelState.ROLLED_BACK, by=by, why=why, at=datetime.now(UTC))
    _show(steps)
    if [step.before for step in steps] == [ModelState.LIVE]:
        console.print("There is no version before it: the model answers without an adapter.")


@contextmanager
def open_registry(settings: Settings) -> Iterator[SqlModels]:
    """The versions in the database of these settings."""
    engine = open_database(settings.store_url)
    try:
        yield SqlModels(engine)
    finally:
        engine.dispose()


def _doubtful(found: list[ModelVersion], task: Learnt) -> ModelVersionId:
    """What a roll-back without a name means: the version that was let at customers last."""
    for state in (ModelState.CANARY, ModelState.LIVE):
        if (version := in_state(found, task.value, state)) is not None:
            return version.id
    raise MoveNotAllowed(f"no version for {task.value} answers customers")


def _show(steps: list[Transition]) -> None:
    for step in steps:
        share = f" for {step.share} % of the conversations" if step.share else ""
        console.print(f"{step.version} is {step.after.value.replace('_', ' ')}{share}.", highlight=False)
    console.print(_FOLLOWS)


def _told(step: Transition) -> str:
    share = f" {step.share} %" if step.share else ""
    return f"{step.at:%Y-%m-%d %H:%M} {step.after.value.replace('_', ' ')}{share}, {step.by}: {step.why}"


def _state(version: ModelVersion) -> str:
    share = f" {version.share} %" if version.share else ""
    return f"{version.state.value.replace('_', ' ')}{share}"


def _gate(version: ModelVersion) -> str:
    if version.verdict is None:
        return "came with the product" if version.shipped else "not yet"
    verdict = version.verdict
    return f"passed {verdict.suite}" if verdict.passed else f"failed {verdict.suite}: {'; '.join(verdict.failures)}"
