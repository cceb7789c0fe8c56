"""Supervisors sign in, may do what their role allows, and act only from pages of the service itself."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from app.adapters.argon2_passwords import Argon2Passwords
from app.domain.audit import AuditAction
from app.domain.people import FREE_ATTEMPTS, Role, Supervisor
from tests.api.house import SAM, Customer, Served, a_service, refused, shop_token, starts
from tests.builders import NOW

ROOT = "/v1/supervision"
PASSWORD = "correct horse battery"
WHERE = "where is my parcel?"
PEOPLE = {"vic": Role.VIEWER, "gus": Role.AGENT, "eve": Role.ADMIN, "old": Role.AGENT}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service in which people work."""
    with a_service(tmp_path_factory.mktemp("office"), allowed_origins="https://shop.example") as served:
        kept = Argon2Passwords().hash(PASSWORD)
        for name, role in PEOPLE.items():
            served.stores.people.add(Supervisor(name, name.title(), role, kept, name != "old", NOW), "command line")
        yield served


@pytest.fixture
def customer(office: Served) -> Iterator[Customer]:
    """He ordered today; where his parcel is, a person checks."""
    with office.http() as http:
        yield starts(http, shop_token("C-4"))


@contextmanager
def signs_in(office: Served, name: str) -> Iterator[httpx.Client]:
    """A page of the service itself, with somebody at it who has just come."""
    with office.http(origin=office.url) as http:
        response = http.post(f"{ROOT}/session", json={"name": name, "password": PASSWORD})
        assert response.status_code == 200, response.text
        yield http


