"""One round of learning later: what people taught becomes a data set, an adapter, a report, a verdict, and, when the
gate lets it through, a version in shadow. Going further is for a person to decide.

Every step can be repeated, so a round that was killed goes on where it was: the data set is named by its content,
training resumes in the folder that is named for it, and a version that is registered already is taken as it is.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from app.bootstrap import ANSWER_ADAPTER
from app.domain.lessons import LEARNT_FROM
from app.domain.rollout import ModelState, ModelVersion, in_state, version_id
from app.errors import ConfigurationError
from app.inference.weights import sha256_of
from app.settings import Settings
from app.stores import open_stores
from feedback.answer_commands import build, train_adapter
from feedback.dataset.snapshot import DatasetSnapshot, read_snapshot
from feedback.rollout.commands import Learnt, kept, open_registry
from feedback.suite_commands import REPORT, compare, evaluate_suite

console = Console()

TASK = "answer"
_BY = "learning cycle"
_GATED = ("whole chain", "drafts only")
"""What the gate looks at; the other ways of answering are for people to read."""


@dataclass(frozen=True, slots=True)
class Round:
    """Where a round keeps its things, and how much it does."""

    datasets: Path
    runs: Path
    reports: Path
    least: int
    """Lessons below which there is no round."""
    epochs: float
    minutes: float | None
    """Of training, in this call."""
    drafted: int
    """Cases to draft for alone."""


def cycle(plan: Round) -> None:
    """Goes one round, or says why there is none yet. Raises ConfigurationError."""
    settings = Settings()
    with open_registry(settings) as registry:
        live = in_state(registry.versions(TASK), TASK, ModelState.LIVE)
        shadow = in_state(registry.versions(TASK), TASK, ModelState.SHADOW)
    if shadow is not None:
        raise ConfigurationError(f"{shadow.id} is in shadow still: promote it or roll it back first")
    fresh = fresh_lessons(settings, plan.datasets, live)
    if fresh < plan.least:
        console.print(f"{fresh} new lessons, {plan.least} make a round. Nothing was trained.")
        return
    adapter = settings.adapters_dir / live.file if live else ANSWER_ADAPTER
    console.print(f"{fresh} new lessons. From {live.id if live else 'the shipped adapter'}:")
    snapshot = build(plan.datasets, rows=14)
    trained = train_adapter("answer", snapshot.folder, plan.runs / snapshot.name, plan.epochs, plan.minutes, adapter)
    version = _registered(settings, trained, snapshot)
    reports = {name: plan.reports / snapshot.name / name for name in ("candidate", "live")}
    evaluate_suite("candidate", trained, reports["candidate"], None, plan.drafted, _GATED)
    evaluate_suite("live", adapter, reports["live"], reports["candidate"] / REPORT, plan.drafted, _GATED)
    if not compare(reports["candidate"] / REPORT, reports["live"] / REPORT).passed:
        console.print(f"{version.id} stays a candidate. What is live stays live.")
        return
    with open_registry(settings) as registry:
        why = f"passed the gate after {fresh} new lessons"
        registry.move(version.id, ModelState.SHADOW, by=_BY, why=why, at=datetime.now(UTC))
    console.print(f"{version.id} drafts in shadow now. To let customers have it, a person decides:")
    console.print(f"  handrail-feedback promote {version.id} --to canary --share 10 --by YOU --why …", highlight=False)


def fresh_lessons(settings: Settings, datasets: Path, live: ModelVersion | None) -> int:
    """How many learnt replies are in use that what is live has not been trained on."""
    stores = open_stores(settings)
    try:
        learnt = {
            item.id
            for item in stores.interactions.all_interactions()
            if item.usable and item.source.startswith(LEARNT_FROM)
        }
    finally:
        stores.engine.dispose()
    known: set[str] = set()
    if live is not None and (datasets / live.dataset).is_dir():
        known = {example.lineage.interaction for example in read_snapshot(datasets / live.dataset).examples()}
    return len(learnt - known)


def _registered(settings: Settings, adapter: Path, snapshot: DatasetSnapshot) -> ModelVersion:
    name = version_id(TASK, sha256_of(adapter))
    with open_registry(settings) as registry:
        there = next((each for each in registry.versions(TASK) if each.id == name), None)
    return there or kept(adapter, snapshot.name, Learnt.ANSWER, _BY, f"learnt from {snapshot.rows} examples")
