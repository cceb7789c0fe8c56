"""What answering and refining lean on: language models, their versions, and what judges drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from app.domain.evidence import DraftContext
from app.domain.ids import ModelVersionId
from app.domain.reply import ApprovalEstimate
from app.domain.rollout import GateVerdict, ModelState, ModelVersion, Transition


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a chat-completions request."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked of a language model; `n` completions come back."""

    messages: tuple[ChatMessage, ...]
    max_tokens: int
    timeout_s: float
    temperature: float = 0.0
    n: int = 1
    seed: int | None = None
    grammar: str | None = None
    """GBNF; a server that cannot decode under a grammar ignores it, and the hard rules still hold."""
    task: str = ""
    """What is asked for, such as "answer": a server with an adapter for it applies that one."""
    conversation: str = ""
    """For whom: a conversation is answered by the same version of the model as long as it is being tried out."""
    patient: bool = False
    """Whether nobody waits for it, so that every other request goes first."""
    read_anew: bool = False
    """Whether the prompt has to be read anew, because what the server remembers of it was read by another version."""
    surprise: bool = False
    """Whether the completions should tell how unlikely their tokens were."""


@dataclass(frozen=True, slots=True)
class ChatCompletion:
    """One completion, with what it cost."""

    text: str
    finished: bool
    """False when it was cut off by `max_tokens`."""
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    surprise: tuple[float, ...] = ()
    """How unlikely the model found each token that it wrote (minus log p); empty when the server does not tell."""
    version: str = ""
    """Names the weights that wrote it."""


class ChatModel(Protocol):
    """A language model behind the chat-completions protocol."""

    @property
    def version(self) -> str:
        """Names the weights that answer."""
        ...

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        """Raises ModelDown, or DeadlineExceeded after `timeout_s`."""
        ...


class ShadowModel(Protocol):
    """A version that is being tried out without being heard."""

    def in_shadow(self, request: ChatRequest) -> list[ChatCompletion]:
        """What the version in shadow makes of it; nothing when none is. Raises ModelDown, DeadlineExceeded."""
        ...


class ModelRegistry(Protocol):
    """The versions of the model and where each stands; the truth about them. Every method is one transaction."""

    def versions(self, task: str = "") -> list[ModelVersion]:
        """Those of a task, or all of them, the oldest first."""
        ...

    def add(self, version: ModelVersion, by: str, why: str) -> None:
        """Registers a candidate. Raises Conflict when it is there already, InvalidInput without who and why."""
        ...

    def keep_verdict(self, version_id: ModelVersionId, verdict: GateVerdict) -> None:
        """Replaces what the gate found before. Raises NotFound."""
        ...

    def move(
        self, version_id: ModelVersionId, to: ModelState, *, by: str, why: str, at: datetime, share: int = 0
    ) -> list[Transition]:
        """Moves a version, and in the same transaction the one that makes room for it or comes back; gives the steps
        taken. Raises NotFound, MoveNotAllowed, GateNotPassed, InvalidInput without who and why."""
        ...

    def history(self, task: str = "") -> list[Transition]:
        """Every step ever taken, in order."""
        ...


class Verifier(Protocol):
    """Tells how likely a supervisor is to send a draft as it stands."""

    @property
    def version(self) -> str:
        """Names the weights."""
        ...

    def estimate(self, drafts: Sequence[ChatCompletion], context: DraftContext) -> list[ApprovalEstimate]:
        """One a draft, calibrated on drafts that people judged; the drafts are for one request, and compared."""
        ...


class MeaningCheck(Protocol):
    """Tells whether a refined reply says what the draft said."""

    @property
    def version(self) -> str:
        """Names what was learnt."""
        ...

    def says_the_same(self, draft: str, refined: str) -> float:
        """From 0 to 1, for two replies in slots: nothing lost and nothing added. Raises WeightsError."""
        ...
