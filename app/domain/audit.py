"""What supervisors did and what was refused to them, kept for good and without personal data."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AuditAction(StrEnum):
    """What somebody did, or was not allowed to do."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    READ = "read"
    CROSS_SITE = "cross_site"
    """A page of another site tried to act in somebody's name."""
    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    """A decision was taken back, and with it what was learnt from it."""
    TAKE_OVER = "take_over"
    SAY = "say"
    HAND_BACK = "hand_back"
    RESOLVE = "resolve"
    ASSIGN = "assign"
    NOTE = "note"
    CLAIM = "claim"
    ADD_CANNED_REPLY = "add_canned_reply"
    REMOVE_CANNED_REPLY = "remove_canned_reply"
    ADD_PERSON = "add_person"
    CHANGE_ROLE = "change_role"
    CHANGE_NAME = "change_name"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 - not a password
    SWITCH_OFF = "switch_off"
    SWITCH_ON = "switch_on"
    MANAGE_PEOPLE = "manage_people"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action or one refusal."""

    by: str
    action: AuditAction
    item: str
    """On what: "turn turn_1", "conversation conv_1", "person sam"; never anything a customer wrote."""
    at: datetime
    refused: str | None = None
    """The code of the error when it was not allowed; None: it was done."""
    detail: str = ""
    """A few words without personal data, such as a role."""
    number: int = 0
    """1, 2, 3 … in the order in which they were kept; 0 before that."""
