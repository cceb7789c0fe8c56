"""The file that says when people are there: it agrees with the contact page, and a mistake in it is named."""

from datetime import date
from pathlib import Path

import pytest

from app.domain.hours import MIDNIGHT, Span
from app.errors import PlaybookError
from app.playbook.hours import load_hours
from app.playbook.loader import SHIPPED
from ingestion.demo.shop import POLICIES
from ingestion.sources.knowledge import read_pages

WRITTEN = (SHIPPED / "hours.yaml").read_text(encoding="utf-8")


def written(folder: Path, old: str, new: str) -> Path:
    assert old in WRITTEN
    (folder / "hours.yaml").write_text(WRITTEN.replace(old, new, 1), encoding="utf-8")
    return folder


def test_the_shipped_hours_are_those_of_the_demo_shops_contact_page() -> None:
    pages, _ = read_pages(POLICIES)
    facts = {name: value for page in pages for name, value in page.facts.items()}

    assert load_hours().in_words() == facts["support_hours"]


def test_a_playbook_without_hours_takes_the_shipped_ones(tmp_path: Path) -> None:
    assert load_hours(tmp_path) == load_hours()


def test_a_shops_own_hours_count(tmp_path: Path) -> None:
    own = written(tmp_path, "sunday: closed", 'sunday: ["09:00-12:00", "13:00-24:00"]')
    hours = load_hours(own)

    assert hours.week[6] == (Span(9 * 60, 12 * 60), Span(13 * 60, MIDNIGHT))


def test_closed_days_are_single_days_or_days_of_every_year(tmp_path: Path) -> None:
    hours = load_hours(written(tmp_path, "{month: 1, day: 1}", "2026-11-26"))

    assert hours.closed_on == {date(2026, 11, 26)}
    assert hours.closed_each_year == {(12, 25)}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("America/New_York", "Larkfield/Main", "line 4, zone: no time zone is called 'Larkfield/Main'"),
        ("America/New_York", "../etc/passwd", "line 4, zone: no time zone"),
        ('monday: "08:00-20:00"', "monday: from eight", "line 8, week.monday: 'from eight' is neither"),
        ('monday: "08:00-20:00"', 'monday: "20:00-08:00"', "line 8, week.monday: '20:00-08:00' ends before"),
        ('monday: "08:00-20:00"', 'monday: "08:00-24:30"', "line 8, week.monday: '08:00-24:30' ends before"),
        ('monday: "08:00-20:00"', 'monday: ["13:00-20:00", "08:00-12:00"]', "line 8, week.monday: spans of a day"),
        ('  sunday: closed\n', "", "week.sunday: Field required"),
        ("{month: 1, day: 1}", "{month: 2, day: 30}", "line 17, closed.0: there is no such day"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    with pytest.raises(PlaybookError, match=r"hours\.yaml") as found:
        load_hours(written(tmp_path, old, new))
    assert complaint in str(found.value)
