"""What a model writes by itself: drafts for held-out questions, held against the hard rules, and printed for reading.

No past reply helps here. The prompts are the data set's, the decoding and the rules are those of a turn. What the rules
cannot see (a slot in the wrong role, an invented last sentence) a reader has to.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from app.domain import literals
from app.domain.evidence import DraftContext
from app.domain.facts import SLOT_PATTERN, slots_in
from app.domain.playbook import Playbook
from app.domain.reply import Flag, FlagReason, Severity
from app.domain.retrieval import PolicyPassage
from app.domain.standing import problems
from app.domain.text import tidy
from app.domain.voice import Voice
from app.pipeline.drafting import at_its_best, written
from app.ports import ChatCompletion, ChatMessage, ChatModel, ChatRequest, Verifier
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
    context: DraftContext
    text: str
    surprise: tuple[float, ...]
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


def drafts_for(
    model: ChatModel, example: TrainingExample, rules: Rules, grammar: Grammar | None, *, n: int = 1, seed: int = 0
) -> list[Draft]:
    """The model's drafts for an example, as a turn asks for them: the first without sampling."""
    context = context_of(example)
    request = ChatRequest(
        messages=tuple(ChatMessage(line.role, line.content) for line in example.messages),
        max_tokens=_TOKENS,
        timeout_s=_TIMEOUT_S,
        seed=seed,
        task=example.task,
        grammar=grammar([*context.offered, "store_name"], context.must) if grammar else None,
        surprise=True,
    )
    start = time.perf_counter()
    *_, completions = written(model, request, n)
    ms = (time.perf_counter() - start) * 1000
    return [_draft(example, context, completion, rules, ms) for completion in completions]


def _draft(
    example: TrainingExample, context: DraftContext, completion: ChatCompletion, rules: Rules, ms: float
) -> Draft:
    text = tidy(completion.text)
    flags = _flags(example, context, rules, text)
    used = set(slots_in(text))
    return Draft(
        example=example,
        context=context,
        text=text,
        surprise=completion.surprise,
        finished=completion.finished,
        problems=tuple(flag.detail for flag in flags),
        reasons=frozenset(flag.reason.value for flag in flags),
        required=len(context.must),
        recalled=sum(slot in used for slot in context.must),
        ms=ms,
    )


def _flags(example: TrainingExample, context: DraftContext, rules: Rules, text: str) -> list[Flag]:
    rule = rules.playbook.rule(example.situation)
    if rule is not None:
        return problems(text, rule, rules.playbook, rules.voice, rules.passages)
    return _problems_in_practice(text, context, rules.voice)


def _broken(
    example: TrainingExample, context: DraftContext, rules: Rules, completion: ChatCompletion
) -> tuple[Flag, ...]:
    return tuple(_flags(example, context, rules, completion.text))


def with_shortened(drafts: Sequence[Draft], rules: Rules, verifier: Verifier) -> list[Draft]:
    """The drafts, each followed by what a turn would leave of it, where that is less."""
    found: list[Draft] = []
    completions = [ChatCompletion(each.text, each.finished, 0, 0, 0, each.surprise) for each in drafts]
    for draft, completion in zip(drafts, completions, strict=True):
        others = [each for each in completions if each is not completion]
        broken = partial(_broken, draft.example, draft.context, rules)
        best = at_its_best(completion, others, draft.context, verifier, broken).draft
        found.append(draft)
        if best.text != draft.text:
            found.append(_draft(draft.example, draft.context, best, rules, draft.ms))
    return found


def context_of(example: TrainingExample) -> DraftContext:
    """What the prompt told: the lines of the templates, read back."""
    told = example.messages[-1].content
    slots = _line(told, "SLOTS: ")
    offered, _, must = slots.partition("These must appear: ")
    return DraftContext(
        means=_line(told, "SITUATION: "),
        steps=[step for step in _line(told, "NEXT STEPS: ").split("; ") if step],
        policy=_line(told, "POLICY: "),
        question=told.rpartition("The customer is inquiring: ")[2].removesuffix("\nReply:").strip(),
        must=slots_in(must),
        offered=slots_in(offered),
    )


def _line(told: str, label: str) -> str:
    return next((line.removeprefix(label) for line in told.splitlines() if line.startswith(label)), "")


def _problems_in_practice(text: str, context: DraftContext, voice: Voice) -> list[Flag]:
    """What the hard rules can find where there is no playbook: a practice situation is of no shop."""
    support = (context.means, *context.steps, context.policy)
    missing = [slot for slot in context.must if slot not in slots_in(text)]
    return [
        *(Flag(FlagReason.MISSING_FACT, Severity.HOLD, f"{{{slot}}} has to be mentioned") for slot in missing),
        *(Flag(FlagReason.BRAND_VOICE, Severity.HOLD, problem) for problem in voice.problems(text)),
        *(
            Flag(FlagReason.UNSUPPORTED_LITERAL, Severity.HOLD, f"{literal.kind} “{literal.text}” stands nowhere")
            for literal in literals.unsupported(SLOT_PATTERN.sub("x", text), support)
        ),
    ]
