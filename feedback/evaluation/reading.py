"""Reading replies: questions to ask, a page to read, and what a reader's judgements add up to.

Automatic checks flatter a bot, so a person reads. The judgements are kept with the project; the questions come from a
corpus that is not part of it and are named by their row alone.
"""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from app.errors import ConfigurationError
from feedback.dataset.questions import bitext

CUSTOMERS = 520
"""Customers of the demo shop, C-0001 onwards."""

Verdict = Literal["good", "wrong", "poor"]


class Judgement(BaseModel):
    """What a reader said of one turn, under the rubric beside the file."""

    model_config = ConfigDict(extra="forbid")
    row: int
    customer: str
    answerable: bool
    """Whether a good agent with the same records could answer at once; asking for a person is not answerable."""
    delivery: Literal["send", "hold", "hand_off"]
    reply: str
    """First 12 digits of the sha256 of the reply template that was read."""
    verdict: Verdict | None
    """None for a turn that was not sent."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the judgements add up to."""

    read: int
    answerable: int
    answerable_sent: int
    sent: int
    good: int
    wrong: int

    @property
    def sent_share(self) -> float:
        """Of the answerable questions, how many were answered at once."""
        return self.answerable_sent / self.answerable if self.answerable else 0.0

    @property
    def good_share(self) -> float:
        """Of the replies sent, how many a good agent would have sent."""
        return self.good / self.sent if self.sent else 0.0


def write_questions(data: Path, target: Path, *, count: int, seed: int) -> int:
    """Writes JSON lines for `handrail ask --file`: test questions of Bitext, each with a random demo customer."""
    questions = list(enumerate(bitext(data, "test")))
    chosen = random.Random(seed).sample(questions, min(count, len(questions)))  # noqa: S311 - a sample, not a secret
    customers = random.Random(seed + 1)  # noqa: S311
    lines = [
        {
            "text": question.text,
            "customer_id": f"C-{customers.randint(1, CUSTOMERS):04d}",
            "row": row,
            "intent": question.intent,
        }
        for row, question in chosen
    ]
    target.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return len(lines)


def sample(records: Path, *, count: int, seed: int) -> list[dict[str, Any]]:
    """`count` of the answered turns, always the same ones for a seed."""
    lines = [json.loads(line) for line in records.read_text(encoding="utf-8").splitlines()]
    answered = [line for line in lines if "error" not in line and "row" in line.get("given", {})]
    return random.Random(seed).sample(answered, min(count, len(answered)))  # noqa: S311


def page(turns: Sequence[Mapping[str, Any]]) -> str:
    """The turns as Markdown with an empty line for each judgement."""
    parts = []
    for number, turn in enumerate(turns, start=1):
        keys = ", ".join(situation["key"] or "none" for situation in turn["situations"])
        proposed = turn["proposed"]["text"] if turn["proposed"] else "(nothing)"
        quoted = proposed.replace("\n", "\n> ")
        parts.append(
            f"## {number} · row {turn['given']['row']} · {turn['customer_id']}\n\n"
            f"**asked** {turn['asked']}\n\n**labelled** {turn['given'].get('intent')} · **situation** {keys} · "
            f"**{turn['decision']['delivery']}** ({turn['origin']})\n\n> {quoted}\n\n"
            f"answerable: · verdict: · why:\n"
        )
    return "\n".join(parts)


def hash_of(template: str) -> str:
    """Names a reply, whatever values fill it."""
    return hashlib.sha256(template.encode()).hexdigest()[:12]


def template_hash(turn: Mapping[str, Any]) -> str:
    """Names the reply that was read."""
    return hash_of(turn["proposed"]["template"] if turn["proposed"] else "")


def read_judgements(path: Path) -> list[Judgement]:
    """Raises ConfigurationError naming the line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(Judgement.model_validate_json(line))
        except ValidationError as error:
            raise ConfigurationError(f"{path}, line {number}: {error}") from error
    return found


def add_up(judgements: Sequence[Judgement]) -> Reading:
    """The shares that the judgements come to."""
    sent = [item for item in judgements if item.delivery == "send"]
    answerable = [item for item in judgements if item.answerable]
    return Reading(
        read=len(judgements),
        answerable=len(answerable),
        answerable_sent=sum(1 for item in answerable if item.delivery == "send"),
        sent=len(sent),
        good=sum(1 for item in sent if item.verdict == "good"),
        wrong=sum(1 for item in sent if item.verdict == "wrong"),
    )


def stale(judgements: Sequence[Judgement], turns: Sequence[Mapping[str, Any]]) -> list[int]:
    """Rows whose reply is another one now than the one that was judged; they have to be read again."""
    now = {(turn["given"]["row"], turn["customer_id"]): template_hash(turn) for turn in turns}
    return [item.row for item in judgements if now.get((item.row, item.customer), item.reply) != item.reply]
