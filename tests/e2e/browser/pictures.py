"""Takes the README's pictures of the running product: `python -m tests.e2e.browser.pictures http://127.0.0.1:8080`."""

import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.e2e.browser.conftest import DESK, PHONE, Chat

IMAGES = Path(__file__).parents[3] / "docs" / "images"


def main(url: str) -> None:
    """Writes the pictures beside the README's others."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = talked(browser, url, DESK, "light")
        page.screenshot(path=IMAGES / "chat-desk-light.png")
        page = talked(browser, url, DESK, "dark")
        page.goto(f"{url}/?as=delayed#orders")
        expect(page.get_by_role("heading", name="My orders")).to_be_visible()
        page.screenshot(path=IMAGES / "orders-desk-dark.png")
        page = talked(browser, url, PHONE, "light", pixels=2)
        page.screenshot(path=IMAGES / "chat-phone-light.png")
        browser.close()


def talked(browser: Browser, url: str, size: ViewportSize, scheme: Literal["light", "dark"], pixels: int = 1) -> Page:
    """A page on which Maya has asked two questions."""
    context = browser.new_context(
        viewport=size, color_scheme=scheme, reduced_motion="reduce", device_scale_factor=pixels
    )
    page = context.new_page()
    page.goto(f"{url}/?as=delayed")
    page.wait_for_load_state("networkidle")
    chat = Chat(page).open()
    for count, question in enumerate(
        ("Where is my parcel? It was meant to be here days ago.", "can I still cancel it?"), 2
    ):
        chat.write(question)
        chat.wait_for("assistant", count)
    return page


if __name__ == "__main__":
    main(sys.argv[1])
