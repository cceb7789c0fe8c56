"""Reads when people are there (`hours.yaml`); a playbook of one's own that has no such file takes the shipped one."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field

from app.domain.hours import DAYS, MIDNIGHT, Hours, Span
from app.playbook.loader import SHIPPED
from app.playbook.source import Source

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)
_A_LEAP_YEAR = 2024

Day = Literal["closed"] | str | list[str]


class _EachYear(BaseModel):
    model_config = ConfigDict(extra="forbid")
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)


class _WeekFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    monday: Day
    tuesday: Day
    wednesday: Day
    thursday: Day
    friday: Day
    saturday: Day
    sunday: Day


class _HoursFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    zone: str
    zone_said: str = ""
    week: _WeekFile
    closed: list[date | _EachYear] = []


def load_hours(folder: Path = SHIPPED) -> Hours:
    """Raises PlaybookError naming file, line and field."""
    path = folder / "hours.yaml"
    source = Source(path if path.exists() else SHIPPED / path.name)
    file = source.parse(_HoursFile)
    try:
        zone = ZoneInfo(file.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise source.error(f"no time zone is called {file.zone!r}", "zone") from error
    return Hours(
        zone=zone,
        zone_said=file.zone_said.strip(),
        week=tuple(_spans(source, day, getattr(file.week, day)) for day in DAYS),
        closed_on=frozenset(day for day in file.closed if isinstance(day, date)),
        closed_each_year=frozenset(
            _each_year(source, index, day) for index, day in enumerate(file.closed) if isinstance(day, _EachYear)
        ),
    )


def _spans(source: Source, day: str, written: str | list[str]) -> tuple[Span, ...]:
    if written == "closed":
        return ()
    spans = tuple(_span(source, day, each) for each in ([written] if isinstance(written, str) else written))
    for before, after in pairwise(spans):
        if after.opens <= before.closes:
            raise source.error("spans of a day have to be in order, with time between them", "week", day)
    return spans


def _span(source: Source, day: str, written: str) -> Span:
    match = _SPAN.fullmatch(written.strip())
    if match is None:
        raise source.error(f'{written!r} is neither "closed" nor hours such as "08:00-20:00"', "week", day)
    opens_h, opens_m, closes_h, closes_m = (int(part) for part in match.groups())
    span = Span(opens_h * 60 + opens_m, closes_h * 60 + closes_m)
    if opens_m >= 60 or closes_m >= 60 or span.closes > MIDNIGHT or span.opens >= span.closes:
        raise source.error(f"{written!r} ends before it begins, or is no time of a day", "week", day)
    return span


def _each_year(source: Source, index: int, day: _EachYear) -> tuple[int, int]:
    try:
        date(_A_LEAP_YEAR, day.month, day.day)
    except ValueError as error:
        raise source.error("there is no such day", "closed", index) from error
    return day.month, day.day
