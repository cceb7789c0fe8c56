"""Reads `decisions.yaml`: which replies the shop has a person look at, by intent or situation, beyond the playbook.

It lies beside the intents' files and is written by the people who answer for the replies. It can only add care: what
the playbook holds or hands off stays so, and `normal` merely excepts a situation from what is said of its intent.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from app.domain.playbook import IntentPlaybook, Playbook, ShopRule, SituationRule
from app.domain.reply import Delivery
from app.playbook.source import Source

FILE = "decisions.yaml"

_Word = Literal["normal", "hold", "hand_off"]


class _Above(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    decision: Literal["hold", "hand_off"]
    above: Annotated[Decimal, Field(ge=0)]


class _File(RootModel[dict[str, _Word | _Above]]):
    pass


def with_decisions(playbook: Playbook, folder: Path) -> Playbook:
    """The playbook with the shop's rules on its situations; the same one where there is no such file.

    Raises PlaybookError naming file, line and field. Versions of situations stay: a rule on who looks at a reply
    changes nothing that the reply rests on.
    """
    path = folder / FILE
    if not path.exists():
        return playbook
    source = Source(path)
    if source.data is None:  # nothing but comments
        return playbook
    rules = {key: _rule(entry) for key, entry in source.parse(_File).root.items()}
    for key in rules:
        if key not in playbook.intents and playbook.rule(key) is None:
            raise source.error(f"there is no intent and no situation {key}", key)
    return replace(playbook, intents={name: _ruled(entry, rules) for name, entry in playbook.intents.items()})


def _rule(entry: _Word | _Above) -> ShopRule | None:
    if isinstance(entry, _Above):
        return ShopRule(Delivery(entry.decision), entry.above)
    return None if entry == "normal" else ShopRule(Delivery(entry))


def _ruled(entry: IntentPlaybook, rules: Mapping[str, ShopRule | None]) -> IntentPlaybook:
    def ruled(rule: SituationRule) -> SituationRule:
        return replace(rule, shop=rules.get(rule.key, rules.get(entry.intent)))

    return replace(entry, situations=tuple(ruled(rule) for rule in entry.situations))
