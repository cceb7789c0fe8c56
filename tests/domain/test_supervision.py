"""Who is looked at first."""

from datetime import timedelta

from app.domain.conversation import TurnStatus
from app.domain.reply import FlagReason
from app.domain.supervision import urgent_from
from tests.builders import NOW


def test_what_the_playbook_calls_a_risk_is_five_minutes_ahead_and_no_more() -> None:
    risky = urgent_from(TurnStatus.HELD, NOW, [FlagReason.PLAYBOOK_HOLD, FlagReason.LOW_CONFIDENCE])
    assert risky < urgent_from(TurnStatus.HELD, NOW - timedelta(minutes=4), [FlagReason.LOW_CONFIDENCE])
    assert risky > urgent_from(TurnStatus.HELD_LONG, NOW - timedelta(minutes=6), [])


def test_who_has_waited_for_long_is_before_who_has_just_been_handed_to_a_person() -> None:
    handed = urgent_from(TurnStatus.WITH_PERSON, NOW, [FlagReason.PLAYBOOK_HAND_OFF])
    assert handed > urgent_from(TurnStatus.HELD, NOW - timedelta(minutes=16), [])
    assert handed < urgent_from(TurnStatus.HELD, NOW - timedelta(minutes=14), [])
