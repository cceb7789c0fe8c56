"""What comes in is limited in size and time, and nobody's slowness is another's; foreign pages stay out; every error
has one format and an id under which it is found in the log."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import httpx
import pytest

from app.adapters.crm_memory import MemoryCustomerRecords
from app.domain.customer import Product
from tests.api.house import PATIENCE_S, Customer, Served, a_service, house_parts, refused, starts

MEGABYTE = 1_000_000
LISTED, FOREIGN = "https://shop.example", "https://evil.example"
WRITE = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that gives a client half a second for its request."""
    with a_service(tmp_path_factory.mktemp("hurried"), request_timeout_s=0.5) as served:
        yield served


def connected(served: Served, sends: bytes = b"") -> socket.socket:
    """A client that has sent so much, and no more."""
    client = socket.create_connection(served.address, timeout=PATIENCE_S)
    client.sendall(sends)
    return client


def answer_to(client: socket.socket) -> tuple[int, dict[str, str]]:
    """Status and error of one answer."""
    with closing(client), client.makefile("rb") as lines:
        status = int(lines.readline().split()[1])
        head = dict(line.decode().lower().strip().split(": ", 1) for line in iter(lines.readline, b"\r\n"))
        error: dict[str, str] = json.loads(lines.read(int(head["content-length"])))["error"]
    assert error.keys() == {"code", "message", "trace_id"}
    return status, error


def dribbled(client: socket.socket, piece: bytes) -> None:
    """Sends a piece again and again, until there is an answer or nobody reads any more."""
    deadline = time.monotonic() + PATIENCE_S
    client.settimeout(0.05)
    with suppress(BrokenPipeError, ConnectionResetError):
        while time.monotonic() < deadline:
            client.sendall(piece)
            with suppress(TimeoutError):
                client.recv(1, socket.MSG_PEEK)
                break
    client.settimeout(PATIENCE_S)


def a_head(served: Served, length: int) -> bytes:
    host, port = served.address
    return f"POST /v1/conversations HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize("path", ["/v1/conversations", "/v1/conversations/conv_1/messages", "/nowhere"])
def test_a_body_that_says_it_is_too_large_is_refused(http: httpx.Client, path: str) -> None:
    refused(http.post(path, content=b"x" * MEGABYTE, headers=WRITE), 413, "body_too_large")


def test_a_body_that_turns_out_to_be_too_large_is_refused(http: httpx.Client) -> None:
    pieces = iter([b"x" * 10_000] * 100)
    refused(http.post("/v1/conversations", content=pieces, headers=WRITE), 413, "body_too_large")


def test_who_sends_too_much_gets_to_read_why_every_time(http: httpx.Client) -> None:
    for _ in range(30):
        refused(http.post("/v1/conversations", content=b"x" * MEGABYTE, headers=WRITE), 413, "body_too_large")


def test_a_body_that_is_only_announced_is_refused_at_once(hurried: Served) -> None:
    status, error = answer_to(connected(hurried, a_head(hurried, 10**12)))
    assert (status, error["code"]) == (413, "body_too_large")


def test_a_get_with_a_large_body_is_refused_too(http: httpx.Client) -> None:
    refused(http.request("GET", "/healthz", content=b"x" * MEGABYTE), 413, "body_too_large")


def test_the_largest_body_is_accepted(visitor: Customer) -> None:
    message = json.dumps({"text": "hello", "client_message_id": "c-1"}).encode()
    for size, status in ((65536, 202), (65537, 413)):
        content = message + b" " * (size - len(message))
        response = visitor.http.post(f"{visitor.path}/messages", content=content, headers=visitor.headers | WRITE)
        assert response.status_code == status


def beginnings(served: Served) -> list[bytes]:
    """What slow clients have sent so far."""
    return [b"POST /v1/conversations HT", a_head(served, 100) + b"{", b""]


def test_slow_clients_are_let_go(hurried: Served) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(hurried, sent)) for sent in beginnings(hurried) * 10]
        for client in slow:
            status, error = answer_to(client)
            assert (status, error["code"]) == (408, "request_timeout")


