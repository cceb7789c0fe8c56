"""What guards look at, for their tests: a turn by name, a detector that goes by words."""

import re
from collections.abc import Sequence

from app.domain.conversation import DialogueState
from app.domain.ids import ConversationId, CustomerId, TurnId
from app.pipeline.parts import Turn
from tests.builders import NOW
from tests.pipeline.chain import MAYA


def a_turn(*messages: str, customer: CustomerId | None = MAYA, state: DialogueState | None = None) -> Turn:
    """Maya writes these messages."""
    return Turn(TurnId("turn_1"), ConversationId("conv_1"), customer, messages, state or DialogueState(), NOW)


class WordDetector:
    """A `TextDetector` that is sure of what holds one of its words, and of nothing else. `seen` keeps what it was
    asked about."""

    version = "words"

    def __init__(self, *words: str) -> None:
        self._pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
        self.seen: list[str] = []

    def scores(self, texts: Sequence[str]) -> list[float]:
        self.seen += texts
        return [0.99 if self._pattern.search(text) else 0.01 for text in texts]
