"""A `ChatModel` that says what it is told to: for tests, and for showing the product without a model.

Ships beside the real adapters and passes the same contract suite, so that what is tested with it holds for them.
"""

from collections.abc import Callable, Sequence

from app.errors import DependencyDown, ModelDown
from app.ports import ChatCompletion, ChatRequest

Script = Callable[[ChatRequest], str]


class ScriptedChat:
    """Answers from a script: a list, one line a completion in order, or a function of the request.

    An error in the list is raised in its turn; a list that is used up raises ModelDown. A word counts as a token.
    `requests` keeps what was asked, for tests to read.
    """

    def __init__(self, script: Script | Sequence[str | DependencyDown], *, version: str = "scripted") -> None:
        self._script = script if callable(script) else None
        self._lines = iter([] if callable(script) else list(script))
        self._version = version
        self.requests: list[ChatRequest] = []

    @property
    def version(self) -> str:
        """Names the script."""
        return self._version

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        """`request.n` lines of the script. Raises ModelDown, or whatever error the script holds."""
        self.requests.append(request)
        return [self._completion(request) for _ in range(request.n)]

    def _completion(self, request: ChatRequest) -> ChatCompletion:
        words = self._next_line(request).split(" ")
        said = words[: request.max_tokens]
        return ChatCompletion(
            text=" ".join(said),
            finished=len(said) == len(words),
            prompt_tokens=sum(len(message.content.split()) for message in request.messages),
            cached_tokens=0,
            completion_tokens=len(said),
        )

    def _next_line(self, request: ChatRequest) -> str:
        if self._script is not None:
            return self._script(request)
        line = next(self._lines, None)
        if line is None:
            raise ModelDown("The script is used up.")
        if isinstance(line, DependencyDown):
            raise line
        return line
