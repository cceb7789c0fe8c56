"""What has to reach a person does, whatever it is that it stands inside of."""

import pytest

from app.domain.reply import Delivery, FlagReason
from app.domain.turn import TurnRecord
from tests.pipeline.chain import MAYA, SAMUEL, talk


def reasons(record: TurnRecord) -> set[FlagReason]:
    return {flag.reason for flag in record.decision.reasons}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("where is my parcel, or do I have to get a lawyer", FlagReason.LEGAL_THREAT),
        ("Where is my parcel? I will file a chargeback.", FlagReason.LEGAL_THREAT),
        ("cancel my order, I never ordered it, somebody used my card", FlagReason.ACCOUNT_AT_RISK),
        ("where is my parcel, my father is unconscious from your spray", FlagReason.EMERGENCY),
        ("where is my parcel, the lamp caught fire and I need the new one", FlagReason.PLAYBOOK_HAND_OFF),
        ("where is my parcel, and let a colleague look at this please", FlagReason.PERSON_REQUESTED),
    ],
)
def test_a_concern_inside_another_request_goes_to_a_person(text: str, reason: FlagReason) -> None:
    record = talk(MAYA).says(text)

    assert record.decision.delivery is Delivery.HAND_OFF
    assert reason in reasons(record)


def test_the_same_request_without_it_is_answered() -> None:
    assert talk(MAYA).says("where is my parcel").decision.delivery is Delivery.SEND
    assert talk(MAYA).says("where is my parcel, no need to connect me to an agent").decision.delivery is Delivery.SEND


def test_who_asks_for_a_person_is_told_that_one_comes_even_when_the_head_is_sure_of_something_else() -> None:
    record = talk(MAYA).says("where is my parcel, please connect me with a manager")

    assert record.situations[0].key == "contact_human_agent/connect"
    assert "A colleague takes over here." in record.delivered


def test_a_wish_for_a_person_beside_a_request_that_was_cut_out_is_heard() -> None:
    record = talk(SAMUEL).says(
        "Hello. Where is my parcel? And can you cancel it? I'd rather have a manager look at it."
    )

    assert record.decision.delivery is Delivery.HAND_OFF
    assert FlagReason.PERSON_REQUESTED in reasons(record)


def test_a_legal_threat_is_not_answered_with_the_reply_to_the_rest() -> None:
    record = talk(MAYA).says("where is my parcel? my lawyer will write to you")

    assert "LF-10482" not in record.delivered
    assert record.delivered.startswith("I am handing this over to a colleague")
    assert record.proposed is not None
    assert "LF-10482" in record.proposed.text


def test_in_an_emergency_the_number_to_call_comes_first() -> None:
    record = talk(MAYA).says("where is my parcel, I don't want to live any more")

    assert "call the emergency number first" in record.delivered
