"""How drafts are asked for and what is taken of them: the likeliest wording first, others only where it will not do,
and of each what is best when its needless sentences are left out."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.domain.evidence import DraftContext
from app.domain.reply import ApprovalEstimate, Flag
from app.domain.shortening import shortenings
from app.domain.text import tidy
from app.ports import ChatCompletion, ChatModel, ChatRequest, Verifier

_TEMPERATURE = 0.7
"""Of the drafts after the first, which is written without sampling: people would send more of those."""
_LEAST_S = 1.0
"""Time below which no further draft is worth beginning."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is taken of a draft, with what the rules and the verifier say of it."""

    draft: ChatCompletion
    violations: tuple[Flag, ...]
    estimate: ApprovalEstimate


def written(model: ChatModel, request: ChatRequest, count: int) -> Iterator[list[ChatCompletion]]:
    """Up to `count` drafts in one or two goes, all those so far each time: who has enough asks for no more. The second
    go has what the first left of the request's time. Raises ModelDown, DeadlineExceeded."""
    began = time.monotonic()
    drafts = _tidied(model.complete(replace(request, temperature=0.0, n=1)))
    yield drafts
    left = request.timeout_s - (time.monotonic() - began)
    if count > 1 and left >= _LEAST_S:
        others = replace(request, temperature=_TEMPERATURE, n=count - 1, timeout_s=left)
        yield [*drafts, *_tidied(model.complete(others))]


def at_its_best(
    draft: ChatCompletion,
    others: Sequence[ChatCompletion],
    context: DraftContext,
    verifier: Verifier,
    broken: Callable[[ChatCompletion], tuple[Flag, ...]],
) -> Judged:
    """Of a draft and its shortenings the one that breaks no rule and that the verifier, who sees it beside the other
    drafts, thinks most of; the longest of equals."""
    found = [
        Judged(each, broken(each), verifier.estimate([each, *others], context)[0])
        for each in (draft, *_shorter(draft, context))
    ]
    return max(found, key=lambda each: (not each.violations, each.estimate.probability))


def _shorter(draft: ChatCompletion, context: DraftContext) -> Iterator[ChatCompletion]:
    for text in shortenings(draft.text, context, finished=draft.finished):
        # How unlikely its words were is known in their order only: what is left is taken to hold its share of them.
        kept = round(len(draft.surprise) * len(text) / len(draft.text))
        yield replace(draft, text=text, surprise=draft.surprise[:kept], finished=True)


def _tidied(completions: Sequence[ChatCompletion]) -> list[ChatCompletion]:
    return [replace(each, text=tidy(each.text)) for each in completions]
