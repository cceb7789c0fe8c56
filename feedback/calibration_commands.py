"""The commands that calibrate estimates on judged replies, and say what the calibration is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from app.adapters.calibration_file import read_calibration, write_calibration
from app.bootstrap import open_house
from app.domain.calibration import Calibration
from app.errors import ConfigurationError
from app.pipeline.parts import Knowledge
from app.settings import Settings
from feedback.evaluation.calibration_plot import plot
from feedback.evaluation.judged_turns import decided, meant_otherwise, never_seen, read_again
from feedback.evaluation.metrics import auroc, wilson
from feedback.training.calibration import JudgedReply, Source, calibration_error, compared, fit, probabilities, split

console = Console()

CARD, PLOT = "MODEL_CARD.md", "curve.svg"
_FEWEST_DECISIONS = 50
"""Decisions below which they would add noise to what readers judged, and nothing else."""
_SHOWN = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1)
"""Accepted risks of which the card says what they come to."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a calibration comes to on replies that it was not fitted on, at one accepted risk."""

    accepted: float
    threshold: float
    of: int
    sent: int
    wrong: int

    @property
    def row(self) -> tuple[str, ...]:
        """As people read it."""
        low, high = wilson(self.wrong, self.sent)
        share = f"{self.wrong / self.sent:.1%} ({low:.1%} to {high:.1%})" if self.sent else "none sent"
        threshold = f"{self.threshold:.3f}" if self.threshold <= 1 else "nothing is sent"
        return f"{self.accepted:.0%}", threshold, f"{self.sent / self.of:.0%} of {self.of}", share


@dataclass(frozen=True, slots=True)
class Measured:
    """The same with the calibration error, and how well right and wrong are told apart."""

    error: tuple[float, float, float]
    told_apart: float
    good_told_apart: float | None
    """Good replies from right but poor ones; None where nobody read any."""
    worth: tuple[Worth, ...]

    @property
    def sentence(self) -> str:
        """What a card says first."""
        error, low, high = self.error
        good = f", good from right but poor with {self.good_told_apart:.2f}" if self.good_told_apart is not None else ""
        return (
            f"Expected calibration error {error:.3f} (95 % interval {low:.3f} to {high:.3f}), right told from wrong "
            f"with AUROC {self.told_apart:.2f}{good}"
        )


def calibrate(data: Path, out: Path, *, with_decisions: bool) -> None:
    """Fits on judged replies and writes the calibration with its card and its curve. Raises ConfigurationError when
    there are too few verdicts."""
    judged, notes = _collected(data, with_decisions=with_decisions)
    fitted_on, held = split(judged)
    fitted = fit(fitted_on)
    measured = measure(held, fitted.calibration, judged)
    write_calibration(fitted.calibration, out)
    right = np.array([each.right for each in fitted_on])
    accepted = Settings().accepted_risk
    picture = plot(fitted.folded, right, fitted.calibration.steps, accepted, "Judged replies, by folds")
    (out / PLOT).write_text(picture, encoding="utf-8")
    (out / CARD).write_text(_card(fitted.calibration, fitted_on, held, measured, notes), encoding="utf-8")
    _show(fitted.calibration, measured, notes)
    console.print(f"{out}: fitted on {len(fitted_on)} judged replies, measured on {len(held)} others.")


def evaluate_calibration(data: Path, folder: Path, out: Path) -> None:
    """Measures the calibration that serves on the part of the judged replies that is never fitted on."""
    calibration = read_calibration(folder)
    judged, notes = _collected(data, with_decisions=False)
    _, held = split(judged)
    out.mkdir(parents=True, exist_ok=True)
    right = np.array([each.right for each in held])
    picture = plot(
        probabilities(held, calibration), right, calibration.steps, Settings().accepted_risk, "Replies held out"
    )
    (out / "calibration.svg").write_text(picture, encoding="utf-8")
    _show(calibration, measure(held, calibration, judged), notes)
    console.print(f"Measured on {len(held)} replies that nothing was fitted on; {out / 'calibration.svg'}")


def measure(held: Sequence[JudgedReply], calibration: Calibration, judged: Sequence[JudgedReply]) -> Measured:
    """On replies that were not fitted on; good ones from poor ones on all that were judged, since nothing was fitted on
    that."""
    probability, right = probabilities(held, calibration), np.array([each.right for each in held])
    worth = []
    for accepted in _SHOWN:
        threshold = calibration.threshold(accepted)
        sent = probability >= threshold
        worth.append(Worth(accepted, threshold, len(held), int(sent.sum()), int((~right[sent]).sum())))
    told_apart = auroc(probability[right], probability[~right]) if 0 < right.sum() < len(right) else 0.5
    good = probabilities([each for each in judged if each.good], calibration)
    poor = probabilities([each for each in judged if each.right and each.good is False], calibration)
    good_told_apart = auroc(good, poor) if len(good) and len(poor) else None
    return Measured(calibration_error(probability, right), told_apart, good_told_apart, tuple(worth))


