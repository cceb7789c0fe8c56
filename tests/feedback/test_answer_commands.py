"""Models that are compared on one worker do not read each other's prompts."""

from app.adapters.memory import ScriptedChat
from app.ports import ChatMessage, ChatRequest
from feedback.answer_commands import ReadAnew


def test_a_prompt_is_read_from_the_beginning_each_time() -> None:
    model = ScriptedChat(["one", "two"])
    anew = ReadAnew(model)
    request = ChatRequest((ChatMessage("user", "hello"),), max_tokens=5, timeout_s=1.0, task="answer")
    assert [anew.complete(request)[0].text for _ in range(2)] == ["one", "two"]
    assert all(asked.read_anew and asked.task == "answer" for asked in model.requests)
    assert anew.version == "scripted"
