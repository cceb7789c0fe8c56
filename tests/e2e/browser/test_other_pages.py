"""The widget on a stranger's page, and what everybody can use: no violation that axe finds, light or dark."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect

from app.measure.child import Child
from tests.e2e.browser.conftest import DESK, PHONE, Chat, StartService
from tests.e2e.browser.office import PATIENCE_MS

TAG = '<script type="module" src="{url}/widget/handrail.js" data-title="Ask us" data-language="de"></script>'
PAGE = "<!doctype html><html lang='de'><head><title>A shop</title>{tag}</head><body><h1>A shop</h1></body></html>"


@contextmanager
def strangers_page(port: int, service_url: str) -> Iterator[str]:
    """A page of another origin that forbids everything but the service's scripts and answers."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGE.format(tag=TAG.format(url=service_url)).encode()
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            policy = f"default-src 'none'; script-src {service_url}; connect-src {service_url}"
            self.send_header("content-security-policy", policy)
            self.end_headers()
            if self.path == "/":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def stranger_port() -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as free:
        return int(free.server_address[1])


@pytest.fixture(scope="module")
def open_to_one(start_service: StartService, stranger_port: int) -> Child:
    """A service that lets one other origin in."""
    return start_service(HANDRAIL_ALLOWED_ORIGINS=f"https://shop.example, http://127.0.0.1:{stranger_port}")


def test_a_strangers_page_that_is_on_the_list_embeds_it_and_it_works(
    context: BrowserContext, open_to_one: Child, stranger_port: int
) -> None:
    with strangers_page(stranger_port, open_to_one.url) as url:
        page = context.new_page()
        page.goto(url)
        chat = Chat(page).open()
        chat.write("what are your delivery options?")
        assert "$12.90" in " ".join(chat.wait_for("assistant", 2))
        expect(page.locator("handrail-chat .panel h2")).to_have_text("Ask us")


def test_a_page_that_is_not_on_the_list_is_refused(context: BrowserContext, open_to_one: Child) -> None:
    with strangers_page(0, open_to_one.url) as url:
        page = context.new_page()
        refused: list[int] = []
        page.on("response", lambda response: refused.append(response.status) if "/v1/" in response.url else None)
        page.goto(url)
        chat = Chat(page).open()
        chat.write("what are your delivery options?")
        expect(page.locator("handrail-chat li.row.unsent")).to_have_count(1)
        assert chat.texts("assistant")[1:] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(
    browser: Browser, service: Child, scheme: Literal["light", "dark"], size: ViewportSize
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{service.url}/?as=delayed")
    page.locator("handrail-chat .launcher").wait_for()
    page.wait_for_load_state("networkidle")
    closed = Axe().run(page)
    chat = Chat(page).open()
    chat.write("where is my parcel?")
    chat.wait_for("assistant", 2)
    opened = Axe().run(page)
    page.goto(f"{service.url}/?as=delayed#orders")
    page.wait_for_load_state("networkidle")
    orders = Axe().run(page)
    context.close()
    for found in (closed, opened, orders):
        assert found.violations_count == 0, found.generate_report()
