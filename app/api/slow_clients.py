"""A connection that does not wait for ever: a client has a limited time, and limited room, for a request's head.

uvicorn limits neither, so that a handful of clients that send a byte a second could hold every connection. Bodies are
limited in `app.api.limits`; what of a body still comes when its request is answered already is let pass for that time.
"""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HEAD_BYTES = 32768
_LINGER_S = 1.0
"""How long a refused client has to read why: closed at once while it still sends, it would not get to see it."""


class _Refused(Exception):
    """Ends the reading of a request that has been refused."""


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's own protocol with a deadline for the head of each request."""

    head_timeout_s = 15.0

    @classmethod
    def within(cls, seconds: float) -> type["PatientProtocol"]:
        """The protocol with this deadline."""
        return type(cls.__name__, (cls,), {"head_timeout_s": seconds})

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own arguments
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_body = False
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected; it has to say what it wants."""
        super().connection_made(transport)
        self._expect(self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._it_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A piece of a request."""
        if self._refused:
            return
        if self._deadline is None and self._answered():
            # The next request on the same connection, or the rest of one that was answered before it was whole.
            self._expect(self.transport.close if self._in_body else self._too_slow)
        if not self._in_body:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._deadline is not None and not self._in_body and self._head_bytes > _MOST_HEAD_BYTES:
            self._too_much()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._it_came()
        self._in_body = True
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > _MOST_HEAD_BYTES:
            self._too_much()
            raise _Refused
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole, too."""
        super().on_message_complete()
        self._in_body = False
        if self._answered():
            self._it_came()
            self._expect(self._too_slow)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - ours says the same in the one format
        """What cannot be read as HTTP."""
        self._refuse(400, "Bad Request", "invalid_request", "The request could not be read.")

    def _answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _expect(self, otherwise: Callable[[], None]) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(self.head_timeout_s, otherwise)

    def _it_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        words = "The request took too long to arrive. Please send it again."
        self._refuse(408, "Request Timeout", "request_timeout", words)

    def _too_much(self) -> None:
        self._refuse(431, "Request Header Fields Too Large", "head_too_large", "That is too much to send at once.")

    def _refuse(self, status: int, reason: str, code: str, words: str) -> None:
        self._it_came()
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        if not self._answered():  # an answer to the request before is on its way: nothing may stand inside it
            self.transport.close()
            return
        error = {"error": {"code": code, "message": words, "trace_id": secrets.token_hex(16)}}
        body = json.dumps(error).encode()
        head = f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(f"{head}connection: close\r\n\r\n".encode() + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._deadline = self.loop.call_later(_LINGER_S, self.transport.close)
