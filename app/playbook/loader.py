"""Reads the playbook and refuses one that cannot be right, naming file, line and field.

Everything is checked at start: unknown signs, values, slots' spelling, claims, pages, and situations that can never be
reached, since a playbook is edited by hand and a mistake in it would otherwise show in front of a customer.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.domain.conversation import OpenQuestion
from app.domain.playbook import (
    About,
    Addition,
    Claim,
    ClaimKind,
    Condition,
    Family,
    IntentPlaybook,
    Playbook,
    Risk,
    SituationRule,
    Tone,
)
from app.domain.reply import Delivery
from app.domain.signs import VOCABULARY
from app.errors import PlaybookError
from app.playbook.decisions import with_decisions
from app.playbook.source import Source

SHIPPED = Path(__file__).parent
"""The playbook that comes with the product."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Page = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
When = dict[Name, str | list[str]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _SituationFile(_Strict):
    when: When = {}
    means: Annotated[str, StringConstraints(min_length=10)]
    must_mention: list[Name] = []
    may_use: list[Name] = []
    policies: list[Page] = []
    next_steps: list[str] = []
    must_say: list[Name] = []
    tone: Tone = Tone.NEUTRAL
    risk: Risk | None = None
    decision: Delivery | None = None
    asks: OpenQuestion | None = None
    offers_person: bool = False
    action: Name | None = None
    add: list[Addition] = []


class _IntentFile(_Strict):
    intent: Name
    title: str
    family: Family
    about: About
    risk: Risk
    fits: When | list[When] = {}
    ask_which: bool = True
    gates: list[Name] = []
    decision: Delivery = Delivery.SEND
    situations: Annotated[dict[Name, _SituationFile], Field(min_length=1)]


class _ClaimFile(_Strict):
    says: str
    patterns: Annotated[list[str], Field(min_length=1)]
    true_when: list[When]


class _ClaimsFile(_Strict):
    statements: dict[Name, _ClaimFile]
    actions: dict[Name, _ClaimFile]
    promises: dict[Name, _ClaimFile]


def load_playbook(folder: Path = SHIPPED, pages: Mapping[str, frozenset[str]] | None = None) -> Playbook:
    """The playbook in `folder` (`gates.yaml`, `claims.yaml`, `intents/*.yaml`, and `decisions.yaml` if there is one).

    `pages` maps each policy page to the names of its facts; when given, every page named must be one of them.
    Raises PlaybookError for the first thing that is wrong.
    """
    claims = _claims(Source(folder / "claims.yaml"))
    gates_source = Source(folder / "gates.yaml")
    if not isinstance(gates_source.data, dict):
        raise gates_source.error("has to name each gate with its fields")
    intents: dict[str, IntentPlaybook] = {}
    files = sorted((folder / "intents").glob("*.yaml"))
    if not files:
        raise PlaybookError(f"{folder / 'intents'}: no playbook files")
    for path in files:
        source = Source(path)
        entry = _Reader(source, gates_source, claims, pages).intent()
        if entry.intent in intents:
            raise source.error(f"the intent {entry.intent} has a file already", "intent")
        intents[entry.intent] = entry
    parts = [rule.version for entry in intents.values() for rule in entry.situations]
    return with_decisions(Playbook(intents=intents, claims=claims, version=fingerprint(parts)), folder)


def fingerprint(value: object) -> str:
    """A short hash of anything that JSON can hold: the version of what it was made from."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class _Reader:
    """Turns one intent's file into the domain's words, checking what pydantic cannot."""

    def __init__(
        self,
        source: Source,
        gates_source: Source,
        claims: Mapping[str, Claim],
        pages: Mapping[str, frozenset[str]] | None,
    ) -> None:
        self._source = source
        self._gates_source = gates_source
        self._claims = claims
        self._pages = pages

    def intent(self) -> IntentPlaybook:
        file = self._source.parse(_IntentFile)
        if file.intent != self._source.path.stem:
            raise self._source.error(f"the intent must be named as its file, {self._source.path.stem}", "intent")
        # The intent's own situations first: a page they name wrongly would else be blamed on the gates that inherit it.
        own = [self._rule(file, name, entry) for name, entry in file.situations.items()]
        rules = [*self._gates(file), *own]
        for rule, earlier in ((rule, earlier) for index, rule in enumerate(rules) for earlier in rules[:index]):
            if _covers(earlier.when, rule.when):
                field = ("situations", rule.name) if rule.name in file.situations else ("gates",)
                raise self._source.error(f"is never reached, {earlier.name} holds whenever it does", *field)
        return IntentPlaybook(
            intent=file.intent,
            title=file.title,
            family=file.family,
            about=file.about,
            situations=tuple(rules),
            fits=self._fits(file),
            ask_which=file.ask_which,
        )

    def _fits(self, file: _IntentFile) -> tuple[Condition, ...]:
        if isinstance(file.fits, list):
            return tuple(_condition(self._source, each, "fits", index) for index, each in enumerate(file.fits))
        return (_condition(self._source, file.fits, "fits"),)

    def _gates(self, file: _IntentFile) -> list[SituationRule]:
        rules = []
        for index, name in enumerate(file.gates):
            if name not in self._gates_source.data:
                raise self._source.error(f"there is no gate {name}", "gates", index)
            if name in file.situations:
                raise self._source.error(f"{name} is a gate and a situation; keep one", "gates", index)
            try:
                entry = _SituationFile.model_validate(self._gates_source.data[name])
            except ValidationError as error:
                first = error.errors()[0]
                raise self._gates_source.error(first["msg"], name, *first["loc"]) from error
            # What is said at a gate names the intent's own steps, so it rests on the intent's pages too.
            inherited = [page for situation in file.situations.values() for page in situation.policies]
            pages = list(dict.fromkeys([*entry.policies, *inherited]))
            entry = entry.model_copy(update={"policies": pages})
            rules.append(self._rule(file, name, entry, self._gates_source, name))
        return rules

    def _rule(
        self, file: _IntentFile, name: str, entry: _SituationFile, source: Source | None = None, *field: str
    ) -> SituationRule:
        source, field = source or self._source, field or ("situations", name)
        for index, claim in enumerate(entry.must_say):
            if claim not in self._claims:
                raise source.error(f"there is no claim {claim} in claims.yaml", *field, "must_say", index)
        slots = list(entry.may_use)
        for index, page in enumerate(entry.policies):
            if self._pages is None:
                continue
            if page not in self._pages:
                raise source.error(f"there is no policy page {page}", *field, "policies", index)
            slots += sorted(self._pages[page])
        content = entry.model_dump(mode="json")
        return SituationRule(
            intent=file.intent,
            name=name,
            when=_condition(source, entry.when, *field, "when"),
            means=entry.means,
            must_mention=tuple(entry.must_mention),
            may_use=tuple(dict.fromkeys(slots)),
            policies=tuple(entry.policies),
            next_steps=tuple(entry.next_steps),
            must_say=tuple(entry.must_say),
            tone=entry.tone,
            risk=entry.risk or file.risk,
            decision=entry.decision or file.decision,
            asks=entry.asks,
            offers_person=entry.offers_person,
            action=entry.action,
            add=tuple(entry.add),
            version=fingerprint([file.intent, name, content]),
        )


def _covers(earlier: Condition, later: Condition) -> bool:
    """Whether `earlier` holds whenever `later` does."""
    return all(sign in later and later[sign] <= values for sign, values in earlier.items())


def _condition(source: Source, when: When, *field: str | int) -> Condition:
    condition: dict[str, frozenset[str]] = {}
    for sign, value in when.items():
        values = frozenset([value] if isinstance(value, str) else value)
        known = VOCABULARY.get(sign)
        if known is None:
            raise source.error(f"there is no sign {sign}; known: {', '.join(sorted(VOCABULARY))}", *field, sign)
        if unknown := values - known:
            raise source.error(
                f"{sign} cannot be {', '.join(sorted(unknown))}; it is one of {', '.join(sorted(known))}", *field, sign
            )
        condition[sign] = values
    return condition


def _claims(source: Source) -> dict[str, Claim]:
    file = source.parse(_ClaimsFile)
    claims: dict[str, Claim] = {}
    for group, kind in (("statements", "statement"), ("actions", "action"), ("promises", "promise")):
        for name, entry in getattr(file, group).items():
            if name in claims:
                raise source.error(f"the claim {name} is there twice", group, name)
            patterns = []
            for index, pattern in enumerate(entry.patterns):
                try:
                    patterns.append(re.compile(pattern, re.IGNORECASE))
                except re.error as error:
                    raise source.error(f"not a regular expression: {error}", group, name, "patterns", index) from error
            conditions = tuple(
                _condition(source, when, group, name, "true_when", index) for index, when in enumerate(entry.true_when)
            )
            claims[name] = Claim(name, entry.says, tuple(patterns), conditions, ClaimKind(kind))
    return claims
