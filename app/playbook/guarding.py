"""Reads what the guards go by (`guards.yaml`)."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.domain.guarding import GuardRules, Phrase
from app.playbook.loader import SHIPPED
from app.playbook.source import Source

_FILE = "guards.yaml"

Share = Annotated[float, Field(ge=0, le=1)]
Probability = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _InjectionFile(_Strict):
    message: Probability
    retrieved: Probability


class _ToxicityFile(_Strict):
    message: Probability
    reply: Probability


class _AngerFile(_Strict):
    sentiment: Annotated[float, Field(ge=-1, lt=0)]
    turns: Count


class _PhraseFile(_Strict):
    pattern: str
    says: str


class _GuardsFile(_Strict):
    deadline_ms: Annotated[int, Field(ge=50, le=60_000)]
    leaked_words: Annotated[int, Field(ge=3)]
    policy_share: Share
    injection: _InjectionFile
    toxicity: _ToxicityFile
    anger: _AngerFile
    leaving: list[_PhraseFile]


def load_guard_rules(folder: Path = SHIPPED) -> GuardRules:
    """What the guards go by, from `folder`, else as shipped. Raises PlaybookError naming file, line and field."""
    path = folder / _FILE
    source = Source(path if path.exists() else SHIPPED / _FILE)
    file = source.parse(_GuardsFile)
    leaving = []
    for index, entry in enumerate(file.leaving):
        try:
            leaving.append(Phrase(re.compile(entry.pattern, re.IGNORECASE), entry.says))
        except re.error as error:
            raise source.error(f"not a regular expression: {error}", "leaving", index, "pattern") from error
    return GuardRules(
        deadline_ms=file.deadline_ms,
        leaked_words=file.leaked_words,
        injection_message=file.injection.message,
        injection_retrieved=file.injection.retrieved,
        toxicity_reply=file.toxicity.reply,
        toxicity_message=file.toxicity.message,
        sentiment=file.anger.sentiment,
        angry_turns=file.anger.turns,
        policy_share=file.policy_share,
        leaving=tuple(leaving),
    )
