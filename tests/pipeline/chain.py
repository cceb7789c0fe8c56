"""A whole chain for tests: the shipped playbook, pages, prompts and notices, real stores and lexical search; four
customers, a dozen approved replies, and keywords in place of the intent head."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine

from app.adapters.crm_memory import MemoryCustomerRecords
from app.adapters.memory import NoInteractions
from app.adapters.sql.conversations import SqlConversations
from app.adapters.sql.database import open_database
from app.adapters.sql.lexical import LexicalIndex
from app.bootstrap import policy_of
from app.domain.conversation import DialogueState
from app.domain.customer import CustomerContext
from app.domain.handoff import with_playbook
from app.domain.ids import CustomerId, InteractionId
from app.domain.retrieval import Interaction, RetrievedInteraction
from app.domain.turn import TurnRecord
from app.domain.understanding import IntentPrediction
from app.pipeline.assistant import Assistant
from app.pipeline.parts import Degradations, Knowledge, Parts
from app.pipeline.products import ProductNames
from app.pipeline.turn import TurnOutcome
from app.playbook.actions import load_actions
from app.playbook.guarding import load_guard_rules
from app.playbook.loader import load_playbook
from app.playbook.phrases import load_notices, load_voice
from app.ports import ChatModel
from app.prompts.loader import load_prompts
from app.settings import Settings
from app.stores import Stores
from ingestion.demo.shop import POLICIES
from ingestion.sources.knowledge import read_pages
from tests.builders import (
    KETTLE,
    OTHER_SHOES,
    SHOES,
    TENT,
    CountedIds,
    StoppedClock,
    a_customer,
    a_delivered_order,
    a_shipped_order,
    an_order,
)

PAGES, PASSAGES = read_pages(POLICIES)
PLAYBOOK = load_playbook(pages={page.id: frozenset(page.facts) for page in PAGES})
PRODUCTS = (KETTLE, SHOES, OTHER_SHOES, TENT)

MAYA, TOM, LENA, SAMUEL = (CustomerId(f"C-{number}") for number in range(1, 5))
CUSTOMERS = (
    a_customer(
        a_shipped_order("LF-10482", SHOES, late=3, placed=5),
        *(a_delivered_order(f"LF-1000{number}", KETTLE, ago=20 * number) for number in range(1, 5)),
        number=MAYA,
    ),
    a_customer(
        an_order("LF-20002", SHOES, placed=1), an_order("LF-20001", KETTLE, placed=2), number=TOM, first_name="Tom"
    ),
    a_customer(number=LENA, first_name="Lena"),
    a_customer(an_order("LF-30001", KETTLE, placed=0), number=SAMUEL, first_name="Samuel"),
)
"""Maya waits for a late parcel and buys often, Tom has two open orders, Lena has none, Samuel ordered today."""

APPROVED = (
    ("track_order/late", "Your order {order_id} is {days_late} late, and it is now expected on {delivery_date}."),
    ("track_order/processing", "Your order {order_id} has not been packed yet."),
    ("track_order/anonymous", "Please sign in at the top of the page and ask me again."),
    ("track_order/no_orders", "There is no order on this account. Would you like me to pass this to a colleague?"),
    ("track_order/unknown_order", "I cannot find {asked_number} among the orders on this account."),
    ("track_order/which_order", "Which order do you mean, {order_options}?"),
    ("cancel_order/can_cancel", 'You can cancel {order_id} under "My orders". I can pass this to a colleague too.'),
    ("cancel_order/shipped", "Order {order_id} has shipped. You can send it back within {return_days}."),
    ("cancel_order/which_order", "Which order would you like to cancel, {order_options}?"),
    ("cancel_order/unknown_order", "I cannot find {asked_number} among the orders on this account."),
    (
        "delivery_options/list",
        "Standard delivery takes {standard_days} and costs {standard_fee}; express takes {express_days} and costs "
        "{express_fee}.",
    ),
    ("product_question/in_stock", "The {product} is in stock. {product_details}"),
    ("product_question/which_product", "Which one do you mean, {product_options}?"),
    ("greeting/welcome", "Hello, what can I do for you?"),
    ("off_topic/decline", "I can help with orders, deliveries, returns and your account."),
    ("contact_human_agent/connect", "A colleague takes over here. People are there {support_hours}."),
)
KEYWORDS = (
    ("contact_human_agent", r"\b(?:person|human)\b"),
    ("cancel_order", r"\bcancel\b"),
    ("delivery_options", r"\bdelivery options\b"),
    ("product_question", r"\btell me about\b|\bin stock\b"),
    ("get_refund", r"\brefund\b|\bpromised me\b|\bowe\b"),
    ("track_order", r"\bwhere\b|\btrack\b|\bparcel\b"),
    ("greeting", r"\b(?:hello|hi)\b"),
)


class KeywordIntents:
    """An `IntentClassifier` that goes by words; what holds none of them is out of scope."""

    version = "keywords"

    def __init__(self, confidence: float = 0.97) -> None:
        self._confidence = confidence

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> IntentPrediction:
        found = [intent for intent, words in KEYWORDS if re.search(words, text, re.IGNORECASE)]
        if not found:
            return IntentPrediction("off_topic", 0.95, 0.02, (("off_topic", 0.95),))
        rest = (1 - self._confidence) / max(1, len(found) - 1)
        ranked = tuple((intent, self._confidence if intent == found[0] else rest) for intent in found)
        return IntentPrediction(found[0], self._confidence, 0.98, ranked)


class GivenIntent:
    """An `IntentClassifier` that always says the same."""

    version = "given"

    def __init__(self, ranked: tuple[tuple[str, float], ...], in_scope: float = 0.98) -> None:
        self._prediction = IntentPrediction(*ranked[0], in_scope, ranked)

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        return [self._prediction for _ in texts]


class GivenLanguage:
    """A `LanguageDetector` that always names the same one."""

    def __init__(self, language: str | None = "en") -> None:
        self._language = language

    def language(self, text: str) -> str | None:
        return self._language


def approved(situation: str, reply: str, question: str = "where is my parcel", **changes: Any) -> Interaction:  # noqa: ANN401
    """A past reply; its id is its situation and how it begins."""
    key = InteractionId(f"{situation} {reply[:20]}")
    return replace(Interaction(key, situation.split("/", 1)[0], situation, question, reply, "test"), **changes)


class PastCases(NoInteractions):
    """An `InteractionIndex` that finds every usable reply of a situation, all equally near to any question."""

    def __init__(self, interactions: Sequence[Interaction], score: float = 0.9) -> None:
        self._interactions = interactions
        self._score = score

    def search(
        self, question: str, *, situation: str | None = None, intent: str | None = None, limit: int = 5
    ) -> list[RetrievedInteraction]:
        found = [item for item in self._interactions if item.usable and situation in (None, item.situation)]
        return [RetrievedInteraction(item, self._score) for item in found if intent in (None, item.intent)][:limit]


def lexical(interactions: Sequence[Interaction]) -> LexicalIndex:
    """Search over these and the demo shop's passages."""
    return LexicalIndex(lambda: interactions, lambda: PASSAGES)


