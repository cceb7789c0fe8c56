"""Drafts that people judged: what the verifier learns from, and what it is measured on.

A sheet holds drafts as the served model wrote them, with all they were made from; a second file beside it holds what
readers said of each. Sheets are written by `handrail-feedback sheet`, judgements by people under the rubric in
`docs/readings/rubric.md`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app.domain.evidence import DraftContext
from app.errors import ConfigurationError
from app.ports import ChatCompletion
from feedback.dataset.rows import read_rows

FOLDER = Path(__file__).parent / "judged"
SHEET, JUDGEMENTS = ".sheet.jsonl", ".judgements.jsonl"

Verdict = Literal["good", "poor", "wrong"]


class SheetDraft(BaseModel):
    """One draft, and how unlikely the model found each of its tokens."""

    model_config = ConfigDict(extra="forbid")
    text: str
    surprise: list[float]
    finished: bool
    problems: list[str]
    """What the hard rules found; such a draft is never sent, so nobody has to judge it."""


class SheetGroup(BaseModel):
    """The drafts for one question in one situation."""

    model_config = ConfigDict(extra="forbid")
    id: str
    situation: str
    split: str
    """How the question and the situation stood to the model's training."""
    model: str
    means: str
    steps: list[str]
    policy: str
    question: str
    must: list[str]
    offered: list[str]
    drafts: list[SheetDraft]

    @property
    def context(self) -> DraftContext:
        """As the verifier takes it."""
        return DraftContext(self.means, self.steps, self.policy, self.question, self.must, self.offered)

    @property
    def completions(self) -> list[ChatCompletion]:
        """As they came from the model."""
        return [ChatCompletion(draft.text, draft.finished, 0, 0, 0, tuple(draft.surprise)) for draft in self.drafts]


class Judgement(BaseModel):
    """What a reader said of one draft."""

    model_config = ConfigDict(extra="forbid")
    id: str
    draft: int
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class JudgedGroup:
    """A group with the verdicts on those of its drafts that were judged."""

    group: SheetGroup
    verdicts: dict[int, Judgement]


def read_judged(folder: Path = FOLDER) -> list[JudgedGroup]:
    """Every sheet with its judgements. Raises ConfigurationError naming file and line."""
    found: list[JudgedGroup] = []
    for sheet in sorted(folder.glob(f"*{SHEET}")):
        said: dict[str, dict[int, Judgement]] = {}
        for judgement in read_rows(sheet.with_name(sheet.name.replace(SHEET, JUDGEMENTS)), Judgement):
            said.setdefault(judgement.id, {})[judgement.draft] = judgement
        for group in read_rows(sheet, SheetGroup):
            verdicts = said.pop(group.id, {})
            if any(place >= len(group.drafts) for place in verdicts):
                raise ConfigurationError(
                    f"{sheet.name}: {group.id} has {len(group.drafts)} drafts, and more judgements"
                )
            found.append(JudgedGroup(group, verdicts))
        if said:
            raise ConfigurationError(f"{sheet.name}: judged and not in the sheet: {', '.join(sorted(said)[:3])}")
    return found
