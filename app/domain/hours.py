"""When people are there: whether somebody is now, when they come next, and how that is said.

Days and hours are those of the shop's own time zone, wherever the customer is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from app.domain.calendar import in_words as day_in_words
from app.domain.text import listed

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MIDNIGHT = 24 * 60
_LOOKS_AHEAD = 400
"""Days; who is closed for longer has no next opening."""
_A_WEEK = 7
_RUN = 3
"""So many days in a row with the same hours are said as "Monday to Wednesday"."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one minute of a day to another, the second not included."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Hours:
    """The weekly hours and the days on which nobody comes."""

    zone: ZoneInfo
    zone_said: str
    """How customers call the time zone; empty when it is not said."""
    week: tuple[tuple[Span, ...], ...]
    """Seven days from Monday on, each with its spans in order."""
    closed_on: frozenset[date] = frozenset()
    closed_each_year: frozenset[tuple[int, int]] = frozenset()
    """Month and day."""

    def is_open(self, at: datetime) -> bool:
        """Whether people are there at this moment."""
        here = at.astimezone(self.zone)
        minute = here.hour * 60 + here.minute
        return any(span.opens <= minute < span.closes for span in self._spans(here.date()))

    def opens_next(self, at: datetime) -> datetime | None:
        """When people come next after this moment; None when they do not within a year."""
        today = at.astimezone(self.zone).date()
        return next((moment for moment in self._openings(today) if moment > at.astimezone(UTC)), None)

    def said(self, opening: datetime, at: datetime) -> str:
        """Such as "today at 8 am Eastern", "on Monday at 8 am Eastern", for who reads it at `at`."""
        there, here = opening.astimezone(self.zone), at.astimezone(self.zone)
        away = (there.date() - here.date()).days
        if away <= 1:
            day = ("today", "tomorrow")[max(0, away)]
        elif away < _A_WEEK:
            day = f"on {there:%A}"
        else:
            day = f"on {day_in_words(there.date(), here.date())},"
        return f"{day} at {_clock(there.hour * 60 + there.minute)}{self._zone_after()}"

    def in_words(self) -> str:
        """The weekly hours as the contact page says them: "Monday to Saturday, 8 am to 8 pm Eastern"."""
        said = []
        for spans, run in groupby(zip(DAYS, self.week, strict=True), key=lambda day: day[1]):
            if spans:
                hours = listed([f"{_clock(span.opens)} to {_clock(span.closes)}" for span in spans], "and")
                said.append(f"{_days([day.capitalize() for day, _ in run])}, {hours}")
        return f"{'; '.join(said)}{self._zone_after()}" if said else ""

    def _zone_after(self) -> str:
        return f" {self.zone_said}" if self.zone_said else ""

    def _spans(self, day: date) -> tuple[Span, ...]:
        if day in self.closed_on or (day.month, day.day) in self.closed_each_year:
            return ()
        return self.week[day.weekday()]

    def _openings(self, first: date) -> Iterator[datetime]:
        """In UTC, because clocks that are put forward or back make no difference there."""
        for ahead in range(_LOOKS_AHEAD):
            day = first + timedelta(days=ahead)
            for span in self._spans(day):
                hour, minute = divmod(span.opens, 60)
                yield datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)


def _days(days: Iterable[str]) -> str:
    run = list(days)
    return f"{run[0]} to {run[-1]}" if len(run) >= _RUN else listed(run, "and")


def _clock(minute: int) -> str:
    """Such as "8 am", "12:30 pm", "midnight"."""
    if minute == MIDNIGHT or minute == 0:
        return "midnight"
    hour, rest = divmod(minute, 60)
    half = "am" if hour < 12 else "pm"
    return f"{hour % 12 or 12}{f':{rest:02}' if rest else ''} {half}"
