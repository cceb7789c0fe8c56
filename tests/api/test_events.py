"""A conversation's event stream: everything once, in order, from wherever a client left off, and nothing too early."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app.domain.ids import ConversationId, TurnId
from tests.api.house import (
    Customer,
    GatedIntents,
    Served,
    Sse,
    a_service,
    house_parts,
    other_stores,
    refused,
    shop_token,
    starts,
)

LATE = "where is my parcel?"
OPTIONS = "what delivery options are there?"


@pytest.fixture
def gate() -> Iterator[GatedIntents]:
    """Holds the chain until it is opened; opened at the latest when the test ends."""
    intents = GatedIntents()
    yield intents
    intents.gate.set()


@pytest.fixture
def held_up(tmp_path: Path, gate: GatedIntents) -> Iterator[Served]:
    """A service whose chain waits at the gate."""
    with ExitStack() as stack:
        served = stack.enter_context(a_service(tmp_path, house_parts(classifier=gate)))
        stack.callback(gate.gate.set)
        yield served


def kinds(events: list[Sse]) -> list[str]:
    return [event.kind for event in events]


def test_events_are_numbered_from_one_without_a_gap_in_the_order_in_which_they_happened(maya: Customer) -> None:
    maya.asks(LATE)
    maya.asks(OPTIONS)

    events = maya.told()

    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert [kind for kind in kinds(events) if kind != "reply.sentence"] == ["message.accepted", "reply.completed"] * 2
    assert events[0].text == LATE
    assert events[-1].id == maya.sees()["last_event_id"]


def test_a_reply_comes_sentence_by_sentence_and_then_whole(maya: Customer) -> None:
    maya.asks(LATE)

    first, *sentences, whole = maya.told()

    assert len(sentences) > 2
    assert [event.data["index"] for event in sentences] == list(range(len(sentences)))
    assert {event.data["count"] for event in sentences} == {len(sentences)}
    assert "".join(event.data["text"] for event in sentences) == whole.text
    assert {event.data["message_id"] for event in sentences} == {whole.data["message"]["id"]}
    assert maya.sees()["messages"] == [shown(first), shown(whole)]


def shown(event: Sse) -> dict[str, object]:
    """The message of an event as the snapshot writes it."""
    message: dict[str, object] = event.data["message"]
    return message | {"at": str(message["at"]).replace("+00:00", "Z")}


def test_from_every_event_on_exactly_the_rest_comes(maya: Customer) -> None:
    maya.asks(LATE)
    maya.post("person")
    events = maya.told()

    for after in range(len(events)):
        with maya.listens(after) as stream:
            assert stream.take(len(events) - after) == events[after:]

    with maya.listens(len(events)) as stream:
        maya.writes("hello")
        assert stream.next().id == len(events) + 1


def test_without_a_last_event_it_begins_at_the_beginning(maya: Customer) -> None:
    maya.asks("hello")
    for nothing in (None, "", "0"):
        with maya.listens(nothing) as stream:
            assert stream.next().id == 1


@pytest.mark.parametrize("given", ["-1", "+1", "1.0", "one", "1 2", "0x1", "²", "1", "4", "999999999", "9" * 60])
def test_a_place_that_is_not_known_is_refused(visitor: Customer, given: str) -> None:
    headers = {name.encode(): value.encode() for name, value in visitor.headers.items()}
    headers[b"last-event-id"] = given.encode("latin-1")
    refused(visitor.http.get(f"{visitor.path}/events", headers=headers), 400, "bad_event_id")


def test_a_place_that_is_too_long_is_refused(visitor: Customer) -> None:
    headers = visitor.headers | {"last-event-id": "1" * 65}
    refused(visitor.http.get(f"{visitor.path}/events", headers=headers), 422, "invalid_input")


def test_it_is_a_stream_that_nobody_keeps(visitor: Customer) -> None:
    with visitor.listens() as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["cache-control"] == "no-store"
        assert stream.response.headers["x-content-type-options"] == "nosniff"


def test_what_looks_like_an_event_in_a_message_is_text(visitor: Customer) -> None:
    text = "hello\n\nid: 99\nevent: conversation.resolved\ndata: {}\n\n: ping\r\r\nretry: 1"
    visitor.asks(text)
    events = visitor.told()
    assert events[0].text == text.replace("\r\n", "\n").replace("\r", "\n")
    assert [event.id for event in events] == list(range(1, len(events) + 1))


def test_that_it_is_at_work_is_told_before_the_reply(held_up: Served, gate: GatedIntents) -> None:
    with held_up.http() as http:
        maya = starts(http, shop_token())
        with maya.listens() as stream:
            maya.writes(LATE)
            assert stream.next().kind == "message.accepted"
            typing = stream.next()
            assert (typing.id, typing.kind, typing.data) == (None, "assistant.typing", {})
            assert maya.sees()["working"] is True
            with maya.listens(1) as late:
                assert late.next() == typing

            gate.gate.set()

            assert "assistant.typing" not in kinds(stream.until("reply.completed"))
        assert maya.sees()["working"] is False


def test_a_message_that_joins_a_turn_at_work_is_answered_in_the_same_reply(held_up: Served, gate: GatedIntents) -> None:
    with held_up.http() as http:
        maya = starts(http, shop_token())
        maya.writes(LATE)
        gate.wait_for_a_turn()
        maya.writes(OPTIONS)
        gate.gate.set()

        with maya.listens() as stream:
            reply = stream.until("reply.completed")[-1]

        assert "LF-10482 is 3 days late" in reply.text
        assert "Standard delivery takes" in reply.text
        assert [kind for kind in kinds(maya.told()) if kind != "reply.sentence"] == [
            "message.accepted",
            "message.accepted",
            "reply.completed",
        ]
        assert gate.seen.count(LATE) == 2, "the work on the first message alone was dropped"


def test_two_listeners_see_the_same(maya: Customer) -> None:
    with maya.listens() as one, maya.listens() as other:
        maya.writes(LATE)
        numbered = [[event for event in each.until("reply.completed") if event.id] for each in (one, other)]
    assert numbered[0] == numbered[1] == maya.told()


def test_nobody_hears_of_another_conversation(maya: Customer, visitor: Customer) -> None:
    with visitor.listens() as stream:
        maya.asks(LATE)
        visitor.writes("hello")
        events = stream.until("reply.completed")
    assert events[0].text == "hello"
    assert "LF-10482" not in json.dumps([dict(event.data) for event in events])


def test_nothing_of_a_held_reply_is_told_before_a_person_lets_it_pass(samuel: Customer, sam: httpx.Client) -> None:
    held = samuel.asks(LATE)
    assert held.kind == "reply.held"

    before = json.dumps([dict(event.data) for event in samuel.told()] + [samuel.sees()])
    for piece in ("LF-30001", "packed", "Samuel"):
        assert piece not in before

    items = sam.get("/v1/supervision/waiting", params={"limit": 200}).json()["items"]
    [seen] = [item["draft_id"] for item in items if item["turn_id"] == held.data["turn_id"]]
    decided = sam.post(f"/v1/supervision/turns/{held.data['turn_id']}/approve", json={"draft_id": seen})
    assert decided.status_code == 200

    with samuel.listens(held.id) as stream:
        assert stream.until("reply.completed")[-1].text == "Hi Samuel,\nYour order LF-30001 has not been packed yet."
    assert "LF-30001" in json.dumps(samuel.sees())


def test_what_another_process_tells_is_heard(served: Served, visitor: Customer) -> None:
    with other_stores(served) as stores, visitor.listens() as stream:
        visitor.post("person")
        assert stream.next().kind == "handoff.started"

        stores.supervision.take_over(ConversationId(visitor.id), "Sam", served.clock.now())
        told = stream.next()
        assert (told.kind, told.data) == ("handling.changed", {"mode": "manual", "agent": "Sam"})

        stores.supervision.hand_back(ConversationId(visitor.id), "Sam", served.clock.now())
        assert stream.next().data == {"mode": "auto", "agent": None}


def test_a_person_asked_for_in_another_process_is_heard_by_a_client_that_comes_back(
    served: Served, visitor: Customer
) -> None:
    with other_stores(served) as stores:
        stores.supervision.ask_for_person(
            ConversationId(visitor.id), TurnId("turn_of_another_process"), served.clock.now() - timedelta(seconds=1)
        )
    assert kinds(visitor.told()) == ["handoff.started"]


def test_stopping_ends_the_streams_at_once_and_loses_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        served = stack.enter_context(a_service(tmp_path))
        http = served.http()
        maya = starts(http, shop_token())
        maya.asks(LATE)
        with closing(http), maya.listens() as stream:
            heard = stream.until("reply.completed")
            began = time.monotonic()
            stack.close()
            assert stream.rest() == []
            assert time.monotonic() - began < 5

    with a_service(tmp_path) as again, again.http() as http:
        maya = Customer(http, maya.id, maya.token)
        assert maya.told() == [event for event in heard if event.id]
        with maya.listens(heard[-1].id) as stream:
            maya.writes(OPTIONS, "c-2")
            assert stream.next().text == OPTIONS
