"""What leaves the house: where it is kept until it is sent, and who takes it away."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from app.domain.desk import Note
from app.domain.ids import ConversationId, TurnId
from app.domain.post import Errand, Letter, Outgoing


class Outbox(Protocol):
    """What is to be sent. It is put in by the stores, in the transaction in which it comes to be, and never twice."""

    def take(self, at: datetime, errands: Collection[Errand], limit: int = 20) -> list[Outgoing]:
        """What is due, an attempt counted; nobody else gets it until it is settled, put off, or taken for too long."""
        ...

    def done(self, key: str, at: datetime) -> None:
        """It was sent."""
        ...

    def not_needed(self, key: str, at: datetime, why: str) -> None:
        """It would tell nobody anything."""
        ...

    def put_off(self, key: str, until: datetime, why: str) -> None:
        """It failed, and is tried again."""
        ...

    def give_up(self, key: str, at: datetime, why: str, note: Note | None = None) -> None:
        """It failed for good; `note` tells supervisors, in the same transaction."""
        ...

    def still_waits(self, turn_id: TurnId) -> bool:
        """Whether a turn waits for a person."""
        ...


class Mail(Protocol):
    """Takes letters away."""

    def send(self, letter: Letter) -> None:
        """Returns when it is accepted. Raises MailRefused when it never will be, MailDown when it may be later."""
        ...


class Caller(Protocol):
    """Tells another system that something waits."""

    def call(self, key: str, content: Mapping[str, Any], at: datetime) -> None:
        """Returns when it was taken. Raises CallFailed."""
        ...


class Listening(Protocol):
    """Notes whose event streams are open."""

    def listened(self, conversation_ids: Collection[ConversationId], at: datetime) -> None:
        """These are open at a moment; kept for those who may be mailed to."""
        ...
