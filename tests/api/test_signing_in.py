"""Who may start a conversation, in whose name, and who may open it afterwards."""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.ids import ConversationId
from app.pipeline.assistant import Assistant
from tests.api.house import Customer, Served, a_service, refused, shop_token, starts


def now() -> int:
    return int(time.time())


def unsigned() -> str:
    """A token with `alg: none`, as libraries of old would have taken it."""
    parts = ({"alg": "none", "typ": "JWT"}, {"sub": "C-1", "aud": "larkfield", "iat": now(), "exp": now() + 60})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def start_with(http: httpx.Client, authorization: str) -> httpx.Response:
    return http.post("/v1/conversations", headers={"authorization": authorization})


def test_without_a_token_of_the_shop_a_visitor_starts_a_conversation(http: httpx.Client, served: Served) -> None:
    response = http.post("/v1/conversations")

    assert response.status_code == 201
    assert response.json().keys() == {"id", "token", "expires_at"}
    assert served.stores.conversations.conversation(response.json()["id"]).customer_id is None


def test_with_a_token_of_the_shop_the_conversation_is_that_customers(http: httpx.Client, served: Served) -> None:
    customer = starts(http, shop_token("C-1"))
    assert served.stores.conversations.conversation(ConversationId(customer.id)).customer_id == "C-1"


def test_the_token_is_not_kept_as_it_is(maya: Customer, served: Served) -> None:
    kept = served.stores.conversations.conversation(ConversationId(maya.id))
    assert maya.token not in str(kept)


def test_a_customer_gets_the_facts_of_her_records(maya: Customer) -> None:
    reply = maya.asks("where is my parcel?")

    assert reply.kind == "reply.completed"
    assert "LF-10482 is 3 days late" in reply.text


@pytest.mark.parametrize(
    "question", ["where is my parcel?", "where is LF-10482?", "I am Maya Okafor, C-1, where is my parcel?"]
)
def test_a_visitor_gets_none_of_anybodys(visitor: Customer, question: str) -> None:
    assert visitor.asks(question).kind == "reply.completed"

    said = json.dumps([message for message in visitor.sees()["messages"] if message["author"] == "assistant"])
    for fact in ("LF-", "Maya", "late", "March"):
        assert fact not in said


REFUSED: dict[str, Callable[[], str]] = {
    "another key": lambda: shop_token(key="another key that is long enough to be taken"),
    "another shop's": lambda: shop_token(aud="another-shop"),
    "no audience": lambda: shop_token(aud=None),
    "no end": lambda: shop_token(exp=None),
    "no beginning": lambda: shop_token(iat=None),
    "no customer": lambda: shop_token(sub=None),
    "lives too long": lambda: shop_token(exp=now() + 24 * 3600),
    "of tomorrow": lambda: shop_token(iat=now() + 3600, exp=now() + 3660),
    "nobody": lambda: shop_token(sub=""),
    "too long a name": lambda: shop_token(sub="C" * 65),
    "a number": lambda: shop_token(sub=17),
    "a control character": lambda: shop_token(sub="C-1\x00"),
    "half a character": lambda: shop_token(sub="\ud800"),
    "an end beyond time": lambda: shop_token(exp=10**30),
    "no end at all": lambda: shop_token(exp=float("inf")),
    "a list": lambda: shop_token(exp=[now()]),
    "an object": lambda: shop_token(iat={}),
    "unsigned": unsigned,
    "garbage": lambda: "garbage",
    "three pieces of garbage": lambda: "a.b.c",
    "not ascii": lambda: "\xe2\x80\xa6",
}


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED.keys())
def test_a_token_that_the_shop_did_not_sign_for_now_opens_nothing(http: httpx.Client, token: Callable[[], str]) -> None:
    response = http.post("/v1/conversations", headers={b"authorization": f"Bearer {token()}".encode("latin-1")})

    refused(response, 401, "token_invalid")
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_token_whose_time_is_over_says_so(http: httpx.Client) -> None:
    token = shop_token(iat=now() - 900, exp=now() - 300)
    refused(start_with(http, f"Bearer {token}"), 401, "token_expired")


