"""Past replies and policy passages, and what they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.ids import InteractionId, PageId, ProductId


class InteractionStatus(StrEnum):
    """Whether a past reply may be used."""

    APPROVED = "approved"
    PROVISIONAL = "provisional"
    RESTING = "resting"
    """Something it rests on has changed; a person has to check it again."""
    SUSPENDED = "suspended"
    """People disagree about it, or a learnt reply has taken its place."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Interaction:
    """A past question and the reply that a person approved, both wholly in slots and placeholders."""

    id: InteractionId
    intent: str
    situation: str
    """The key `intent/situation`."""
    question: str
    reply: str
    source: str
    status: InteractionStatus = InteractionStatus.APPROVED
    product_id: ProductId | None = None
    """Set when the reply is about this one product and must not be used for another."""
    rests_on: Mapping[str, str] = field(default_factory=dict)
    """What it rests on → the version of it: "playbook:track_order/late", "policy:returns", "product:P-012"."""

    @property
    def usable(self) -> bool:
        """Whether the reply may be used now."""
        return self.status in (InteractionStatus.APPROVED, InteractionStatus.PROVISIONAL)


@dataclass(frozen=True, slots=True)
class RetrievedInteraction:
    """A past case with its score: cosine similarity of the questions, or a lexical score scaled to 0 to 1."""

    interaction: Interaction
    score: float


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """One page of the knowledge base. `facts` are the numbers and names in it that replies may use as slots."""

    id: PageId
    title: str
    text: str
    facts: Mapping[str, str]
    version: str
    """Hash of title, text and facts."""


@dataclass(frozen=True, slots=True)
class PolicyPassage:
    """A passage of a policy page with its source and, when retrieved, its score."""

    id: str
    page_id: PageId
    title: str
    text: str
    version: str
    score: float = 0.0
