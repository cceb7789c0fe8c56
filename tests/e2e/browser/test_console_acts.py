"""What supervisors do besides deciding, each in a browser: notes, ready replies, finding, resolving, asking why."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.measure.child import Child
from tests.e2e.browser.office import Caller, Office, goes_to, item, opens


def conversation(page: Page, words: str) -> None:
    """Opens the conversation in which this was written last."""
    goes_to(page, "Conversations")
    found = page.locator("#conversations-list [data-pick]")
    found.first.wait_for()
    page.locator("#c-search textarea, #c-search input").fill(words)
    expect(found).to_have_count(1)
    found.click()
    expect(page.locator("#conversation-thread .customer .bubble").last).to_have_text(words)


def test_a_note_is_for_colleagues_and_the_customer_never_sees_it(light: Child, office: Office) -> None:
    words, note = "where is my parcel, with a note?", "Third parcel this month; be generous."
    maya = Caller(light.url, "delayed")
    maya.asks(words)
    sam, ada = office.sign_in("sam"), office.sign_in("ada")
    conversation(sam, words)

    sam.locator("#c-note textarea").fill(note)
    sam.locator("#c-keep").click()

    expect(sam.locator("#conversation-notes")).to_contain_text(note)
    conversation(ada, words)
    expect(ada.locator("#conversation-notes")).to_contain_text("Sam")
    expect(ada.locator("#conversation-notes")).to_contain_text(note)
    assert note not in maya.sees()


def test_a_ready_reply_is_made_inserted_sent_and_removed(light: Child, office: Office) -> None:
    words, ready = "where is my parcel, with a ready reply?", "Thank you for your patience."
    maya = Caller(light.url, "delayed")
    maya.asks(words)
    sam = office.sign_in("sam")
    opens(sam, words)
    sam.locator("#q-take").click()
    expect(sam.locator("#conversation-head")).to_contain_text("Sam answers")

    sam.get_by_role("button", name="Ready replies of the team").click()
    sam.locator("#c-title").locator("input, textarea").fill("Patience")
    sam.locator("#c-ready textarea").fill(ready)
    sam.locator("#c-add").click()
    expect(sam.locator("#conversation-told")).to_contain_text("Added for the team.")
    sam.locator("#c-canned input").click()
    sam.get_by_role("option", name="Patience").click()
    expect(sam.locator("#c-text textarea")).to_have_value(ready)
    sam.locator("#c-send").click()
    expect(sam.locator("#conversation-thread .by-person .bubble")).to_have_text([ready])
    assert maya.reads("supervisor") == [ready]

    sam.locator("#c-old input").click()
    sam.get_by_role("option", name="Patience").click()
    sam.locator("#c-remove").click()
    expect(sam.locator("#conversation-told")).to_contain_text("Removed.")


def test_replies_that_fit_are_offered_while_she_types(light: Child, office: Office) -> None:
    words = "what are your delivery options, please?"
    Caller(light.url, "new").asks(words)
    sam = office.sign_in("sam")
    opens(sam, words)
    sam.locator("#q-take").click()
    expect(sam.locator("#conversation-head")).to_contain_text("Sam answers")

    sam.locator("#c-text textarea").press_sequentially("standard delivery costs")
    offered = sam.locator("#c-suggested button").first
    expect(offered).to_contain_text("Standard delivery costs")
    offered.click()

    expect(sam.locator("#c-text textarea")).to_have_value(re.compile("Standard delivery costs"))


def test_a_conversation_is_assigned_found_by_words_and_by_state_and_resolved(light: Child, office: Office) -> None:
    words = "how do i change my address, quickly?"
    lena = Caller(light.url, "new")
    lena.asks(words)
    sam = office.sign_in("sam")
    conversation(sam, words)

    sam.locator("#c-assigned input").click()
    sam.get_by_role("option", name="ada").click()
    expect(sam.locator("#conversation-told")).to_contain_text("Ada looks after it.")
    sam.locator("#c-resolve").click()
    expect(sam.locator("#conversation-told")).to_contain_text("Resolved.")

    sam.get_by_role("radio", name="Waiting").check()
    expect(sam.locator("#conversations-list")).to_contain_text("Nothing found")
    sam.get_by_role("radio", name="Resolved").check()
    expect(sam.locator("#conversations-list [data-pick]")).to_have_count(1)
    expect(sam.locator("#conversations-list [data-pick]")).to_contain_text("for Ada")


def test_a_draft_is_dropped_for_a_reason_and_the_reason_stands_under_why(light: Child, office: Office) -> None:
    words = "can i still cancel my order, or not?"
    priya = Caller(light.url, "refunded")
    priya.asks(words)
    sam = office.sign_in("sam")
    opens(sam, words)
    draft = sam.locator("#queue-draft .draft").inner_text()

    sam.locator("#q-reject").click()
    sam.get_by_role("radio", name="It promises too much").check()
    sam.locator("#q-more").locator("input, textarea").fill("She has asked twice")
    sam.locator("#q-drop").click()

    expect(sam.locator("#conversation-head")).to_contain_text("Sam answers")
    assert draft.splitlines()[-1] not in "".join(priya.reads())
    sam.locator("#conversation-thread .link").last.click()
    expect(sam.locator("#why-record")).to_contain_text("It promises too much. She has asked twice")
    for part in (
        "What it was taken for",
        "Past cases that were found",
        "Replies that were weighed",
        "Time:",
        "Versions",
    ):
        expect(sam.locator("#why-record")).to_contain_text(part)


def test_a_new_hold_is_counted_in_the_tabs_title_and_can_be_heard(light: Child, office: Office) -> None:
    sam = office.sign_in("sam")
    sam.evaluate(
        """() => { window.tones = 0; const real = AudioContext.prototype.createOscillator;
        AudioContext.prototype.createOscillator = function () { window.tones += 1; return real.call(this); }; }"""
    )
    sam.locator("#sound").click()
    expect(sam.locator("#sound")).to_have_attribute("aria-pressed", "true")
    first = sam.evaluate("window.tones")
    words = "do you have the trail shoes, heard or not?"

    Caller(light.url, "delayed").asks(words)

    expect(item(sam, words)).to_have_count(1)
    waiting = sam.locator("#queue-list [data-pick]").count()
    assert sam.title().startswith(f"({waiting}) ")
    sam.wait_for_function("first => window.tones > first", arg=first)


@pytest.mark.parametrize("tab", ["Try", "Quality"])
def test_the_other_tabs_show_something_real(tab: str, light: Child, office: Office) -> None:
    Caller(light.url, "delayed").asks("where is my parcel, for the figures?")
    sam = office.sign_in("sam")
    goes_to(sam, tab)
    if tab == "Try":
        sam.locator("#t-text textarea").fill("where is my parcel?")
        sam.locator("#t-ask").click()
        expect(sam.locator("#try-answers .card")).to_have_count(1)
        expect(sam.locator("#try-answers .draft")).to_contain_text("Hi Maya")
        sam.locator("#t-customer input").fill("C-0002")
        sam.locator("#t-customer input").press("Enter")
        sam.locator("#t-text textarea").fill("where is my parcel?")
        sam.locator("#t-ask").click()
        expect(sam.locator("#try-answers .draft").last).to_contain_text("Hi Daniel")
    else:
        expect(sam.locator("#quality-tiles .tiles > div")).to_have_count(6)
        expect(sam.locator("#quality .plots svg, #quality .plots canvas").first).to_be_visible()
