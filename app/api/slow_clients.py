"""A connection that does not wait for ever: a client has a limited time, and limited room, for a request's head.

uvicorn limits neither, so that a handful of clients that send a byte a second could hold every connection. Bodies are
limited in `app.api.limits`.
"""

import asyncio
import json
import secrets
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HEAD_BYTES = 32768


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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected; it has to say what it wants."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A piece of a request."""
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()  # the next request on the same connection
        if self._deadline is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._deadline is not None and self._head_bytes > _MOST_HEAD_BYTES:
            self._refuse(431, "Request Header Fields Too Large", "head_too_large", "That is too much to send at once.")

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._head_is_here()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(self.head_timeout_s, self._too_slow)

    def _head_is_here(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        words = "The request took too long to arrive. Please send it again."
        self._refuse(408, "Request Timeout", "request_timeout", words)

    def _refuse(self, status: int, reason: str, code: str, words: str) -> None:
        self._head_is_here()
        if self.transport.is_closing():
            return
        error = {"error": {"code": code, "message": words, "trace_id": secrets.token_hex(16)}}
        body = json.dumps(error).encode()
        head = f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(f"{head}connection: close\r\n\r\n".encode() + body)
        self.transport.close()
