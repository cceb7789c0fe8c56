"""What the stages lean on, handed in whole by the composition root, and what goes into a turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.conversation import DialogueState
from app.domain.facts import Fact, FactKind
from app.domain.guarding import GuardRules
from app.domain.handoff import Action
from app.domain.hours import Hours
from app.domain.ids import ConversationId, CustomerId, TurnId
from app.domain.playbook import Playbook
from app.domain.retrieval import Interaction, PolicyPage
from app.domain.voice import Notices, Voice
from app.pipeline.guards.lanes import Lanes
from app.pipeline.products import ProductNames
from app.ports import (
    ChatModel,
    Clock,
    CustomerRecords,
    IdGenerator,
    IntentClassifier,
    InteractionIndex,
    LanguageDetector,
    MeaningCheck,
    PassageIndex,
    Presence,
    Sentiment,
    ShadowModel,
    TextDetector,
    Verifier,
)
from app.prompts.loader import PromptTemplate


@dataclass(frozen=True, slots=True)
class Policy:
    """How the chain decides; from the settings."""

    store_name: str
    currency: str
    language: str
    send_threshold: float
    scope_threshold: float
    drafts: int
    drafts_may_send: bool
    refine_in_shadow: bool
    answer_timeout_s: float
    refine_timeout_s: float
    most_message_characters: int


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The policy pages as they stand now."""

    pages: Mapping[str, PolicyPage] = field(default_factory=dict)

    @classmethod
    def of(cls, pages: Sequence[PolicyPage]) -> "Knowledge":
        """From the store's pages."""
        return cls({page.id: page for page in pages})

    @property
    def values(self) -> dict[str, str]:
        """Slot → value over all pages."""
        return {name: value for page in self.pages.values() for name, value in page.facts.items()}

    def texts(self, pages: Sequence[str]) -> list[str]:
        """What these pages say: where a literal of a reply may stand, here as when past replies are brought in."""
        return [self.pages[key].text for key in pages if key in self.pages]

    def facts(self, pages: Sequence[str]) -> tuple[Fact, ...]:
        """The slots that these pages offer, each with its page as the source."""
        return tuple(
            Fact(name, value, FactKind.SLOT, f"policy:{key}")
            for key in pages
            if key in self.pages
            for name, value in self.pages[key].facts.items()
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a turn needs, each behind its role."""

    clock: Clock
    ids: IdGenerator
    policy: Policy
    playbook: Playbook
    knowledge: Knowledge
    prompts: Mapping[str, PromptTemplate]
    notices: Notices
    voice: Voice
    guard_rules: GuardRules
    classifier: IntentClassifier
    language: LanguageDetector
    records: CustomerRecords
    product_names: ProductNames
    interactions: InteractionIndex
    passages: PassageIndex
    model: ChatModel | None
    """None: no language model is configured; approved replies still answer."""
    degradations: "Degradations"
    verifier: Verifier | None = None
    """None: drafts are never sent unseen."""
    meaning: MeaningCheck | None = None
    """None: no refined text takes a draft's place, and none is asked for before the reply is decided."""
    index_version: str = ""
    """Names the encoder that the index was made with."""
    shadow: ShadowModel | None = None
    """A version of the model that is tried out after the customer has her reply."""
    hours: Hours | None = None
    """When people are there; None: nothing is said of it."""
    presence: Presence | None = None
    """Whether somebody is on duty; None: within the hours somebody is."""
    actions: Mapping[str, Action] = field(default_factory=dict)
    """What colleagues do for customers, by name."""
    mails: bool = False
    """Whether a person's reply can be mailed to a customer who has left."""
    injection: TextDetector | None = None
    """What detects attacks. None: the guards that ask it are absent, and the record of each turn says so."""
    toxicity: TextDetector | None = None
    """What detects insults. None: as above."""
    sentiment: Sentiment | None = None
    """What tells how a message feels. None: as above."""
    lanes: Lanes = field(default_factory=Lanes)
    """Where the guards run."""

    def is_current(self, interaction: Interaction) -> bool:
        """Whether everything the reply rests on is still as it was when a person approved it."""
        return all(self.version_of(name) == version for name, version in interaction.rests_on.items())

    def version_of(self, name: str) -> str | None:
        """The present version of what a reply can rest on ("policy:returns"); None when it is gone."""
        kind, _, key = name.partition(":")
        if kind == "playbook":
            rule = self.playbook.rule(key)
            return rule.version if rule else None
        if kind == "policy":
            page = self.knowledge.pages.get(key)
            return page.version if page else None
        return self.product_names.versions.get(key)


@dataclass(slots=True)
class Degradations:
    """What has had to do without something, counted by name over the life of the process."""

    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str) -> None:
        """One more of these."""
        self.counts[name] = self.counts.get(name, 0) + 1


@dataclass(frozen=True, slots=True)
class Turn:
    """The customer's unanswered messages, and what is remembered of the conversation."""

    id: TurnId
    conversation_id: ConversationId
    customer_id: CustomerId | None
    messages: tuple[str, ...]
    state: DialogueState
    at: datetime

    @property
    def text(self) -> str:
        """The messages as one text: several short ones in a row are one turn."""
        return "\n".join(message.strip() for message in self.messages if message.strip())