def test_others_are_served_meanwhile(served: Served) -> None:
    """By a service that would wait for the slow ones for longer than the others have patience."""
    with ExitStack() as stack, served.http() as http:
        slow = [stack.enter_context(connected(served, sent)) for sent in beginnings(served) * 40]
        assert starts(http).asks("hello").kind == "reply.completed"
        for client in slow:
            client.setblocking(False)
            with pytest.raises(BlockingIOError):
                client.recv(1)


@pytest.mark.parametrize("sent", ["head", "body"])
def test_a_byte_now_and_then_does_not_help(hurried: Served, sent: str) -> None:
    began = time.monotonic()
    client = connected(hurried, b"GET /healthz HTTP/1.1\r\nx: " if sent == "head" else a_head(hurried, 60_000))
    dribbled(client, b"x")
    assert time.monotonic() - began < 3
    assert answer_to(client)[0] == 408


def test_the_rest_of_a_body_that_was_refused_does_not_hold_the_connection(hurried: Served) -> None:
    with connected(hurried, a_head(hurried, 60_000)) as client:
        dribbled(client, b"x")
        client.settimeout(0.05)
        began = time.monotonic()
        with suppress(BrokenPipeError, ConnectionResetError):
            while time.monotonic() - began < PATIENCE_S:
                client.sendall(b"x")
                with suppress(TimeoutError):
                    if not client.recv(4096):
                        break
        assert time.monotonic() - began < 3


