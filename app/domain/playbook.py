"""The playbook: for each intent, the situations that can hold and what a reply must, may and must not say in each.

Read from `app/playbook/` by its loader; here is only what the pipeline needs of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.conversation import OpenQuestion
from app.domain.reply import Delivery
from app.domain.signs import Signs


class About(StrEnum):
    """What has to be looked up before a request can be answered."""

    ORDER = "order"
    PRODUCT = "product"
    ACCOUNT = "account"
    SHOP = "shop"


class Family(StrEnum):
    """Which prompt template speaks for an intent."""

    ORDER = "order"
    REFUND = "refund"
    ACCOUNT = "account"
    SHOP = "shop"
    TALK = "talk"


class Tone(StrEnum):
    """How the news is to be told."""

    GLAD = "glad"
    NEUTRAL = "neutral"
    SORRY = "sorry"


class Risk(StrEnum):
    """How much a wrong answer would cost."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Addition(StrEnum):
    """A sentence that code adds where the facts call for it."""

    LOYALTY = "loyalty"
    DELAY = "delay"


Condition = Mapping[str, frozenset[str]]
"""Sign → the values that satisfy it; all signs named must be satisfied."""


def satisfies(signs: Signs, condition: Condition) -> bool:
    """Whether every sign named in `condition` is known and has one of the values named."""
    return all(signs.get(sign) in values for sign, values in condition.items())


@dataclass(frozen=True, slots=True)
class ShopRule:
    """That the shop has a person look, always or where much is at stake."""

    decision: Delivery
    above: Decimal | None = None
    """None: always."""

    def holds_for(self, amount: Decimal | None) -> bool:
        """Whether it counts where so much is at stake; None: nothing is."""
        return self.above is None or (amount is not None and amount > self.above)


@dataclass(frozen=True, slots=True)
class SituationRule:
    """One situation of one intent, as the playbook describes it."""

    intent: str
    name: str
    when: Condition
    means: str
    must_mention: tuple[str, ...] = ()
    may_use: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    must_say: tuple[str, ...] = ()
    tone: Tone = Tone.NEUTRAL
    risk: Risk = Risk.LOW
    decision: Delivery = Delivery.SEND
    asks: OpenQuestion | None = None
    offers_person: bool = False
    action: str | None = None
    add: tuple[Addition, ...] = ()
    version: str = ""
    """Hash of all the above: an approved reply rests on it."""
    shop: ShopRule | None = None
    """What the shop says beyond the playbook, see `decisions.yaml`."""

    @property
    def key(self) -> str:
        """`intent/situation`, the name used everywhere."""
        return f"{self.intent}/{self.name}"


@dataclass(frozen=True, slots=True)
class IntentPlaybook:
    """All situations of one intent, in the order in which they are tried."""

    intent: str
    title: str
    family: Family
    about: About
    situations: tuple[SituationRule, ...]
    fits: tuple[Condition, ...]
    """Which orders the intent is usually about, the likeliest first: "cancel my order" means one that is not packed."""
    ask_which: bool = True
    """Whether to ask when several orders fit; else the latest that fits is taken."""


class ClaimKind(StrEnum):
    """What kind of statement a claim is."""

    STATEMENT = "statement"
    """About the records: true or not."""
    ACTION = "action"
    """That the assistant did something."""
    PROMISE = "promise"


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of fact that a reply can make, how it is recognised, and when it is true."""

    name: str
    says: str
    patterns: tuple[re.Pattern[str], ...]
    true_when: tuple[Condition, ...]
    """True when any one of these holds; empty: never true, whatever the records say."""
    kind: ClaimKind = ClaimKind.STATEMENT


@dataclass(frozen=True, slots=True)
class Playbook:
    """The whole playbook."""

    intents: Mapping[str, IntentPlaybook]
    claims: Mapping[str, Claim]
    version: str

    def situation(self, intent: str, signs: Signs) -> SituationRule | None:
        """The first situation of `intent` whose condition holds; None when the playbook has no answer."""
        entry = self.intents.get(intent)
        if entry is None:
            return None
        return next((rule for rule in entry.situations if satisfies(signs, rule.when)), None)

    def rule(self, key: str) -> SituationRule | None:
        """The situation named `intent/situation`, None when there is none."""
        entry = self.intents.get(key.partition("/")[0])
        return next((rule for rule in entry.situations if rule.key == key), None) if entry else None

    def rules(self) -> tuple[SituationRule, ...]:
        """Every situation."""
        return tuple(rule for entry in self.intents.values() for rule in entry.situations)
