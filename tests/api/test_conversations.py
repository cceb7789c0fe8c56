"""What a customer writes is kept once and as she wrote it; what she thinks of the answers is kept too."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.ids import ConversationId
from tests.api.house import Customer, Served, a_service, becomes_true, refused, starts

SCRIPT = "<script>alert('1')</script><img src=x onerror=alert(1)> & \"quoted\" 😀 \u202e"


def a_message(text: object = "hello", key: object = "c-1", **more: object) -> dict[str, Any]:
    return {"text": text, "client_message_id": key, **more}


def a_reply(customer: Customer) -> str:
    """The id of a reply she got."""
    return str(customer.asks("hello").data["message"]["id"])


def test_a_message_is_accepted_and_then_there(visitor: Customer) -> None:
    response = visitor.post("messages", a_message("  hello\n"))

    assert response.status_code == 202
    message = response.json()["message"]
    assert response.json()["duplicate"] is False
    assert (message["text"], message["author"], message["client_message_id"]) == ("hello", "customer", "c-1")
    assert visitor.sees()["messages"][0] == message


def test_the_same_message_again_is_the_same_message(visitor: Customer) -> None:
    first = visitor.post("messages", a_message())
    again = visitor.post("messages", a_message())

    assert again.status_code == 202
    assert again.json() == {"message": first.json()["message"], "duplicate": True}
    assert becomes_true(lambda: not visitor.sees()["working"])
    assert [event.kind for event in visitor.told()] == ["message.accepted", "reply.sentence", "reply.completed"]


def test_the_same_message_after_its_answer_is_not_answered_again(visitor: Customer) -> None:
    visitor.asks("hello")
    before = visitor.sees()

    assert visitor.post("messages", a_message("hello", "c-1")).json()["duplicate"] is True
    assert visitor.sees() == before


def test_another_text_under_the_same_id_is_a_conflict(visitor: Customer) -> None:
    visitor.post("messages", a_message("hello"))
    refused(visitor.post("messages", a_message("goodbye")), 409, "message_conflict")
    assert [each["text"] for each in visitor.sees()["messages"] if each["author"] == "customer"] == ["hello"]


def test_two_customers_may_have_the_same_ids(visitor: Customer, maya: Customer) -> None:
    assert visitor.post("messages", a_message("hello")).status_code == 202
    assert maya.post("messages", a_message("goodbye")).status_code == 202


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 422, "empty_message"),
        (" \n\t ", 422, "empty_message"),
        ("\x00\x07\u200b", 422, "empty_message"),
        ("x" * 4001, 413, "message_too_long"),
    ],
    ids=["empty", "space", "control characters", "too long"],
)
def test_a_message_without_text_or_with_too_much_is_refused(
    visitor: Customer, text: str, status: int, code: str
) -> None:
    refused(visitor.post("messages", a_message(text)), status, code)
    assert visitor.sees()["messages"] == []


def test_the_longest_message_is_accepted(visitor: Customer) -> None:
    assert visitor.post("messages", a_message("x" * 4000)).status_code == 202


def test_control_characters_are_left_out_and_lines_are_kept(visitor: Customer) -> None:
    assert visitor.writes("where\x00 is\x1b\r\nmy\tparcel?\x07")["text"] == "where is\nmy\tparcel?"


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "a/b", "a\n", "c-1\u0000", "<b>", None, 7])
def test_an_id_of_a_message_is_a_short_word(visitor: Customer, key: object) -> None:
    assert "client_message_id" in refused(visitor.post("messages", a_message(key=key)), 422, "invalid_input")


@pytest.mark.parametrize("text", [None, 7, ["hello"], {"text": "hello"}, True])
def test_a_message_is_text(visitor: Customer, text: object) -> None:
    assert refused(visitor.post("messages", a_message(text)), 422, "invalid_input").startswith("text: ")


@pytest.mark.parametrize(
    "body",
    [
        {"text": "hello"},
        {"client_message_id": "c-1"},
        {},
        a_message(tezt="hello"),
        a_message(author="supervisor"),
    ],
    ids=["no id", "no text", "nothing", "misspelt", "an author"],
)
def test_what_is_missing_or_unknown_is_named(visitor: Customer, body: dict[str, Any]) -> None:
    assert refused(visitor.post("messages", body), 422, "invalid_input")


@pytest.mark.parametrize("body", [[], "hello", 7, None, [a_message()]], ids=str)
def test_a_body_that_is_no_object_is_refused(visitor: Customer, body: object) -> None:
    refused(visitor.http.post(f"{visitor.path}/messages", json=body, headers=visitor.headers), 422, "invalid_input")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"text": "hel', 422, "invalid_input"),
        (b"", 422, "invalid_input"),
        (b"text=hello", 422, "invalid_input"),
        (b'{"text": "\\ud800", "client_message_id": "c-1"}', 422, "invalid_input"),
        (b'{"text": "hello", "client_message_id": "c-1", "\\ud800": 1}', 422, "invalid_input"),
        (b'{"text": NaN, "client_message_id": "c-1"}', 422, "invalid_input"),
        (b'{"text": "\xff", "client_message_id": "c-1"}', 400, "invalid_request"),
        (b"[" * 60_000, 400, "invalid_request"),
        (b'{"score": ' + b"9" * 10_000 + b"}", 400, "invalid_request"),
    ],
    ids=[
        "cut off",
        "nothing",
        "a form",
        "half a character",
        "half a name",
        "NaN",
        "not utf-8",
        "deep",
        "a huge number",
    ],
)
def test_what_is_not_json_is_refused(visitor: Customer, content: bytes, status: int, code: str) -> None:
    headers = visitor.headers | {"content-type": "application/json"}
    refused(visitor.http.post(f"{visitor.path}/messages", content=content, headers=headers), status, code)


def test_json_under_another_name_is_refused(visitor: Customer) -> None:
    headers = visitor.headers | {"content-type": "text/plain"}
    content = b'{"text": "hello", "client_message_id": "c-1"}'
    refused(visitor.http.post(f"{visitor.path}/messages", content=content, headers=headers), 422, "invalid_input")


def test_markup_comes_back_as_the_text_that_it_is(visitor: Customer, sam: httpx.Client) -> None:
    written = visitor.post("messages", a_message(SCRIPT))
    seen = visitor.http.get(visitor.path, headers=visitor.headers)
    transcript = sam.get(f"/v1/supervision/conversations/{visitor.id}")

    shown = SCRIPT.removesuffix(" \u202e")
    assert written.json()["message"]["text"] == shown
    assert seen.json()["messages"][0]["text"] == shown
    assert transcript.json()["messages"][0]["text"] == shown
    for response in (written, seen, transcript):
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-content-type-options"] == "nosniff"
    assert visitor.told()[0].text == shown


def test_markup_in_an_error_is_the_text_that_it_is(visitor: Customer) -> None:
    response = visitor.post("messages", a_message(**{SCRIPT: 1}))
    assert SCRIPT in refused(response, 422, "invalid_input")
    assert response.headers["x-content-type-options"] == "nosniff"


def test_asking_for_a_person_twice_is_asking_once(visitor: Customer) -> None:
    assert [visitor.post("person").status_code, visitor.post("person").status_code] == [202, 202]

    assert [event.kind for event in visitor.told()] == ["handoff.started"]
    assert (visitor.sees()["status"], visitor.sees()["mode"]) == ("pending", "manual")


def test_a_person_may_be_asked_for_without_a_body(visitor: Customer) -> None:
    response = visitor.http.post(f"{visitor.path}/person", headers=visitor.headers)
    assert (response.status_code, response.json()) == (202, {})
    refused(visitor.post("person", {"urgent": True}), 422, "invalid_input")


def test_a_second_rating_replaces_the_first(visitor: Customer) -> None:
    reply = a_reply(visitor)

    for rating in ("up", "down"):
        body = {"message_id": reply, "rating": rating, "comment": SCRIPT}
        response = visitor.post("feedback", body)
        assert (response.status_code, response.content) == (204, b"")

    assert visitor.sees()["ratings"] == {reply: "down"}


def test_a_comment_is_kept_as_it_was_written(visitor: Customer, served: Served) -> None:
    reply = a_reply(visitor)
    visitor.post("feedback", {"message_id": reply, "rating": "up", "comment": f"{SCRIPT}\x00"})
    [kept] = served.stores.supervision.ratings(ConversationId(visitor.id))
    assert kept.comment == SCRIPT


def test_only_replies_of_ones_own_conversation_are_rated(visitor: Customer, maya: Customer) -> None:
    theirs, own = a_reply(maya), visitor.writes("hello")["id"]
    for message_id in (theirs, own, "msg_nothing"):
        refused(visitor.post("feedback", {"message_id": message_id, "rating": "up"}), 404, "not_found")
    assert maya.sees()["ratings"] == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"rating": "sideways"},
        {"rating": True},
        {"comment": "x" * 1001},
        {"comment": 7},
        {"message_id": "m" * 65},
        {"message_id": None},
        {"message_id": "msg\x00"},
        {"stars": 5},
    ],
    ids=str,
)
def test_a_rating_is_up_or_down_with_a_short_comment(visitor: Customer, changes: dict[str, Any]) -> None:
    body = {"message_id": "msg_1", "rating": "up"} | changes
    refused(visitor.post("feedback", body), 422, "invalid_input")


@pytest.mark.parametrize("score", [1, 5])
def test_satisfaction_is_kept(visitor: Customer, score: int) -> None:
    assert visitor.sees()["satisfaction"] is None
    assert visitor.post("satisfaction", {"score": score, "comment": SCRIPT}).status_code == 204
    assert visitor.sees()["satisfaction"] == score


@pytest.mark.parametrize("score", ["0", "6", "-1", "3.5", '"many"', "null", "1e400", "NaN"])
def test_satisfaction_is_a_number_from_one_to_five(visitor: Customer, score: str) -> None:
    headers = visitor.headers | {"content-type": "application/json"}
    content = f'{{"score": {score}}}'
    refused(visitor.http.post(f"{visitor.path}/satisfaction", content=content, headers=headers), 422, "invalid_input")
    assert visitor.sees()["satisfaction"] is None


def test_who_writes_too_much_at_once_is_told_when_to_try_again(tmp_path: Path) -> None:
    with a_service(tmp_path, messages_per_minute=3) as served, served.http() as http:
        loud, quiet = starts(http), starts(http)
        for number in range(3):
            loud.writes(f"hello {number}")

        response = loud.post("messages", a_message("hello", "c-9"))

        refused(response, 429, "too_many_requests")
        assert 1 <= int(response.headers["retry-after"]) <= 60
        assert len([each for each in loud.sees()["messages"] if each["author"] == "customer"]) == 3
        refused(loud.post("person"), 429, "too_many_requests")
        quiet.writes("hello")


def test_an_address_that_starts_too_many_conversations_is_told_so_too(tmp_path: Path) -> None:
    with a_service(tmp_path, conversations_per_minute=2) as served, served.http() as http:
        for _ in range(2):
            starts(http)
        response = http.post("/v1/conversations")
        refused(response, 429, "too_many_requests")
        assert 1 <= int(response.headers["retry-after"]) <= 60
