"""What browsers load comes from here and nowhere else, under a strict policy; the demonstration shop shows its visitor
the orders of the customer she has become, and nobody else's."""

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import jwt
import pytest

from app.adapters.crm_memory import MemoryCustomerRecords
from app.domain.ids import CustomerId
from tests.api.house import Served, a_service, house_parts, refused, shop_token, starts
from tests.pipeline.chain import CUSTOMERS, PRODUCTS

PERSONAS = [
    replace(customer, customer_id=CustomerId(f"C-000{number}")) for number, customer in enumerate(CUSTOMERS, start=1)
]
"""The demonstration's first four customers; the fifth is missing from the records."""
OUTSIDE = re.compile(
    r"""(?:src|href|action)\s*=\s*["']?(?:[a-z]+:)?//|url\(\s*["']?(?:https?:)?//|@import""", re.IGNORECASE
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With the demonstration shop, and no key of any other."""
    parts = house_parts(records=MemoryCustomerRecords(PERSONAS, PRODUCTS))
    with a_service(tmp_path_factory.mktemp("shop"), parts, demo_shop=True, shop_jwt_key="") as served:
        yield served


@pytest.fixture(scope="module")
def visit(shop: Served) -> Iterator[httpx.Client]:
    with shop.http() as client:
        yield client


def policy(response: httpx.Response) -> dict[str, list[str]]:
    """The content security policy, by directive."""
    parts = (part.split() for part in response.headers["content-security-policy"].split(";"))
    return {name: values for name, *values in parts}


def become(visit: httpx.Client, persona: str) -> dict[str, str]:
    """The headers of a visitor who has become one of them."""
    token = visit.post("/demo/sign-in", json={"persona": persona}).json()["token"]
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    "path",
    ["/", "/shop/index.html", "/shop/main.js", "/shop/shop.css", "/widget/handrail.js", "/v1/nowhere", "/shop/nothing"],
)
def test_every_page_has_a_strict_policy(visit: httpx.Client, path: str) -> None:
    response = visit.get(path)

    allowed = policy(response)
    assert {source for sources in allowed.values() for source in sources} <= {"'self'", "'none'", "data:"}
    assert allowed["default-src"] == allowed["script-src"] == allowed["connect-src"] == ["'self'"]
    assert allowed["object-src"] == allowed["frame-ancestors"] == ["'none'"]
    assert response.headers["x-content-type-options"] == "nosniff"


def test_the_shop_is_at_the_front_and_works_under_its_policy(visit: httpx.Client) -> None:
    page = visit.get("/")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not OUTSIDE.search(page.text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page.text), "the policy forbids these"
    needed = re.findall(r'(?:src|href)="(/[^"#]+)', page.text)
    assert needed
    for path in needed:
        assert visit.get(path).status_code == 200, path


def test_the_widget_may_be_loaded_by_any_page(visit: httpx.Client) -> None:
    for origin in (None, "https://any.example"):
        response = visit.get("/widget/handrail.js", headers={"origin": origin} if origin else {})
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/javascript")
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"
        assert not OUTSIDE.search(response.text)


def test_what_has_not_changed_is_not_sent_again(visit: httpx.Client) -> None:
    first = visit.get("/widget/handrail.js")
    assert first.headers["cache-control"] == "no-cache"
    again = visit.get("/widget/handrail.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/shop/", "/widget/", "/shop", "/widget"])
def test_folders_are_not_listed(visit: httpx.Client, path: str) -> None:
    refused(visit.get(path, follow_redirects=True), 404, "not_found")


@pytest.mark.parametrize("way", ["../api/tokens.py", "%2e%2e/api/tokens.py", "..%2fapi/tokens.py", "%2fetc/passwd"])
def test_only_what_is_in_the_folder_is_served(visit: httpx.Client, way: str) -> None:
    for folder in ("shop", "widget", "docs-files"):
        response = visit.send(
            visit.build_request("GET", httpx.URL(visit.base_url, raw_path=f"/{folder}/{way}".encode()))
        )
        refused(response, 404, "not_found")


def test_without_the_demonstration_the_front_leads_to_the_documentation(http: httpx.Client) -> None:
    response = http.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/docs")
    assert http.get("/widget/handrail.js").status_code == 200


@pytest.mark.parametrize("path", ["/demo/personas", "/demo/orders", "/demo/products", "/demo/sign-in", "/shop/main.js"])
def test_without_the_demonstration_there_is_nothing_of_it(http: httpx.Client, path: str) -> None:
    refused(http.get(path), 404, "not_found")
    refused(http.post(path, json={"persona": "delayed"}), 404, "not_found")
    assert path not in http.get("/openapi.json").json()["paths"]


def test_the_documentation_comes_from_here_alone(http: httpx.Client) -> None:
    page = http.get("/docs")
    assert page.status_code == 200
    assert not OUTSIDE.search(page.text)
    allowed = {source for sources in policy(page).values() for source in sources}
    assert allowed == {"'self'", "'none'", "'unsafe-inline'", "data:"}

    files = re.findall(r'(?:src|href)="(/[^"]+)', page.text)
    assert len(files) >= 3
    for path in files:
        file = http.get(path)
        assert file.status_code == 200, path
        assert "'unsafe-inline'" not in file.headers["content-security-policy"] or path.startswith("/docs")
        if path.endswith(".css"):
            assert not OUTSIDE.search(file.text)
    assert http.get("/openapi.json").json()["info"]["title"] == "Handrail"
    refused(http.get("/redoc"), 404, "not_found")


def test_a_visitor_sees_whom_she_may_become(visit: httpx.Client) -> None:
    personas = {persona["key"]: persona for persona in visit.get("/demo/personas").json()}
    assert personas.keys() == {"delayed", "delivered", "refunded", "two_orders", "new", "anonymous"}
    assert (personas["delayed"]["name"], personas["delayed"]["signed_in"]) == ("Maya Okafor", True)
    assert (personas["anonymous"]["name"], personas["anonymous"]["signed_in"]) == (None, False)
    assert personas["new"]["name"] is None


def test_whoever_she_becomes_is_known_to_the_chat(visit: httpx.Client) -> None:
    token = become(visit, "delayed")["authorization"].removeprefix("Bearer ")

    assert "LF-10482 is 3 days late" in starts(visit, token).asks("where is my parcel?").text

    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["aud"], claims["exp"] - claims["iat"]) == ("C-0001", "larkfield", 900)


def test_nobody_is_signed_in_as_an_anonymous_visitor(visit: httpx.Client) -> None:
    response = visit.post("/demo/sign-in", json={"persona": "anonymous"})
    assert response.json() == {"token": None, "first_name": None}


@pytest.mark.parametrize(
    "body", [{}, {"persona": "C-0001"}, {"persona": None}, {"persona": "new", "customer_id": "C-1"}]
)
def test_she_cannot_become_anybody_else(visit: httpx.Client, body: dict[str, str]) -> None:
    refused(visit.post("/demo/sign-in", json=body), 422, "invalid_input")


def test_orders_are_ones_own(visit: httpx.Client) -> None:
    hers = visit.get("/demo/orders", headers=become(visit, "delayed")).json()
    his = visit.get("/demo/orders", headers=become(visit, "delivered")).json()

    assert len(hers) == 5
    assert hers[0]["id"] == "LF-10482"
    assert hers[0]["shipment"]["days_late"] == 3
    assert [order["placed_on"] for order in hers] == sorted((order["placed_on"] for order in hers), reverse=True)
    assert [order["id"] for order in his] == ["LF-20002", "LF-20001"]


def test_orders_need_a_token_of_this_shop(visit: httpx.Client) -> None:
    refused(visit.get("/demo/orders"), 401, "token_invalid")
    for token in ("garbage", shop_token("C-0001"), starts(visit).token):
        refused(visit.get("/demo/orders", headers={"authorization": f"Bearer {token}"}), 401, "token_invalid")


def test_who_is_not_in_the_records_has_no_orders(visit: httpx.Client) -> None:
    refused(visit.get("/demo/orders", headers=become(visit, "new")), 404, "not_found")


def test_the_catalogue_is_there_for_everybody(visit: httpx.Client) -> None:
    products = visit.get("/demo/products").json()
    assert [product["name"] for product in products] == [product.name for product in PRODUCTS]
    assert [product["in_stock"] for product in products] == [True, True, True, False]


def test_without_the_records_the_shop_says_so(shop: Served, visit: httpx.Client) -> None:
    signed_in = become(visit, "delayed")
    assert isinstance(shop.parts.records, MemoryCustomerRecords)
    shop.parts.records.down = True
    try:
        for path in ("/demo/personas", "/demo/products", "/demo/orders"):
            refused(visit.get(path, headers=signed_in), 503, "crm_down")
    finally:
        shop.parts.records.down = False


def test_it_says_whether_it_is_alive_and_ready(visit: httpx.Client) -> None:
    assert visit.get("/healthz").json() == {"status": "ok"}
    assert visit.get("/readyz").json()["status"] == "ok"
