"""The client against a server that behaves in the ways servers do, beside what the contract suite covers."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from app.adapters.chat_completions import OpenAIChat
from app.errors import DeadlineExceeded, ModelDown
from app.ports import ChatMessage, ChatRequest

Answer = Callable[[dict[str, Any]], tuple[int, Any]]
REQUEST = ChatRequest((ChatMessage("user", "Hello"),), max_tokens=8, timeout_s=5.0)


@contextmanager
def a_server(answer: Answer) -> Iterator[OpenAIChat]:
    """A client of a server on loopback that answers each request body with a status and a body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, said = answer(body)
            payload = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # A client that has hung up is part of these tests.

    server = Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    chat = OpenAIChat(f"http://127.0.0.1:{server.server_port}/v1", version="test")
    try:
        yield chat
    finally:
        chat.close()
        server.shutdown()
        server.server_close()


def chat_completion(*texts: str, **fields: object) -> dict[str, Any]:
    choices = [
        {"index": index, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        for index, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 20, "completion_tokens": 12, "total_tokens": 32}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": choices,
        "usage": usage,
    } | fields


def test_a_server_that_knows_no_n_is_asked_again_with_the_seeds_that_follow() -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        bodies.append(body)
        return 200, chat_completion(f"draft of seed {body['seed']}")

    with a_server(answer) as chat:
        drafts = chat.complete(ChatRequest(REQUEST.messages, 8, 5.0, temperature=0.8, n=3, seed=40))

    assert [draft.text for draft in drafts] == ["draft of seed 40", "draft of seed 41", "draft of seed 42"]
    assert [body["n"] for body in bodies] == [3, 1, 1]


def test_the_grammar_is_sent_only_to_servers_that_know_it() -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        bodies.append(body)
        return 200, chat_completion("yes")

    asked = ChatRequest(REQUEST.messages, 8, 5.0, grammar='root ::= "yes"')
    with a_server(answer) as chat:
        chat.complete(asked)
        plain = OpenAIChat(str(chat._base_url), version="test", send_grammar=False)
        plain.complete(asked)
        plain.close()

    assert bodies[0]["grammar"] == 'root ::= "yes"'
    assert "grammar" not in bodies[1]


def test_a_prompt_that_another_adapter_has_read_is_read_anew_when_that_is_asked_for() -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        bodies.append(body)
        return 200, chat_completion("yes")

    with a_server(answer) as chat:
        chat.complete(replace(REQUEST, read_anew=True))
        (completion,) = chat.complete(REQUEST)

    assert bodies[0]["cache_prompt"] is False
    assert "cache_prompt" not in bodies[1]
    assert completion.version == chat.version


def test_an_answer_that_comes_too_late_is_a_missed_deadline() -> None:
    released = Event()

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        released.wait(5)
        return 200, chat_completion("too late")

    with a_server(answer) as chat:
        began = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            chat.complete(ChatRequest(REQUEST.messages, 8, timeout_s=0.2))
        assert time.monotonic() - began < 2.0
        released.set()


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_refusing_server_counts_as_down(status: int) -> None:
    with (
        a_server(lambda _: (status, {"error": {"message": "no"}})) as chat,
        pytest.raises(ModelDown, match=str(status)),
    ):
        chat.complete(REQUEST)


@pytest.mark.parametrize("nonsense", [{"choices": []}, {"hello": "world"}, [], "words"])
def test_an_answer_that_is_no_chat_completion_counts_as_down(nonsense: object) -> None:
    with a_server(lambda _: (200, nonsense)) as chat, pytest.raises(ModelDown):
        chat.complete(REQUEST)


def test_a_server_that_is_not_there_counts_as_down() -> None:
    with a_server(lambda _: (200, chat_completion("hello"))) as chat:
        address = str(chat._base_url)
    gone = OpenAIChat(address, version="test")
    with pytest.raises(ModelDown):
        gone.complete(REQUEST)
    gone.close()


def test_the_written_tokens_are_shared_out_by_length() -> None:
    with a_server(lambda _: (200, chat_completion("a" * 20, "b" * 40))) as chat:
        drafts = chat.complete(ChatRequest(REQUEST.messages, 8, 5.0, n=2))
    assert [draft.completion_tokens for draft in drafts] == [4, 8]


def test_llama_cpp_has_counted_its_first_choice_only() -> None:
    with a_server(lambda _: (200, chat_completion("a" * 20, "b" * 40, timings={"cache_n": 5}))) as chat:
        drafts = chat.complete(ChatRequest(REQUEST.messages, 8, 5.0, n=2))
    assert [draft.completion_tokens for draft in drafts] == [12, 24]


def test_the_prompt_of_every_draft_but_the_first_counts_as_cached() -> None:
    usage = {
        "prompt_tokens": 20,
        "completion_tokens": 12,
        "total_tokens": 32,
        "prompt_tokens_details": {"cached_tokens": 15},
    }
    with a_server(lambda _: (200, chat_completion("one", "two", usage=usage))) as chat:
        drafts = chat.complete(ChatRequest(REQUEST.messages, 8, 5.0, n=2))
    assert [draft.cached_tokens for draft in drafts] == [15, 20]
