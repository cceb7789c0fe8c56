"""Limits on what comes in: size, time, rate, origin. All answer in the one error format."""

import asyncio
import math
import time
from http import HTTPStatus

import limits
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import send_error
from app.errors import BodyTooLarge, HandrailError, OriginNotAllowed, TooManyRequests

_PUBLIC_FILES = "/widget/"


class RequestTooSlow(HandrailError):
    """A client that takes too long to send its request."""

    code = "request_timeout"
    status = int(HTTPStatus.REQUEST_TIMEOUT)
    safe_message = "The request took too long to arrive. Please send it again."


class RateLimits:
    """Counts requests by what they are and whose; kept in memory, so each process counts its own."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, what: str, whose: str, per_minute: int) -> None:
        """Counts one. Raises TooManyRequests."""
        limit = limits.RateLimitItemPerMinute(per_minute)
        if not self._limiter.hit(limit, what, whose):
            free_at = self._limiter.get_window_stats(limit, what, whose).reset_time
            raise TooManyRequests(max(1, math.ceil(free_at - time.time())))


class IncomingLimits:
    """ASGI middleware: refuses bodies above a size, clients that send too slowly, and pages of foreign origins."""

    def __init__(self, app: ASGIApp, *, most_bytes: int, timeout_s: float, origins: tuple[str, ...]) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._timeout_s = timeout_s
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        try:
            self._check_origin(scope, headers)
            announced = headers.get("content-length", "")
            if announced.isdigit() and int(announced) > self._most_bytes:
                raise BodyTooLarge(f"{announced} bytes announced")
            body = await self._whole_body(receive) if _has_body(scope, headers) else b""
        except HandrailError as error:
            await send_error(scope, receive, send, error)
            return
        await self._app(scope, _replayed(body, receive), send)

    async def _whole_body(self, receive: Receive) -> bytes:
        """The body, read before anything acts on it. Raises BodyTooLarge, RequestTooSlow."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._timeout_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise RequestTooSlow("the client went away")
                    body += message.get("body", b"")
                    if len(body) > self._most_bytes:
                        raise BodyTooLarge(f"more than {self._most_bytes} bytes")
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError as error:
            raise RequestTooSlow(f"no whole body in {self._timeout_s} s") from error

    def _check_origin(self, scope: Scope, headers: dict[str, str]) -> None:
        """A page may use the chat when it is our own, or on the list. Programs send no origin. Raises
        OriginNotAllowed."""
        origin = headers.get("origin")
        if origin is None or scope["path"].startswith(_PUBLIC_FILES) or origin.rstrip("/") in self._origins:
            return
        if origin.split("://", 1)[-1] != headers.get("host"):
            raise OriginNotAllowed(f"origin {origin[:200]}")


def _has_body(scope: Scope, headers: dict[str, str]) -> bool:
    return (
        scope["method"] in {"POST", "PUT", "PATCH", "DELETE"}
        or "content-length" in headers
        or "transfer-encoding" in headers
    )


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, then whatever comes (that the client has gone)."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
