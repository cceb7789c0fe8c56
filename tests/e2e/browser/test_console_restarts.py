"""The service ends, or dies, under the supervisors: nobody is signed out, nothing written is lost, nothing is sent
twice."""

from playwright.sync_api import Page, expect

from app.measure.child import Child
from tests.e2e.browser.conftest import OpenShop
from tests.e2e.browser.office import PATIENCE_MS, Caller, Office, item, opens

BEYOND = "I want my money back, I know it is long past the thirty days"
EXCEPTION = "Hi Daniel,\nWe make an exception and look at it again."


def comes_back(page: Page) -> None:
    """The page has heard from the service that has started again."""
    for _ in range(3):
        page.wait_for_event("response", lambda answer: "/predict" in answer.url and answer.ok, timeout=3 * PATIENCE_MS)


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

    light.stop()
    light.start()
    comes_back(sam)

    expect(sam.locator("#queue-head .bubble").last).to_have_text(words)
    expect(sam.locator("#q-text textarea")).to_have_value(EXCEPTION)
    sam.locator("#q-send").click()
    expect(sam.locator("#queue-told")).to_contain_text("Your reply is sent.")
    replies = chat.wait_for("assistant", 3)
    assert sum("We make an exception" in reply for reply in replies) == 1

    light.stop()
    light.start()

    expect(item(sam, words)).to_have_count(0)
    ada.locator("#q-approve").click()
    expect(ada.locator("#queue-told")).not_to_be_empty()
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

    light.kill()
    light.start()
    comes_back(sam)

    expect(sam.locator("#c-text textarea")).to_have_value("Sam here, I have looked at it.")
    sam.locator("#c-send").click()
    expect(sam.locator("#conversation-thread .by-person .bubble")).to_have_text(["Sam here, I have looked at it."])
    assert lena.reads("supervisor") == ["Sam here, I have looked at it."]
    sam.locator("#c-back").click()
    expect(sam.locator("#conversation-head")).to_contain_text("The assistant answers")
