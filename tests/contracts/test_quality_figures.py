"""The figures say what happened: counted where it was asked, once, and from nothing but what was kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete

from app.adapters.sql.schema import turn_facts
from app.domain.conversation import Author, Conversation, DialogueState, Message
from app.domain.ids import ConversationId, InteractionId, MessageId, TurnId
from app.domain.quality import Coverage, Figures, FiguresAsked, Grain, Grouping
from app.domain.reply import Delivery, DeliveryDecision, Flag, FlagReason, Reply, Severity
from app.domain.retrieval import InteractionStatus
from app.domain.supervision import Annotation, Rating, Verdict, draft_id
from app.domain.turn import Situation, StageTime, TurnRecord
from app.domain.understanding import IntentPrediction, Request
from app.stores import Stores
from tests.builders import NOW, an_interaction

MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
THIS_DAY = FiguresAsked(MIDNIGHT, MIDNIGHT + timedelta(days=1))
LATER = NOW + timedelta(days=3)


class Shop:
    """Turns that happen, one after another."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self._number = 0
        self.said: dict[str, MessageId] = {}

    def turn(
        self,
        conversation: str,
        delivery: Delivery = Delivery.SEND,
        *,
        about: Sequence[str] = ("track_order/late",),
        reason: FlagReason = FlagReason.LOW_CONFIDENCE,
        ms: float = 100.0,
        at: datetime = NOW,
        model: str = "m-1",
    ) -> TurnId:
        """Asked and decided."""
        self._number += 1
        number, conversation_id = self._number, ConversationId(conversation)
        turn_id = TurnId(f"turn_{number}")
        at += timedelta(seconds=number)
        asked = Message(MessageId(f"asked_{number}"), Author.CUSTOMER, "where is it?", at, None, f"c-{number}")
        if conversation not in self.said:
            self.stores.conversations.start(Conversation(conversation_id, None, at, token_hash="a" * 64))
        self.stores.turns.accept(conversation_id, asked, turn_id)
        reasons = () if delivery is Delivery.SEND else (Flag(reason, Severity.HOLD, "unsure"),)
        record = TurnRecord(
            turn_id,
            conversation_id,
            None,
            at,
            "where is it?",
            tuple(Situation(_request(key), key) for key in about),
            reasons,
            DeliveryDecision(delivery, reasons),
            Reply("It comes on Monday.", "It comes on {delivery_date}.", ()),
            "",
            {"model": model},
            (StageTime("gather", ms / 4), StageTime("answer", ms * 3 / 4)),
        )
        assert self.stores.turns.begin(turn_id, at) is not None
        reply = Message(MessageId(f"said_{number}"), Author.ASSISTANT, "It comes on Monday.", at)
        assert self.stores.turns.finish(record, DialogueState(), reply, [asked.id])
        self.said[conversation] = self.said[turn_id] = reply.id
        return turn_id

    def decides(self, turn_id: TurnId, verdict: Verdict, text: str | None = None) -> None:
        """A person, on a held reply."""
        record = self.stores.conversations.turn(turn_id)
        words = Message(MessageId(f"decided_{turn_id}"), Author.SUPERVISOR_FOR_ASSISTANT, "", NOW)
        annotation = Annotation(f"annotation_{turn_id}", turn_id, draft_id(record), verdict, "sam", NOW, text)
        self.stores.supervision.decide(annotation, words)

    def rates(self, turn_id: TurnId, *, helpful: bool) -> None:
        """The customer, of what the bot said in a turn."""
        conversation_id = self.stores.conversations.turn(turn_id).conversation_id
        self.stores.supervision.rate(conversation_id, Rating(self.said[turn_id], helpful, None, NOW))

    def says(self, conversation: str) -> None:
        """A person takes over and writes."""
        conversation_id = ConversationId(conversation)
        self.stores.supervision.take_over(conversation_id, "sam", NOW)
        words = Message(MessageId(f"words_{conversation}"), Author.SUPERVISOR, "Hello.", NOW, "Sam", "k")
        self.stores.supervision.say(conversation_id, words, "sam")

    def figures(self, asked: FiguresAsked = THIS_DAY) -> list[Figures]:
        return self.stores.quality.figures(asked, LATER)

    def whole(self) -> Figures:
        """Of this day, not divided."""
        [figures] = self.figures()
        return figures


def _request(key: str) -> Request:
    return Request("where is it?", "where is it?", IntentPrediction(key.partition("/")[0], 0.9, 0.9))


