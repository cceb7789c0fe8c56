"""What each part of drafting is worth: the same held-out questions, with one thing changed at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.reply import ApprovalEstimate
from app.ports import ChatCompletion, ChatModel, Verifier
from feedback.dataset.snapshot import TrainingExample
from feedback.evaluation.drafts import Draft, Grammar, Rules, drafts_for


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to draft."""

    name: str
    drafts: int
    grammar: Grammar | None
    verified: bool
    """Whether the verifier chooses among the drafts that break no rule; else the first of them is taken."""


@dataclass(frozen=True, slots=True)
class VariantScores:
    """What came of it."""

    name: str
    questions: int
    clean: float
    """Questions with a draft that breaks no rule."""
    estimate: float
    """Mean of the verifier's word on the draft taken; 0 where there is none."""
    sure: float
    """Questions whose draft clears the threshold."""
    ms: float
    """Median time for all drafts of a question."""


def variants(grammar: Grammar, plain: Grammar) -> tuple[Variant, ...]:
    """`plain` admits the slots and no digits, and does not wait for the facts."""
    return (
        Variant("1 draft", 1, grammar, verified=True),
        Variant("1 draft, grammar that waits for no fact", 1, plain, verified=True),
        Variant("1 draft, no grammar", 1, None, verified=True),
        Variant("3 drafts, the first clean one", 3, grammar, verified=False),
        Variant("3 drafts, verified", 3, grammar, verified=True),
        Variant("6 drafts, verified", 6, grammar, verified=True),
    )


def measure_variant(
    variant: Variant,
    model: ChatModel,
    examples: Sequence[TrainingExample],
    rules: Rules,
    verifier: Verifier,
    threshold: float,
) -> VariantScores:
    """Drafts for every example in this way."""
    taken: list[float] = []
    times: list[float] = []
    for example in examples:
        drafts = drafts_for(model, example, rules, variant.grammar, n=variant.drafts)
        times.append(drafts[0].ms)
        taken.append(_taken(drafts, _estimates(drafts, verifier), verified=variant.verified))
    return VariantScores(
        variant.name,
        len(taken),
        sum(value >= 0 for value in taken) / len(taken),
        sum(max(0.0, value) for value in taken) / len(taken),
        sum(value >= threshold for value in taken) / len(taken),
        sorted(times)[len(times) // 2],
    )


def _estimates(drafts: Sequence[Draft], verifier: Verifier) -> list[ApprovalEstimate]:
    completions = [ChatCompletion(draft.text, draft.finished, 0, 0, 0, draft.surprise) for draft in drafts]
    return verifier.estimate(completions, drafts[0].context)


def _taken(drafts: Sequence[Draft], estimates: Sequence[ApprovalEstimate], *, verified: bool) -> float:
    """The estimate of the draft that is taken; -1 where every one breaks a rule."""
    clean = [each.probability for draft, each in zip(drafts, estimates, strict=True) if draft.clean]
    if not clean:
        return -1.0
    return max(clean) if verified else clean[0]
