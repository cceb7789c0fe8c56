"""One error format for everything that goes wrong: `{"error": {"code", "message", "trace_id"}}`."""

import logging
import re
import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.schemas import ErrorBody
from app.errors import DatabaseDown, HandrailError, InvalidInput, TooManyRequests

log = logging.getLogger(__name__)

TRACE_HEADER = "x-trace-id"
_TRACE_ID = re.compile(r"^[\w-]{8,64}$", re.ASCII)
_WORDS = {404: ("not_found", "That was not found."), 405: ("method_not_allowed", "That cannot be done here.")}

DOCUMENTED: Mapping[int, str] = {
    400: "The request cannot be read",
    401: "No token, or one that opens nothing here",
    403: "The page's origin is not on the list",
    404: "There is no such thing, or not for this token",
    405: "That cannot be done here",
    408: "The request took too long to arrive",
    409: "It does not fit how things stand now",
    413: "Too long or too large",
    422: "Something in the request is missing or wrong",
    429: "Too many requests; `Retry-After` says when to try again",
    500: "Something went wrong on our side",
    503: "Something we need is not answering",
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an endpoint, for its documentation; what any request can meet is always among them."""
    every = {*statuses, 400, 403, 405, 408, 413, 422, 429, 500, 503}
    return {status: {"model": ErrorBody, "description": DOCUMENTED[status]} for status in sorted(every)}


def error_response(error: HandrailError, trace_id: str) -> JSONResponse:
    """The answer to an error of ours: its code, and words that are safe to show."""
    headers = {TRACE_HEADER: trace_id}
    if isinstance(error, TooManyRequests):
        headers["retry-after"] = str(error.retry_after_s)
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    content = {"error": {"code": error.code, "message": error.safe_message, "trace_id": trace_id}}
    return JSONResponse(content, status_code=error.status, headers=headers)


async def send_error(scope: Scope, receive: Receive, send: Send, error: HandrailError) -> None:
    """The same from a middleware."""
    await error_response(error, trace_of(scope))(scope, receive, send)


def trace_of(scope: Scope) -> str:
    """The id under which a request is found in the log."""
    state = scope.setdefault("state", {})
    return str(state.get("trace_id") or secrets.token_hex(16))


class Caught:
    """ASGI middleware: what nobody foresaw is answered like every other error, inside everything that an answer passes
    through, and its traceback is in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        begun = False

        async def noticed(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            log.exception("%s %s failed", trace_of(scope), scope["path"])
            await send_error(scope, receive, send, HandrailError(str(error)))


class Traced:
    """ASGI middleware: every request has a trace id, the caller's own when it sends a fitting one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(TRACE_HEADER.encode(), b"").decode("latin-1")
        trace_id = given if _TRACE_ID.match(given) else secrets.token_hex(16)
        scope.setdefault("state", {})["trace_id"] = trace_id

        async def traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message["headers"] if pair[0] != TRACE_HEADER.encode()]
                message["headers"] = [*headers, (TRACE_HEADER.encode(), trace_id.encode())]
            await send(message)

        await self._app(scope, receive, traced)


def add_error_handlers(service: FastAPI) -> None:
    """Every way in which a request can fail, in the one format."""

    @service.exception_handler(HandrailError)
    def ours(request: Request, error: HandrailError) -> JSONResponse:
        trace_id = trace_of(request.scope)
        if error.status >= 500:
            log.error("%s %s: %s: %s", trace_id, request.url.path, error.code, error.detail)
        return error_response(error, trace_id)

    @service.exception_handler(OperationalError)
    def without_database(request: Request, error: OperationalError) -> JSONResponse:
        trace_id = trace_of(request.scope)
        log.error("%s %s: %s", trace_id, request.url.path, error.orig)
        return error_response(DatabaseDown(), trace_id)

    @service.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        trace_id = trace_of(request.scope)
        content = {"code": InvalidInput.code, "message": f"{where or 'body'}: {first['msg']}", "trace_id": trace_id}
        return JSONResponse({"error": content}, status_code=InvalidInput.status)

    @service.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> JSONResponse:
        code, words = _WORDS.get(error.status_code, ("invalid_request", "The request could not be read."))
        content = {"code": code, "message": words, "trace_id": trace_of(request.scope)}
        return JSONResponse({"error": content}, status_code=error.status_code, headers=error.headers)

    @service.exception_handler(Exception)
    def unforeseen(request: Request, error: Exception) -> JSONResponse:
        trace_id = trace_of(request.scope)
        log.error("%s %s failed", trace_id, request.url.path, exc_info=error)
        return error_response(HandrailError(str(error)), trace_id)
