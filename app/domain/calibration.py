"""What an estimate is made from, and the map from it to a probability that holds: learnt from judged replies.

The candidates of one case are ranked by rule (`Evidence.by_rule`). How likely the best of them is to be right is
another question, and a `Calibration` answers it; `Calibration.threshold` turns the share of wrong replies that an
operator accepts into the estimate from which a reply is sent.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

_SHARPEST = 1e-3
"""Confidences are read up to here from 0 and 1: a head that has never erred in the last thousandth is not surer."""
NEVER = 1.01
"""A threshold that no estimate reaches."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an approved reply as the answer to a question."""

    confidence: float
    """Probability that the situation is the one asked about."""
    margin: float
    """By how much the likeliest intent leads the next."""
    in_scope: float
    fit: float
    """How well the reply's own question fits this one, 0 to 1."""
    several: bool = False
    """Whether the message says more than this request."""
    beside: str = ""
    """What in the reply was not asked, in words."""
    provisional: bool = False
    """One person has taught it. It takes nothing from the estimate, which says whether the reply is for this request:
    that it is a good one, a person has said, and people take it back when it is not."""
    said_before: bool = False
    foreign: bool = False
    """Whether it is declined as none of the shop's business."""

    @property
    def by_rule(self) -> float:
        """Set by hand: it ranks candidates, and is no probability."""
        value = self.confidence * (_FIT_FLOOR + (1 - _FIT_FLOOR) * self.fit)
        value *= _BESIDE_THE_POINT if self.beside else 1
        return value * self.set_by_hand

    @property
    def set_by_hand(self) -> float:
        """What is left of an estimate for a reply that nobody has judged in this state."""
        return _REPEATED if self.said_before else 1

    @property
    def features(self) -> dict[str, float]:
        """As a calibration reads it, and as the record keeps it."""
        sure = min(1 - _SHARPEST, max(_SHARPEST, self.confidence))
        return {
            "confidence": round(math.log(sure / (1 - sure)), 4),
            "margin": round(self.margin, 4),
            "in scope": round(self.in_scope, 4),
            "fit": round(self.fit, 4),
            "several": float(self.several),
            "beside the point": float(bool(self.beside)),
            "provisional": float(self.provisional),
            "said before": float(self.said_before),
            "foreign": float(self.foreign),
            "by rule": round(self.by_rule, 4),
        }


_FIT_FLOOR = 0.6
"""What a reply of the right situation is worth when its question is far away."""
_BESIDE_THE_POINT = 0.8
_REPEATED = 0.5
"""What a reply that this conversation has had already is worth beside a fresh one."""


@dataclass(frozen=True, slots=True)
class Step:
    """What sending from a threshold on would have come to on the replies that were held out."""

    threshold: float
    sent: float
    """The share of replies that reach it."""
    risk: float
    """Of these, the share that was not right."""
    risk_at_most: float
    """The upper end of its interval."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic map, with the curve that thresholds are read from."""

    version: str
    judged: int
    weights: Mapping[str, float]
    bias: float
    steps: tuple[Step, ...]

    def probability(self, features: Mapping[str, float]) -> float:
        """That the reply is right for this customer and question, 0 to 1; features without a weight do not count."""
        value = self.bias + sum(weight * features.get(name, 0.0) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-value))

    def threshold(self, accepted_risk: float) -> float:
        """The lowest threshold from which the risk, with its interval, has stayed within what is accepted.

        `NEVER` where that holds for none: nothing is sent unseen then.
        """
        return min((step.threshold for step in self.steps if step.risk_at_most <= accepted_risk), default=NEVER)
