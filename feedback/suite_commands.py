"""The commands that play the frozen suite, and hold a candidate against what is live."""

import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.bootstrap import House, load_encoder, open_house
from app.domain.ids import CustomerId, ModelVersionId
from app.domain.rollout import GateVerdict, version_id
from app.errors import ConfigurationError
from app.inference.weights import sha256_of
from app.pipeline.parts import Knowledge, Parts
from app.settings import Settings
from feedback.answer_commands import served
from feedback.evaluation.gate import Verdict, judge, read_thresholds
from feedback.evaluation.reading import CUSTOMERS
from feedback.evaluation.replay import Played, System, play, systems
from feedback.evaluation.report import CaseResult, Report, Scored, page, read_report
from feedback.evaluation.scores import score
from feedback.evaluation.staging import Staged, set_stage
from feedback.evaluation.suite import Suite, read_suite
from feedback.rollout.commands import open_registry

console = Console()

REPORT, PAGE = "report.json", "report.html"
ADAPTER = "adapter"


def evaluate_suite(name: str, adapter: Path, out: Path, live: Path | None, drafted: int, only: Sequence[str]) -> None:
    """Plays every system over the suite with an adapter, drafting alone for at most `drafted` cases, and writes the
    report and its page. `only` names the systems to play; empty: all."""
    settings = Settings(drafts_may_send=True)
    suite = read_suite()
    version = version_id("answer", sha256_of(adapter))
    with open_house(settings, console.print, with_model=False) as house, served(settings, adapter) as (_, tuned):
        knowledge = Knowledge.of(house.stores.knowledge.pages())
        parts = replace(house.assistant.parts, knowledge=knowledge, model=tuned)
        now = parts.clock.now()
        console.print(f"Looking for customers for {len(suite.cases)} cases")
        customers = [CustomerId(f"C-{number:04d}") for number in range(1, CUSTOMERS + 1)]
        stage = set_stage(suite, customers, parts, now)
        for case in stage.nobody:
            console.print(f"Nobody among the customers can play {case.id} ({', '.join(case.situations)})")
        played = _systems(house, only)
        report = _report(name, version, suite, stage.staged, parts, drafted, played)
    report.write(out)
    before = read_report(live) if live else None
    (out / PAGE).write_text(page(report, before), encoding="utf-8")
    console.print(_table(report))
    console.print(f"{report.conditions} Suite {suite.version}. {out / REPORT}, {out / PAGE}")


def compare(candidate: Path, live: Path) -> Verdict:
    """The gate's verdict on two reports, printed with what it rests on, and kept with the version if it is registered:
    `promote` asks for it."""
    measured, before = read_report(candidate), read_report(live)
    verdict = judge(measured, before, read_thresholds())
    table = Table("system", "metric", "live", "candidate", "gain, 95 %", "cases")
    for each in verdict.differences:
        gain = f"{each.low:+.3f} to {each.high:+.3f}"
        table.add_row(each.system, each.metric, f"{each.live:.3f}", f"{each.candidate:.3f}", gain, str(each.cases))
    console.print(table)
    for failure in verdict.failures:
        console.print(failure)
    console.print("It may go live." if verdict.passed else "It may not go live.")
    _keep(verdict, measured, before, candidate)
    return verdict


def _keep(verdict: Verdict, measured: Report, before: Report, path: Path) -> None:
    version = ModelVersionId(measured.versions[ADAPTER])
    kept = GateVerdict(
        passed=verdict.passed,
        suite=measured.suite,
        against=before.versions[ADAPTER],
        failures=verdict.failures,
        at=datetime.now(UTC),
        report=str(path),
    )
    with open_registry(Settings()) as models:
        if version not in {each.id for each in models.versions("answer")}:
            console.print(f"{version} is not registered, so the verdict is not kept.")
            return
        models.keep_verdict(version, kept)
    console.print(f"Kept with {version}.")


def _report(
    name: str,
    version: str,
    suite: Suite,
    staged: Sequence[Staged],
    parts: Parts,
    drafted: int,
    played: Sequence[System],
) -> Report:
    few = _few(staged, drafted)
    encoder = load_encoder(Settings(), lambda _: None)
    scored: dict[str, dict[str, Scored]] = {}
    results: dict[str, list[CaseResult]] = {}
    about: dict[str, str] = {}
    for system in played:
        plays = _played(system, suite, few if system.drafts else staged, parts)
        metrics = score(plays, parts, encoder)
        scored[system.name] = {metric.name: Scored.of(metric) for metric in metrics.values()}
        results[system.name] = [CaseResult.of(each, parts.playbook) for each in plays]
        about[system.name] = f"{system.what}; {len(plays)} cases"
    first = results[next(iter(results))]
    origins = Counter(result.origin for result in first if result.decision == "send")
    return Report(
        name=name,
        suite=suite.version,
        cases=len(staged),
        at=datetime.now(UTC),
        versions={
            ADAPTER: version,
            "verifier": parts.verifier.version if parts.verifier else "none",
            "intent head": parts.classifier.version,
            "playbook": parts.playbook.version,
        },
        conditions=(
            f"{parts.policy.drafts} drafts a case, threshold {parts.policy.send_threshold}, "
            f"{os.cpu_count()} cores, Python {platform.python_version()}; sent: {dict(origins)}."
        ),
        systems=scored,
        about=about,
        results=results,
    )


def _systems(house: House, only: Sequence[str]) -> list[System]:
    every = systems(house.stores.interactions.all_interactions())
    if unknown := set(only) - {system.name for system in every}:
        there = ", ".join(system.name for system in every)
        raise ConfigurationError(f"there is no {', '.join(sorted(unknown))}; there are {there}")
    return [system for system in every if not only or system.name in only]


def _played(system: System, suite: Suite, staged: Sequence[Staged], parts: Parts) -> list[Played]:
    shown = track(staged, description=system.name, console=console)
    return list(play(suite, shown, system.of(parts)))


def _few(staged: Sequence[Staged], most: int) -> list[Staged]:
    """One of each group and the single cases, evenly thinned out to `most`, for what takes seconds a case."""
    groups: set[str] = set()
    kept = []
    for each in staged:
        if each.case.group not in groups:
            kept.append(each)
        if each.case.group:
            groups.add(each.case.group)
    step = max(1.0, len(kept) / most)
    return [kept[int(place * step)] for place in range(min(most, len(kept)))]


def _table(report: Report) -> Table:
    table = Table("metric", *report.systems)
    for metric in report.systems[next(iter(report.systems))]:
        row = [metrics[metric].shown if metric in metrics else "" for metrics in report.systems.values()]
        table.add_row(metric, *row)
    return table
