"""When people are there, and how a customer is told."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.hours import MIDNIGHT, Hours, Span

NEW_YORK = ZoneInfo("America/New_York")
WORKDAY = (Span(8 * 60, 20 * 60),)
HOURS = Hours(NEW_YORK, "Eastern", (*(WORKDAY,) * 6, ()), frozenset({date(2026, 11, 26)}), frozenset({(12, 25)}))


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment of the shop's clock, as the service sees it: in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at(23, 8), True),
        (at(23, 7, 59), False),
        (at(23, 19, 59), True),
        (at(23, 20), False),
        (at(22, 12), False),
        (at(26, 12), False),
        (at(25, 12, month=12), False),
    ],
    ids=["opens", "a minute before", "the last minute", "closes", "Sunday", "a closed day", "each year's closed day"],
)
def test_people_are_there_within_the_hours_and_not_on_closed_days(moment: datetime, is_open: bool) -> None:
    assert HOURS.is_open(moment) is is_open


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (at(23, 6), "today at 8 am Eastern"),
        (at(23, 21), "tomorrow at 8 am Eastern"),
        (at(21, 21), "on Monday at 8 am Eastern"),
        (at(25, 20, 5), "on Friday at 8 am Eastern"),
        (at(24, 21, month=12), "on Saturday at 8 am Eastern"),
    ],
    ids=["early", "in the evening", "over Sunday", "over a closed day", "over Christmas"],
)
def test_the_next_opening_is_said_as_people_say_it(moment: datetime, said: str) -> None:
    opening = HOURS.opens_next(moment)

    assert opening is not None
    assert HOURS.said(opening, moment) == said


def test_during_the_day_the_next_opening_is_the_next_days() -> None:
    assert HOURS.opens_next(at(23, 12)) == at(24, 8)


def test_what_is_further_away_than_a_week_is_said_with_its_date() -> None:
    rarely = Hours(NEW_YORK, "", (WORKDAY, (), (), (), (), (), ()), frozenset({date(2026, 11, 30)}))
    opening = rarely.opens_next(at(24, 12))

    assert opening is not None
    assert rarely.said(opening, at(24, 12)) == "on Monday, December 7, at 8 am"


def test_who_never_opens_has_no_next_opening() -> None:
    never = Hours(NEW_YORK, "", ((),) * 7)

    assert not never.is_open(at(23, 12))
    assert never.opens_next(at(23, 12)) is None
    assert never.in_words() == ""


def test_the_day_is_the_shops_whatever_day_it_is_in_utc() -> None:
    late = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)

    assert HOURS.is_open(late) is True, "it is 7:30 pm on Monday there"
    assert HOURS.said(at(24, 8), late) == "tomorrow at 8 am Eastern"


def test_clocks_that_are_put_back_change_neither_hours_nor_words() -> None:
    saturday_evening = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
    opening = HOURS.opens_next(saturday_evening)

    assert opening == datetime(2026, 11, 2, 13, 0, tzinfo=UTC)
    assert HOURS.said(opening, saturday_evening) == "on Monday at 8 am Eastern"


def test_after_a_break_people_come_back_the_same_day() -> None:
    lunch = Hours(NEW_YORK, "", ((Span(9 * 60, 12 * 60), Span(13 * 60 + 30, MIDNIGHT)), *((),) * 6))

    assert lunch.opens_next(at(23, 12, 15)) == at(23, 13, 30)
    assert lunch.said(at(23, 13, 30), at(23, 12, 15)) == "today at 1:30 pm"
    assert lunch.is_open(at(23, 23, 59))
    assert lunch.in_words() == "Monday, 9 am to 12 pm and 1:30 pm to midnight"


def test_the_week_is_said_as_a_contact_page_says_it() -> None:
    short = (Span(10 * 60, 14 * 60),)

    assert HOURS.in_words() == "Monday to Saturday, 8 am to 8 pm Eastern"
    assert Hours(NEW_YORK, "", (*(WORKDAY,) * 5, short, short)).in_words() == (
        "Monday to Friday, 8 am to 8 pm; Saturday and Sunday, 10 am to 2 pm"
    )
