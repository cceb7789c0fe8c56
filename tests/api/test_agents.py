"""Supervision is open to agents and to nobody else."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.house import ADA, SAM, Customer, a_service, refused, shop_token

ROOT = "/v1/supervision"


@pytest.fixture(scope="module")
def nobody_works_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with a_service(tmp_path_factory.mktemp("closed"), agent_tokens="") as served, served.http() as http:
        yield http


DOORS = [
    ("GET", "/waiting"),
    ("GET", "/conversations/conv_1"),
    *(("POST", f"/turns/turn_1/{what}") for what in ("approve", "edit", "reject")),
    *(("POST", f"/conversations/conv_1/{what}") for what in ("take-over", "messages", "hand-back", "resolve")),
]


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_supervision_is_closed_to_whoever_is_no_agent(
    http: httpx.Client, visitor: Customer, method: str, path: str
) -> None:
    for token in (
        None,
        "Bearer wrong",
        f"Bearer {SAM}x",
        f"Bearer {visitor.token}",
        f"Bearer {shop_token()}",
        "Bearer Sam",
    ):
        headers = {"authorization": token} if token else {}
        response = http.request(
            method, f"{ROOT}{path}", headers=headers, json={"text": "x", "reason": "x", "draft_id": "x"}
        )
        refused(response, 401, "token_invalid")
    refused(http.request(method, f"{ROOT}{path}", headers={"authorization": f"Basic {SAM}"}), 401, "token_invalid")


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_without_agents_it_is_closed_to_everybody(nobody_works_here: httpx.Client, method: str, path: str) -> None:
    for token in (SAM, ":", "Sam"):
        headers = {"authorization": f"Bearer {token}"}
        refused(nobody_works_here.request(method, f"{ROOT}{path}", headers=headers, json={}), 401, "token_invalid")


@pytest.mark.parametrize(("method", "path"), DOORS[1:])
def test_what_is_not_there_is_not_found(sam: httpx.Client, method: str, path: str) -> None:
    draft = {"draft_id": "x"}
    bodies = {
        "approve": draft,
        "edit": draft | {"text": "x"},
        "reject": draft | {"reason": "x"},
        "messages": {"text": "x"},
    }
    body = bodies.get(path.rpartition("/")[2], {})
    response = sam.get(f"{ROOT}{path}") if method == "GET" else sam.post(f"{ROOT}{path}", json=body)
    refused(response, 404, "not_found")


def test_an_agent_may_not_ask_without_end(tmp_path: Path) -> None:
    with a_service(tmp_path, agent_calls_per_minute=2) as served, served.http() as http:
        headers = {"authorization": f"Bearer {SAM}"}
        for _ in range(2):
            assert http.get(f"{ROOT}/waiting", headers=headers).status_code == 200
        refused(http.get(f"{ROOT}/waiting", headers=headers), 429, "too_many_requests")
        assert http.get(f"{ROOT}/waiting", headers={"authorization": f"Bearer {ADA}"}).status_code == 200


def test_who_guesses_is_slowed_down_and_locks_no_agent_out(tmp_path: Path) -> None:
    with a_service(tmp_path, agent_calls_per_minute=2) as served, served.http() as http:
        guess = {"authorization": "Bearer guessed"}
        for status, code in ((401, "token_invalid"), (401, "token_invalid"), (429, "too_many_requests")):
            refused(http.get(f"{ROOT}/waiting", headers=guess), status, code)
        assert http.get(f"{ROOT}/waiting", headers={"authorization": f"Bearer {SAM}"}).status_code == 200
