"""How soon a supervisor sees in the console what waits: a real Chromium on the real console, with a full queue."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from app.adapters.argon2_passwords import Argon2Passwords
from app.adapters.system import SystemClock
from app.domain.ids import TurnId
from app.domain.people import Role
from app.errors import ConfigurationError
from app.measure.child import Child
from app.settings import Settings
from app.stores import Stores, open_stores
from app.supervision.rights import Rights
from app.supervision.staff import COMMAND_LINE, Staff

_NAME, _PASSWORD = "measurer", secrets.token_urlsafe(12)
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE_MS = 60_000
_READING_MS = 1_500
_PERSONAS = ("delayed", "delivered", "refunded", "two_orders", "new", "anonymous")
_SAYINGS = (
    "where is my parcel?",
    "can i still cancel my order",
    "i want my money back, it is long past the thirty days",
    "what are your delivery options",
    "how do i change my address",
)


@dataclass
class Seen:
    """What came out, in milliseconds."""

    waiting: int = 0
    appeared_ms: list[float] = field(default_factory=list)
    """From the decision to hold a reply until its line is in the page."""
    opened_ms: list[float] = field(default_factory=list)
    """From a click on a line until its draft is in the page."""
    decided_ms: list[float] = field(default_factory=list)
    """From a click on Approve until the line is gone from the page."""


class Customers:
    """Customers of the demonstration shop, each of whom asks once and waits for a person."""

    def __init__(self, child: Child) -> None:
        self._http = httpx.Client(base_url=child.url, timeout=30)
        self._count = 0

    def ask(self) -> str:
        """One more asks; her words, which nobody else has used."""
        self._count += 1
        given = self._post("/demo/sign-in", {"persona": _PERSONAS[self._count % len(_PERSONAS)]}, None)
        started = self._post("/v1/conversations", {}, given["token"])
        words = f"{_SAYINGS[self._count % len(_SAYINGS)]} ({self._count})"
        message = {"text": words, "client_message_id": "asked"}
        self._post(f"/v1/conversations/{started['id']}/messages", message, started["token"])
        return words

    def close(self) -> None:
        """They go."""
        self._http.close()

    def _post(self, path: str, body: dict[str, str], token: str | None) -> dict[str, str]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        response = self._http.post(path, json=body, headers=headers)
        response.raise_for_status()
        answer: dict[str, str] = response.json()
        return answer


def measured(child: Child, waiting: int, times: int, done: Callable[[], object]) -> Seen:
    """Fills the queue, opens the console and measures each thing so many times; `done` is called after each. Raises
    ConfigurationError when there is no browser."""
    stores = open_stores(Settings(data_dir=child.folder))
    customers = Customers(child)
    try:
        with _browser() as browser:
            _add_supervisor(stores)
            for _ in range(waiting):
                customers.ask()
            page = _signed_in(browser, child.url)
            _until(page, "count => document.querySelectorAll('#queue-list [data-pick]').length >= count", waiting)
            seen = Seen(waiting)
            for _ in range(times):
                seen.appeared_ms.append(_appears(page, customers, stores))
                done()
            for number in range(times):
                seen.opened_ms.append(_opens(page, number * max(1, waiting // times)))
                done()
            for _ in range(times):
                seen.decided_ms.append(_is_decided(page))
                done()
            return seen
    finally:
        customers.close()
        stores.engine.dispose()


def _appears(page: Page, customers: Customers, stores: Stores) -> float:
    """Browser and service have one clock: this machine's."""
    page.evaluate(_WATCH)
    words = customers.ask()
    found = _until(page, "words => window.handrailSeen(words)", words)
    decided = stores.conversations.turn(TurnId(found["turn"])).at
    return float(found["at"]) - decided.timestamp() * 1000


def _opens(page: Page, number: int) -> float:
    page.wait_for_timeout(_READING_MS)
    return float(
        page.evaluate(
            _TIMED,
            """
            const rows = document.querySelectorAll('#queue-list [data-pick]');
            const row = rows[number % rows.length];
            const words = row.querySelector('.said').textContent;
            click = () => row.click();
            there = () => document.querySelector('#queue-head .bubble')?.textContent === words
                && document.querySelector('#queue-draft .draft, #queue-draft .no-draft')
                && document.querySelector(`#queue-list [data-pick="${row.dataset.pick}"][aria-current]`);
            """.replace("number", str(number)),
        )
    )


def _is_decided(page: Page) -> float:
    while not page.locator("#q-approve").is_visible():
        page.locator("#queue-list .row:has(.pill.held):not([aria-current])").first.click()
        page.wait_for_timeout(_READING_MS)
    page.wait_for_timeout(_READING_MS)
    return float(
        page.evaluate(
            _TIMED,
            """
            const turn = document.querySelector('#queue-list [aria-current]').dataset.pick;
            click = () => document.querySelector('#q-approve').click();
            there = () => !document.querySelector(`#queue-list [data-pick="${turn}"]`);
            """,
        )
    )


_TIMED = """async (what) => {
    const [click, there] = new Function(`let click, there; ${what}; return [click, there];`)();
    const began = performance.now();
    click();
    while (!there()) {
        if (performance.now() - began > 30000) throw new Error(`nothing came of ${what}`);
        await new Promise(requestAnimationFrame);
    }
    return performance.now() - began;
}"""
_WATCH = """() => {
    const times = new Map();
    const note = () => {
        for (const row of document.querySelectorAll('#queue-list [data-pick]')) {
            const words = row.querySelector('.said').textContent;
            if (!times.has(words)) times.set(words, {at: Date.now(), turn: row.dataset.pick});
        }
    };
    note();
    window.handrailWatch?.disconnect();
    window.handrailWatch = new MutationObserver(note);
    window.handrailWatch.observe(document.querySelector('#queue-list'), {childList: true, subtree: true});
    window.handrailSeen = (words) => times.get(words);
}"""


def _until(page: Page, condition: str, value: object) -> dict[str, str]:
    found: dict[str, str] = page.wait_for_function(condition, arg=value, timeout=_PATIENCE_MS).json_value()
    return found


def _signed_in(browser: Browser, url: str) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(f"{url}/console/")
    page.get_by_label("Name").fill(_NAME)
    page.get_by_label("Password").fill(_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def _add_supervisor(stores: Stores) -> None:
    clock = SystemClock()
    staff = Staff(stores.people, Argon2Passwords(), Rights(stores.audit, clock), clock)
    staff.add(COMMAND_LINE, _NAME, "", Role.AGENT, _PASSWORD)


@contextmanager
def _browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    with sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            raise ConfigurationError("there is no Chromium: apt-get install chromium, or playwright install chromium")
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()
