"""The thresholds and phrases that the guards go by, as `guards.yaml` names them."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that say something about how a customer feels, and what they say."""

    pattern: re.Pattern[str]
    says: str


@dataclass(frozen=True, slots=True)
class GuardRules:
    """What the guards go by. Probabilities run from 0 to 1; a text counts from the threshold on."""

    deadline_ms: int
    """All guards of a turn together; one that is not done by then counts as failed, and holds."""
    leaked_words: int
    """Words in a row that, standing in our instructions and in a reply, are a leak."""
    injection_message: float
    """An attack in a customer's message: a person looks at the reply."""
    injection_retrieved: float
    """Instructions in a past reply or a passage: it is left out."""
    toxicity_reply: float
    toxicity_message: float
    sentiment: float
    """From -1 to 1: a message at or below it is angry."""
    angry_turns: int
    """Angry turns in a row after which a person takes over."""
    policy_share: float
    """How much of what a reply says about the rules has to stand in one place of the pages, from 0 to 1."""
    leaving: tuple[Phrase, ...]
    """What customers say who are about to leave."""
