"""The service keeps to its own description: whatever is sent to whichever operation, the answer is a documented one."""

import copy
import hashlib
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from app.adapters.crm_memory import MemoryCustomerRecords
from app.domain.people import Role, Session, Supervisor
from app.domain.review import WEBHOOK_HEADER
from app.errors import SignInFailed
from tests.api.house import ADA, Customer, Served, a_service, house_parts, shop_token, starts
from tests.api.test_pages import PERSONAS
from tests.builders import NOW
from tests.pipeline.chain import PRODUCTS

CONVERSATION, DESK, TURN = (
    "/v1/conversations/{conversation_id}",
    "/v1/supervision/conversations/{conversation_id}",
    "/v1/supervision/turns/{turn_id}",
)
SESSION, PEOPLE = "/v1/supervision/session", "/v1/supervision/people"
OPERATIONS = (
    ("POST", "/v1/conversations"),
    ("GET", CONVERSATION),
    *(("POST", f"{CONVERSATION}/{what}") for what in ("messages", "person", "feedback", "satisfaction")),
    ("GET", "/v1/supervision/waiting"),
    ("GET", DESK),
    *(("POST", f"{DESK}/{what}") for what in ("take-over", "messages", "hand-back", "resolve")),
    *(("POST", f"{TURN}/{what}") for what in ("approve", "edit", "reject")),
    ("GET", "/v1/supervision/learnt"),
    ("POST", "/v1/supervision/learnt/{annotation_id}/take-back"),
    *((method, SESSION) for method in ("POST", "GET", "DELETE")),
    ("POST", f"{SESSION}/password"),
    *((method, PEOPLE) for method in ("GET", "POST")),
    ("POST", f"{PEOPLE}/{{name}}"),
    ("GET", "/v1/supervision/audit"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    *(("GET", f"/demo/{what}") for what in ("personas", "orders", "products")),
    ("POST", "/demo/sign-in"),
    ("POST", "/v1/webhooks/label-studio"),
)
SECRET = "between Label Studio and us"
Waits = tuple[Customer, dict[str, str]]
ENDLESS = ("GET", f"{CONVERSATION}/events")
TAKE_NOTHING = [
    *(("GET", path) for path in ("/healthz", "/readyz", "/demo/personas", "/demo/orders", "/demo/products")),
    *(("GET", path) for path in (SESSION, PEOPLE)),
    ("DELETE", SESSION),
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW_AND_THE_SAME_EACH_TIME = hypothesis.settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.generate],
)


