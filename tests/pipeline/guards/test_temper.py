"""How a customer feels is noted; anger that lasts brings a person; nothing rude is sent."""

from dataclasses import replace
from typing import Any

import pytest

from app.adapters.vader_sentiment import VaderSentiment
from app.domain.reply import Delivery, FlagReason, Severity
from app.pipeline.parts import Parts
from tests.pipeline.chain import MAYA, PastCases, approved, build_parts, talk
from tests.pipeline.inspections import WordDetector

LATE = "Your order {order_id} is {days_late} late, and it is now expected on {delivery_date}."
ANGRY = "where is my parcel, you are thieves and liars and this is the worst service ever"


def felt(**changes: Any) -> Parts:  # noqa: ANN401
    return replace(build_parts(), sentiment=VaderSentiment(), toxicity=WordDetector("idiots"), **changes)


def test_an_angry_message_is_answered_and_noted() -> None:
    record = talk(MAYA, felt()).says(ANGRY)

    assert record.decision.delivery is Delivery.SEND
    assert [(flag.reason, flag.severity) for flag in record.flags] == [(FlagReason.ANGER, Severity.NOTE)]


def test_an_insult_counts_as_anger() -> None:
    talking = talk(MAYA, felt())
    record = talking.says("where is my parcel, idiots")

    assert [flag.reason for flag in record.flags] == [FlagReason.TOXIC_MESSAGE]
    assert record.decision.delivery is Delivery.SEND
    assert talking.state.angry_turns == 1


def test_anger_that_lasts_brings_a_person() -> None:
    talking = talk(MAYA, felt())
    talking.says(ANGRY)

    record = talking.says("tell me where my parcel is, idiots")

    assert record.decision.delivery is Delivery.HAND_OFF
    assert FlagReason.REPEATED_ANGER in [flag.reason for flag in record.decision.reasons]
    assert "LF-10482" not in record.delivered


def test_a_calm_message_between_two_angry_ones_starts_the_count_anew() -> None:
    talking = talk(MAYA, felt())
    talking.says(ANGRY)
    talking.says("where is LF-10482?")

    assert talking.state.angry_turns == 0
    assert FlagReason.REPEATED_ANGER not in [flag.reason for flag in talking.says(ANGRY).flags]


def test_a_plain_message_is_no_anger() -> None:
    assert talk(MAYA, felt()).says("where is my parcel?").flags == ()


def test_a_rude_reply_is_held() -> None:
    rude = PastCases([approved("track_order/late", f"Only idiots ask that. {LATE}")])

    record = talk(MAYA, felt(interactions=rude)).says("where is my parcel?")

    assert record.decision.delivery is Delivery.HOLD
    assert [flag.reason for flag in record.flags] == [FlagReason.TOXIC_REPLY]


@pytest.mark.parametrize(
    "words",
    [
        "please close my account",
        "I will buy elsewhere from now on",
        "we are switching to a competitor",
        "I will never order here again",
        "this was the last time I ordered from you",
        "you have lost a customer",
        "I'm taking my business elsewhere",
    ],
)
def test_what_sounds_like_leaving_is_noted(words: str) -> None:
    record = talk(MAYA, felt()).says(f"where is my parcel? {words}")

    assert FlagReason.CHURN_RISK in [flag.reason for flag in record.flags]
    assert record.decision.delivery is Delivery.SEND


@pytest.mark.parametrize("words", ["can it be sent somewhere else", "how do I close my bank account", "I order again"])
def test_what_only_sounds_alike_is_not(words: str) -> None:
    record = talk(MAYA, felt()).says(f"where is my parcel? {words}")

    assert FlagReason.CHURN_RISK not in [flag.reason for flag in record.flags]


def test_the_angriest_of_several_messages_counts() -> None:
    record = talk(MAYA, felt()).says("where is my parcel?", "THIS IS THE WORST SHOP EVER, I HATE IT", "thanks")

    assert FlagReason.ANGER in [flag.reason for flag in record.flags]


def test_without_what_tells_feelings_nobody_is_angry() -> None:
    assert talk(MAYA).says(ANGRY).flags == ()
