"""The gate: may a candidate go to customers? Two reports on one frozen suite, compared case by case.

No dangerous metric may get worse, and the target has to get better beyond its confidence interval. The thresholds stand
in `gate.yaml` and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import ConfigurationError
from feedback.evaluation.report import Report, Scored

SHIPPED = Path(__file__).parent / "gate.yaml"


class Watched(BaseModel):
    """One metric of one system; `at_most` is a limit that holds whatever the live version does."""

    model_config = ConfigDict(extra="forbid")
    system: str
    metric: str
    at_most: float | None = None


class Thresholds(BaseModel):
    """What stands in the file."""

    model_config = ConfigDict(extra="forbid")
    confidence: float = Field(gt=0.5, lt=1)
    resamples: int = Field(ge=100, le=100_000)
    dangerous: list[Watched]
    target: Watched
    least_cases: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """Candidate minus live on the cases that both have, turned so that more is better."""

    system: str
    metric: str
    live: float
    candidate: float
    low: float
    high: float
    cases: int

    @property
    def better(self) -> bool:
        """Beyond doubt."""
        return self.low > 0

    @property
    def worse(self) -> bool:
        """At all: where a mistake reaches a customer, doubt does not help."""
        return self.low + self.high < 0 and self.live != self.candidate


@dataclass(frozen=True, slots=True)
class Verdict:
    """May it pass, and if not, why not, in words."""

    passed: bool
    failures: tuple[str, ...]
    differences: tuple[Difference, ...]


def read_thresholds(path: Path = SHIPPED) -> Thresholds:
    """Raises ConfigurationError."""
    try:
        return Thresholds.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def judge(candidate: Report, live: Report, thresholds: Thresholds) -> Verdict:
    """Raises ConfigurationError when the two were not measured on one suite."""
    if candidate.suite != live.suite:
        raise ConfigurationError(f"measured on different suites: {candidate.suite} and {live.suite}")
    failures: list[str] = []
    differences: list[Difference] = []
    for watched in thresholds.dangerous:
        found = _difference(candidate, live, watched, thresholds)
        differences.append(found)
        if found.worse:
            failures.append(f"{watched.system}, {watched.metric}: {found.live:.3f} became {found.candidate:.3f}")
        if watched.at_most is not None and found.candidate > watched.at_most:
            failures.append(f"{watched.system}, {watched.metric}: {found.candidate:.3f}, {watched.at_most:.3f} at most")
    target = _difference(candidate, live, thresholds.target, thresholds)
    if not target.better:
        failures.append(
            f"{target.system}, {target.metric}: {target.live:.3f} became {target.candidate:.3f}; the difference is "
            f"between {target.low:+.3f} and {target.high:+.3f}, which may be nothing"
        )
    return Verdict(not failures, tuple(failures), (*differences, target))


def _difference(candidate: Report, live: Report, watched: Watched, thresholds: Thresholds) -> Difference:
    theirs, ours = _scored(live, watched), _scored(candidate, watched)
    common = sorted(theirs.values.keys() & ours.values.keys())
    if len(common) < thresholds.least_cases and watched == thresholds.target:
        raise ConfigurationError(
            f"{watched.metric} is counted over {len(common)} cases; {thresholds.least_cases} at least"
        )
    sign = -1.0 if ours.better == "lower" else 1.0
    low, high = interval(_gains(ours.values, theirs.values, common, sign), thresholds.confidence, thresholds.resamples)
    return Difference(watched.system, watched.metric, theirs.mean, ours.mean, low, high, len(common))


def _gains(ours: Mapping[str, float], theirs: Mapping[str, float], common: list[str], sign: float) -> list[float]:
    return [sign * (ours[case] - theirs[case]) for case in common]


def interval(gains: list[float], confidence: float, resamples: int) -> tuple[float, float]:
    """The confidence interval of the mean, by bootstrap; (0, 0) for nothing."""
    if not gains:
        return 0.0, 0.0
    values = np.array(gains)
    rng = np.random.default_rng(1)
    means = values[rng.integers(0, len(values), (resamples, len(values)))].mean(axis=1)
    tail = (1 - confidence) / 2
    return float(np.quantile(means, tail)), float(np.quantile(means, 1 - tail))


def _scored(report: Report, watched: Watched) -> Scored:
    try:
        return report.systems[watched.system][watched.metric]
    except KeyError as error:
        raise ConfigurationError(f"the report {report.name} has no {watched.metric} of {watched.system}") from error
