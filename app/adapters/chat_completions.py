"""`ChatModel` over the OpenAI chat-completions protocol: the embedded worker, vLLM, a gateway or a hosted service.

The one client through which every draft and every refined reply is asked for. It never retries: the turn has a
deadline and a better fallback than a second wait. A dead worker is `ModelDown` for this request; the supervisor has it
running again for the next.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import openai
from openai.types.chat import ChatCompletion as Response
from openai.types.chat import ChatCompletionMessageParam

from app.errors import DeadlineExceeded, ModelDown
from app.ports import ChatCompletion, ChatRequest


class OpenAIChat:
    """A language model behind a base URL.

    `base_url` may be a function of the seconds the caller can wait, as `WorkerProcess.base_url` is. `most_choices` is
    how many completions one call may ask for: llama.cpp refuses more than it has slots. Set `send_grammar` off for a
    service that refuses fields it does not know.
    """

    def __init__(
        self,
        base_url: str | Callable[[float], str],
        *,
        api_key: str = "",
        model: str = "handrail",
        version: str,
        most_choices: int = 4,
        send_grammar: bool = True,
        adapters: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """`adapters` names, for a task, the place of the LoRA adapter that a llama.cpp server applies; for every other
        task the model alone answers."""
        self._base_url = base_url
        self._model = model
        self._version = version
        self._most_choices = most_choices
        self._send_grammar = send_grammar
        self._adapters = adapters
        self._client = openai.OpenAI(
            # The SDK insists on a key and an address; a server without keys ignores the one, each call sets the other.
            api_key=api_key or "none",
            base_url="http://127.0.0.1",
            max_retries=0,
        )

    @property
    def version(self) -> str:
        """Names the weights that answer."""
        return self._version

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        """`request.n` completions. Raises ModelDown, or DeadlineExceeded after `timeout_s`."""
        deadline = time.monotonic() + request.timeout_s
        base_url = self._base_url if isinstance(self._base_url, str) else self._base_url(request.timeout_s)
        completions = self._call(base_url, replace(request, n=min(request.n, self._most_choices)), deadline)
        missing = request.n - len(completions)
        if missing <= 0:
            return completions[: request.n]
        # More than one call may ask for, or a server that knows no `n`: one call each, with the seeds that follow.
        singles = [_one_more(request, len(completions) + index) for index in range(missing)]
        with ThreadPoolExecutor(max_workers=missing) as pool:
            calls = [pool.submit(self._call, base_url, single, deadline) for single in singles]
            return completions + [completion for call in calls for completion in call.result()[:1]]

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _call(self, base_url: str, request: ChatRequest, deadline: float) -> list[ChatCompletion]:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise DeadlineExceeded(f"No completion within {request.timeout_s:.1f} s.")
        extra: dict[str, Any] = {}
        if request.surprise:
            extra["logprobs"] = True
        if request.grammar is not None and self._send_grammar:
            extra["grammar"] = request.grammar
        if request.task in self._adapters:
            extra["lora"] = [{"id": self._adapters[request.task], "scale": 1.0}]
        if request.read_anew:
            # llama.cpp goes on from what another adapter has read of the same prompt.
            extra["cache_prompt"] = False
        try:
            response = self._client.with_options(base_url=base_url, timeout=left_s).chat.completions.create(
                model=self._model,
                messages=_messages(request),
                max_tokens=request.max_tokens,
                temperature=request.temperature,
                n=request.n,
                seed=request.seed,
                extra_body=extra,
            )
        except openai.APITimeoutError as error:
            raise DeadlineExceeded(f"No completion within {request.timeout_s:.1f} s.") from error
        except openai.APIStatusError as error:
            raise ModelDown(
                f"The model's server refused the request with {error.status_code}: {error.message}"
            ) from error
        except (openai.APIConnectionError, openai.APIError, ValueError) as error:
            raise ModelDown(f"The model's server did not answer: {error}") from error
        return _completions(response, self._version)


def _one_more(request: ChatRequest, index: int) -> ChatRequest:
    return replace(request, n=1, seed=None if request.seed is None else request.seed + index)


def _messages(request: ChatRequest) -> list[ChatCompletionMessageParam]:
    messages: list[ChatCompletionMessageParam] = []
    for message in request.messages:
        if message.role == "system":
            messages.append({"role": "system", "content": message.content})
        elif message.role == "user":
            messages.append({"role": "user", "content": message.content})
        else:
            messages.append({"role": "assistant", "content": message.content})
    return messages


def _completions(response: Response, version: str) -> list[ChatCompletion]:
    """One completion a choice, with its part of the one usage that a server reports for all of them.

    The prompt is read once: for every choice but the first it was as good as cached. Written tokens are shared out by
    length of text; llama.cpp (known by its `timings`) has counted the first choice only, others the sum.
    """
    choices = getattr(response, "choices", None)
    if not choices:
        raise ModelDown("The model's server answered with something that is no chat completion.")
    texts = [choice.message.content or "" for choice in choices]
    usage = response.usage
    written = usage.completion_tokens if usage else 0
    details = usage.prompt_tokens_details if usage else None
    cached = (details.cached_tokens or 0) if details else 0
    prompt = usage.prompt_tokens if usage else 0
    counted = texts[:1] if "timings" in (response.model_extra or {}) else texts
    tokens_a_character = written / max(sum(len(text) for text in counted), 1)
    return [
        ChatCompletion(
            text=text,
            finished=choice.finish_reason == "stop",
            prompt_tokens=prompt,
            cached_tokens=cached if index == 0 else prompt,
            completion_tokens=written if len(texts) == 1 else round(len(text) * tokens_a_character),
            version=version,
            surprise=tuple(-token.logprob for token in (choice.logprobs.content or ())) if choice.logprobs else (),
        )
        for index, (choice, text) in enumerate(zip(choices, texts, strict=True))
    ]
