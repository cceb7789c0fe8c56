"""The way into the console: an ASGI application that lets nobody in without a session, whatever is asked for.

Gradio and the page come into memory when the first person comes to sign in, not when the service starts. Every request
below `/console` passes here first, Gradio's own among them, and only those that the page needs pass at all; who is
asking is handed on in the request's state.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs

from anyio import to_thread
from starlette.datastructures import URL, Headers
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.console.house import ConsoleHouse
from app.console.signin import sign_in_page
from app.domain.people import Person
from app.errors import NotAuthorised, NotFound, OriginNotAllowed, TooManyRequests
from app.supervision.browser import SESSION_COOKIE, from_own_page, hand_over, take_back

log = logging.getLogger(__name__)

AT = "/console"
WHO = "handrail.person"
"""Where in a request's scope it says who is asking."""
FILES = Path(__file__).parent / "files"

_NEEDED = ("/assets/", "/static/", "/gradio_api/queue/", "/gradio_api/heartbeat/")
_NEEDED_ALONE = frozenset({"/", "/config", "/theme.css", "/gradio_api/run/predict", "/gradio_api/startup-events"})
_TOLD_FOR_S = 60.0
"""So long one stream lasts; the next needs a session that holds."""
_OVER = (
    "You were signed out because nobody was at the keyboard for a while. Please sign in again. "
    "A reply that you had begun is still there."
)
_WRONG = "That name and password do not go together."


Anything = Callable[[float], AsyncIterator[None]]
"""Tells for so many seconds that something happened in some conversation."""


class Door(Protocol):
    """Who may come in; every method may be called from any thread."""

    def has_people(self) -> bool:
        """Whether anybody can sign in at all."""
        ...

    def come_in(self, name: str, password: str) -> str:
        """The token of a new session. Raises NotAuthorised, TooManyRequests."""
        ...

    def person(self, token: str) -> Person | None:
        """Whose session it is; None when it is over, or never was."""
        ...

    def seen(self, token: str) -> None:
        """Somebody is at the keyboard."""
        ...

    def leave(self, token: str) -> None:
        """Ends the session."""
        ...


