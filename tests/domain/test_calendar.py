"""Days as customers read them, and spans as the pages write them."""

from datetime import date

import pytest

from app.domain import calendar


def test_a_day_is_told_with_its_weekday_and_without_a_leading_zero() -> None:
    assert calendar.in_words(date(2026, 3, 2), date(2026, 11, 24)) == "Monday, March 2"
    assert calendar.short(date(2026, 3, 2), date(2026, 11, 24)) == "March 2"


def test_the_year_is_told_only_when_it_is_not_this_one() -> None:
    assert calendar.in_words(date(2025, 12, 31), date(2026, 1, 1)) == "Wednesday, December 31, 2025"
    assert calendar.short(date(2027, 1, 1), date(2026, 12, 31)) == "January 1, 2027"


@pytest.mark.parametrize(("count", "words"), [(0, "0 days"), (1, "1 day"), (2, "2 days")])
def test_days_are_counted_in_english(count: int, words: str) -> None:
    assert calendar.days(count) == words


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        (date(2026, 3, 2), "30 days", date(2026, 4, 1)),
        (date(2026, 3, 2), "1 day", date(2026, 3, 3)),
        (date(2026, 3, 2), " 2 weeks ", date(2026, 3, 16)),
        (date(2026, 2, 28), "0 days", date(2026, 2, 28)),
        (date(2024, 2, 29), "2 years", date(2026, 2, 28)),
        (date(2024, 2, 29), "4 years", date(2028, 2, 29)),
        (date(2023, 12, 31), "1 year", date(2024, 12, 31)),
    ],
)
def test_a_span_is_added_to_a_day(start: date, span: str, end: date) -> None:
    assert calendar.after(start, span) == end


@pytest.mark.parametrize("span", ["", "days", "30", "two weeks", "30 to 40 days", "-3 days", "30 fortnights"])
def test_a_span_that_cannot_be_read_has_no_end(span: str) -> None:
    assert calendar.after(date(2026, 3, 2), span) is None