@pytest.fixture(scope="module")
def at_work(office: Served) -> Iterator[dict[str, httpx.Client]]:
    """Those who have come in the morning: so many sign-ins as there are tests would be too many."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(signs_in(office, name)) for name in ("vic", "gus", "eve")}


@pytest.fixture
def vic(at_work: dict[str, httpx.Client]) -> httpx.Client:
    return at_work["vic"]


@pytest.fixture
def gus(at_work: dict[str, httpx.Client]) -> httpx.Client:
    return at_work["gus"]


@pytest.fixture
def eve(at_work: dict[str, httpx.Client]) -> httpx.Client:
    return at_work["eve"]


def waiting(customer: Customer, agent: httpx.Client) -> dict[str, Any]:
    """What waits in his conversation."""
    items = agent.get(f"{ROOT}/waiting", params={"limit": 200}).json()["items"]
    return next(item for item in items if item["conversation_id"] == customer.id)


def refusals(office: Served) -> list[tuple[str, AuditAction, str, str]]:
    return [
        (each.by, each.action, each.item, each.refused)
        for each in office.stores.audit.entries(limit=200)
        if each.refused is not None
    ]


def test_a_session_is_a_cookie_that_scripts_and_other_sites_cannot_use(office: Served) -> None:
    with office.http() as http:
        response = http.post(f"{ROOT}/session", json={"name": "gus", "password": PASSWORD})
        assert response.json() == {"name": "gus", "display_name": "Gus", "role": "agent"}
        parts = {part.strip().lower() for part in response.headers["set-cookie"].split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= parts
        assert "secure" not in parts, "on this machine alone"
        assert response.headers["cache-control"] == "no-store"
        assert http.get(f"{ROOT}/session").json()["name"] == "gus"


def test_elsewhere_than_on_this_machine_the_cookie_wants_an_encrypted_connection(office: Served) -> None:
    with office.http(host="console.example") as http:
        response = http.post(f"{ROOT}/session", json={"name": "gus", "password": PASSWORD})
        assert "secure" in response.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("name", "password"), [("gus", "wrong"), ("nobody", PASSWORD), ("old", PASSWORD), ("Not A Name", PASSWORD)]
)
def test_whatever_was_wrong_the_answer_is_the_same(office: Served, name: str, password: str) -> None:
    with office.http() as http:
        response = http.post(f"{ROOT}/session", json={"name": name, "password": password})
        assert refused(response, 401, "sign_in_failed") == "The name or the password is wrong."
        assert "set-cookie" not in response.headers


def test_who_guesses_waits(office: Served) -> None:
    with office.http() as http:
        guess = {"name": "somebody", "password": "wrong"}
        for _ in range(FREE_ATTEMPTS):
            refused(http.post(f"{ROOT}/session", json=guess), 401, "sign_in_failed")
        response = http.post(f"{ROOT}/session", json=guess)
        refused(response, 429, "too_many_requests")
        assert int(response.headers["retry-after"]) >= 1


def test_who_signs_out_is_out(office: Served) -> None:
    with signs_in(office, "gus") as gus:
        token = gus.cookies["handrail_session"]
        assert gus.delete(f"{ROOT}/session").status_code == 204
        assert "handrail_session" not in gus.cookies
        refused(gus.get(f"{ROOT}/session"), 401, "token_invalid")
    with office.http(cookie=f"handrail_session={token}") as again:
        refused(again.get(f"{ROOT}/session"), 401, "token_expired")


def test_who_is_switched_off_is_out_at_once(office: Served, eve: httpx.Client) -> None:
    office.stores.people.change("old", "command line", NOW, active=True)
    with signs_in(office, "old") as old:
        assert old.get(f"{ROOT}/waiting").status_code == 200
        assert eve.post(f"{ROOT}/people/old", json={"active": False}).json()["active"] is False
        refused(old.get(f"{ROOT}/waiting"), 401, "token_expired")


def test_everybody_gives_herself_another_password(office: Served, eve: httpx.Client) -> None:
    body = {"name": "ned", "display_name": "", "role": "viewer", "password": PASSWORD}
    assert eve.post(f"{ROOT}/people", json=body).status_code == 201
    refused(eve.post(f"{ROOT}/people", json=body), 409, "name_taken")
    with signs_in(office, "ned") as ned:
        change = {"password": "not this one", "new_password": "another horse entirely"}
        refused(ned.post(f"{ROOT}/session/password", json=change), 401, "sign_in_failed")
        weak = {"password": PASSWORD, "new_password": "short"}
        refused(ned.post(f"{ROOT}/session/password", json=weak), 422, "weak_password")
        assert ned.post(f"{ROOT}/session/password", json=change | {"password": PASSWORD}).status_code == 200
        refused(ned.get(f"{ROOT}/session"), 401, "token_expired")


DECIDES = [
    *(("POST", f"/turns/turn_1/{what}") for what in ("approve", "edit", "reject")),
    *(("POST", f"/conversations/conv_1/{what}") for what in ("take-over", "messages", "hand-back", "resolve")),
]
MANAGES = [("GET", "/people"), ("POST", "/people"), ("POST", "/people/gus"), ("GET", "/audit")]
BODIES = {
    "approve": {"draft_id": "x"},
    "edit": {"draft_id": "x", "text": "x"},
    "reject": {"draft_id": "x", "reason": "x"},
    "messages": {"text": "x"},
    "people": {"name": "eva", "role": "admin", "password": PASSWORD},
    "gus": {"role": "admin"},
}


def calls(http: httpx.Client, method: str, path: str) -> httpx.Response:
    body = BODIES.get(path.rpartition("/")[2], {}) if method == "POST" else None
    return http.request(method, f"{ROOT}{path}", json=body)


@pytest.mark.parametrize(("method", "path"), [*DECIDES, *MANAGES])
def test_a_viewer_changes_nothing_and_that_she_tried_is_in_the_audit_log(
    office: Served, vic: httpx.Client, method: str, path: str
) -> None:
    before = len(refusals(office))
    refused(calls(vic, method, path), 403, "not_allowed")
    newest, *_ = found = refusals(office)
    assert len(found) == before + 1
    assert (newest[0], newest[3]) == ("vic", "not_allowed")


@pytest.mark.parametrize(("method", "path"), MANAGES)
def test_an_agent_does_not_look_after_people_with_a_session_or_a_token(
    office: Served, gus: httpx.Client, method: str, path: str
) -> None:
    with office.http(authorization=f"Bearer {SAM}") as robot:
        for agent in (gus, robot):
            refused(calls(agent, method, path), 403, "not_allowed")


@pytest.mark.parametrize(("method", "path"), DECIDES)
@pytest.mark.parametrize("name", ["gus", "eve"])
def test_an_agent_and_an_admin_decide(at_work: dict[str, httpx.Client], name: str, method: str, path: str) -> None:
    refused(calls(at_work[name], method, path), 404, "not_found")


def test_everybody_reads(at_work: dict[str, httpx.Client], customer: Customer) -> None:
    for who in at_work.values():
        assert who.get(f"{ROOT}/waiting").status_code == 200
        assert who.get(f"{ROOT}/conversations/{customer.id}").status_code == 200


@pytest.mark.parametrize("origin", [None, "https://evil.example", "https://shop.example", "null", ""])
def test_a_page_of_another_site_cannot_act_in_somebodys_name(
    office: Served, gus: httpx.Client, customer: Customer, origin: str | None
) -> None:
    token = gus.cookies["handrail_session"]
    headers = {"cookie": f"handrail_session={token}"} | ({} if origin is None else {"origin": origin})
    with office.http(**headers) as elsewhere:
        response = elsewhere.post(f"{ROOT}/conversations/{customer.id}/take-over")
        refused(response, 403, "origin_not_allowed")
        assert elsewhere.delete(f"{ROOT}/session").status_code == 403
    assert customer.sees()["mode"] == "auto"


def test_a_page_that_may_embed_the_chat_cannot_sign_anybody_in(office: Served) -> None:
    with office.http(origin="https://shop.example") as shop:
        response = shop.post(f"{ROOT}/session", json={"name": "gus", "password": PASSWORD})
        refused(response, 403, "origin_not_allowed")


def test_a_session_opens_nothing_when_a_wrong_token_comes_with_it(gus: httpx.Client) -> None:
    response = gus.get(f"{ROOT}/waiting", headers={"authorization": "Bearer wrong"})
    refused(response, 401, "token_invalid")


def test_a_customer_sees_the_name_that_the_supervisor_shows(gus: httpx.Client, customer: Customer) -> None:
    customer.asks(WHERE)
    assert gus.post(f"{ROOT}/conversations/{customer.id}/take-over").status_code == 200
    said = gus.post(f"{ROOT}/conversations/{customer.id}/messages", json={"text": "Hello, Gus here."}).json()
    assert said["author_name"] == "Gus"
    assert customer.sees()["agent"] == "Gus"


def test_what_waits_comes_with_reasons_a_deadline_and_who_has_it_open(
    office: Served, gus: httpx.Client, customer: Customer
) -> None:
    customer.asks(WHERE)
    item = waiting(customer, gus)
    assert [flag["reason"] for flag in item["flags"]] == ["playbook_hold"]
    assert item["deadline"] > item["since"]
    assert item["open_with"] is None
    office.stores.supervision.claim(item["turn_id"], "eve", office.clock.now())
    assert waiting(customer, gus)["open_with"] == "eve"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hi Samuel, LF-99999 comes today.", "identifier"),
        ("Write to eve@else.example.", "email"),
        ("Hi Eve,\nToday.", "name"),
    ],
)
def test_an_edit_with_anothers_data_is_refused_and_logged_without_it(
    office: Served, gus: httpx.Client, customer: Customer, text: str, kind: str
) -> None:
    customer.asks(WHERE)
    item = waiting(customer, gus)
    path = f"{ROOT}/turns/{item['turn_id']}/edit"
    refused(gus.post(path, json={"draft_id": item["draft_id"], "text": text}), 422, "not_this_customers")

    newest = office.stores.audit.entries(limit=1)[0]
    assert (newest.by, newest.action, newest.refused, newest.detail) == (
        "gus",
        AuditAction.EDIT,
        "not_this_customers",
        kind,
    )
    assert waiting(customer, gus) == item, "it still waits"


def test_an_edit_is_kept_in_slots_too(office: Served, gus: httpx.Client, customer: Customer) -> None:
    customer.asks(WHERE)
    item = waiting(customer, gus)
    body = {
        "draft_id": item["draft_id"],
        "text": "Hi Samuel, LF-30001 is packed today.",
        "use_again": "every_such_case",
    }
    assert gus.post(f"{ROOT}/turns/{item['turn_id']}/edit", json=body).status_code == 200
    [kept] = office.stores.supervision.annotations_of(item["turn_id"])
    assert kept.annotation.text_in_slots == "Hi {first_name}, {order_id} is packed today."
    assert (kept.annotation.use_again, kept.annotation.by) == ("every_such_case", "gus")


def test_an_admin_reads_the_audit_log_page_by_page(eve: httpx.Client) -> None:
    first = eve.get(f"{ROOT}/audit", params={"limit": 2}).json()["items"]
    rest = eve.get(f"{ROOT}/audit", params={"before": first[-1]["number"], "limit": 200}).json()["items"]
    numbers = [item["number"] for item in (*first, *rest)]
    assert len(numbers) > 2
    assert numbers == sorted(set(numbers), reverse=True)
    assert {"sign_in", "add_person"} <= {item["action"] for item in rest}
