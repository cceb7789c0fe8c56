"""The service ends, or dies, under the supervisors: nobody is signed out, nothing written is lost, nothing is sent
twice."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from app.measure.child import Child
from tests.e2e.browser.conftest import OpenShop
from tests.e2e.browser.office import PATIENCE_MS, Caller, Office, goes_to, item, opens

BEYOND = "I want my money back, I know it is long past the thirty days"
EXCEPTION = "Hi Daniel,\nWe make an exception and look at it again."


@contextmanager
def opened_anew(page: Page) -> Iterator[None]:
    """The service starts again in this block, and the page opens itself anew."""
    with page.expect_event("load", timeout=9 * PATIENCE_MS):
        yield
    expect(page.locator("#queue-list .rows, #queue-list .empty")).to_be_visible(timeout=6 * PATIENCE_MS)


def test_a_held_reply_outlives_restarts_and_reaches_the_customer_once(
    shop: OpenShop, light: Child, office: Office
) -> None:
    words = f"{BEYOND}, before a restart"
    chat = shop("delivered", light.url).open()
    chat.write(words)
    chat.wait_for("assistant", 2)
    sam, ada = office.sign_in("sam"), office.sign_in("ada")
    opens(sam, words)
    opens(ada, words)
    sam.locator("#q-edit").click()
    sam.locator("#q-text textarea").fill(EXCEPTION)

    with opened_anew(sam):
        light.stop()
        light.start()

    expect(sam.locator("#queue-head .bubble").last).to_have_text(words)
    expect(sam.locator("#q-text textarea")).to_have_value(EXCEPTION)
    sam.locator("#q-send").click()
    expect(sam.locator("#queue-told")).to_contain_text("Your reply is sent.")
    replies = chat.wait_for("assistant", 3)
    assert sum("We make an exception" in reply for reply in replies) == 1

    with opened_anew(sam):
        light.stop()
        light.start()

    expect(item(sam, words)).to_have_count(0)
    expect(item(ada, words)).to_have_count(0, timeout=3 * PATIENCE_MS)  # her page has begun anew, too
    chat.page.reload()
    if not chat.page.locator("handrail-chat textarea#input").is_visible():
        chat.open()
    assert chat.wait_for("assistant", 3) == replies


def test_a_conversation_taken_over_before_a_restart_is_answered_by_hand_and_handed_back_after_it(
    light: Child, office: Office
) -> None:
    words = f"{BEYOND}, taken over"
    lena = Caller(light.url, "new")
    lena.asks(words)
    sam = office.sign_in("sam")
    opens(sam, words)
    sam.locator("#q-take").click()
    expect(sam.locator("#conversation-head")).to_contain_text("Sam answers")
    sam.locator("#c-text textarea").fill("Sam here, I have looked at it.")

    with opened_anew(sam):
        light.kill()
        light.start()
    goes_to(sam, "Conversations")

    expect(sam.locator("#c-text textarea")).to_have_value("Sam here, I have looked at it.")
    sam.locator("#c-send").click()
    expect(sam.locator("#conversation-thread .by-person .bubble")).to_have_text(["Sam here, I have looked at it."])
    assert lena.reads("supervisor") == ["Sam here, I have looked at it."]
    sam.locator("#c-back").click()
    expect(sam.locator("#conversation-head")).to_contain_text("The assistant answers")
