"""What the console leans on, handed in by the service."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.ids import CustomerId
from app.domain.supervision import WaitingTurn
from app.errors import CrmDown
from app.pipeline.assistant import Assistant
from app.ports import (
    Annotations,
    CannedReplies,
    ConversationDesk,
    ConversationStore,
    InteractionStore,
    LessonStore,
    ModelRegistry,
    QualityFigures,
    SupervisionStore,
    SupervisorStore,
    TurnRecords,
)
from app.settings import Settings
from app.supervision.acts import Acts

MOST_WAITING = 400
_FRESH_S = 0.8
_NAMES_KEPT = 2000
_TEAM_FRESH_S = 20.0


@dataclass(frozen=True)
class ConsoleHouse:
    """The stores in their roles, the assistant, and who has to be told what."""

    settings: Settings
    assistant: Assistant
    supervision: SupervisionStore
    conversations: ConversationStore
    records: TurnRecords
    desk: ConversationDesk
    canned: CannedReplies
    annotations: Annotations
    people: SupervisorStore
    figures: QualityFigures
    interactions: InteractionStore
    lessons: LessonStore
    models: ModelRegistry
    acts: Acts

    def now(self) -> datetime:
        """The present moment."""
        return self.assistant.parts.clock.now()


@dataclass
class Board:
    """What waits, read once for everybody who looks; at most a second old."""

    house: ConsoleHouse
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _read_at: float = -_FRESH_S
    _items: tuple[WaitingTurn, ...] = ()

    def waiting(self) -> tuple[WaitingTurn, ...]:
        """The most urgent first."""
        with self._lock:
            if time.monotonic() - self._read_at >= _FRESH_S:
                self._items = tuple(self.house.supervision.waiting(MOST_WAITING))
                self._read_at = time.monotonic()
            return self._items

    def stale(self) -> None:
        """Something was done: the next look is a fresh one."""
        with self._lock:
            self._read_at = -_FRESH_S


@dataclass
class Names:
    """Customers' names, remembered so that a list does not ask the records for each line each time."""

    house: ConsoleHouse
    _known: dict[str, str] = field(default_factory=dict)

    def of(self, customer_id: str | None) -> str:
        """First and last name; the number when the records cannot tell."""
        if customer_id is None:
            return "Not signed in"
        if customer_id not in self._known:
            try:
                context = self.house.assistant.parts.records.customer(CustomerId(customer_id))
            except CrmDown:
                return customer_id
            account = context.account if context else None
            if len(self._known) >= _NAMES_KEPT:
                self._known.clear()
            self._known[customer_id] = f"{account.first_name} {account.last_name}" if account else customer_id
        return self._known[customer_id]


@dataclass
class Team:
    """How supervisors are called, by the name they sign in with."""

    house: ConsoleHouse
    _known: dict[str, str] = field(default_factory=dict)
    _read_at: float = -_TEAM_FRESH_S

    def shown(self, name: str | None) -> str:
        """The name to show; the name itself for somebody who is gone, or holds a token."""
        if not name:
            return ""
        if name not in self._known or time.monotonic() - self._read_at > _TEAM_FRESH_S:
            self._known = {each.name: each.person.shown for each in self.house.people.supervisors()}
            self._read_at = time.monotonic()
            self._known.setdefault(name, name)
        return self._known[name]
