"""The files that browsers load: the widget, the demonstration shop, the API's documentation. All are ours to serve, so
that nothing comes from another host, and every page has a strict content security policy."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

APP = Path(__file__).parent.parent
WIDGET, SHOP = APP / "widget", APP / "shop"

_STRICT = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'none'"
)
_DOCUMENTATION = _STRICT.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)
"""The documentation page starts itself by an inline script."""
_CONSOLE = _DOCUMENTATION.replace("'unsafe-inline'", "'unsafe-inline' 'unsafe-eval'", 1).replace(
    "base-uri 'none'", "base-uri 'self'"
)
"""Gradio compiles its templates in the page. Nothing from elsewhere all the same, and nothing may be sent elsewhere."""
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class SecurityHeaders:
    """ASGI middleware: the security headers of every answer; the widget's files may be loaded by any page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers["content-security-policy"] = _policy(path)
                if path.startswith("/widget/"):
                    headers["access-control-allow-origin"] = "*"
                    headers["cross-origin-resource-policy"] = "cross-origin"
                if path.startswith(("/widget/", "/shop/")):
                    headers["cache-control"] = "no-cache"  # asked again each time, answered "not modified"
            await send(message)

        await self._app(scope, receive, secured)


def _policy(path: str) -> str:
    if path.startswith("/console"):
        return _CONSOLE
    return _DOCUMENTATION if path.startswith("/docs") else _STRICT


def add_pages(service: FastAPI, *, demo_shop: bool) -> None:
    """The widget always; the shop at `/` only as a demonstration, else the way to the documentation."""
    service.mount("/widget", GZipMiddleware(StaticFiles(directory=WIDGET)), name="widget")
    if demo_shop:
        service.mount("/shop", GZipMiddleware(StaticFiles(directory=SHOP)), name="shop")

    @service.get("/", include_in_schema=False, response_model=None)
    def front() -> FileResponse | RedirectResponse:
        return FileResponse(SHOP / "index.html") if demo_shop else RedirectResponse("/docs")
