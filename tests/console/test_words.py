"""How the console says things."""

from datetime import timedelta

import pytest

from app.console import words
from app.domain.reply import FlagReason
from tests.builders import NOW


def test_every_reason_has_a_plain_sentence() -> None:
    assert set(words.REASONS) == set(words.SHORT) == set(FlagReason)
    for sentence in words.REASONS.values():
        assert sentence.endswith(".")
        assert not set("!_{}") & set(sentence)


@pytest.mark.parametrize(
    ("waited", "said"), [(20, "just now"), (240, "4 min"), (7800, "2 h 10 min"), (7200, "2 h"), (90000, "1 day")]
)
def test_waiting_is_told_as_people_tell_it(waited: int, said: str) -> None:
    assert words.ago(NOW - timedelta(seconds=waited), NOW) == said


def test_situations_are_told_as_words() -> None:
    assert words.situation("track_order/late") == "Track order: late"
    assert words.situation(None) == "No situation of the playbook"
