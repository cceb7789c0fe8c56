"""Measuring the guards: each that is there has its times, and those that are absent are said to be."""

from dataclasses import replace

from app.measure.guards import ALL, SCREENING, measured
from app.pipeline.guard import GUARDS
from tests.pipeline.chain import build_parts
from tests.pipeline.inspections import WordDetector

QUESTIONS = (("C-1", "where is LF-10482?"), ("", "what delivery options are there?"))
MODELS = {SCREENING, "the message gives no orders", "the reply is civil", "the message is civil"}


def test_each_guard_that_is_there_is_timed_in_each_turn() -> None:
    parts = replace(build_parts(), injection=WordDetector("ignore"), toxicity=WordDetector("idiots"))

    costs = measured(parts, 4, QUESTIONS)

    timed = {name for name, times in costs.ms.items() if len(times) == 4}
    assert timed == {SCREENING, *(each.name for each in GUARDS), ALL} - {"the customer is calm"}
    middle, most = costs.p50_p95(ALL) or (0.0, 0.0)
    assert 0 < middle <= most


def test_a_guard_that_is_absent_has_no_times() -> None:
    costs = measured(build_parts(), 2, QUESTIONS)

    assert {name for name in costs.ms if costs.p50_p95(name) is None} == {*MODELS, "the customer is calm"}
