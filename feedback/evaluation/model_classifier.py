"""The language model as a classifier of requests, for comparison with the encoder's head: it is shown the intents and
picks one under a grammar that admits nothing else."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from app.ports import ChatMessage, ChatModel, ChatRequest
from feedback.dataset.questions import Labelled

_TOKENS = 24
_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class ClassifierScores:
    """What it came to."""

    questions: int
    accuracy: float
    ms: float
    """Median for one message."""


def classify_by_model(
    model: ChatModel, questions: Sequence[Labelled], intents: Mapping[str, str], task: str
) -> ClassifierScores:
    """`intents`: name → what it is about; `task` names the adapter to apply, empty: none."""
    listed = "\n".join(f"{name}: {about}" for name, about in sorted(intents.items()))
    system = f"Say what a shop's customer wants. Answer with one of these names.\n{listed}"
    grammar = "root ::= " + " | ".join(f'"{name}"' for name in sorted(intents))
    right, times = 0, list[float]()
    for question in questions:
        messages = (ChatMessage("system", system), ChatMessage("user", question.text))
        request = ChatRequest(messages, _TOKENS, _TIMEOUT_S, grammar=grammar, task=task)
        start = time.perf_counter()
        said = model.complete(request)[0].text.strip()
        times.append((time.perf_counter() - start) * 1000)
        right += said == question.intent
    return ClassifierScores(len(questions), right / max(1, len(questions)), median(times) if times else 0.0)
