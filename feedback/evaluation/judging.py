"""A language model as a judge of drafts: it fills in a form, point by point, before it gives its verdict.

After G-Eval (Liu et al. 2023, arXiv:2303.16634): naming what is checked and answering each point first makes the
verdict steadier. Any OpenAI-compatible endpoint may judge; what it says is kept as readers' judgements are, and never
mixed with theirs. What it is worth is its agreement with readers on the same drafts.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Template
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sklearn.metrics import cohen_kappa_score

from app.ports import ChatMessage, ChatModel, ChatRequest
from feedback.training.judged import JudgedGroup, Judgement, SheetGroup

_TOKENS = 300
_LONGEST_WHY = 300
_NOTHING = ("", "nothing", "none")
_ASK = Template("""You check drafts of a shop's customer service before they are sent. Words in {braces} are filled in
later.

WHAT IS THE CASE: $means
NEXT STEPS: $steps
POLICY: $policy
MUST BE MENTIONED: $must
CUSTOMER: $question
DRAFT: $draft

Fill in this form as JSON and nothing else:
{"answers": does it answer what the customer asked (true or false),
 "status": does every statement about the case agree with WHAT IS THE CASE (true or false),
 "slots": does each word in braces stand where such a thing belongs (true or false),
 "invented": what it states that stands nowhere above, or "nothing",
 "language": is it plain, whole and polite (true or false),
 "verdict": "good" (a good agent would send it as it stands), "poor" (nothing wrong, but an agent would write something
 else) or "wrong" (something in it is false or would mislead),
 "why": one short sentence}""")


class Form(BaseModel):
    """The form as a judge fills it in."""

    model_config = ConfigDict(extra="ignore")
    answers: bool
    status: bool
    slots: bool
    invented: str = ""
    language: bool
    verdict: Literal["good", "poor", "wrong"]
    why: str = Field("", max_length=2000)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a judge stands to readers of the same drafts."""

    both: int
    same: float
    """The share with the same verdict."""
    kappa: float
    """Cohen's: 0 is chance, 1 is always the same."""
    good_of_its_good: float
    """Of what it would send, what readers would send."""


def judged_by(model: ChatModel, groups: Sequence[SheetGroup], timeout_s: float) -> Iterator[Judgement | None]:
    """A judgement for each draft that breaks no rule, None where the form cannot be read. Raises ModelDown,
    DeadlineExceeded."""
    for group in groups:
        for place, draft in enumerate(group.drafts):
            if draft.problems or not draft.finished:
                continue
            request = ChatRequest((ChatMessage("user", _asked(group, draft.text)),), _TOKENS, timeout_s)
            form = read_form(model.complete(request)[0].text)
            yield (
                Judgement(id=group.id, draft=place, verdict=form.verdict, why=form.why[:_LONGEST_WHY]) if form else None
            )


def read_form(text: str) -> Form | None:
    """The form in what the judge wrote, which may stand among other words; None when there is none. A verdict that its
    own points contradict counts as its worst point says."""
    start, end = text.find("{"), text.rfind("}")
    try:
        form = Form.model_validate(json.loads(text[start : end + 1]))
    except (ValidationError, ValueError):
        return None
    invents = form.invented.strip(' ."').lower() not in _NOTHING
    if form.verdict == "good" and (invents or not (form.status and form.slots)):
        return form.model_copy(update={"verdict": "wrong"})
    if form.verdict == "good" and not (form.answers and form.language):
        return form.model_copy(update={"verdict": "poor"})
    return form


def agreement(said: Sequence[Judgement], readers: Sequence[JudgedGroup]) -> Agreement | None:
    """None when no draft was judged by both."""
    theirs = {(group.group.id, place): one.verdict for group in readers for place, one in group.verdicts.items()}
    pairs = [(one.verdict, theirs[one.id, one.draft]) for one in said if (one.id, one.draft) in theirs]
    if not pairs:
        return None
    ours, readers_said = zip(*pairs, strict=True)
    same = sum(mine == reader for mine, reader in pairs) / len(pairs)
    good = [reader == "good" for mine, reader in pairs if mine == "good"]
    return Agreement(
        both=len(pairs),
        same=same,
        kappa=1.0 if same == 1.0 else float(cohen_kappa_score(ours, readers_said)),
        good_of_its_good=sum(good) / len(good) if good else 0.0,
    )


def _asked(group: SheetGroup, draft: str) -> str:
    return _ASK.substitute(
        means=group.means,
        steps="; ".join(group.steps) or "none",
        policy=group.policy or "none",
        must=", ".join(f"{{{name}}}" for name in group.must) or "nothing",
        question=group.question,
        draft=draft,
    )