def test_the_next_request_on_a_connection_has_its_time_too(hurried: Served) -> None:
    with connected(hurried, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n") as client:
        first = client.recv(4096)
        assert b"200 OK" in first
        client.sendall(b"GET /heal")
        assert answer_to(client)[0] == 408


def test_a_stream_may_last_longer_than_a_request(hurried: Served) -> None:
    with hurried.http() as http:
        visitor = starts(http)
        with visitor.listens() as stream:
            assert answer_to(connected(hurried, b"GET"))[0] == 408
            visitor.writes("hello")
            assert stream.until("reply.completed")


@pytest.mark.parametrize(
    "headers",
    [[("x-long", "x" * 40_000)], [(f"x-{number}", "x" * 100) for number in range(400)], [("cookie", "x" * 200_000)]],
    ids=["one header", "many headers", "a huge one"],
)
def test_a_head_that_is_too_large_is_refused(hurried: Served, headers: list[tuple[str, str]]) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    for ending in ("\r\n", ""):
        client = connected(hurried, f"GET /healthz HTTP/1.1\r\nhost: x\r\n{lines}{ending}".encode())
        status, error = answer_to(client)
        assert (status, error["code"]) == (431, "head_too_large")


def test_an_address_that_is_too_long_is_refused(hurried: Served) -> None:
    status, error = answer_to(connected(hurried, b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"))
    assert (status, error["code"]) == (431, "head_too_large")


@pytest.mark.parametrize(
    "sent", [b"hello\r\n\r\n", b"FOO / HTTP/1.1\r\nhost: x\r\n\r\n", b"GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n"]
)
def test_what_is_not_http_is_refused_in_the_same_words(hurried: Served, sent: bytes) -> None:
    status, error = answer_to(connected(hurried, sent))
    assert (status, error["code"]) == (400, "invalid_request")


def test_who_wants_another_protocol_gets_this_one(http: httpx.Client) -> None:
    headers = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-key": "x", "sec-websocket-version": "13"}
    assert http.get("/healthz", headers=headers).json() == {"status": "ok"}


@pytest.mark.parametrize(
    "origin", [FOREIGN, "null", f"{LISTED}.evil.example", "http://shop.example", "https://shop.example:8443", ""]
)
def test_a_page_of_another_origin_may_not_use_the_chat(http: httpx.Client, visitor: Customer, origin: str) -> None:
    headers = visitor.headers | {"origin": origin}
    for response in (
        http.post("/v1/conversations", headers={"origin": origin}),
        http.get(visitor.path, headers=headers),
        http.get(f"{visitor.path}/events", headers=headers),
    ):
        refused(response, 403, "origin_not_allowed")
        assert "access-control-allow-origin" not in response.headers


def test_a_page_of_a_listed_origin_may(http: httpx.Client) -> None:
    response = http.post("/v1/conversations", headers={"origin": LISTED})
    assert response.status_code == 201
    assert response.headers["access-control-allow-origin"] == LISTED
    assert "x-trace-id" in response.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in response.headers


def test_a_page_of_a_listed_origin_may_read_what_went_wrong(http: httpx.Client, visitor: Customer) -> None:
    response = http.get(visitor.path, headers={"origin": LISTED})
    refused(response, 401, "token_invalid")
    assert response.headers["access-control-allow-origin"] == LISTED
    too_large = http.post("/v1/conversations", content=b"x" * MEGABYTE, headers={"origin": LISTED})
    assert too_large.headers["access-control-allow-origin"] == LISTED


def test_our_own_page_may(http: httpx.Client, served: Served) -> None:
    assert http.post("/v1/conversations", headers={"origin": served.url}).status_code == 201


def test_a_browser_that_asks_first_is_told_what_is_allowed(http: httpx.Client, visitor: Customer) -> None:
    ask = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,last-event-id,x-trace-id",
    }
    allowed = http.options(f"{visitor.path}/messages", headers={"origin": LISTED} | ask)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, LISTED)
    assert "POST" in allowed.headers["access-control-allow-methods"]

    foreign = http.options(f"{visitor.path}/messages", headers={"origin": FOREIGN} | ask)
    assert foreign.status_code in (400, 403)
    assert "access-control-allow-origin" not in foreign.headers


def test_a_trace_id_that_the_caller_sends_comes_back(http: httpx.Client) -> None:
    response = http.get("/nowhere", headers={"x-trace-id": "my-trace_0123456789"})
    refused(response, 404, "not_found")
    assert response.headers["x-trace-id"] == response.json()["error"]["trace_id"] == "my-trace_0123456789"


@pytest.mark.parametrize("given", [None, "short", "x" * 65, "<script>alert(1)</script>", "a b c d e f g", "é" * 10])
def test_otherwise_it_gets_one(http: httpx.Client, given: str | None) -> None:
    headers = {} if given is None else {b"x-trace-id": given.encode("latin-1")}
    first, second = (http.get("/nowhere", headers=headers) for _ in range(2))
    refused(first, 404, "not_found")
    assert first.headers["x-trace-id"].isalnum()
    assert first.headers["x-trace-id"] != second.headers["x-trace-id"]
    assert http.get("/healthz", headers=headers).headers["x-trace-id"].isalnum()


@pytest.mark.parametrize("path", ["/nowhere", "/v1", "/v1/conversations/a/b/c", "/widget/nothing.js", "/docs/nothing"])
def test_a_path_that_is_not_there(http: httpx.Client, path: str) -> None:
    refused(http.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/conversations"), ("DELETE", "/v1/conversations/conv_1"), ("POST", "/healthz"), ("PUT", "/widget/x")],
)
def test_a_method_that_is_not_there(http: httpx.Client, method: str, path: str) -> None:
    refused(http.request(method, path), 405, "method_not_allowed")


class NobodyForesaw(MemoryCustomerRecords):
    """Records with a fault in them."""

    def products(self) -> list[Product]:
        raise RuntimeError("the password is swordfish")


def test_what_nobody_foresaw_is_answered_like_every_other_error_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parts = house_parts(records=NobodyForesaw())
    with a_service(tmp_path, parts, demo_shop=True, allowed_origins=LISTED) as served, served.http() as http:
        for _ in range(3):
            response = http.get("/demo/products", headers={"origin": LISTED, "x-trace-id": "my-trace_0123456789"})
            assert refused(response, 500, "internal") == "Something went wrong on our side."
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["access-control-allow-origin"] == LISTED
    assert "my-trace_0123456789" in caplog.text
    assert "RuntimeError: the password is swordfish" in caplog.text