class Page(Protocol):
    """The page itself, once it is in memory."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        ...

    async def open(self) -> None:
        """Begins."""
        ...

    async def close(self) -> None:
        """Ends what it began."""
        ...

    def end_streams(self) -> None:
        """Lets every browser go."""
        ...

    def stale(self) -> None:
        """Something happened: what is shown next is read anew."""
        ...


def load_page(house: ConsoleHouse) -> Page:
    """Brings Gradio into memory, and makes the page: some seconds, and about 130 MB."""
    from app.console.page import GradioPage  # noqa: PLC0415 - seconds, and memory that a service without it can spare

    return GradioPage(house)


async def _nothing(lasts_s: float) -> AsyncIterator[None]:  # noqa: ARG001 - nothing is told for any time
    """Never tells."""
    return
    yield


class Console:
    """Everything below `/console`."""

    def __init__(self, store_name: str, load: Callable[[ConsoleHouse], Page] = load_page) -> None:
        self._store_name = store_name
        self._load = load
        self._house: ConsoleHouse | None = None
        self._door: Door | None = None
        self._count_sign_in: Callable[[str], None] = lambda _: None
        self._anything: Anything = _nothing
        self._since = secrets.token_hex(8)
        self._page: Page | None = None
        self._loading: asyncio.Task[Page] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(
        self, house: ConsoleHouse, door: Door, count_sign_in: Callable[[str], None], anything: Anything = _nothing
    ) -> None:
        """The service has started. `count_sign_in` is told the address of each attempt; it raises TooManyRequests."""
        self._house, self._door, self._loop = house, door, asyncio.get_running_loop()
        self._count_sign_in, self._anything = count_sign_in, anything

    async def close(self) -> None:
        """The service stops."""
        if self._loading is not None:
            page = await self._loading
            await page.close()
        self._page = self._loading = None

    def end_streams(self) -> None:
        """Lets every browser go, so that the service can stop; may be called from any thread."""
        if self._loop is not None and self._page is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._page.end_streams)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Raises NotAuthorised, NotFound, OriginNotAllowed."""
        if scope["type"] != "http" or self._door is None:
            raise NotFound(f"{scope['type']} at the console")
        path = "/" + scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        headers = Headers(scope=scope)
        _check_origin(headers)
        response = await self._own(path, scope, receive, headers, self._door)
        if response is not None:
            await response(scope, receive, send)
            return
        if path not in _NEEDED_ALONE and not path.startswith(_NEEDED):
            raise NotFound(f"the console has no {path[:100]}")
        page = await self._loaded()
        inner = dict(scope) | {"path": AT + path, "root_path": scope.get("root_path", "").removesuffix(AT)}
        await page(inner, receive, _uncached(send) if path in ("/", "/config") else send)

    async def _own(self, path: str, scope: Scope, receive: Receive, headers: Headers, door: Door) -> Response | None:
        """The answer to what needs no page, None for what does; sets who is asking."""
        token = _token(headers)
        person = await to_thread.run_sync(door.person, token) if token else None
        method = scope["method"]
        if path == "/sign-in":
            return await self._sign_in(scope, receive, door, person, expired=bool(token) and person is None)
        if person is None:
            if method == "GET" and path == "/":
                return RedirectResponse(f"{AT}/sign-in", status_code=303)
            raise NotAuthorised("no session")
        scope[WHO] = person
        if path == "/sign-out" and method == "POST":
            await to_thread.run_sync(door.leave, token)
            gone = RedirectResponse(f"{AT}/sign-in", status_code=303)
            take_back(gone)
            return gone
        if path == "/seen" and method == "POST":
            await to_thread.run_sync(door.seen, token)
            return Response(status_code=204)
        if path == "/told":
            return StreamingResponse(
                self._told(), media_type="text/event-stream", headers={"cache-control": "no-store"}
            )
        if path.startswith("/files/"):
            return _file(path.removeprefix("/files/"))
        return None

    async def _told(self) -> AsyncIterator[str]:
        """Server-sent events: since when this service runs, then that the page has to look."""
        yield f"retry: 200\nevent: since\ndata: {self._since}\n\n"
        async for _ in self._anything(_TOLD_FOR_S):
            if self._page is not None:
                self._page.stale()
            yield "data: look\n\n"

    async def _sign_in(
        self, scope: Scope, receive: Receive, door: Door, person: Person | None, *, expired: bool
    ) -> Response:
        if person is not None:
            return RedirectResponse(f"{AT}/", status_code=303)
        if not await to_thread.run_sync(door.has_people):
            return self._form(closed=True)
        if scope["method"] != "POST":
            self._begin_loading()
            return self._form(words=_OVER if expired else "")
        given = parse_qs((await _body(receive)).decode("utf-8", "replace"), max_num_fields=8)
        name, password = given.get("name", [""])[0].strip().lower(), given.get("password", [""])[0]
        try:
            self._count_sign_in((scope.get("client") or ("",))[0])
            token = await to_thread.run_sync(door.come_in, name, password)
        except TooManyRequests as error:
            words = f"Too many attempts. Please try again in {error.retry_after_s} seconds."
            return self._form(words=words, bad=True, name=name, status=429)
        except NotAuthorised:
            return self._form(words=_WRONG, bad=True, name=name, status=401)
        self._begin_loading()
        response = RedirectResponse(f"{AT}/", status_code=303)
        hand_over(token, response, URL(scope=scope))
        return response

    def _form(
        self, *, words: str = "", bad: bool = False, name: str = "", closed: bool = False, status: int = 200
    ) -> Response:
        page = sign_in_page(self._store_name, words=words, bad=bad, name=name[:63], closed=closed)
        return HTMLResponse(page, status_code=status, headers={"cache-control": "no-store"})

    def _begin_loading(self) -> asyncio.Task[Page]:
        if self._loading is None:
            self._loading = asyncio.create_task(self._bring())
        return self._loading

    async def _bring(self) -> Page:
        assert self._house is not None  # noqa: S101 - there is no door without it
        page = await to_thread.run_sync(self._load, self._house)
        await page.open()
        self._page = page
        return page

    async def _loaded(self) -> Page:
        try:
            return await asyncio.shield(self._begin_loading())
        except Exception:
            self._loading = None  # the next request tries again
            raise


def _check_origin(headers: Headers) -> None:
    """The console is for its own pages alone, whichever pages may embed the chat. Raises OriginNotAllowed."""
    origin = headers.get("origin")
    if origin is not None and not from_own_page(origin, headers.get("host")):
        raise OriginNotAllowed(f"origin {origin[:200]}")


def _token(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(SESSION_COOKIE)
    except CookieError:
        return ""
    return found.value[:200] if found else ""


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return body


def _file(name: str) -> Response:
    """One of the page's own files. Raises NotFound."""
    if name not in {each.name for each in FILES.iterdir()}:
        raise NotFound(f"file {name[:100]}")
    return FileResponse(FILES / name, headers={"cache-control": "no-cache"})


def _uncached(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"cache-control", b"no-store")]
        await send(message)

    return sent
