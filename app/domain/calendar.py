"""Days and spans of time, as the shop's pages write them and as customers read them."""

import re
from datetime import date, timedelta

_SPAN = re.compile(r"^(\d+)\s+(?:business\s+)?(day|week|month|year)s?$")
_DAYS = {"day": 1, "week": 7, "month": 30}


def in_words(day: date, today: date) -> str:
    """Such as "Monday, November 23"; with the year when it is not this year's."""
    text = f"{day:%A, %B} {day.day}"
    return text if day.year == today.year else f"{text}, {day.year}"


def short(day: date, today: date) -> str:
    """Such as "November 23"; with the year when it is not this year's."""
    text = f"{day:%B} {day.day}"
    return text if day.year == today.year else f"{text}, {day.year}"


def days(count: int) -> str:
    """Such as "1 day", "3 days"."""
    return f"{count} day" if count == 1 else f"{count} days"


def after(start: date, span: str) -> date | None:
    """The day `span` ("30 days", "2 years") after `start`; None when the span cannot be read."""
    match = _SPAN.match(span.strip())
    if match is None:
        return None
    count, unit = int(match[1]), match[2]
    if unit == "year":
        try:
            return start.replace(year=start.year + count)
        except ValueError:  # the 29th of February
            return start.replace(year=start.year + count, day=28)
    return start + timedelta(days=count * _DAYS[unit])
