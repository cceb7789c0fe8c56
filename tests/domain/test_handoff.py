"""What a person needs who takes over: taken from the turns' records and the customer's own words, and nothing else."""

import pytest

from app.domain.handoff import OTHER, Action, HandOff, Line, Step, hand_off_of, with_playbook
from app.domain.ids import CustomerId
from app.domain.redaction import street_in
from app.domain.turn import TurnRecord
from tests.pipeline.chain import LENA, MAYA, PLAYBOOK, SAMUEL, TOM, Talk, build_parts, talk


def handed(customer: CustomerId | None, *texts: str) -> HandOff:
    """What a person has when the last of these waits."""
    conversation = talk(customer)
    records = [conversation.says(text) for text in texts]
    return of(conversation, records[-1])


def of(conversation: Talk, record: TurnRecord) -> HandOff:
    earlier = conversation.store.latest(conversation.id, but=record.id)
    return hand_off_of(record, earlier, conversation.assistant.parts.actions)


def test_yes_to_an_offer_hands_over_what_was_asked_before_it_with_the_orders_values() -> None:
    handoff = handed(SAMUEL, "please cancel my order", "yes please")

    assert (handoff.wants, handoff.action, handoff.title) == (
        "please cancel my order",
        "cancel_order",
        "Cancel the order",
    )
    assert handoff.steps == (
        "Check that order LF-30001 is not packed yet.",
        "Cancel it (Inglenook Kettle).",
        "Give $69.00 back to Visa ending in 4242.",
        "Tell the customer that it is cancelled and when the money comes.",
    )
    assert handoff.stands == (
        Line("Order", "LF-30001 · Inglenook Kettle · Monday, March 2"),
        Line("Total", "$69.00 · Visa ending in 4242"),
        Line("State", "order processing, payment paid"),
    )
    assert handoff.said == (Line("Told", 'You can cancel LF-30001 under "My orders".'),)


def test_who_asks_for_a_person_takes_along_what_she_asked_before() -> None:
    handoff = handed(MAYA, "where is my parcel", "let me talk to a person")

    assert (handoff.wants, handoff.action) == ("where is my parcel", "talk_to_customer")
    assert Line("Parcel", "Northway Post · expected Wednesday, March 4 · 3 days late") in handoff.stands


def test_who_asks_for_a_person_after_a_request_has_what_that_request_calls_for() -> None:
    handoff = handed(SAMUEL, "please cancel my order", "no, let me talk to a person")

    assert (handoff.action, handoff.wants) == ("cancel_order", "please cancel my order")


def test_who_asks_for_a_person_first_has_said_nothing_yet() -> None:
    handoff = handed(None, "let me talk to a human")

    assert (handoff.wants, handoff.stands, handoff.said, handoff.mood) == ("", (), (), ())
    assert handoff.title == "Talk with the customer"


def test_the_button_takes_along_the_same() -> None:
    conversation = talk(SAMUEL)
    conversation.says("please cancel my order")
    handoff = conversation.assistant.hand_off(conversation.id)

    assert handoff.wants == "please cancel my order"
    silent = talk(LENA)
    assert silent.assistant.hand_off(silent.id).action == "other"


def test_her_mood_is_told_with_the_words_that_show_it() -> None:
    handoff = handed(MAYA, "where is my parcel, this is ridiculous, it is urgent", "I want a person")

    assert handoff.mood == (Line("Upset", "“ridiculous”"), Line("In a hurry", "“urgent”"))
    assert handed(MAYA, "where is my parcel", "I want a person").mood == ()


def test_a_value_that_is_not_known_is_said_to_be_so_or_asked_for() -> None:
    parts = build_parts()
    handoff = hand_off_of(None, [], parts.actions)
    conversation = talk(TOM)
    lost = conversation.says("where is my parcel LF-99999")

    assert handoff.steps == ("Read what was written and said so far.", "Answer, or find out who can.")
    assert Line("Number that was named", "LF-99999") in of(conversation, lost).stands


def test_an_action_of_the_shops_own_that_nobody_described_is_named_all_the_same() -> None:
    conversation = talk(SAMUEL)
    conversation.says("please cancel my order")
    record = conversation.says("yes please")
    actions = with_playbook({OTHER: Action(OTHER, "Answer", (Step("Answer."),))}, PLAYBOOK.rules())
    handoff = hand_off_of(record, [], actions)

    assert (handoff.action, handoff.title, handoff.steps) == ("cancel_order", "Cancel order", ("Answer.",))
    assert hand_off_of(record, [], {}).title == "Cancel order"


def test_a_long_story_is_one_line() -> None:
    story = "where is my parcel " + "and then I waited\n" * 40
    handoff = handed(MAYA, story, "let me talk to a person")

    assert len(handoff.wants) <= 162
    assert handoff.wants.endswith(" …")
    assert "\n" not in handoff.wants


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("please send it to 12 Maple Street, Dayton OH 45402 instead", "12 Maple Street, Dayton OH 45402"),
        ("My new address is 7 Old Mill Terrace. Can you change it?", "7 Old Mill Terrace"),
        ("It is 9 Mill St. Apt 4, Dayton", "9 Mill St. Apt 4, Dayton"),
        ("to 4b Rose Lane please", "4b Rose Lane"),
        ("send it somewhere else", None),
    ],
)
def test_a_new_address_is_taken_from_her_words(text: str, street: str | None) -> None:
    assert street_in(text) == street
