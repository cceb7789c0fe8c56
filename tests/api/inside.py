"""A process that works on the service's database without the service in front of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from app.adapters.sql.database import open_database
from app.adapters.sql.turns import SqlTurns
from app.api.tokens import digest_of
from app.api.workers import TurnWorkers
from app.domain.ids import ConversationId, TurnId
from app.pipeline.assistant import Assistant, Memory
from app.pipeline.parts import Parts
from app.stores import Stores
from tests.pipeline.chain import MAYA

WHERE = "where is my parcel?"
TOKEN = "a token of an earlier process"


@dataclass
class Inside:
    """A process without the service in front of it."""

    parts: Parts
    stores: Stores
    turns: SqlTurns
    told: list[ConversationId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.assistant = Assistant(self.parts, Memory(self.stores.conversations, self.turns, self.stores.conversations))
        hours = self.parts.clock.now().replace(year=2030)
        self.conversation = self.assistant.start(MAYA, digest_of(TOKEN), hours).id

    def accepts(self, text: str = WHERE) -> TurnId:
        """A message of Maya's."""
        return self.assistant.accept(self.conversation, text, f"c-{text}").turn_id

    def workers(self, size: int = 2) -> TurnWorkers:
        """Those that would work on it."""
        return TurnWorkers(
            self.assistant, self.told.append, size, self.stores.supervision, timedelta(minutes=10), sole=True
        )

    def is_open(self) -> bool:
        """Whether something is to be answered."""
        return self.stores.conversations.position(self.conversation)[1]

    def kinds(self) -> list[str]:
        """What was told, without the single sentences."""
        told = self.stores.conversations.events_after(self.conversation, 0)
        return [event.kind for event in told if event.kind != "reply.sentence"]


@contextmanager
def inside(folder: Path, parts: Parts, turns: Callable[..., SqlTurns] = SqlTurns) -> Iterator[Inside]:
    engine = open_database(f"sqlite:///{folder / 'handrail.sqlite3'}")
    try:
        yield Inside(parts, Stores(engine), turns(engine))
    finally:
        engine.dispose()
