"""What every `ChatModel` promises, whether it is a child process, a library in this process or a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.chat_completions import OpenAIChat
from app.adapters.memory import ScriptedChat
from app.inference.supervisor import WorkerProcess
from app.ports import ChatMessage, ChatModel, ChatRequest

QUESTION = (
    ChatMessage("system", "You answer customers of a shop that sells tents and kettles."),
    ChatMessage("user", "Can I bring a kettle back to you?"),
)


def a_request(**changes: object) -> ChatRequest:
    fields: dict[str, object] = {"messages": QUESTION, "max_tokens": 6, "timeout_s": 60.0}
    return ChatRequest(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["scripted", "worker", "eager"])
def model(request: pytest.FixtureRequest) -> Iterator[ChatModel]:
    if request.param == "scripted":
        yield ScriptedChat(lambda _: "You can bring it back to any of our shops.")
        return
    model_file: Path = request.getfixturevalue("model_file")
    if request.param == "worker":
        with WorkerProcess(model_file) as worker:
            chat = OpenAIChat(worker.base_url, api_key=worker.api_key, version="smollm2-135m-q8_0")
            yield chat
            chat.close()
        return
    from app.adapters.eager_chat import EagerChat

    yield EagerChat(model_file, version="smollm2-135m-q8_0-eager")


def test_it_names_the_weights_that_answer(model: ChatModel) -> None:
    assert model.version


def test_as_many_completions_come_back_as_were_asked_for(model: ChatModel) -> None:
    assert len(model.complete(a_request(n=1))) == 1
    assert len(model.complete(a_request(n=3, temperature=0.9))) == 3


def test_more_completions_than_the_worker_has_slots_still_come_back(model: ChatModel) -> None:
    assert len(model.complete(a_request(n=6, max_tokens=2, temperature=0.9))) == 6


def test_a_completion_cut_off_by_the_limit_says_so(model: ChatModel) -> None:
    (completion,) = model.complete(a_request(max_tokens=3))
    assert completion.text
    assert not completion.finished
    assert completion.completion_tokens <= 3


def test_the_same_question_without_sampling_gets_the_same_answer(model: ChatModel) -> None:
    assert len(set(_answers_once_warm(model, a_request()))) == 1


def test_the_same_seed_gives_the_same_drafts(model: ChatModel) -> None:
    assert len(set(_answers_once_warm(model, a_request(n=2, seed=7, temperature=0.9)))) == 1


def test_a_completion_says_what_it_cost(model: ChatModel) -> None:
    for completion in model.complete(a_request(n=2, temperature=0.9)):
        assert completion.prompt_tokens > 0
        assert 0 <= completion.cached_tokens <= completion.prompt_tokens
        assert completion.completion_tokens > 0


def test_the_worker_and_the_eager_code_read_the_same_model_out_of_the_file(model: ChatModel) -> None:
    if isinstance(model, ScriptedChat):
        pytest.skip("A script has no weights.")
    (answer,) = model.complete(a_request(messages=(ChatMessage("user", "Tell me about tents."),), max_tokens=8))
    assert answer.text.startswith("Tents are a versatile and practical")


def _answers_once_warm(model: ChatModel, request: ChatRequest) -> list[tuple[str, ...]]:
    """Two answers with the prompt already cached: llama.cpp adds a cold prompt up in another order, and rounds."""
    model.complete(request)
    return [tuple(completion.text for completion in model.complete(request)) for _ in range(2)]
