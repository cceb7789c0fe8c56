"""Word to another system: signed, without a redirect, and retried only when it was not taken."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.adapters.hold_webhook import DELIVERY, SIGNATURE, HoldWebhook
from app.errors import CallFailed, ConfigurationError
from tests.builders import NOW

SECRET = "a secret of both systems"
CONTENT = {"event": "turn.waits", "turn_id": "turn_1"}


@dataclass
class Other:
    """The other system."""

    url: str = ""
    answers: int = 204
    location: str | None = None
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Other]:
    other = Other()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            other.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(other.answers)
            if other.location:
                self.send_header("location", other.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    other.url = f"http://127.0.0.1:{server.server_port}/holds"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield other
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_is_told_is_signed_together_with_its_moment() -> None:
    with listening() as other:
        HoldWebhook(other.url, SECRET).call("call turn_1 held", CONTENT, NOW)

    [(headers, body)] = other.came
    assert json.loads(body) == CONTENT
    assert headers[DELIVERY] == "call turn_1 held"
    stamp, _, signed = headers[SIGNATURE].partition(",v1=")
    seconds = stamp.removeprefix("t=")
    assert int(seconds) == int(NOW.timestamp())
    assert signed == hmac.new(SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_an_error_is_told_by_its_number(status: int) -> None:
    with listening() as other:
        other.answers = status
        with pytest.raises(CallFailed, match=str(status)):
            HoldWebhook(other.url, SECRET).call("k", CONTENT, NOW)


def test_a_redirect_is_not_followed() -> None:
    with listening() as other, listening() as elsewhere:
        other.answers, other.location = 307, elsewhere.url
        with pytest.raises(CallFailed, match="307"):
            HoldWebhook(other.url, SECRET).call("k", CONTENT, NOW)

    assert elsewhere.came == []


def test_a_system_that_is_not_there_may_be_there_later() -> None:
    with listening() as other:
        gone = other.url
    with pytest.raises(CallFailed, match="ConnectError"):
        HoldWebhook(gone, SECRET).call("k", CONTENT, NOW)


@pytest.mark.parametrize(
    ("url", "secret"), [("ftp://desk.example", SECRET), ("https://", SECRET), ("https://desk.example", "short")]
)
def test_what_cannot_be_meant_is_refused_at_the_start(url: str, secret: str) -> None:
    with pytest.raises(ConfigurationError):
        HoldWebhook(url, secret)
