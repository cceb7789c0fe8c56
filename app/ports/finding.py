"""What understanding and gathering lean on: time, vectors, intents, the shop's records, the indexes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.customer import CustomerContext, Product
from app.domain.ids import CustomerId, InteractionId
from app.domain.retrieval import Interaction, PolicyPassage, RetrievedInteraction
from app.domain.understanding import IntentPrediction

Vectors = NDArray[np.float32]


class Clock(Protocol):
    """Tells the time; passed in so that tests choose it."""

    def now(self) -> datetime:
        """The present moment, with a time zone."""
        ...


class IdGenerator(Protocol):
    """Makes identifiers; passed in so that tests can read them."""

    def new(self, prefix: str) -> str:
        """A fresh id that starts with `prefix`, such as "turn_01J…"; ids made later sort later."""
        ...


class Encoder(Protocol):
    """Turns text into unit vectors."""

    @property
    def version(self) -> str:
        """Names the weights; an index made by another version must be rebuilt."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), float32, rows of length 1."""
        ...


class IntentClassifier(Protocol):
    """Names the intent of each text."""

    @property
    def version(self) -> str:
        """Names the head that answered."""
        ...

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        """One prediction a text; probabilities are calibrated on held-out questions."""
        ...


class LanguageDetector(Protocol):
    """Tells the language of a message."""

    def language(self, text: str) -> str | None:
        """ISO 639-1 code, or None when the text is too short or mixed to tell."""
        ...


class CustomerRecords(Protocol):
    """The shop's own records, read-only."""

    def customer(self, customer_id: CustomerId) -> CustomerContext | None:
        """All that is known of a customer, None when there is no such one. Raises CrmDown."""
        ...

    def products(self) -> Sequence[Product]:
        """The catalogue. Raises CrmDown."""
        ...


class InteractionIndex(Protocol):
    """Finds approved past replies by the question they answered. A cache: SQL holds the truth."""

    def search(
        self, question: str, *, situation: str | None = None, intent: str | None = None, limit: int = 5
    ) -> list[RetrievedInteraction]:
        """Best first, usable replies only; `question` is masked text. Raises IndexDown."""
        ...

    def upsert(self, interactions: Sequence[Interaction]) -> None:
        """Adds or replaces by id; one that is not usable any more is removed. Raises IndexDown."""
        ...

    def remove(self, ids: Sequence[InteractionId]) -> None:
        """Forgets these; unknown ids are ignored."""
        ...

    def count(self) -> int:
        """How many can be found."""
        ...


class PassageIndex(Protocol):
    """Finds policy passages. A cache: SQL holds the truth."""

    def search_passages(self, question: str, *, pages: Sequence[str] = (), limit: int = 3) -> list[PolicyPassage]:
        """Best first, within `pages` when any are named. Raises IndexDown."""
        ...

    def replace_passages(self, passages: Sequence[PolicyPassage]) -> None:
        """Makes these, and only these, findable."""
        ...

    def count_passages(self) -> int:
        """How many can be found."""
        ...
