"""An annotator at work in a real Chromium: the task is readable, answers to keys, and runs nothing that a customer
wrote."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.supervision import UseAgain, Verdict
from app.stores import Stores
from feedback.annotation.server import LabelStudioServer
from tests.e2e.browser.conftest import DESK
from tests.e2e.browser.office import PATIENCE_MS
from tests.e2e.there import Arrange, There
from tests.feedback.annotation.turns import a_record, decided

ATTACK = "<img src=x onerror=\"document.title='taken over'\"><script>document.title='taken over'</script>"


@pytest.fixture
def there(stores: Stores, arrange: Arrange) -> There:
    """A task about an attack."""
    decided(stores, replace(a_record(), asked=ATTACK, delivered=f"A colleague looks. {ATTACK}"))
    arranged = arrange(stores)
    arranged.loop.once()
    return arranged


@pytest.fixture
def page(browser: Browser, label_studio: LabelStudioServer, there: There) -> Iterator[Page]:
    """Signed in, with the task that comes first."""
    with browser.new_context(viewport=DESK) as context:
        context.set_default_timeout(PATIENCE_MS)
        opened = context.new_page()
        opened.goto(f"{label_studio.url}/user/login/")
        opened.fill("input[name=email]", "admin@localhost.localdomain")
        opened.fill("input[name=password]", (label_studio.folder / "password").read_text().strip())
        opened.click("button[type=submit]")
        opened.wait_for_url("**/")
        opened.goto(f"{label_studio.url}/projects/{there.project}/data?labeling=1")
        expect(opened.get_by_text("Is the draft good?")).to_be_visible(timeout=2 * PATIENCE_MS)
        yield opened


def test_an_annotator_edits_by_key_and_it_comes_back_as_she_said(page: Page, there: There) -> None:
    expect(page.get_by_text("Held for a person, 41 % likely to be approved")).to_be_visible()
    expect(page.get_by_text(ATTACK).first).to_be_visible()
    assert page.title() != "taken over"
    assert page.locator("img[src=x]").count() == 0

    page.keyboard.press("3")
    expect(page.get_by_text("What was wrong?")).to_be_visible()
    page.keyboard.press("2")
    page.locator("textarea").first.fill("I am sorry, order {order_id} is {days_late} late.")
    page.keyboard.press("Tab")
    page.get_by_text("Use this reply in every such case").click()
    page.get_by_text("The tone is not right").click()
    with page.expect_response(lambda answer: "/annotations" in answer.url and answer.request.method == "POST"):
        page.get_by_text("Submit", exact=True).click()

    there.loop.once()
    [row] = there.kept()
    assert row.verdict == Verdict.EDIT
    assert row.text_in_slots == "I am sorry, order {order_id} is {days_late} late."
    assert (row.use_again, row.reason) == (UseAgain.EVERY_SUCH_CASE, "tone")
