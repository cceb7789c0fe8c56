"""A real Chromium on the real service, which runs in a process of its own so that it can be killed."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect, sync_playwright

from app.measure.child import Child, light_service
from app.settings import Settings
from tests.e2e.browser.agent import AGENT_TOKEN, Agent
from tests.e2e.browser.office import PATIENCE_MS, Office, add_people

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
DESK = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, else the one that playwright has installed."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no Chromium: apt-get install chromium, or playwright install chromium")
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


StartService = Callable[..., Child]


@pytest.fixture(scope="session")
def start_service(shop_settings: Settings) -> Iterator[StartService]:
    """Starts the whole service on the demo shop, with its real models; stopped at the end."""
    with ExitStack() as stack:

        def start(**environment: str) -> Child:
            child = Child(
                shop_settings.data_dir,
                {
                    "HANDRAIL_SHOP_JWT_KEY": "a key that lives as long as these tests",
                    "HANDRAIL_AGENT_TOKENS": f"Sam:{AGENT_TOKEN}",
                    **environment,
                },
                ("app.cli", "serve"),
            )
            child.start()
            stack.callback(child.stop)
            return child

        yield start


@pytest.fixture(scope="session")
def service(start_service: StartService) -> Child:
    return start_service()


@pytest.fixture(scope="session")
def light(shop_settings: Settings) -> Iterator[Child]:
    """A service that answers with words instead of models, and holds whatever it could say; three people may sign in to
    its console."""
    environment = {
        "HANDRAIL_SHOP_JWT_KEY": "a key that lives as long as these tests",
        "HANDRAIL_AGENT_TOKENS": f"Sam:{AGENT_TOKEN}",
        "HANDRAIL_SEND_THRESHOLD": "1.0",
    }
    with light_service(shop_settings, **environment) as child:
        add_people(child.folder)
        yield child


@pytest.fixture
def office(browser: Browser, light: Child) -> Iterator[Office]:
    """Where the light service's supervisors work."""
    expect.set_options(timeout=PATIENCE_MS)  # the console asks its server for everything, and the cores are busy
    opened = Office(browser, light.url)
    yield opened
    opened.close()


@pytest.fixture
def agent(service: Child) -> Iterator[Agent]:
    with Agent(service.url) as working:
        yield working


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor's browser; an error in a page's console fails the test that saw it."""
    opened = browser.new_context(viewport=DESK)
    opened.set_default_timeout(PATIENCE_MS)
    errors: list[str] = []
    opened.on("weberror", lambda error: errors.append(str(error.error)))
    yield opened
    opened.close()
    assert errors == []


@dataclass
class Chat:
    """The widget on a page, as a visitor uses it."""

    page: Page

    @property
    def log(self) -> Locator:
        return self.page.locator("handrail-chat ol.lines")

    def open(self) -> "Chat":
        self.page.locator("handrail-chat .launcher").click()
        self.page.locator("handrail-chat textarea#input").wait_for()
        return self

    def write(self, text: str) -> None:
        box = self.page.locator("handrail-chat textarea#input")
        box.fill(text)
        box.press("Enter")

    def texts(self, author: str) -> list[str]:
        return self.page.locator(f"handrail-chat li.row.{author} .bubble").all_inner_texts()

    def wait_for(self, author: str, count: int = 1) -> list[str]:
        """Waits until so many messages of an author are there and whole; what they say."""
        rows = self.page.locator(f"handrail-chat li.row.{author}:not(.unsent) .bubble")
        rows.nth(count - 1).wait_for(timeout=PATIENCE_MS)
        writing = self.page.locator("handrail-chat .now[data-sign=dots]:visible")
        expect(writing).to_have_count(0, timeout=PATIENCE_MS)
        return self.texts(author)


OpenShop = Callable[..., Chat]


@pytest.fixture
def shop(context: BrowserContext, request: pytest.FixtureRequest) -> OpenShop:
    """Opens the shop page as one of its customers, in a new tab; the whole service's when no other is named."""

    def open_as(persona: str, url: str = "") -> Chat:
        page = context.new_page()
        page.goto(f"{url or request.getfixturevalue('service').url}/?as={persona}")
        page.locator("handrail-chat .launcher").wait_for()
        page.wait_for_load_state("networkidle")
        return Chat(page)

    return open_as