def build_parts(
    customers: Sequence[CustomerContext] = CUSTOMERS,
    interactions: Sequence[Interaction] | None = None,
    model: ChatModel | None = None,
    **policy: Any,  # noqa: ANN401 - whichever fields of the policy a test changes
) -> Parts:
    """Everything a turn leans on, with nothing outside this process."""
    past = [approved(*pair) for pair in APPROVED] if interactions is None else interactions
    return Parts(
        clock=StoppedClock(),
        ids=CountedIds(),
        policy=replace(policy_of(Settings()), **policy),
        playbook=PLAYBOOK,
        knowledge=Knowledge.of(PAGES),
        prompts=load_prompts(),
        notices=load_notices(),
        voice=load_voice(),
        guard_rules=load_guard_rules(),
        classifier=KeywordIntents(),
        language=GivenLanguage(),
        records=MemoryCustomerRecords(customers, PRODUCTS),
        product_names=ProductNames(PRODUCTS),
        interactions=PastCases(past),
        passages=lexical(()),
        model=model,
        degradations=Degradations(),
        actions=with_playbook(load_actions(), PLAYBOOK.rules()),
    )


@dataclass
class Talk:
    """One conversation with a chain of its own."""

    assistant: Assistant
    store: SqlConversations
    engine: Engine
    customer: CustomerId | None

    def __post_init__(self) -> None:
        self.id = self.assistant.start(self.customer).id

    def outcome(self, *texts: str) -> TurnOutcome:
        """The customer writes these messages in a row; the whole outcome."""
        return self.assistant.reply_to(self.id, texts)

    def says(self, *texts: str) -> TurnRecord:
        """The same, the record alone."""
        return self.outcome(*texts).record

    @property
    def state(self) -> DialogueState:
        """What is remembered now."""
        return self.store.conversation(self.id).state


def talk(customer: CustomerId | None = None, parts: Parts | None = None) -> Talk:
    """A new conversation in a database in memory; None: not signed in."""
    engine = open_database("sqlite://")
    stores = Stores(engine)
    return Talk(Assistant(parts or build_parts(), stores.memory), stores.conversations, engine, customer)
