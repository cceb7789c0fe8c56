"""Supervisors at work in the console, each in a browser of her own, and customers who write over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from app.adapters.argon2_passwords import Argon2Passwords
from app.adapters.system import SystemClock
from app.domain.people import Role
from app.settings import Settings
from app.stores import open_stores
from app.supervision.rights import Rights
from app.supervision.staff import COMMAND_LINE, Staff

PATIENCE_MS = 20_000
_PATIENCE_S = 20.0
PASSWORD = "long enough for a test"
PEOPLE = (("ada", "Ada", Role.ADMIN), ("sam", "Sam", Role.AGENT), ("vera", "Vera", Role.VIEWER))


def add_people(folder: Path) -> None:
    """Those who may sign in to the console of the shop in this folder."""
    stores = open_stores(Settings(data_dir=folder))
    clock = SystemClock()
    staff = Staff(stores.people, Argon2Passwords(), Rights(stores.audit, clock), clock)
    for name, shown, role in PEOPLE:
        if stores.people.find(name) is None:
            staff.add(COMMAND_LINE, name, shown, role, PASSWORD)
    stores.engine.dispose()


@dataclass
class Office:
    """The browsers of those who work at one service's console."""

    browser: Browser
    url: str
    errors: list[str] = field(default_factory=list)
    _opened: list[BrowserContext] = field(default_factory=list)

    def sign_in(self, name: str, **context: Any) -> Page:  # noqa: ANN401 - whatever a browser context takes
        """Somebody's own browser, signed in, with the queue open."""
        given: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
        opened = self.browser.new_context(**given | context)
        opened.set_default_timeout(PATIENCE_MS)
        opened.on("weberror", lambda error: self.errors.append(str(error.error)))
        self._opened.append(opened)
        page = opened.new_page()
        page.goto(f"{self.url}/console/")
        fills_in(page, name)
        return page

    def close(self) -> None:
        """Everybody goes home; what went wrong in a page fails the test."""
        for context in self._opened:
            context.close()
        assert self.errors == []


def fills_in(page: Page, name: str) -> None:
    """Signs in on the page with the form."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click(no_wait_after=True)  # the first one waits for Gradio
    expect(page.locator("#queue-list .rows, #queue-list .empty")).to_be_visible(timeout=3 * PATIENCE_MS)


def item(page: Page, words: str) -> Locator:
    """What waits with these words."""
    return page.locator("#queue-list [data-pick]").filter(has_text=words)


def opens(page: Page, words: str) -> None:
    """Opens what waits with these words, so that it can be decided."""
    item(page, words).click()
    expect(page.locator("#queue-head .bubble").last).to_have_text(words)
    expect(page.locator("#q-approve")).to_be_visible()


def goes_to(page: Page, tab: str) -> None:
    """Another tab of the console."""
    page.get_by_role("tab", name=tab).click()
    expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")


class Caller:
    """A customer of the demonstration shop who writes over HTTP."""

    def __init__(self, url: str, persona: str) -> None:
        self._url = url
        token = self._post("/demo/sign-in", {"persona": persona}, None)["token"]
        started = self._post("/v1/conversations", {}, token)
        self.id, self._token, self._written = str(started["id"]), started["token"], 0

    def asks(self, words: str) -> None:
        """Writes, and waits until it is decided what becomes of it."""
        self._written += 1
        body = {"text": words, "client_message_id": f"m-{self._written}"}
        self._post(f"/v1/conversations/{self.id}/messages", body, self._token)
        decided = ("event: reply.completed", "event: reply.held", "event: handoff.started")
        assert next(line for line in self._stream() if line in decided)

    def reads(self, author: str = "") -> list[str]:
        """What stands in the conversation; of one author, when one is named."""
        seen = self._get().json()
        return [each["text"] for each in seen["messages"] if author in ("", each["author"])]

    def sees(self) -> str:
        """Everything that the service tells her, as it comes over the wire."""
        last = f"id: {self._get().json()['last_event_id']}"
        whole = self._get().text
        for line in self._stream():
            whole += line
            if line == last:
                break
        return whole

    def _stream(self) -> Iterator[str]:
        with (
            httpx.Client(base_url=self._url, timeout=_PATIENCE_S) as http,
            http.stream("GET", f"/v1/conversations/{self.id}/events", headers=self._signed()) as stream,
        ):
            yield from stream.iter_lines()

    def _get(self) -> httpx.Response:
        path = f"{self._url}/v1/conversations/{self.id}"
        return httpx.get(path, headers=self._signed(), timeout=_PATIENCE_S).raise_for_status()

    def _signed(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"}

    def _post(self, path: str, body: dict[str, str], token: str | None) -> Any:  # noqa: ANN401
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = httpx.post(f"{self._url}{path}", json=body, headers=headers, timeout=_PATIENCE_S)
        return answer.raise_for_status().json()