@pytest.fixture
def shop(database: Engine) -> Shop:
    return Shop(Stores(database))


def test_where_nothing_was_asked_there_are_no_figures(shop: Shop) -> None:
    assert shop.figures() == []
    shop.turn("a", at=NOW + timedelta(days=2))
    assert shop.figures() == []


def test_turns_are_counted_by_what_was_decided_and_why(shop: Shop) -> None:
    for delivery in (Delivery.SEND, Delivery.SEND, Delivery.HOLD, Delivery.HAND_OFF):
        shop.turn(f"c{delivery}{len(shop.said)}", delivery)
    day = shop.whole()
    assert (day.period, day.group) == (MIDNIGHT, None)
    assert (day.turns, day.sent, day.held, day.handed_off) == (4, 2, 1, 1)
    assert day.reasons == {"low_confidence": 2}


def test_what_people_did_with_drafts_is_counted_with_how_much_they_changed(shop: Shop) -> None:
    first, second, third = (shop.turn(name, Delivery.HOLD) for name in "abc")
    shop.decides(first, Verdict.APPROVE)
    shop.decides(second, Verdict.EDIT, "It comes on Friday.")
    shop.decides(third, Verdict.REJECT)
    day = shop.whole()
    assert (day.approved, day.edited, day.rejected) == (1, 1, 1)
    assert day.edit_distance == pytest.approx((0 + 3 / 19) / 2)


def test_what_is_said_elsewhere_of_a_reply_is_no_decision_on_it(shop: Shop) -> None:
    turn = shop.turn("a", Delivery.HOLD)
    shop.decides(turn, Verdict.APPROVE)
    said = Annotation("ls-1", turn, "", Verdict.EDIT, "ann", NOW, None, None, "It comes soon.")
    shop.stores.annotation_inbox.keep(said, "It comes on Monday.", "label_studio")
    day = shop.whole()
    assert (day.approved, day.edited, day.edit_distance) == (1, 0, 0)


def test_what_customers_think_is_counted(shop: Shop) -> None:
    first, second = shop.turn("a"), shop.turn("b")
    shop.rates(first, helpful=True)
    shop.rates(second, helpful=False)
    shop.stores.supervision.keep_satisfaction(ConversationId("a"), 5, None)
    shop.stores.supervision.keep_satisfaction(ConversationId("b"), 2, None)
    day = shop.whole()
    assert (day.thumbs_up, day.thumbs_down) == (1, 1)
    assert (day.satisfaction, day.satisfaction_answers) == (3.5, 2)


def test_settled_conversations_are_the_bots_alone_or_with_help_or_a_persons(shop: Shop) -> None:
    shop.turn("alone")
    shop.decides(shop.turn("helped", Delivery.HOLD), Verdict.APPROVE)
    shop.turn("persons", Delivery.HAND_OFF)
    shop.says("persons")
    shop.turn("waits still", Delivery.HOLD)
    day = shop.whole()
    assert (day.by_bot_alone, day.with_help, day.by_person) == (1, 1, 1)


def test_a_conversation_is_settled_when_it_is_resolved_or_quiet_for_a_day(shop: Shop) -> None:
    shop.turn("a")
    soon = NOW + timedelta(hours=1)
    assert [each.by_bot_alone for each in shop.stores.quality.figures(THIS_DAY, soon)] == [0]
    shop.stores.supervision.resolve(ConversationId("a"), "sam", NOW)
    assert [each.by_bot_alone for each in shop.stores.quality.figures(THIS_DAY, soon)] == [1]


def test_a_reply_with_a_thumb_down_should_not_have_been_sent_unseen(shop: Shop) -> None:
    shop.rates(shop.turn("a"), helpful=False)
    held = shop.turn("b", Delivery.HOLD)
    shop.decides(held, Verdict.APPROVE)
    shop.rates(held, helpful=False)
    assert shop.whole().missed_hand_offs == 1, "a person had let the other one pass"


@pytest.mark.parametrize(("reason", "missed"), [(FlagReason.PERSON_REQUESTED, 1), (FlagReason.PLAYBOOK_HAND_OFF, 0)])
def test_who_asks_for_a_person_next_should_have_had_one(shop: Shop, reason: FlagReason, missed: int) -> None:
    shop.turn("a")
    shop.turn("a", Delivery.HAND_OFF, reason=reason)
    assert shop.whole().missed_hand_offs == missed