def _collected(data: Path, *, with_decisions: bool) -> tuple[list[JudgedReply], list[str]]:
    """The judged replies, and in words where they come from."""
    with open_house(Settings(), console.print, with_model=False) as house:
        parts = replace(house.assistant.parts, knowledge=Knowledge.of(house.stores.knowledge.pages()))
        supervised = decided(house.stores.decisions.decided()) if with_decisions else []
        if with_decisions and len(supervised) < _FEWEST_DECISIONS:
            raise ConfigurationError(
                f"Supervisors have decided {len(supervised)} held replies that can be learnt from; it takes "
                f"{_FEWEST_DECISIONS}. Calibrate without --with-decisions until then."
            )
        console.print("Playing the questions again whose replies were judged")
        read, stale = read_again(data, parts)
        meant = meant_otherwise(never_seen(), parts)
    notes = [_said("replies that readers judged", read), f"{stale} more are not sent any more, or in other words"]
    notes.append(_said("replies to hand-written questions that the intent head never saw", meant))
    if supervised:
        notes.append(_said("replies that supervisors decided", supervised))
    return [*read, *meant, *supervised], notes


def _said(what: str, judged: Sequence[JudgedReply]) -> str:
    wrong, poor = sum(not each.right for each in judged), sum(each.right and each.good is False for each in judged)
    return f"{len(judged)} {what}: {wrong} wrong" + (f", {poor} right but poor" if poor else "")


def _show(calibration: Calibration, measured: Measured, notes: Sequence[str]) -> None:
    for note in notes:
        console.print(note)
    table = Table("accepted risk", "threshold", "sent at once", "wrong among them (95 %)", title=calibration.version)
    for each in measured.worth:
        table.add_row(*each.row)
    console.print(table)
    console.print(f"{measured.sentence}.")


def _card(
    calibration: Calibration,
    fitted_on: Sequence[JudgedReply],
    held: Sequence[JudgedReply],
    measured: Measured,
    notes: Sequence[str],
) -> str:
    rows = "\n".join(f"| {' | '.join(each.row)} |" for each in measured.worth)
    weights = ", ".join(f"{name} {weight:+.2f}" for name, weight in calibration.weights.items())
    sources = "\n".join(f"- {note}" for note in notes)
    ways = "\n".join(f"| {way} | {loss:.4f} | {apart:.3f} |" for way, (loss, apart) in compared(fitted_on).items())
    by_source = ", ".join(f"{count} {source}" for source, count in _by_source(fitted_on).items())
    return f"""# Calibration of estimates

`{calibration.version}` says how likely an approved past reply is to be right for the question at hand, and which
estimate to send from so that no more than the accepted share of what is sent is wrong (`HANDRAIL_ACCEPTED_RISK`).

*Wrong* is a reply that a reader found false or misleading, or that answers another request than the one that was made.
A reply that is right but could be better ("poor") is not counted as a risk: nothing that is known when it is chosen
tells it from a good one.

{sources}

Fitted on {len(fitted_on)} of them ({by_source}), measured on {len(held)} others; no question is on both sides.
The curve comes from five folds that hold whole situations, and a threshold is the lowest whose risk stays within what
is accepted at the upper end of its 95 % interval.

{measured.sentence}, on the replies held out:

| accepted risk | send from | sent at once | wrong among them (95 %) |
|---|---|---|---|
{rows}

![Right replies by estimate; wrong ones by how many are sent]({PLOT})

Weights of the logistic map: {weights}; bias {calibration.bias:+.2f}. What could be calibrated on, on situations not
fitted on:

| from | log loss | AUROC |
|---|---|---|
{ways}

The questions are templates of a corpus on one side and hand-written ones, many of them hard on purpose, on the other.
Replies that a reader found wanting were mended since, which is why so many are not sent any more: what is left is
better than a shop's first replies are. A shop's own customers are neither; calibrate again on your supervisors'
decisions (`--with-decisions`) when there are some hundred. Only held replies are decided by supervisors, so what they
say is of the unsure ones.

Made {datetime.now(UTC):%Y-%m-%d} by `handrail-feedback calibrate --data DIR`.
"""


def _by_source(judged: Sequence[JudgedReply]) -> dict[Source, int]:
    found: dict[Source, int] = {}
    for each in judged:
        found[each.source] = found.get(each.source, 0) + 1
    return found
