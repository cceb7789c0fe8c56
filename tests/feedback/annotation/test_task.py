"""What an annotator sees: everything needed to judge, and nothing that names a customer."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.adapters.sql.database import open_database
from app.domain.conversation import Author, Message
from app.domain.ids import MessageId, TurnId
from app.domain.reply import Delivery, Flag, FlagReason, Severity
from app.domain.review import ReviewState, wants_review
from app.stores import Stores
from feedback.annotation.task import NO_DRAFT, TaskWriter, task_of
from tests.builders import NOW
from tests.feedback.annotation.turns import SECRETS, TEMPLATE, a_past_case, a_record, decided

CASES = {a_past_case().id: a_past_case()}


@pytest.fixture
def stores() -> Iterator[Stores]:
    opened = Stores(open_database("sqlite://"))
    opened.interactions.put([a_past_case()])
    yield opened
    opened.engine.dispose()


def writer_of(stores: Stores) -> TaskWriter:
    return TaskWriter(stores.conversations, stores.conversations, stores.desk, stores.interactions)


def test_a_task_shows_dialogue_draft_records_past_cases_and_why_a_person_has_to_look(stores: Stores) -> None:
    decided(stores, a_record())
    data = writer_of(stores).task(TurnId("turn_1"), ReviewState.OPEN).data
    assert data["external_id"] == "turn_1"
    assert data["draft"] == TEMPLATE
    assert "where is my parcel, this is [name]?" in data["html_said"]
    assert "A colleague takes a look." in data["html_said"]
    assert "The assistant is not sure that this is the right reply." in data["html_about"]
    assert "41 % likely to be approved" in data["html_about"]
    assert "Shipment: <b>late</b>" in data["html_behind"]
    assert "Orders in six months: <b>7</b>" in data["html_behind"]
    assert "{order_id}" in data["html_slots"]
    assert "{return_days}" in data["html_slots"]


def test_nothing_that_names_the_customer_leaves_whoever_wrote_it(stores: Stores) -> None:
    first = a_record(delivery=Delivery.SEND)
    decided(stores, first)
    own = "Hello Maya, I am Sam. LF-10482 goes to 12 Mill Road, I wrote to maya.okafor@example.com, ask for Mrs. Okafor"
    stores.supervision.take_over(first.conversation_id, "sam", NOW)
    by_sam = Message(MessageId("own"), Author.SUPERVISOR, own, NOW + timedelta(minutes=1), "Sam")
    stores.supervision.say(first.conversation_id, by_sam, "sam")
    stores.supervision.hand_back(first.conversation_id, "sam", NOW)
    second = replace(a_record(), id=TurnId("turn_1b"), at=NOW + timedelta(minutes=2))
    decided(stores, second)

    body = writer_of(stores).task(second.id, ReviewState.OPEN)

    whole = json.dumps([body.data, body.labels])
    assert "Colleague:" in whole
    assert [secret for secret in SECRETS if secret.casefold() in whole.casefold()] == []


def test_what_customers_and_past_cases_say_cannot_become_a_page(stores: Stores) -> None:
    record = replace(a_record(), asked='<img src=x onerror="alert(1)">')
    decided(stores, record)
    data = writer_of(stores).task(record.id, ReviewState.OPEN).data
    pages = "".join(str(value) for name, value in data.items() if name.startswith("html_"))
    assert "&lt;img src=x" in pages
    assert "&lt;b&gt;parcel&lt;/b&gt;" in pages
    assert "<img" not in pages


def test_the_prediction_is_the_intent_the_verdict_and_how_likely_it_is_approved() -> None:
    body = task_of(a_record(), (), CASES)
    assert body.labels == {"verdict": "edit", "intent": "track_order"}
    assert body.score == 0.41
    assert body.model_version == "smollm2 and answer@1"
    assert task_of(a_record(delivery=Delivery.SEND), (), CASES).labels["verdict"] == "approve"


def test_without_a_draft_a_person_should_write() -> None:
    body = task_of(replace(a_record(delivery=Delivery.HAND_OFF), proposed=None), (), CASES)
    assert body.data["draft"] == NO_DRAFT
    assert body.labels["verdict"] == "reject"
    assert body.score == 0


def test_that_people_disagree_is_there_to_be_seen() -> None:
    assert "adjudicator" in task_of(a_record(), (), CASES, ReviewState.DISAGREED).data["html_about"]
    assert task_of(a_record(), (), CASES, ReviewState.DISAGREED).data["review"]
    assert not task_of(a_record(), (), CASES, ReviewState.SETTLED).data["review"]


@pytest.mark.parametrize(
    ("delivery", "flags", "wanted"),
    [
        (Delivery.SEND, (), False),
        (Delivery.SEND, (Flag(FlagReason.OUT_OF_SCOPE, Severity.NOTE, ""),), True),
        (Delivery.HOLD, (), True),
        (Delivery.HAND_OFF, (), True),
    ],
)
def test_people_look_at_what_was_held_handed_off_or_noted(
    delivery: Delivery, flags: tuple[Flag, ...], wanted: bool
) -> None:
    assert wants_review(a_record(delivery=delivery, flags=flags)) is wanted