def each(*operations: tuple[str, str]) -> pytest.MarkDecorator:
    """One test an operation."""
    return pytest.mark.parametrize(("method", "path"), operations, ids=[" ".join(each) for each in operations])


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with every operation that there is."""
    parts = house_parts(records=MemoryCustomerRecords(PERSONAS, PRODUCTS))
    with a_service(
        tmp_path_factory.mktemp("described"), parts, demo_shop=True, label_studio_webhook_secret=SECRET
    ) as served:
        for name, role in (("eve", Role.ADMIN), ("gus", Role.AGENT)):
            served.stores.people.add(Supervisor(name, name, role, "no hash", active=True, added_at=NOW), "command line")
        yield served


@pytest.fixture(scope="module")
def client(described: Served) -> Iterator[httpx.Client]:
    with described.http() as http:
        yield http


@pytest.fixture(scope="module")
def description(client: httpx.Client) -> dict[str, Any]:
    """As the service gives it."""
    given: dict[str, Any] = client.get("/openapi.json").json()
    return given


@pytest.fixture(scope="module")
def api(described: Served, description: dict[str, Any]) -> OpenApiSchema:
    """The same without its tokens: those are given by the tests, lest every answer be that the token is missing."""
    bare = copy.deepcopy(description)
    for operations in bare["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
    schema = schemathesis.openapi.from_dict(bare)
    schema.config.update(base_url=described.url)
    return schema


@pytest.fixture
def waits(client: httpx.Client) -> Waits:
    """A conversation in which a reply is held, and the ids that open its operations."""
    customer = starts(client, shop_token("C-0004"))
    held = customer.asks("where is my parcel?")
    return customer, {
        "conversation_id": customer.id,
        "turn_id": str(held.data["turn_id"]),
        "annotation_id": "annotation_1",
        "name": "gus",
    }


def test_every_operation_is_tried(description: dict[str, Any]) -> None:
    described = {(method.upper(), path) for path, operations in description["paths"].items() for method in operations}
    assert described == {*OPERATIONS, ENDLESS}


def test_every_operation_says_what_it_does_and_every_error_has_the_one_format(description: dict[str, Any]) -> None:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            for status, response in operation["responses"].items():
                if status >= "400" and (path, status) != ("/readyz", "503"):
                    shape = response["content"]["application/json"]["schema"]
                    assert shape == {"$ref": "#/components/schemas/ErrorBody"}, (method, path, status)


@each(*OPERATIONS)
def test_what_fits_the_description_gets_a_documented_answer(
    described: Served,
    api: OpenApiSchema,
    description: dict[str, Any],
    waits: Waits,
    method: str,
    path: str,
) -> None:
    tried(described, api, description, waits, method, path, GenerationMode.POSITIVE, real_ids=False)


@each(*(operation for operation in OPERATIONS if "{" in operation[1]))
def test_what_names_something_that_is_there_gets_a_documented_answer(
    described: Served,
    api: OpenApiSchema,
    description: dict[str, Any],
    waits: Waits,
    method: str,
    path: str,
) -> None:
    tried(described, api, description, waits, method, path, GenerationMode.POSITIVE, real_ids=True)


@each(*(operation for operation in OPERATIONS if operation not in TAKE_NOTHING))
def test_what_does_not_fit_the_description_gets_a_documented_answer(
    described: Served,
    api: OpenApiSchema,
    description: dict[str, Any],
    waits: Waits,
    method: str,
    path: str,
) -> None:
    tried(described, api, description, waits, method, path, GenerationMode.NEGATIVE, real_ids=method == "POST")


def admin_of(served: Served) -> dict[str, str]:
    """A session that has just begun: one of the operations ends it."""
    token, now = secrets.token_urlsafe(), served.clock.now()
    served.stores.people.open_session(Session(hashlib.sha256(token.encode()).hexdigest(), "eve", now, now))
    return {"cookie": f"handrail_session={token}", "origin": served.url}


def tried(
    served: Served,
    api: OpenApiSchema,
    description: dict[str, Any],
    waits: Waits,
    method: str,
    path: str,
    mode: GenerationMode,
    *,
    real_ids: bool,
) -> None:
    """Sends what schemathesis makes of the operation, with a token that opens it, and checks every answer."""
    operation = api[path][method]
    customer, ids = waits
    tokens = {"conversation": customer.token, "agent": ADA, "customer": shop_token("C-0001")}
    opens = [name for item in description["paths"][path][method.lower()].get("security", []) for name in item]
    by_token = {"authorization": f"Bearer {tokens[opens[0]]}"} if opens and opens[0] in tokens else {}
    if opens == ["webhook"]:
        by_token = {WEBHOOK_HEADER: SECRET}
    is_an_admins = path.startswith((SESSION, PEOPLE, "/v1/supervision/audit"))

    @FEW_AND_THE_SAME_EACH_TIME
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def one(case: schemathesis.Case[Any]) -> None:
        if real_ids:
            case.path_parameters = {name: ids[name] for name in case.path_parameters or {}}
        response = case.call(headers=admin_of(served) if is_an_admins else by_token)
        case.validate_response(response, checks=CHECKS)
        wrong_password = response.status_code == 401 and response.json()["error"]["code"] == SignInFailed.code
        assert response.status_code != 401 or wrong_password, "the token or the session is one that opens it"

    one()
