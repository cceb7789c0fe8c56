"""The service or its model dies while a reply is being worked on: the customer gets exactly one answer or hand-off."""

import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.measure.child import Child
from tests.e2e.browser.conftest import Chat, OpenShop, StartService


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


@pytest.fixture(scope="module")
def drafting(start_service: StartService) -> Child:
    """A service that trusts no approved reply, so that every turn is drafted by the model and held."""
    return start_service(HANDRAIL_SEND_THRESHOLD="0.999")


def nothing_more_comes(chat: Chat, persona_url: str) -> None:
    """Nothing more comes after the answer: a reload shows the same."""
    before = chat.texts("assistant")
    chat.page.goto(persona_url)
    if not chat.page.locator("handrail-chat textarea#input").is_visible():
        chat.open()
    assert chat.wait_for("assistant", len(before)) == before


def test_the_models_process_is_killed_while_it_drafts(shop: OpenShop, drafting: Child) -> None:
    chat = shop("delayed", drafting.url).open()
    chat.write("where is my parcel?")
    expect(chat.page.locator("handrail-chat .now")).to_be_visible()
    workers = children_of(drafting.pid)
    assert workers, "the model runs in a process of its own"

    for worker in workers:
        os.kill(worker, signal.SIGKILL)

    # A worker that was still starting is waited for, as long as drafting may take.
    expect(chat.page.locator("handrail-chat li.row.assistant.aside")).to_have_count(1, timeout=30_000)
    nothing_more_comes(chat, chat.page.url)
    chat.write("are you there?")
    expect(chat.page.locator("handrail-chat li.row.customer:not(.unsent)")).to_have_count(2)


def test_the_service_is_killed_while_it_answers(shop: OpenShop, drafting: Child) -> None:
    chat = shop("delivered", drafting.url).open()
    chat.write("where is my order?")
    expect(chat.page.locator("handrail-chat li.row.customer:not(.unsent)")).to_have_count(1)

    drafting.kill()
    drafting.start()

    expect(chat.page.locator("handrail-chat li.row.assistant.aside")).to_have_count(1, timeout=60_000)
    nothing_more_comes(chat, chat.page.url)


def test_a_message_written_while_the_service_is_down_is_answered_once(shop: OpenShop, drafting: Child) -> None:
    chat = shop("refunded", drafting.url).open()
    drafting.kill()
    chat.write("where is my refund?")
    expect(chat.page.locator("handrail-chat li.row.unsent")).to_have_count(1)

    drafting.start()

    expect(chat.page.locator("handrail-chat li.row.assistant.aside")).to_have_count(1, timeout=60_000)
    assert chat.texts("customer") == ["where is my refund?"]