def test_who_presses_the_button_next_should_have_had_a_person(shop: Shop) -> None:
    shop.turn("a")
    shop.stores.supervision.ask_for_person(ConversationId("a"), TurnId("turn_9"), NOW + timedelta(hours=1))
    assert shop.whole().missed_hand_offs == 1


def test_a_person_who_adds_nothing_was_not_needed(shop: Shop) -> None:
    shop.decides(shop.turn("a", Delivery.HOLD), Verdict.APPROVE)
    shop.turn("b", Delivery.HAND_OFF)
    shop.stores.supervision.hand_back(ConversationId("b"), "sam", NOW)
    shop.turn("c", Delivery.HAND_OFF)
    shop.says("c")
    shop.stores.supervision.hand_back(ConversationId("c"), "sam", NOW)
    assert shop.whole().needless_hand_offs == 2, "in the third a person said something"


def test_half_of_the_turns_are_as_quick_as_the_one_figure_and_nearly_all_as_the_other(shop: Shop) -> None:
    for number in range(1, 101):
        shop.turn("a", ms=float(number))
    day = shop.whole()
    assert (day.p50_ms, day.p95_ms) == (50.0, 95.0)


def test_hours_and_days_begin_where_clocks_do(shop: Shop) -> None:
    shop.turn("a")
    shop.turn("b", at=NOW + timedelta(hours=2))
    hours = shop.figures(replace(THIS_DAY, grain=Grain.HOUR))
    full = NOW.replace(minute=0, second=0, microsecond=0)
    assert [each.period for each in hours] == [full, full + timedelta(hours=2)]
    assert shop.whole().turns == 2


@pytest.mark.parametrize(
    ("grouping", "counted"),
    [
        (Grouping.INTENT, {"track_order": 2, "track_refund": 1}),
        (Grouping.SITUATION, {"track_order/late": 2, "track_refund/paid_out": 1}),
        (Grouping.MODEL, {"m-1": 1, "m-2": 1}),
        (Grouping.NOTHING, {None: 2}),
    ],
)
def test_a_turn_with_two_requests_counts_in_each_group_that_it_is_of(
    shop: Shop, grouping: Grouping, counted: dict[str | None, int]
) -> None:
    shop.turn("a", about=("track_order/late", "track_refund/paid_out"))
    shop.turn("b", model="m-2")
    assert {each.group: each.turns for each in shop.figures(replace(THIS_DAY, grouping=grouping))} == counted


def test_a_turn_that_was_decided_anew_counts_as_what_it_became(shop: Shop) -> None:
    turn_id = shop.turn("a", Delivery.HOLD)
    again = Message(MessageId("again"), Author.CUSTOMER, "never mind", NOW + timedelta(minutes=1), None, "again")
    shop.stores.turns.accept(ConversationId("a"), again, TurnId("unused"))
    work = shop.stores.turns.begin(turn_id, NOW)
    assert work is not None
    record = shop.stores.conversations.turn(turn_id)
    sent = replace(record, decision=DeliveryDecision(Delivery.SEND))
    reply = Message(MessageId("reply"), Author.ASSISTANT, "Bye.", NOW)
    assert shop.stores.turns.finish(sent, DialogueState(), reply, [each.id for each in work.messages])
    day = shop.whole()
    assert (day.turns, day.held, day.sent, day.reasons) == (1, 0, 1, {})


def test_no_record_is_read_for_the_figures(shop: Shop, database: Engine) -> None:
    shop.turn("a")
    with database.begin() as connection:
        connection.execute(delete(turn_facts))
    assert shop.figures() == []


def test_situations_without_a_usable_reply_come_first_and_the_most_asked_among_them(shop: Shop) -> None:
    def put(number: int, situation: str, **changes: Any) -> None:  # noqa: ANN401
        item = replace(an_interaction(), id=InteractionId(f"i{number}"), situation=situation, **changes)
        shop.stores.interactions.put([item])

    put(1, "track_order/late")
    put(2, "track_order/late", status=InteractionStatus.PROVISIONAL)
    put(3, "track_refund/paid_out", status=InteractionStatus.RESTING)
    for key in ("track_order/late", "track_refund/paid_out"):
        shop.turn(key, about=(key,))

    lines = shop.stores.quality.coverage(
        ["track_order/early", "track_order/late", "track_refund/paid_out"], NOW - timedelta(days=1)
    )

    assert lines == [
        Coverage("track_refund/paid_out", usable=0, asked=1),
        Coverage("track_order/early", usable=0, asked=0),
        Coverage("track_order/late", usable=2, asked=1),
    ]
