"""What stage one makes of the customer's words."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.ids import ProductId


class Move(StrEnum):
    """What a short answer does in the dialogue, when it is not a request of its own."""

    REQUEST = "request"
    AFFIRM = "affirm"
    DENY = "deny"
    SELECT = "select"
    """Names one of the things the bot offered: "the shoes one", "the second"."""


@dataclass(frozen=True, slots=True)
class Entities:
    """What the words name. Values are the customer's own: they may be echoed, never believed."""

    numbers: tuple[str, ...] = ()
    """Order or invoice numbers as written, without a leading '#'."""
    emails: tuple[str, ...] = ()
    products: tuple[ProductId, ...] = ()
    """Ids of catalogue products that the text names."""
    people: tuple[str, ...] = ()
    """Names of persons ("Ms. Hawkings")."""
    amounts: tuple[str, ...] = ()
    ordinal: int | None = None
    """"the second one" → 2; "the last one" → -1."""


@dataclass(frozen=True, slots=True)
class IntentPrediction:
    """The intent head's answer for one request: calibrated probabilities, highest first in `ranked`."""

    intent: str
    confidence: float
    in_scope: float
    """Calibrated probability that the request is one the playbook knows."""
    ranked: tuple[tuple[str, float], ...] = ()

    @property
    def margin(self) -> float:
        """By how much the likeliest intent leads the next."""
        return self.confidence - max((share for intent, share in self.ranked if intent != self.intent), default=0.0)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing the customer asks for; a turn may hold two."""

    text: str
    masked: str
    """`text` with names, numbers and addresses replaced by placeholders: what a prompt or an index may see."""
    prediction: IntentPrediction
    entities: Entities = field(default_factory=Entities)
    move: Move = Move.REQUEST
