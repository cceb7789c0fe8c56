"""Evaluation reports made by hand, for the gate and the commands around it."""

from datetime import UTC, datetime

from feedback.evaluation.report import CaseResult, Report, Scored

CASES = [f"case-{number}" for number in range(100)]


def scored(share: float, better: str, cases: list[str] = CASES) -> Scored:
    values = {case: float(number < share * len(cases)) for number, case in enumerate(cases)}
    return Scored(what="", better=better, unit="%", mean=share, shown=f"{share:.0%}", values=values)


def result(name: str, *, right: bool = True, reply: str = "A reply.") -> CaseResult:
    return CaseResult(
        id=name, danger="two_questions", asked="where <b>is</b> it", needed=["a/b"], found=["a/b"], allowed=["send"],
        decision="send", reasons=[], origin="approved", reply=reply, reference="It is there.", right=right, note="",
    )  # fmt: skip


def report(name: str, missed: float, right: float, *, suite: str = "one", cases: list[str] = CASES) -> Report:
    return Report(
        name=name, suite=suite, cases=len(cases), at=datetime(2026, 1, 2, tzinfo=UTC), versions={"model": "m"},
        conditions="2 cores.",
        systems={
            "whole chain": {"missed holds": scored(missed, "lower", cases)},
            "drafts only": {"right": scored(right, "higher", cases)},
        },
        about={"whole chain": "as it serves", "drafts only": "no past reply"},
        results={"whole chain": [result("late"), result("lost", right=right > 0.5)], "drafts only": [result("late")]},
    )  # fmt: skip
