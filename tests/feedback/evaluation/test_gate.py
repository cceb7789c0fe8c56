"""The gate: nothing dangerous gets worse, the target gets better beyond doubt, and only like is held against like."""

from pathlib import Path

import pytest

from app.errors import ConfigurationError
from feedback.evaluation.gate import Thresholds, Watched, interval, judge, read_thresholds
from feedback.evaluation.report import page, read_report
from tests.feedback.evaluation.reports import CASES, report

THRESHOLDS = Thresholds(
    confidence=0.95,
    resamples=500,
    dangerous=[Watched(system="whole chain", metric="missed holds", at_most=0.05)],
    target=Watched(system="drafts only", metric="right"),
    least_cases=60,
)


def test_a_candidate_that_is_better_and_no_more_dangerous_passes() -> None:
    verdict = judge(report("new", 0.0, 0.8), report("live", 0.0, 0.5), THRESHOLDS)
    assert verdict.passed
    assert verdict.failures == ()


@pytest.mark.parametrize(
    ("missed", "right", "why"),
    [
        (0.02, 0.8, "missed holds: 0.010 became 0.020"),
        (0.01, 0.52, "which may be nothing"),
        (0.01, 0.3, "right: 0.500 became 0.300"),
        (0.2, 0.8, "0.050 at most"),
    ],
    ids=["a little more dangerous", "not surely better", "worse", "beyond the limit"],
)
def test_a_candidate_that_falls_short_is_stopped_and_told_why(missed: float, right: float, why: str) -> None:
    verdict = judge(report("new", missed, right), report("live", 0.01, 0.5), THRESHOLDS)
    assert not verdict.passed
    assert any(why in failure for failure in verdict.failures)


def test_reports_on_different_suites_are_not_compared() -> None:
    with pytest.raises(ConfigurationError, match="different suites"):
        judge(report("new", 0, 1), report("live", 0, 0, suite="another"), THRESHOLDS)


def test_too_few_cases_decide_nothing() -> None:
    with pytest.raises(ConfigurationError, match="60 at least"):
        judge(report("new", 0, 1, cases=CASES[:20]), report("live", 0, 0, cases=CASES[:20]), THRESHOLDS)


def test_a_metric_that_was_not_measured_is_named() -> None:
    without = report("new", 0, 1)
    del without.systems["drafts only"]
    with pytest.raises(ConfigurationError, match="new has no right of drafts only"):
        judge(without, report("live", 0, 0), THRESHOLDS)


def test_the_interval_holds_the_mean_and_narrows_with_more_cases() -> None:
    low, high = interval([1.0, 0.0] * 50, 0.95, 500)
    wide_low, wide_high = interval([1.0, 0.0] * 5, 0.95, 500)
    assert low < 0.5 < high
    assert wide_high - wide_low > high - low
    assert interval([], 0.95, 500) == (0.0, 0.0)


def test_the_shipped_thresholds_are_read_and_a_damaged_file_is_refused(tmp_path: Path) -> None:
    assert read_thresholds().dangerous
    (tmp_path / "gate.yaml").write_text("confidence: 2\n")
    with pytest.raises(ConfigurationError, match=r"gate\.yaml"):
        read_thresholds(tmp_path / "gate.yaml")


def test_a_report_is_the_same_after_it_was_written_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    written = report("new", 0.1, 0.9).write(tmp_path)
    assert read_report(written) == report("new", 0.1, 0.9)
    written.write_text("{")
    with pytest.raises(ConfigurationError, match="no report"):
        read_report(written)


def test_the_page_shows_metrics_changes_and_replies_and_no_customer_text_as_markup() -> None:
    shown = page(report("new", 0.1, 0.9), report("live", 0.1, 0.1))
    assert "1 cases go right that did not" in shown
    assert "where &lt;b&gt;is&lt;/b&gt; it" in shown
    assert "Read aloud: 1 questions" in shown
    assert "two questions" in shown
