"""Practice: situations of no shop in particular, written so that the model learns to put any situation into words.

The playbook has some two hundred situations; whoever has seen only these writes them by heart and stumbles over the
next one. Each line of `practice/*.jsonl` is a situation with its next steps, its policy, its slots and a few questions
with replies that a good agent would send.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain import literals
from app.domain.facts import SLOT_PATTERN, slots_in
from app.domain.voice import Voice
from feedback.dataset.rows import Named, read_named

FOLDER = Path(__file__).parent / "practice"
_LONGEST_REPLY = 480


class PracticeCase(BaseModel):
    """A question, masked as the chain masks it, and a reply in slots."""

    model_config = ConfigDict(extra="forbid")
    asked: str = Field(min_length=2, max_length=300)
    reply: str = Field(min_length=20, max_length=_LONGEST_REPLY)


class PracticeSituation(Named):
    """What the prompt will say, and what may be answered to it."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$")
    family: Literal["order", "refund", "account", "shop"]
    means: str = Field(min_length=20, max_length=260)
    steps: list[str] = Field(max_length=3)
    policy: str = ""
    must: list[str] = Field(max_length=3)
    may: list[str] = Field(max_length=4)
    cases: list[PracticeCase] = Field(min_length=3, max_length=6)


@dataclass(frozen=True, slots=True)
class Practice:
    """All of it, and where each situation stands."""

    situations: tuple[PracticeSituation, ...]

    @classmethod
    def read(cls, folder: Path = FOLDER) -> "Practice":
        """Raises ConfigurationError naming the file and the line."""
        return cls(read_named(folder, PracticeSituation))


def problems(situation: PracticeSituation, voice: Voice) -> Iterator[str]:
    """What in a situation would teach the model something it must not do."""
    offered = {*situation.must, *situation.may, "store_name"}
    support = (situation.means, *situation.steps, situation.policy)
    if clash := set(situation.must) & set(situation.may):
        yield f"{sorted(clash)} both must and may be there"
    seen: set[str] = set()
    for case in situation.cases:
        used = set(slots_in(case.reply))
        where = f"“{case.reply[:40]}”"
        if case.reply in seen:
            yield f"{where} is there twice"
        seen.add(case.reply)
        if unknown := used - offered:
            yield f"{where} uses {sorted(unknown)}, which is not offered"
        if missing := set(situation.must) - used:
            yield f"{where} does not mention {sorted(missing)}"
        if "{" in SLOT_PATTERN.sub("", case.reply) or any(character.isdigit() for character in case.reply):
            yield f"{where} has a brace or a digit of its own"
        yield from (f"{where}: {problem}" for problem in voice.problems(case.reply))
        for literal in literals.unsupported(SLOT_PATTERN.sub("x", case.reply), support):
            yield f"{where}: {literal.kind} “{literal.text}” stands nowhere in the situation"
        if any(character.isdigit() for character in case.asked):
            yield f"“{case.asked[:40]}” has digits; a number is masked as [order]"
