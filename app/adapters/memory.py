"""Stand-ins that ship with the product: a `ChatModel` that says what it is told to, an index that is empty.

They serve tests, benchmarks and demonstrations, and pass the same contract suites as the real adapters.
"""

from collections.abc import Callable, Sequence

from app.domain.ids import InteractionId
from app.domain.retrieval import Interaction, PolicyPassage, RetrievedInteraction
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
            version=self._version,
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


class NoInteractions:
    """An `InteractionIndex` that holds nothing: what the chain does when nobody has ever answered such a question."""

    def search(
        self,
        question: str,  # noqa: ARG002 - nothing is found, whatever is asked
        *,
        situation: str | None = None,  # noqa: ARG002
        intent: str | None = None,  # noqa: ARG002
        limit: int = 5,  # noqa: ARG002
    ) -> list[RetrievedInteraction]:
        """Nothing."""
        return []

    def upsert(self, interactions: Sequence[Interaction]) -> None:
        """Keeps nothing."""

    def remove(self, ids: Sequence[InteractionId]) -> None:
        """Has nothing to forget."""

    def count(self) -> int:
        """Always 0."""
        return 0


class NoPassages:
    """A `PassageIndex` that holds nothing."""

    def search_passages(
        self,
        question: str,  # noqa: ARG002 - nothing is found, whatever is asked
        *,
        pages: Sequence[str] = (),  # noqa: ARG002
        limit: int = 3,  # noqa: ARG002
    ) -> list[PolicyPassage]:
        """Nothing."""
        return []

    def replace_passages(self, passages: Sequence[PolicyPassage]) -> None:
        """Keeps nothing."""

    def count_passages(self) -> int:
        """Always 0."""
        return 0
