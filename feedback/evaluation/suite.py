"""The frozen suite: what customers write, the situation that each case needs, and what may be done with it.

A case names situations, not customers: a customer of the demo shop whose records lead there is found for it, so that
the suite holds on any day. The version is the hash of all cases; two reports are compared only on one version.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Literal

import yaml
from pydantic import ConfigDict, Field

from app.domain.reply import Delivery
from app.errors import ConfigurationError
from feedback.dataset.rows import Named, read_named

SUITE = Path(__file__).parent / "suite"
TWINS = "twins.yaml"
EIGHT_WAYS, FAIR = "eight-", "fair-"
"""How the names of groups begin: one request in eight wordings, and one request by four customers."""


class Danger(StrEnum):
    """What makes a case likely to go wrong."""

    NONE = "none"
    ANGRY = "angry"
    TWO_QUESTIONS = "two_questions"
    WRONG_NUMBER = "wrong_number"
    TYPOS = "typos"
    OFF_TOPIC = "off_topic"
    PERSON = "person"
    BEYOND_POLICY = "beyond_policy"
    INJECTION = "injection"


class SuiteCase(Named):
    """One case. `{order}` in a message stands for an order number of hers, `{wrong_order}` for one that is not."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[a-z0-9-]+$")
    kind: Literal["scripted", "historical", "hypothetical"]
    danger: Danger
    messages: tuple[str, ...] = Field(min_length=1)
    situations: tuple[str, ...] = Field(max_length=2)
    decisions: tuple[Delivery, ...] = Field(min_length=1)
    """What may be done; more than one where a careful agent could do either."""
    reference: str
    """What a very good agent would send, in slots; empty where nothing should be sent."""
    group: str = ""
    note: str = ""

    @property
    def answerable(self) -> bool:
        """Whether it should be answered at once, and by nothing else."""
        return self.decisions == (Delivery.SEND,)

    @property
    def may_be_sent(self) -> bool:
        """Whether sending is among what may be done; where it is not, sending is a risk taken."""
        return Delivery.SEND in self.decisions


@dataclass(frozen=True)
class Suite:
    """All cases, by file and line, and the situations that call for the same reply."""

    cases: tuple[SuiteCase, ...]
    twins: tuple[frozenset[str], ...] = ()

    @cached_property
    def version(self) -> str:
        """Names exactly these cases and twins."""
        text = "\n".join([*(case.model_dump_json() for case in self.cases), *(" ".join(sorted(t)) for t in self.twins)])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def same(self, found: Iterable[str], needed: Iterable[str]) -> bool:
        """Whether these situations are those, or twins of them, in any order."""
        return {self._name(key) for key in found} == {self._name(key) for key in needed}

    def _name(self, key: str) -> str:
        """One name for all twins."""
        return next((min(group) for group in self.twins if key in group), key)


def read_suite(folder: Path = SUITE) -> Suite:
    """Raises ConfigurationError naming the file and the line."""
    found = read_named(folder, SuiteCase)
    if not found:
        raise ConfigurationError(f"{folder} holds no cases")
    twins: list[list[str]] = yaml.safe_load(_text(folder / TWINS)) or []
    return Suite(found, tuple(frozenset(group) for group in twins))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
