"""What a model writes by itself: drafts for held-out questions, held against the hard rules, and printed for reading.

No past reply helps here. The prompts are the data set's, the decoding and the rules are those of a turn. What the rules
cannot see (a slot in the wrong role, an invented last sentence) a reader has to.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.facts import slots_in
from app.domain.playbook import Playbook
from app.domain.reply import FlagReason
from app.domain.retrieval import PolicyPassage
from app.domain.standing import problems
from app.domain.text import tidy
from app.domain.voice import Voice
from app.ports import ChatMessage, ChatModel, ChatRequest
from feedback.dataset.snapshot import TrainingExample

Grammar = Callable[[Sequence[str], Sequence[str]], str]

_TOKENS = 110
_TIMEOUT_S = 60.0
_FORM = frozenset({FlagReason.UNKNOWN_SLOT, FlagReason.UNFILLED_SLOT})
_FACTS = frozenset({FlagReason.UNSUPPORTED_LITERAL})


@dataclass(frozen=True, slots=True)
class Rules:
    """What drafts are held against."""

    playbook: Playbook
    voice: Voice
    passages: Mapping[str, list[PolicyPassage]]


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft and what is wrong with it."""

    example: TrainingExample
    text: str
    finished: bool
    problems: tuple[str, ...]
    reasons: frozenset[str]
    required: int
    recalled: int
    ms: float

    @property
    def clean(self) -> bool:
        """Breaks no rule and is whole."""
        return self.finished and not self.problems


@dataclass(slots=True)
class DraftScores:
    """What the drafts of one split come to."""

    drafts: list[Draft] = field(default_factory=list)

    def share(self, holds: Callable[[Draft], bool]) -> float:
        """Of how many drafts this holds."""
        return sum(holds(draft) for draft in self.drafts) / len(self.drafts) if self.drafts else 0.0

    @property
    def clean(self) -> float:
        """The share that breaks no rule."""
        return self.share(lambda draft: draft.clean)

    @property
    def fact_recall(self) -> float:
        """Of all slots that must appear, how many do."""
        required = sum(draft.required for draft in self.drafts)
        return sum(draft.recalled for draft in self.drafts) / required if required else 1.0

    @property
    def invalid_slots(self) -> float:
        """The share with a slot that is not offered."""
        return self.share(lambda draft: bool(draft.reasons & _FORM))

    @property
    def unsupported(self) -> float:
        """The share with a literal that nothing supports."""
        return self.share(lambda draft: bool(draft.reasons & _FACTS))

    @property
    def median_ms(self) -> float:
        """Half of the drafts took no longer."""
        times = sorted(draft.ms for draft in self.drafts)
        return times[len(times) // 2] if times else 0.0

    def reasons(self) -> Counter[str]:
        """What was found, and how often."""
        return Counter(reason for draft in self.drafts for reason in draft.reasons)


def draft_for(model: ChatModel, example: TrainingExample, rules: Rules, grammar: Grammar) -> Draft:
    """The model's one draft for an example, without sampling."""
    rule = rules.playbook.rule(example.situation)
    assert rule is not None  # noqa: S101 - the data set was made with this playbook
    request = ChatRequest(
        messages=tuple(ChatMessage(line.role, line.content) for line in example.messages),
        max_tokens=_TOKENS,
        timeout_s=_TIMEOUT_S,
        task=example.task,
        grammar=grammar([*_offered(example), "store_name"], rule.must_mention),
    )
    start = time.perf_counter()
    [completion] = model.complete(request)
    ms = (time.perf_counter() - start) * 1000
    text = tidy(completion.text)
    flags = problems(text, rule, rules.playbook, rules.voice, rules.passages)
    used = set(slots_in(text))
    return Draft(
        example=example,
        text=text,
        finished=completion.finished,
        problems=tuple(flag.detail for flag in flags),
        reasons=frozenset(flag.reason.value for flag in flags),
        required=len(rule.must_mention),
        recalled=sum(slot in used for slot in rule.must_mention),
        ms=ms,
    )


def _offered(example: TrainingExample) -> tuple[str, ...]:
    """The slots that the prompt offers."""
    lines = example.messages[-1].content.splitlines()
    return slots_in(next((line for line in lines if line.startswith("SLOTS:")), ""))
