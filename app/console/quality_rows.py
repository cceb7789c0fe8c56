"""Figures as rows for plots and tiles."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from app.console import words
from app.domain.quality import Figures

Row = dict[str, Any]

SENT, HELD, HANDED = "Sent at once", "Held", "Handed to a person"
ALONE, HELPED, BY_PERSON = "Assistant alone", "With a person's help", "By a person"
_MOST_REASONS = 8


def by_group(figures: Iterable[Figures], group: str | None) -> list[Figures]:
    """Those of one group; all of them when none is chosen."""
    return [each for each in figures if group in (None, "") or each.group == group]


def decisions(figures: Sequence[Figures]) -> list[Row]:
    """How many turns came to which end, period by period."""
    return _stacked(figures, {SENT: "sent", HELD: "held", HANDED: "handed_off"}, "turns", "decision")


def settled(figures: Sequence[Figures]) -> list[Row]:
    """Who settled conversations, period by period."""
    return _stacked(
        figures, {ALONE: "by_bot_alone", HELPED: "with_help", BY_PERSON: "by_person"}, "conversations", "settled"
    )


def _stacked(figures: Sequence[Figures], names: dict[str, str], value: str, kind: str) -> list[Row]:
    sums: Counter[tuple[Any, str]] = Counter()
    for each in figures:
        for name, attribute in names.items():
            sums[each.period, name] += getattr(each, attribute)
    return [
        {"when": period, value: count, kind: name}
        for (period, name), count in sorted(sums.items(), key=lambda item: (item[0][0], list(names).index(item[0][1])))
    ]


def reasons(figures: Sequence[Figures]) -> list[Row]:
    """Why people had to look, the most frequent first."""
    sums: Counter[str] = Counter()
    for each in figures:
        sums.update(each.reasons)
    return [{"reason": _reason(name), "times": count} for name, count in sums.most_common(_MOST_REASONS)]


def _reason(name: str) -> str:
    return next((short for reason, short in words.SHORT.items() if reason.value == name), words.readable(name))


def decided(figures: Sequence[Figures]) -> list[Row]:
    """Of held replies that were decided: how many went out as they stood, and how much the others were changed."""
    rows: list[Row] = []
    for period, group in _by_period(figures):
        approved, edited, rejected = (_sum(group, name) for name in ("approved", "edited", "rejected"))
        if whole := approved + edited + rejected:
            rows.append({"when": period, "share": 100 * approved / whole, "what": "Sent as it stood"})
        distance = _mean((each.edit_distance, each.approved + each.edited) for each in group)
        if distance is not None:
            rows.append({"when": period, "share": 100 * distance, "what": "Changed in edits"})
    return rows


def opinions(figures: Sequence[Figures]) -> list[Row]:
    """Thumbs, period by period."""
    return _stacked(figures, {"Thumb up": "thumbs_up", "Thumb down": "thumbs_down"}, "thumbs", "thumb")


def satisfaction(figures: Sequence[Figures]) -> list[Row]:
    """What customers answered, 1 to 5, period by period."""
    rows = []
    for period, group in _by_period(figures):
        score = _mean((each.satisfaction, each.satisfaction_answers) for each in group)
        if score is not None:
            rows.append({"when": period, "score": round(score, 2)})
    return rows


def latency(figures: Sequence[Figures]) -> list[Row]:
    """How long decisions took, in seconds: the middle one and the slowest of twenty."""
    rows = []
    for period, group in _by_period(figures):
        for name, attribute in (("Half of them within", "p50_ms"), ("95 of 100 within", "p95_ms")):
            value = _mean((getattr(each, attribute), each.turns) for each in group)
            if value is not None:
                rows.append({"when": period, "seconds": round(value / 1000, 2), "which": name})
    return rows


def tiles(figures: Sequence[Figures]) -> list[tuple[str, str, str]]:
    """The whole time in six figures: name, value, of how many."""
    turns, sent = _sum(figures, "turns"), _sum(figures, "sent")
    approved, decided_ = _sum(figures, "approved"), sum(each.approved + each.edited + each.rejected for each in figures)
    alone = _sum(figures, "by_bot_alone")
    settled_ = sum(each.by_bot_alone + each.with_help + each.by_person for each in figures)
    up, thumbs = _sum(figures, "thumbs_up"), sum(each.thumbs_up + each.thumbs_down for each in figures)
    score = _mean((each.satisfaction, each.satisfaction_answers) for each in figures)
    answers = _sum(figures, "satisfaction_answers")
    return [
        ("Questions", f"{turns:,}", "answered, held or handed over"),
        ("Sent at once", _share(sent, turns), f"{sent:,} of {turns:,}"),
        ("Sent as it stood", _share(approved, decided_), f"{approved:,} of {decided_:,} decided"),
        ("Settled alone", _share(alone, settled_), f"{alone:,} of {settled_:,} conversations"),
        ("Thumbs up", _share(up, thumbs), f"{up:,} of {thumbs:,}"),
        ("Satisfaction", f"{score:.1f}" if score is not None else "-", f"of 5, {words.count(answers, 'answer')}"),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _sum(figures: Iterable[Figures], name: str) -> int:
    return sum(getattr(each, name) for each in figures)


def _mean(weighted: Iterable[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in weighted if value is not None and weight > 0]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None


def _by_period(figures: Sequence[Figures]) -> list[tuple[Any, list[Figures]]]:
    periods: dict[Any, list[Figures]] = {}
    for each in figures:
        periods.setdefault(each.period, []).append(each)
    return sorted(periods.items())
