"""Measures the chain on this machine: time to decision and to the full reply, per path, stage and load.

A benchmark, not a test: it prints what it saw with the conditions, and passes no judgement.
"""

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.adapters.memory import NoInteractions
from app.domain.ids import CustomerId
from app.pipeline.assistant import Assistant
from app.pipeline.parts import Parts, Policy
from app.pipeline.turn import refined_in_shadow
from app.ports import ChatModel

QUESTIONS: tuple[tuple[str, str], ...] = (
    ("C-0001", "where is my parcel, it was meant to be here days ago"),
    ("C-0002", "I would like to send something back, how do I get my money?"),
    ("C-0003", "has my refund been paid out yet?"),
    ("C-0006", "I ordered by mistake, please cancel it"),
    ("C-0007", "my parcel never arrived"),
    ("C-0009", "my payment failed, what now?"),
    ("C-0002", "which payment methods do you take?"),
    ("", "how much is express delivery?"),
)
"""Customers of the demo shop with what they ask; taken in turn."""

_PATIENT_S = 600.0
"""No deadline cuts a measurement short: a slow engine has to show how slow it is."""


@dataclass(slots=True)
class Measured:
    """Milliseconds of one path at one load."""

    decision: list[float] = field(default_factory=list)
    reply: list[float] = field(default_factory=list)
    stages: dict[str, list[float]] = field(default_factory=dict)


def run(
    assistant: Assistant,
    console: Console,
    *,
    turns: int,
    loads: Sequence[int],
    eager: Callable[[], ChatModel] | None,
    eager_turns: int,
) -> None:
    """Prints the tables; `eager` makes the same chain's model on transformers, for the comparison."""
    _conditions(console, assistant)
    table = Table("path", "conversations", "turns", "decision p50", "p95", "reply p50", "p95", title="Milliseconds")
    stages = Table("path", "conversations", "stage", "p50", "p95", title="Milliseconds by stage")
    rows: dict[str, Measured] = {}
    for path, change, refined in _paths():
        for load in loads:
            measured = _measure(assistant.with_parts(change(assistant.parts)), turns, load, refined=refined)
            rows[f"{path}/{load}"] = measured
            _row(table, stages, path, load, measured)
            console.print(f"[dim]· measured {path} at {load}[/dim]")
    if eager is not None:
        model = eager()
        for path, change, refined in _paths()[1:]:
            slow = assistant.with_parts(replace(change(assistant.parts), model=model))
            measured = _measure(slow, eager_turns, 1, refined=refined)
            rows[f"{path}, eager/1"] = measured
            _row(table, stages, f"{path}, eager", 1, measured)
            console.print(f"[dim]· measured {path} on transformers eager[/dim]")
    console.print(table)
    console.print(stages)
    for path, *_ in _paths()[1:] if eager is not None else ():
        ours, theirs = rows.get(f"{path}/1"), rows[f"{path}, eager/1"]
        if ours is not None:
            ratio = statistics.median(theirs.reply) / statistics.median(ours.reply)
            console.print(f"{path}: {ratio:.1f} times as fast as transformers eager (p50 of the full reply)")


def memory(assistant: Assistant, console: Console, turns: int) -> None:
    """Resident memory of this process and its children after `turns` turns, refining in shadow included."""
    for customer, question in islice(cycle(QUESTIONS), turns):
        conversation = assistant.start(CustomerId(customer) if customer else None)
        assistant.refine_after(assistant.reply_to(conversation.id, [question]))
    sizes = {pid: _resident_mb(pid) for pid in (os.getpid(), *_children(os.getpid()))}
    total = sum(sizes.values())
    console.print(f"Resident after {turns} turns: {total:.0f} MB in {len(sizes)} processes ({sizes})")


def _paths() -> list[tuple[str, Callable[[Parts], Parts], bool]]:
    def no_past_replies(parts: Parts) -> Parts:
        return replace(parts, interactions=NoInteractions(), policy=_patient(parts.policy))

    return [
        ("approved", lambda parts: parts, False),
        ("drafted", no_past_replies, False),
        ("drafted and refined", no_past_replies, True),
    ]


def _patient(policy: Policy) -> Policy:
    return replace(policy, answer_timeout_s=_PATIENT_S, refine_timeout_s=_PATIENT_S, drafts=max(1, policy.drafts))


def _measure(assistant: Assistant, turns: int, load: int, *, refined: bool) -> Measured:
    measured = Measured()

    def one(item: tuple[str, str]) -> None:
        customer, question = item
        conversation = assistant.start(CustomerId(customer) if customer else None)
        start = time.perf_counter()
        outcome = assistant.reply_to(conversation.id, [question])
        times = list(outcome.record.timings)
        decided = sum(stage.ms for stage in times)
        if refined:
            before = len(times)
            times = list(refined_in_shadow(outcome, assistant.parts).timings)
            decided += sum(stage.ms for stage in times[before:])
        measured.reply.append((time.perf_counter() - start) * 1000)
        measured.decision.append(decided)
        for stage in times:
            measured.stages.setdefault(stage.stage, []).append(stage.ms)

    with ThreadPoolExecutor(load) as pool:
        # The first turns load and cache; they are run and not counted.
        for item in QUESTIONS[:2]:
            one(item)
        for collected in (measured.decision, measured.reply, measured.stages):
            collected.clear()
        list(pool.map(one, islice(cycle(QUESTIONS), turns)))
    return measured


def _row(table: Table, stages: Table, path: str, load: int, measured: Measured) -> None:
    table.add_row(
        path,
        str(load),
        str(len(measured.reply)),
        *(f"{value:.0f}" for value in (*_p50_p95(measured.decision), *_p50_p95(measured.reply))),
    )
    for stage, times in measured.stages.items():
        stages.add_row(path, str(load), stage, *(f"{value:.1f}" for value in _p50_p95(times)))


def _p50_p95(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]


def _conditions(console: Console, assistant: Assistant) -> None:
    parts = assistant.parts
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "chromadb", "xllamacpp"))
    console.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    console.print(f"Python {platform.python_version()}, {packages}")
    console.print(f"model {parts.model.version if parts.model else 'none'}, {parts.policy.drafts} drafts a turn")


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(path.parent.name)
            found += [child, *_children(child)]
    return found
