"""How well it goes: figures over time from what turns, people and customers left behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

QUIET_AFTER = timedelta(hours=24)
"""A conversation in which nobody has written for so long, and nothing waits, is settled although nobody resolved it."""


class Grain(StrEnum):
    """The length of a period; periods begin at full hours or midnights in UTC."""

    HOUR = "hour"
    DAY = "day"


class Grouping(StrEnum):
    """Into what each period is divided."""

    NOTHING = "nothing"
    INTENT = "intent"
    SITUATION = "situation"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class FiguresAsked:
    """Which figures: turns accepted from `since` on and before `until`."""

    since: datetime
    until: datetime
    grain: Grain = Grain.DAY
    grouping: Grouping = Grouping.NOTHING


@dataclass(frozen=True, slots=True)
class Figures:
    """One period, and one group of it. A turn counts where it was asked, whatever happened to it later and when.

    By intent or situation, a turn with two requests counts in both; everywhere else once.
    """

    period: datetime
    """Its beginning, in UTC."""
    group: str | None
    """The intent, situation or model version; None where periods are not divided, "" for turns without one."""
    turns: int = 0
    sent: int = 0
    held: int = 0
    handed_off: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    """How many decisions each reason (`FlagReason`) had a part in."""
    approved: int = 0
    """Held and sent by a person as it stood."""
    edited: int = 0
    rejected: int = 0
    edit_distance: float | None = None
    """Mean over approved and edited ones: 0 as it stood, 1 nothing left of it; None when there are none."""
    thumbs_up: int = 0
    thumbs_down: int = 0
    satisfaction: float | None = None
    """Mean, 1 to 5, of the conversations whose last turn is here; None when nobody answered."""
    satisfaction_answers: int = 0
    by_bot_alone: int = 0
    """Conversations whose last turn is here and that are settled (resolved, or quiet for `QUIET_AFTER` with nothing
    waiting), without a person's part in any reply."""
    with_help: int = 0
    """The same, in which a person approved or edited replies and wrote none of her own."""
    by_person: int = 0
    """The same, in which a person wrote."""
    missed_hand_offs: int = 0
    """Replies sent by the bot alone that should not have been, as far as anybody said: the customer's thumb is down, or
    her next turn in the conversation is one in which she asked for a person, in words or by the button, or in which the
    bot gave up after several failures. Who is dissatisfied and says nothing is not counted."""
    needless_hand_offs: int = 0
    """Turns that went to a person who had nothing to add: held and approved as they stood, or handed off and handed
    back without a word of hers. Who reads a draft, and is glad to have been asked, counts too."""
    p50_ms: float | None = None
    """Time from the beginning of work to the decision."""
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """One situation of the playbook: how many approved replies it has, and how often it was asked."""

    situation: str
    usable: int
    asked: int


def covered_worst_first(
    situations: tuple[str, ...], usable: Mapping[str, int], asked: Mapping[str, int]
) -> list[Coverage]:
    """Situations without a usable approved reply first, and among equals the most asked first."""
    lines = [Coverage(key, usable.get(key, 0), asked.get(key, 0)) for key in situations]
    return sorted(lines, key=lambda line: (line.usable > 0, -line.asked, line.usable, line.situation))
