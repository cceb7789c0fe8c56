"""A customer meets the bot in a browser: she gets her facts, and loses nothing whatever happens."""

from playwright.sync_api import BrowserContext, expect

from tests.e2e.browser.agent import Agent
from tests.e2e.browser.conftest import PHONE, OpenShop


def test_the_delayed_customer_sees_the_right_order_and_its_delay(shop: OpenShop) -> None:
    chat = shop("delayed").open()
    order = chat.page.evaluate(
        """async () => {
            const answer = await fetch('/demo/sign-in', {method: 'POST', headers: {'content-type': 'application/json'},
                body: JSON.stringify({persona: 'delayed'})});
            const {token} = await answer.json();
            const orders = await (await fetch('/demo/orders', {headers: {authorization: `Bearer ${token}`}})).json();
            return orders.find((order) => order.shipment && order.shipment.days_late > 0);
        }"""
    )

    chat.write("where is my parcel?")

    [reply] = [text for text in chat.wait_for("assistant", 2) if order["id"] in text]
    days = order["shipment"]["days_late"]
    assert f"{days} day{'s' if days > 1 else ''}" in reply
    assert reply.startswith("Hi Maya,")


def test_history_is_there_after_a_reload(shop: OpenShop) -> None:
    chat = shop("delivered").open()
    chat.write("what are your delivery options?")
    before = chat.wait_for("assistant", 2)

    chat.page.reload()
    if not chat.page.locator("handrail-chat textarea#input").is_visible():
        chat.open()

    assert chat.wait_for("assistant", 2) == before
    assert chat.texts("customer") == ["what are your delivery options?"]


def test_two_tabs_stay_in_step(shop: OpenShop) -> None:
    first = shop("new").open()
    first.write("how do i change my password?")
    first.wait_for("assistant", 2)
    second = shop("new").open()
    assert second.wait_for("assistant", 2) == first.texts("assistant")

    second.write("thanks")

    assert first.wait_for("assistant", 3) == second.wait_for("assistant", 3)
    assert first.texts("customer") == second.texts("customer") == ["how do i change my password?", "thanks"]


def test_what_she_writes_offline_is_sent_when_she_is_back_once(shop: OpenShop, context: BrowserContext) -> None:
    chat = shop("refunded").open()
    chat.write("hello")
    chat.wait_for("assistant", 2)
    context.set_offline(True)
    chat.write("where is my refund?")
    expect(chat.page.locator("handrail-chat li.row.unsent")).to_have_count(1)

    context.set_offline(False)

    chat.wait_for("assistant", 3)
    expect(chat.page.locator("handrail-chat li.row.unsent")).to_have_count(0)
    assert chat.texts("customer") == ["hello", "where is my refund?"]


def test_one_customers_conversation_does_not_show_to_the_next(shop: OpenShop) -> None:
    chat = shop("delayed").open()
    chat.write("where is my parcel?")
    chat.wait_for("assistant", 2)

    chat.page.goto(chat.page.url.replace("as=delayed", "as=two_orders"))
    chat.page.wait_for_load_state("networkidle")
    if not chat.page.locator("handrail-chat textarea#input").is_visible():
        chat.open()

    assert chat.texts("customer") == []
    assert "Maya" not in chat.log.inner_text()


def test_markup_is_shown_as_it_was_written(shop: OpenShop) -> None:
    chat = shop("anonymous").open()
    words = '<img src=x onerror="document.title=1"><b>where is my order</b>'

    chat.write(words)

    chat.wait_for("assistant", 2)
    assert chat.texts("customer") == [words]
    assert chat.page.locator("handrail-chat .bubble img, handrail-chat .bubble b").count() == 0


def test_a_person_takes_over_by_name_and_the_customer_is_asked_how_it_went(shop: OpenShop, agent: Agent) -> None:
    chat = shop("two_orders").open()
    chat.write("i want to talk to a human about my two orders")
    chat.wait_for("assistant", 2)
    conversation = agent.last_asked("i want to talk to a human about my two orders")

    agent.does(conversation, "take-over")
    agent.does(conversation, "messages", text="Hello Tom, Sam here. I look at both orders now.")

    chat.wait_for("supervisor", 1)
    expect(chat.page.locator("handrail-chat li.row.supervisor .name")).to_have_text("Sam")
    agent.does(conversation, "resolve")
    survey = chat.page.locator("handrail-chat .survey")
    expect(survey).to_be_visible()
    survey.locator("input[type=radio]").nth(4).check()
    survey.locator("button[type=submit]").click()
    expect(survey.locator("form")).to_be_hidden()


def test_the_button_for_a_person_hands_the_conversation_over(shop: OpenShop, agent: Agent) -> None:
    chat = shop("new").open()
    chat.write("do you have gift cards for somebody else?")
    chat.wait_for("assistant", 2)

    chat.page.locator("handrail-chat .bar button").click()

    expect(chat.page.locator("handrail-chat .bar")).to_be_hidden()
    chat.write("my question is a long one")
    expect(chat.page.locator("handrail-chat li.row.customer:not(.unsent)")).to_have_count(2)
    conversation = agent.last_asked("my question is a long one")
    assert agent.transcript(conversation)[-1] == ("customer", "my question is a long one")


def test_a_thumb_down_takes_a_comment(shop: OpenShop) -> None:
    chat = shop("delivered").open()
    chat.write("which payment methods do you take?")
    chat.wait_for("assistant", 2)
    thumbs = chat.page.locator("handrail-chat li.row.assistant .thumb.down").last

    thumbs.click()
    chat.page.locator("handrail-chat .comment textarea").fill("I meant my order")
    chat.page.locator("handrail-chat .comment button[type=submit]").click()

    expect(thumbs).to_have_attribute("aria-pressed", "true")
    expect(chat.page.locator("handrail-chat .comment")).to_have_count(0)


def test_on_a_phone_it_fills_the_screen(shop: OpenShop) -> None:
    chat = shop("delayed")
    chat.page.set_viewport_size(PHONE)
    chat.page.emulate_media(reduced_motion="reduce")  # what is measured does not move
    chat.open()
    box = chat.page.locator("handrail-chat .panel").bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (390, 844)


def test_it_is_used_by_keys_alone(shop: OpenShop) -> None:
    chat = shop("delivered")
    launcher = chat.page.locator("handrail-chat .launcher")
    launcher.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("handrail-chat textarea#input")).to_be_focused()
    chat.page.keyboard.type("where is my order")
    chat.page.keyboard.press("Enter")
    chat.wait_for("assistant", 2)
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("handrail-chat .panel")).to_be_hidden()
    expect(launcher).to_be_focused()
