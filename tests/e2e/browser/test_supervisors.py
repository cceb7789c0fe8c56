"""Supervisors at work in the console, beside a customer in the shop, each in a browser of her own."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.measure.child import Child
from app.settings import Settings
from tests.e2e.browser.conftest import Chat, OpenShop, StartService
from tests.e2e.browser.office import PATIENCE_MS, Office, add_people, item, opens

BEYOND = "I want my money back, I know it is long past the thirty days"


@pytest.fixture(scope="module")
def careful(start_service: StartService, shop_settings: Settings) -> Child:
    """A service that holds whatever it is not all but certain of, and three people who may sign in."""
    add_people(shop_settings.data_dir)
    return start_service(HANDRAIL_SEND_THRESHOLD="1.0")


SignIn = Callable[[str], Page]


@pytest.fixture
def sign_in(browser: Browser, careful: Child) -> Iterator[SignIn]:
    """Somebody's own browser, signed in."""
    expect.set_options(timeout=PATIENCE_MS)  # the console asks its server for everything, and the cores are busy
    office = Office(browser, careful.url)
    yield office.sign_in
    office.close()


def asks(shop: OpenShop, careful: Child, words: str, persona: str = "delivered") -> Chat:
    """A customer who waits for a reply that is held."""
    chat = shop(persona, careful.url).open()
    chat.write(words)
    chat.wait_for("assistant", 2)
    return chat


def test_a_held_reply_is_edited_by_keys_and_reaches_the_customer_once(
    shop: OpenShop, careful: Child, sign_in: SignIn
) -> None:
    words = f"{BEYOND}, says the first"
    chat = asks(shop, careful, words)
    sam = sign_in("sam")
    opens(sam, words)
    expect(sam.locator("#queue-head .reasons")).to_contain_text("not sure that this is the right reply")
    expect(sam.locator("#queue-behind")).to_contain_text("Past cases")
    expect(sam.locator("#queue-draft .mark-approved, #queue-draft .mark-house").first).to_be_visible()

    sam.keyboard.press("e")
    box = sam.locator("#q-text textarea")
    expect(box).to_be_focused()
    box.fill("Hi Daniel,\nWe make an exception and look at it again. a e r")
    sam.keyboard.type(" t")
    expect(sam.locator("#q-preview .slot")).to_have_count(1, timeout=PATIENCE_MS)
    expect(sam.locator("#q-preview .slot")).to_have_text("first name")
    sam.locator("#q-send").click()

    expect(sam.locator("#queue-told")).to_contain_text("Your reply is sent.")
    expect(item(sam, words)).to_have_count(0)
    replies = chat.wait_for("assistant", 3)
    assert sum("We make an exception" in reply for reply in replies) == 1


def test_a_second_supervisors_click_is_refused_kindly(shop: OpenShop, careful: Child, sign_in: SignIn) -> None:
    words = f"{BEYOND}, says the second"
    chat = asks(shop, careful, words, "two_orders")
    sam, ada = sign_in("sam"), sign_in("ada")
    opens(sam, words)
    opens(ada, words)
    expect(ada.locator("#queue-head .aside")).to_contain_text("Sam has this open, too.")

    waiting = ada.locator("#queue-list [data-pick]").count()
    for page in (sam, ada):  # at once: a moment later her page shows the next one
        page.locator("#q-approve").evaluate("button => button.click()")

    told = ada.locator("#queue-told")
    expect(told).to_have_text(re.compile("Sam was a moment quicker|dealt with"))
    expect(item(ada, words)).to_have_count(0)
    assert len(chat.wait_for("assistant", 3)) == 3
    expect(ada.locator("#queue-list [data-pick]")).to_have_count(waiting - 1)  # her click decided nothing else


def test_taken_over_answered_by_hand_and_handed_back(shop: OpenShop, careful: Child, sign_in: SignIn) -> None:
    words = f"{BEYOND}, says the third"
    chat = asks(shop, careful, words, "new")
    sam = sign_in("sam")
    item(sam, words).click()
    expect(sam.locator("#queue-head .bubble").last).to_have_text(words)

    sam.keyboard.press("t")
    expect(sam.locator("#conversation-head")).to_contain_text("Sam answers")
    sam.locator("#c-text textarea").fill("Sam here, I have looked at it.")
    sam.locator("#c-send").click()

    assert "Sam here, I have looked at it." in chat.wait_for("supervisor", 1)[0]
    sam.locator("#c-back").click()
    expect(sam.locator("#conversation-head")).to_contain_text("The assistant answers")
    expect(sam.locator("#composer")).to_be_hidden()


def test_a_viewer_sees_everything_and_has_no_buttons(shop: OpenShop, careful: Child, sign_in: SignIn) -> None:
    words = f"{BEYOND}, says the fourth"
    asks(shop, careful, words, "refunded")
    vera = sign_in("vera")
    item(vera, words).click()
    expect(vera.locator("#queue-head .bubble").last).to_have_text(words)
    expect(vera.locator("#queue-draft")).not_to_be_empty()

    for button in ("#q-approve", "#q-edit", "#q-reject", "#q-take"):
        expect(vera.locator(button)).to_be_hidden()


def test_markup_in_a_message_is_shown_as_it_was_written(shop: OpenShop, careful: Child, sign_in: SignIn) -> None:
    words = (
        'Where is my refund <script>document.title=1</script> <img src=x onerror="document.title=1"> {{this}} ${1+1}'
    )
    asks(shop, careful, words, "delivered")
    sam = sign_in("sam")
    item(sam, "<script>").click()

    expect(sam.locator("#queue-head .bubble").last).to_have_text(words)
    assert sam.locator("#queue img, #queue script").count() == 0


def test_nothing_of_the_console_opens_without_a_session(browser: Browser, careful: Child) -> None:
    context = browser.new_context()
    asked = context.request
    for path in ("config", "theme.css", "files/console.js", "gradio_api/info", "assets/index.js"):
        assert asked.get(f"{careful.url}/console/{path}").status == 401, path
    for path in ("gradio_api/run/predict", "gradio_api/queue/join", "gradio_api/upload"):
        assert asked.post(f"{careful.url}/console/{path}", data={}).status == 401, path
    assert asked.get(f"{careful.url}/console/", max_redirects=0).headers["location"] == "/console/sign-in"
    context.close()


def test_the_pages_own_words_go_nowhere_else(careful: Child, sign_in: SignIn) -> None:
    sam = sign_in("sam")
    asked: list[str] = []
    sam.on("request", lambda request: asked.append(request.url))
    sam.reload()
    expect(sam.locator("#queue-list .rows, #queue-list .empty")).to_be_visible()
    assert [url for url in asked if not url.startswith((careful.url, "data:", "blob:"))] == []
