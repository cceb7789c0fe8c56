"""What Label Studio tells us is kept at once, when it brings the secret; the rest is not let in."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.review import WEBHOOK_HEADER
from tests.api.house import Served, a_service, other_stores

SECRET = "only Label Studio and we know"
PATH = "/v1/webhooks/label-studio"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with a_service(tmp_path, label_studio_webhook_secret=SECRET) as running:
        yield running


def kept(served: Served) -> list[object]:
    with other_stores(served) as stores:
        return [json.loads(call.body) for call in stores.webhook_inbox.waiting(100)]


def test_a_call_with_the_secret_is_durable_once_it_is_answered(served: Served) -> None:
    body = {"action": "ANNOTATION_CREATED", "annotation": {"id": 1}, "words": "früh \ud83d \u0000"}
    with served.http(**{WEBHOOK_HEADER: SECRET}) as http:
        content = json.dumps(body)
        response = http.post(PATH, content=content, headers={"content-type": "application/json"})
    assert response.status_code == 202
    assert kept(served) == [body]


@pytest.mark.parametrize("given", [None, "", "wrong", SECRET[:-1], f"{SECRET} "[:-1] + "x", "ümlaut"])
def test_a_call_without_the_very_secret_is_not_let_in(served: Served, given: str | None) -> None:
    headers = {} if given is None else {WEBHOOK_HEADER: given.encode()}
    with served.http() as http:
        response = http.post(PATH, json={"action": "ANNOTATION_CREATED"}, headers=headers)  # type: ignore[arg-type]
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "token_invalid"
    assert kept(served) == []


def test_ten_megabytes_are_refused_with_and_without_the_secret(served: Served) -> None:
    for headers in ({}, {WEBHOOK_HEADER: SECRET}):
        with served.http(**headers) as http:
            assert http.post(PATH, json={"words": "x" * 10_000_000}).status_code == 413
    assert kept(served) == []


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '"words"'])
def test_what_is_no_call_is_refused(served: Served, body: str) -> None:
    with served.http(**{WEBHOOK_HEADER: SECRET, "content-type": "application/json"}) as http:
        assert http.post(PATH, content=body).status_code == 422
    assert kept(served) == []


def test_where_no_secret_is_set_nobody_is_let_in(tmp_path: Path) -> None:
    with a_service(tmp_path) as served, served.http(**{WEBHOOK_HEADER: ""}) as http:
        assert http.post(PATH, json={}).status_code == 401
