"""The evaluation report: JSON that the gate reads, and a page that people read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain.playbook import Playbook
from app.errors import ConfigurationError
from feedback.evaluation.replay import Played
from feedback.evaluation.scores import Metric, right

_PAGE = "report.html.j2"
_READ_ALOUD = 60


class Scored(BaseModel):
    """One metric of one system, case by case."""

    model_config = ConfigDict(extra="forbid")
    what: str
    better: str
    unit: str
    mean: float
    shown: str
    values: dict[str, float]

    @classmethod
    def of(cls, metric: Metric) -> "Scored":
        """From the metric."""
        values = {key: round(value, 4) for key, value in metric.values.items()}
        return cls(
            what=metric.what,
            better=metric.better,
            unit=metric.unit,
            mean=metric.mean,
            shown=metric.shown,
            values=values,
        )


class CaseResult(BaseModel):
    """What became of one case."""

    model_config = ConfigDict(extra="forbid")
    id: str
    danger: str
    asked: str
    needed: list[str]
    found: list[str]
    allowed: list[str]
    decision: str
    reasons: list[str]
    origin: str
    reply: str
    reference: str
    right: bool
    note: str

    @classmethod
    def of(cls, play: Played, playbook: Playbook) -> "CaseResult":
        """From a play."""
        return cls(
            id=play.case.id,
            danger=play.case.danger,
            asked=play.record.asked,
            needed=list(play.case.situations),
            found=list(play.situations),
            allowed=list(play.case.decisions),
            decision=play.record.decision.delivery,
            reasons=[flag.detail for flag in play.record.decision.reasons],
            origin=play.origin or "none",
            reply=play.template,
            reference=play.case.reference,
            right=right(play, playbook),
            note=play.case.note,
        )


class Report(BaseModel):
    """One evaluation, whole."""

    model_config = ConfigDict(extra="forbid")
    name: str
    suite: str
    cases: int
    at: datetime
    versions: dict[str, str]
    conditions: str
    systems: dict[str, dict[str, Scored]]
    about: dict[str, str]
    """What each system is."""
    results: dict[str, list[CaseResult]]

    def write(self, folder: Path) -> Path:
        """`report.json`, by one rename."""
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / "report.json"
        unfinished = target.with_suffix(".unfinished")
        unfinished.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        unfinished.replace(target)
        return target


def read_report(path: Path) -> Report:
    """Raises ConfigurationError."""
    try:
        return Report.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"{path} is no report: {error}") from error


def page(report: Report, live: Report | None = None) -> str:
    """The report as a page that needs nothing but itself; beside `live` when it is given."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    main = next(iter(report.results))
    return environment.get_template(_PAGE).render(
        report=report,
        live=live,
        main=main,
        dangers=_by_danger(report.results[main]),
        wrong=[result for result in report.results[main] if not result.right],
        changes=_changes(report, live, main) if live else None,
        aloud=_side_by_side(report),
    )


def _by_danger(results: Sequence[CaseResult]) -> Mapping[str, tuple[int, float]]:
    kinds = sorted({result.danger for result in results})
    own = {kind: [result.right for result in results if result.danger == kind] for kind in kinds}
    return {kind: (len(values), float(np.mean(values))) for kind, values in own.items()}


def _changes(report: Report, live: Report, main: str) -> tuple[list[CaseResult], list[CaseResult]]:
    """Cases that went right and did not before, and the other way."""
    before = {result.id: result.right for result in live.results.get(main, [])}
    wins = [result for result in report.results[main] if result.right and before.get(result.id) is False]
    losses = [result for result in report.results[main] if not result.right and before.get(result.id) is True]
    return wins, losses


def _side_by_side(report: Report) -> list[tuple[CaseResult, dict[str, str]]]:
    """Cases that every system answered, with what each would say, for a reader who does not know whose it is."""
    replies = {name: {result.id: result for result in results} for name, results in report.results.items()}
    common = set.intersection(*(set(each) for each in replies.values())) if replies else set()
    first = next(iter(replies.values()), {})
    chosen = sorted((case for case in common if first[case].reference), key=lambda case: (hash_of(case), case))
    return [(first[case], {name: each[case].reply for name, each in replies.items()}) for case in chosen[:_READ_ALOUD]]


def hash_of(case: str) -> int:
    """A number that belongs to the case, on every machine."""
    return int.from_bytes(case.encode()[-4:], "big") * 2654435761 % 2**32