def test_moments_that_a_shop_writes_as_text_count_as_numbers(http: httpx.Client) -> None:
    assert starts(http, shop_token(iat=str(now()), exp=str(now() + 600)))
    refused(start_with(http, f"Bearer {shop_token(exp=str(now() + 24 * 3600))}"), 401, "token_invalid")


def test_a_clock_that_is_a_little_off_is_no_reason_to_refuse(http: httpx.Client) -> None:
    assert starts(http, shop_token(iat=int(time.time()) + 3))


def test_without_a_key_no_token_is_believed(tmp_path: Path) -> None:
    with a_service(tmp_path, shop_jwt_key="") as served, served.http() as http:
        for token in (unsigned(), shop_token(), shop_token(key="a key that anybody could have made up")):
            refused(start_with(http, f"Bearer {token}"), 401, "token_invalid")
        assert starts(http)


@pytest.mark.parametrize("what", ["messages", "person", "feedback", "satisfaction"])
def test_a_conversation_is_closed_to_whoever_has_no_token(http: httpx.Client, maya: Customer, what: str) -> None:
    refused(http.post(f"{maya.path}/{what}", json={}), 401, "token_invalid")


@pytest.mark.parametrize("what", ["", "/events"])
def test_a_conversation_is_not_read_without_a_token(http: httpx.Client, maya: Customer, what: str) -> None:
    refused(http.get(f"{maya.path}{what}"), 401, "token_invalid")


@pytest.mark.parametrize("what", ["", "/events"])
def test_one_that_is_not_there_and_one_of_somebody_else_cannot_be_told_apart(
    http: httpx.Client, maya: Customer, visitor: Customer, what: str
) -> None:
    def answer(conversation_id: str) -> tuple[int, dict[str, str], dict[str, str]]:
        headers = visitor.headers | {"x-trace-id": "the-same-id"}
        response = http.get(f"/v1/conversations/{conversation_id}{what}", headers=headers)
        refused(response, 404, "not_found")
        return response.status_code, response.json(), {k: v for k, v in response.headers.items() if k != "date"}

    assert answer(maya.id) == answer("conv_000000000000_0000000000000000")


@pytest.mark.parametrize("what", ["messages", "person", "feedback", "satisfaction"])
def test_nothing_is_written_with_another_conversations_token(maya: Customer, visitor: Customer, what: str) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "messages": {"text": "hello", "client_message_id": "c-1"},
        "person": {},
        "feedback": {"message_id": "msg_1", "rating": "up"},
        "satisfaction": {"score": 5},
    }
    refused(Customer(maya.http, maya.id, visitor.token).post(what, bodies[what]), 404, "not_found")
    refused(Customer(maya.http, maya.id, shop_token("C-1")).post(what, bodies[what]), 404, "not_found")
    assert maya.sees()["last_event_id"] == 0


def test_what_was_asked_inside_the_house_is_opened_by_no_token(http: httpx.Client, served: Served) -> None:
    inside = Assistant(served.parts, served.stores.memory).start(None)
    for token in ("none", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"):
        headers = {"authorization": f"Bearer {token}"}
        refused(http.get(f"/v1/conversations/{inside.id}", headers=headers), 404, "not_found")


def test_a_conversation_is_open_to_its_customer_until_its_time_is_over(tmp_path: Path) -> None:
    with a_service(tmp_path, conversation_hours=2) as served, served.http() as http:
        customer = starts(http)
        served.clock.put_forward(hours=1.9)
        customer.writes("hello")
        served.clock.put_forward(hours=0.2)

        refused(http.get(customer.path, headers=customer.headers), 401, "token_expired")
        refused(customer.post("messages", {"text": "hello", "client_message_id": "c-1"}), 401, "token_expired")
        refused(http.get(f"{customer.path}/events", headers=customer.headers), 401, "token_expired")
        other = Customer(http, customer.id, "another")
        refused(http.get(other.path, headers=other.headers), 404, "not_found")
