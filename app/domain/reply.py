"""Candidates for a reply, what the guards found, and what was decided."""

from dataclasses import dataclass, field
from enum import StrEnum


class Origin(StrEnum):
    """Where a candidate comes from."""

    APPROVED = "approved"
    """A past reply of this situation that a person approved."""
    DRAFTED = "drafted"
    """Written by the model for this turn."""
    COMPOSED = "composed"
    """Written by code: a clarifying question, a notice."""


class FlagReason(StrEnum):
    """What a hard rule or a guard can find."""

    UNKNOWN_SLOT = "unknown_slot"
    UNFILLED_SLOT = "unfilled_slot"
    MISSING_FACT = "missing_fact"
    MISSING_STATEMENT = "missing_statement"
    WRONG_STATUS = "wrong_status"
    UNDONE_ACTION = "undone_action"
    """A claim that something was done which the system did not do."""
    PROMISE = "promise"
    UNSUPPORTED_LITERAL = "unsupported_literal"
    UNSUPPORTED_POLICY = "unsupported_policy"
    """A statement about the shop's rules that stands in none of its pages."""
    PERSONAL_DATA = "personal_data"
    """What identifies somebody and is neither the customer's own nor the shop's."""
    EMPTY = "empty"
    TOO_LONG = "too_long"
    REPEATED = "repeated"
    CUT_OFF = "cut_off"
    PROMPT_LEAK = "prompt_leak"
    INJECTION = "injection"
    """The customer's message tries to steer the assistant."""
    INJECTED_TEXT = "injected_text"
    """The same of a past reply or a passage, which was left out."""
    TOXIC_REPLY = "toxic_reply"
    TOXIC_MESSAGE = "toxic_message"
    ANGER = "anger"
    REPEATED_ANGER = "repeated_anger"
    CHURN_RISK = "churn_risk"
    """The customer says that she is about to leave."""
    BRAND_VOICE = "brand_voice"
    CHANGED_MEANING = "changed_meaning"
    """A refined text that may not say what the draft said."""
    LOW_CONFIDENCE = "low_confidence"
    OUT_OF_SCOPE = "out_of_scope"
    UNSPOKEN_LANGUAGE = "unspoken_language"
    PERSON_REQUESTED = "person_requested"
    PLAYBOOK_HOLD = "playbook_hold"
    PLAYBOOK_HAND_OFF = "playbook_hand_off"
    NO_CANDIDATE = "no_candidate"
    UNVERIFIED_DRAFT = "unverified_draft"
    """Written by a model version that has not earned the right to send unseen."""
    REPEATED_FAILURE = "repeated_failure"
    CRM_DOWN = "crm_down"
    MODEL_DOWN = "model_down"
    INDEX_DOWN = "index_down"
    GUARD_FAILED = "guard_failed"
    DEADLINE = "deadline"
    INTERNAL_ERROR = "internal_error"
    """The chain itself failed; nothing is guessed."""


class Severity(StrEnum):
    """What a flag does to the delivery."""

    NOTE = "note"
    """Recorded; the reply may go out."""
    HOLD = "hold"
    HAND_OFF = "hand_off"


@dataclass(frozen=True, slots=True)
class Flag:
    """One finding, in words a supervisor understands."""

    reason: FlagReason
    severity: Severity
    detail: str


@dataclass(frozen=True, slots=True)
class ApprovalEstimate:
    """How likely a supervisor is to approve the candidate as it stands, 0 to 1, and how that was worked out."""

    probability: float
    basis: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible body for one situation, in slots."""

    situation: str
    text: str
    origin: Origin
    source: str
    """An interaction id, a model and prompt version, or the rule of the code that wrote it."""
    retrieval_score: float | None = None
    violations: tuple[Flag, ...] = ()
    estimate: ApprovalEstimate | None = None
    chosen: bool = False


class Delivery(StrEnum):
    """The three things that can happen to a reply."""

    SEND = "send"
    HOLD = "hold"
    HAND_OFF = "hand_off"


@dataclass(frozen=True, slots=True)
class DeliveryDecision:
    """What was decided and why."""

    delivery: Delivery
    reasons: tuple[Flag, ...] = ()
    action: str | None = None
    """For a hand-off: what the customer wants done (cancel_order, change_address …)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The text as the customer gets it, and the template it was rendered from."""

    text: str
    template: str
    sentences: tuple[str, ...] = field(default_factory=tuple)
