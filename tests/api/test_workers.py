"""Turns are answered behind the service: each once, none lost, whatever ends in the middle."""

import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from app.adapters.sql.turns import SqlTurns
from app.domain.conversation import DialogueState, Message, TurnStatus
from app.domain.events import EventKind
from app.domain.handoff import HandOff
from app.domain.ids import MessageId, TurnId
from app.domain.turn import TurnRecord
from app.domain.understanding import IntentPrediction
from tests.api.house import (
    PATIENCE_S,
    SAM,
    Customer,
    GatedIntents,
    RunningClock,
    a_service,
    becomes_true,
    house_parts,
    shop_token,
    starts,
)
from tests.api.inside import TOKEN, WHERE, inside
from tests.pipeline.chain import MAYA, SAMUEL, KeywordIntents


class WatchedIntents(KeywordIntents):
    """Remembers what the chain was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        self.seen += texts
        return super().predict(texts)


class BrokenIntents(KeywordIntents):
    """A fault in the chain."""

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        raise RuntimeError("swordfish")


class LosesTheFirstDecision(SqlTurns):
    """A database that is away once, just when a decision is to be kept."""

    lost = False

    def finish(
        self,
        record: TurnRecord,
        state: DialogueState,
        said: Message,
        answered: Sequence[MessageId],
        handoff: HandOff | None = None,
    ) -> bool:
        if not self.lost:
            self.lost = True
            raise OSError("the disk is gone")
        return super().finish(record, state, said, answered, handoff)


def test_what_an_earlier_process_left_is_answered_at_the_start_and_once(tmp_path: Path) -> None:
    parts = house_parts()
    with inside(tmp_path, parts) as earlier:
        earlier.accepts()
        conversation = earlier.conversation

    for _ in range(2):
        with a_service(tmp_path, parts) as served, served.http() as http:
            customer = Customer(http, conversation, TOKEN)
            with customer.listens() as stream:
                assert "LF-10482" in stream.until("reply.completed")[-1].text
            kinds = [event.kind for event in customer.told() if event.kind != "reply.sentence"]
            assert kinds == ["message.accepted", "reply.completed"]
            assert served.stores.turns.open_turns(served.clock.now()) == []


def test_a_chain_that_fails_hands_over_and_leaves_its_trace_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with a_service(tmp_path, house_parts(classifier=BrokenIntents())) as served, served.http() as http:
        visitor = starts(http)
        notice = visitor.asks("hello")
        headers = {"authorization": f"Bearer {SAM}"}
        [item] = http.get("/v1/supervision/waiting", headers=headers).json()["items"]

    assert notice.kind == "handoff.started"
    assert notice.text.startswith("I am handing this over to a colleague")
    assert (item["status"], item["reasons"], item["draft"]) == ("with_person", ["the chain failed: RuntimeError"], None)
    assert "could not be answered" in caplog.text
    assert "RuntimeError: swordfish" in caplog.text
    assert 'in predict\n    raise RuntimeError("swordfish")' in caplog.text


def test_a_turn_whose_work_has_never_ended_goes_to_a_person_without_another_try(tmp_path: Path) -> None:
    intents = WatchedIntents()
    parts = house_parts(classifier=intents)
    with inside(tmp_path, parts) as earlier:
        turn_id = earlier.accepts()
        for _ in range(3):
            assert earlier.stores.turns.begin(turn_id, parts.clock.now()) is not None

        workers = earlier.workers()
        workers.start()
        assert becomes_true(lambda: not earlier.is_open())
        workers.close()

        assert earlier.kinds() == ["message.accepted", "handoff.started"]
        assert intents.seen == []
        [item] = earlier.stores.supervision.waiting(10)
        assert item.record is not None
        assert "begun 3 times" in item.record.decision.reasons[0].detail


def test_after_two_that_did_not_end_it_is_tried_once_more(tmp_path: Path) -> None:
    with inside(tmp_path, house_parts()) as process:
        turn_id = process.accepts()
        for _ in range(2):
            process.stores.turns.begin(turn_id, process.parts.clock.now())
        workers = process.workers()
        workers.submit(turn_id)
        workers.close()
        assert process.kinds() == ["message.accepted", "reply.completed"]


def test_a_turn_that_is_in_hand_is_not_begun_again(tmp_path: Path) -> None:
    gate = GatedIntents()
    with inside(tmp_path, house_parts(classifier=gate)) as process:
        turn_id = process.accepts()
        workers = process.workers()
        workers.submit(turn_id)
        gate.wait_for_a_turn()
        workers.submit(turn_id)
        gate.gate.set()
        workers.close()

        assert gate.seen == [WHERE]
        assert process.kinds() == ["message.accepted", "reply.completed"]
        assert process.told == [process.conversation]


def test_a_turn_that_is_decided_is_not_worked_on(tmp_path: Path) -> None:
    intents = WatchedIntents()
    with inside(tmp_path, house_parts(classifier=intents)) as process:
        turn_id = process.accepts()
        for _ in range(2):
            workers = process.workers()
            workers.submit(turn_id)
            workers.close()
        assert intents.seen == [WHERE]
        assert process.told == [process.conversation]


def test_two_processes_with_the_same_turn_answer_it_once(tmp_path: Path) -> None:
    gate = GatedIntents()
    with inside(tmp_path, house_parts(classifier=gate)) as process:
        turn_id = process.accepts()
        one, other = process.workers(), process.workers()
        one.submit(turn_id)
        other.submit(turn_id)
        gate.wait_for_a_turn()
        gate.wait_for_a_turn()
        gate.gate.set()
        one.close()
        other.close()
        assert process.kinds() == ["message.accepted", "reply.completed"]


def test_what_is_in_hand_when_it_closes_is_finished_and_nothing_is_begun_afterwards(tmp_path: Path) -> None:
    gate = GatedIntents()
    with inside(tmp_path, house_parts(classifier=gate)) as process:
        turn_id = process.accepts()
        workers = process.workers()
        workers.submit(turn_id)
        gate.wait_for_a_turn()
        closing = threading.Thread(target=workers.close)
        closing.start()
        assert closing.is_alive()
        assert process.is_open()
        gate.gate.set()
        closing.join(PATIENCE_S)
        assert not closing.is_alive()
        assert process.kinds() == ["message.accepted", "reply.completed"]

        later = process.accepts("hello")
        workers.submit(later)
        assert process.is_open()
        assert gate.seen == [WHERE]


def test_what_had_not_begun_when_it_closed_is_answered_by_the_next(tmp_path: Path) -> None:
    gate = GatedIntents()
    with inside(tmp_path, house_parts(classifier=gate)) as process:
        conversations = [process.assistant.start(MAYA, "a" * 64).id for _ in range(5)]
        turns = [process.assistant.accept(each, WHERE).turn_id for each in conversations]
        workers = process.workers(size=1)
        for turn_id in turns:
            workers.submit(turn_id)
        gate.wait_for_a_turn()
        gate.gate.set()
        workers.close()

        following = process.workers()
        following.start()
        assert becomes_true(lambda: not process.stores.turns.open_turns(process.parts.clock.now()))
        following.close()

        for conversation_id in conversations:
            told = [event.kind for event in process.stores.conversations.events_after(conversation_id, 0)]
            assert (told.count(EventKind.REPLY_COMPLETED), told[-1]) == (1, EventKind.REPLY_COMPLETED)


def test_a_decision_that_could_not_be_kept_is_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with inside(tmp_path, house_parts(), LosesTheFirstDecision) as process:
        turn_id = process.accepts()
        workers = process.workers()
        workers.submit(turn_id)
        assert becomes_true(lambda: "OSError: the disk is gone" in caplog.text)
        workers.close()
        assert (process.is_open(), process.told) == (True, [])

        workers = process.workers()
        workers.submit(turn_id)
        workers.close()
        assert process.kinds() == ["message.accepted", "reply.completed"]


def test_a_turn_whose_process_is_gone_is_taken_up_after_half_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = threading.Semaphore(0)

    class WatchedTurns(SqlTurns):
        def open_turns(self, before: datetime) -> list[TurnId]:
            found = super().open_turns(before)
            looked.release()
            return found

    monkeypatch.setattr("app.api.workers._LOOK_S", 0.02)
    with inside(tmp_path, house_parts(), WatchedTurns) as process:
        clock = process.parts.clock
        assert isinstance(clock, RunningClock)
        workers = process.workers()
        workers.start()
        process.accepts()
        for _ in range(4):
            assert looked.acquire(timeout=PATIENCE_S)
        assert process.is_open(), "whoever accepted it may be at work on it"

        clock.put_forward(seconds=31)

        assert becomes_true(lambda: not process.is_open())
        workers.close()
        assert process.kinds() == ["message.accepted", "reply.completed"]
        assert process.told == [process.conversation]


def test_a_turn_that_a_person_takes_over_meanwhile_is_left_to_her(tmp_path: Path) -> None:
    gate = GatedIntents()
    with inside(tmp_path, house_parts(classifier=gate)) as process:
        turn_id = process.accepts()
        workers = process.workers()
        workers.submit(turn_id)
        gate.wait_for_a_turn()
        process.stores.supervision.take_over(process.conversation, "Sam", process.parts.clock.now())
        gate.gate.set()
        workers.close()

        assert process.kinds() == ["message.accepted", "handling.changed"]
        [item] = process.stores.supervision.waiting(10)
        assert item.status is TurnStatus.WITH_PERSON


def test_a_reply_that_is_held_for_too_long_is_told_once_that_a_person_follows_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.workers._LOOK_S", 0.02)
    with a_service(tmp_path) as served, served.http() as http:
        samuel = starts(http, shop_token(SAMUEL))
        held = samuel.asks(WHERE)
        assert held.kind == "reply.held"

        served.clock.put_forward(seconds=11 * 60)

        with samuel.listens(held.id) as stream:
            told = stream.next()
            assert (told.kind, "follow up" in told.text) == ("reply.held", True)
            samuel.writes("are you there?")
            assert stream.until("reply.held")[-1].text != told.text, "her new message is held anew, and told as that"
