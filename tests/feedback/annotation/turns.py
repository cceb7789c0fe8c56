"""Turns for annotators: one about a late parcel whose reply is held, in a database of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from app.domain.conversation import Author, Conversation, DialogueState, Message
from app.domain.facts import Fact, FactKind
from app.domain.ids import ConversationId, CustomerId, MessageId, TurnId
from app.domain.reply import (
    ApprovalEstimate,
    Candidate,
    Delivery,
    DeliveryDecision,
    Flag,
    FlagReason,
    Origin,
    Reply,
    Severity,
)
from app.domain.retrieval import Interaction
from app.domain.turn import Retrieved, Situation, TurnRecord
from app.domain.understanding import IntentPrediction, Request
from app.stores import Stores
from tests.builders import NOW, an_interaction

TEMPLATE = "Hi {first_name}, your order {order_id} is {days_late} late."
TEXT = "Hi Maya, your order LF-10482 is 3 days late."
SECRETS = ("Maya", "Okafor", "LF-10482", "maya.okafor@example.com", "12 Mill Road")
FACTS = (
    Fact("first_name", "Maya", FactKind.SLOT, "crm"),
    Fact("order_id", "LF-10482", FactKind.SLOT, "crm"),
    Fact("days_late", "3 days", FactKind.SLOT, "crm"),
    Fact("return_days", "30 days", FactKind.SLOT, "policy:returns"),
    Fact("orders_in_six_months", "7", FactKind.SHOWN, "crm"),
)
UNSURE = Flag(FlagReason.LOW_CONFIDENCE, Severity.HOLD, "estimate 0.41 for LF-10482")


def a_record(number: int = 1, *, delivery: Delivery = Delivery.HOLD, flags: Sequence[Flag] = (UNSURE,)) -> TurnRecord:
    """The record of a turn about a late parcel."""
    request = Request(
        "where is my parcel?",
        "where is my parcel?",
        IntentPrediction("track_order", 0.93, 0.98, (("track_order", 0.93),)),
    )
    chosen = Candidate(
        "track_order/late",
        "your order {order_id} is {days_late} late.",
        Origin.APPROVED,
        a_past_case().id,
        estimate=ApprovalEstimate(0.41, "rule"),
        chosen=True,
    )
    situation = Situation(
        request,
        "track_order/late",
        {"shipment": "late", "refund": "none"},
        FACTS,
        (Retrieved(a_past_case().id, "track_order/late", 0.87),),
        candidates=(chosen,),
    )
    reasons = tuple(flag for flag in flags if flag.severity is not Severity.NOTE)
    sent = delivery is Delivery.SEND
    return TurnRecord(
        TurnId(f"turn_{number}"),
        ConversationId(f"conv_{number}"),
        CustomerId("C-1"),
        NOW,
        "where is my parcel, this is [name]?",
        (situation,),
        tuple(flags),
        DeliveryDecision(delivery, reasons),
        Reply(TEXT, TEMPLATE, ()),
        TEXT if sent else "A colleague takes a look.",
        {"model": "smollm2 and answer@1"},
        (),
    )


def a_past_case() -> Interaction:
    """A past reply that was found."""
    return an_interaction("is my <b>parcel</b> lost?", reply="Your order {order_id} is {days_late} late.")


def decided(stores: Stores, record: TurnRecord, *, words: str = "Where is my parcel? Maya Okafor here") -> None:
    """Brings the turn into the database as the chain does: accepted, worked on, decided; once more when it is there."""
    number = record.id.removeprefix("turn_")
    seconds = (record.at - NOW).total_seconds()
    if not seconds:
        stores.conversations.start(Conversation(record.conversation_id, record.customer_id, NOW, token_hash=number * 8))
    asked = Message(MessageId(f"msg_{number}_{seconds:g}"), Author.CUSTOMER, words, record.at)
    stores.turns.accept(record.conversation_id, asked, record.id)
    work = stores.turns.begin(record.id, record.at)
    assert work is not None
    said = Message(MessageId(f"said_{number}_{seconds:g}"), Author.ASSISTANT, record.delivered, record.at)
    assert stores.turns.finish(record, DialogueState(), said, [each.id for each in work.messages])


def decided_anew(record: TurnRecord) -> TurnRecord:
    """The same turn after the customer wrote again: another draft."""
    reply = Reply("Maya, it comes on Monday.", "{first_name}, it is {days_late} late.", ())
    return replace(record, at=record.at + timedelta(minutes=5), proposed=reply)


def said(verdict: str, text: str | None = None, **more: str | int | list[str]) -> list[dict[str, object]]:
    """The result of an annotation as Label Studio keeps it: `intent`, `failures`, `use_again`, `rating`."""
    parts: list[tuple[str, str, dict[str, object]]] = [("verdict", "choices", {"choices": [verdict]})]
    if text is not None:
        parts.append(("reply", "textarea", {"text": [text]}))
    for name, value in more.items():
        if name == "rating":
            parts.append((name, "rating", {"rating": value}))
        else:
            parts.append((name, "choices", {"choices": value if isinstance(value, list) else [value]}))
    return [{"from_name": name, "to_name": "draft", "type": kind, "value": value} for name, kind, value in parts]
