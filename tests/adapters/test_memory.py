"""The scripted model: what a test can rely on beyond the contract suite."""

import pytest

from app.adapters.memory import ScriptedChat
from app.errors import DeadlineExceeded, ModelDown
from app.ports import ChatMessage, ChatRequest

REQUEST = ChatRequest((ChatMessage("user", "Hello there"),), max_tokens=20, timeout_s=1.0)


def test_a_list_is_read_out_line_by_line() -> None:
    chat = ScriptedChat(["one", "two", "three"])
    drafts = chat.complete(ChatRequest(REQUEST.messages, 20, 1.0, n=2))
    assert [draft.text for draft in drafts] == ["one", "two"]
    assert chat.complete(REQUEST)[0].text == "three"


def test_a_list_that_is_used_up_is_a_model_that_is_down() -> None:
    chat = ScriptedChat(["only this"])
    chat.complete(REQUEST)
    with pytest.raises(ModelDown):
        chat.complete(REQUEST)


def test_an_error_in_the_list_is_raised_in_its_turn() -> None:
    chat = ScriptedChat([DeadlineExceeded("slow"), "back again"])
    with pytest.raises(DeadlineExceeded):
        chat.complete(REQUEST)
    assert chat.complete(REQUEST)[0].text == "back again"


def test_what_was_asked_can_be_read_afterwards() -> None:
    chat = ScriptedChat(lambda request: request.messages[-1].content.upper())
    assert chat.complete(REQUEST)[0].text == "HELLO THERE"
    assert chat.requests == [REQUEST]
