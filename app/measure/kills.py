"""Kills the service at random points under many conversations, and counts what was lost or answered twice.

Every message that was accepted (answered with 202) has to be there once at the end, in a turn that was answered, held
or handed off, and no turn may have been answered twice. Clients behave as the widget does: a message whose answer did
not come is sent again under the same id.
"""

import asyncio
import random
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.measure.child import Child

_SAYINGS = (
    "where is my parcel?",
    "can i still cancel my order",
    "what are your delivery options",
    "i want my money back",
    "how do i change my address",
    "do you have the trail shoes in stock",
    "thanks",
    "and when does it come",
    "i want to talk to a person",
)
_PERSONAS = ("delayed", "delivered", "refunded", "two_orders", "new", "anonymous")
_PAUSE_S = 0.25
_LONGEST_LIFE_S = 0.7
_QUIET_WITHIN_S = 60.0
_ENDINGS = frozenset({"reply.completed", "handoff.started"})


@dataclass
class Toll:
    """What came out."""

    kills: int
    conversations: int
    accepted: int = 0
    turns: int = 0
    sent_again: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    answered_twice: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    endings: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing twice."""
        return not (self.lost or self.doubled or self.unanswered or self.answered_twice or self.gaps)


class Customer:
    """One conversation that is written to, whatever happens to the service."""

    def __init__(self, client: httpx.AsyncClient, number: int, rng: random.Random) -> None:
        self._client = client
        self._number = number
        self._rng = rng
        self.accepted: dict[str, str] = {}
        self.sent_again = 0
        self.id = ""
        self._headers: dict[str, str] = {}

    async def write_until(self, over: asyncio.Event) -> None:
        """Starts the conversation and writes, one message after the other, until it is over."""
        while not self.id:
            started = await self._post("/v1/conversations", {}, await self._signed_in())
            if started is not None:
                self.id, self._headers = started["id"], {"authorization": f"Bearer {started['token']}"}
        written = 0
        while not over.is_set():
            key, text = f"k{self._number}-{written}", self._rng.choice(_SAYINGS)
            body = {"text": text, "client_message_id": key}
            while await self._post(f"/v1/conversations/{self.id}/messages", body, self._headers) is None:
                self.sent_again += 1
                if over.is_set():
                    return  # never accepted, so nothing is owed
            self.accepted[key] = text
            written += 1
            await asyncio.sleep(self._rng.uniform(0, _PAUSE_S))

    async def _signed_in(self) -> dict[str, str]:
        """As one of the demonstration's customers, in turn, or nobody."""
        persona = _PERSONAS[self._number % len(_PERSONAS)]
        given = await self._post("/demo/sign-in", {"persona": persona}, {})
        return {"authorization": f"Bearer {given['token']}"} if given and given["token"] else {}

    async def _post(self, path: str, body: dict[str, str], headers: dict[str, str]) -> dict[str, Any] | None:
        try:
            response = await self._client.post(path, json=body, headers=headers)
        except httpx.TransportError:
            await asyncio.sleep(0.05)
            return None
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer


async def rounds(child: Child, kills: int, conversations: int, seed: int, killed: Callable[[], object]) -> Toll:
    """Kills the service `kills` times under so many conversations, then waits until it is quiet and counts; `killed` is
    called after each kill."""
    database = child.folder / "handrail.sqlite3"
    rng = random.Random(seed)  # noqa: S311 - a seeded experiment
    toll = Toll(kills, conversations)
    began = time.monotonic()
    over = asyncio.Event()
    limits = httpx.Limits(max_connections=conversations)
    async with httpx.AsyncClient(base_url=child.url, timeout=10, limits=limits) as client:
        customers = [Customer(client, number, random.Random(f"{seed}/{number}")) for number in range(conversations)]  # noqa: S311
        writing = [asyncio.create_task(customer.write_until(over)) for customer in customers]
        for _ in range(kills):
            await asyncio.sleep(rng.uniform(0, _LONGEST_LIFE_S))
            child.kill()
            await asyncio.to_thread(child.start)
            killed()
        over.set()
        await asyncio.gather(*writing)
        await _quiet(client, database)
    toll.seconds = time.monotonic() - began
    for customer in customers:
        toll.accepted += len(customer.accepted)
        toll.sent_again += customer.sent_again
    _count(toll, customers, database)
    return toll


async def _quiet(client: httpx.AsyncClient, database: Path) -> None:
    """Waits until no turn is open any more, for as long as is reasonable."""
    patience = time.monotonic() + _QUIET_WITHIN_S
    while time.monotonic() < patience:
        with closing(sqlite3.connect(database)) as connection:
            [open_turns] = connection.execute("SELECT count(*) FROM turns WHERE status = 'open'").fetchone()
        if open_turns == 0 and (await client.get("/healthz")).is_success:
            return
        await asyncio.sleep(0.1)


def _count(toll: Toll, customers: list[Customer], database: Path) -> None:
    """Compares what clients were told with what the database holds."""
    with closing(sqlite3.connect(database)) as connection:
        kept: Counter[tuple[str, str]] = Counter(
            connection.execute("SELECT conversation_id, client_message_id FROM messages WHERE author = 'customer'")
        )
        turn_of = {
            (conversation, key): turn
            for conversation, key, turn in connection.execute(
                "SELECT conversation_id, client_message_id, turn_id FROM messages WHERE author = 'customer'"
            )
        }
        status = dict(connection.execute("SELECT id, status FROM turns"))
        endings: defaultdict[str, list[str]] = defaultdict(list)
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        query = "SELECT conversation_id, number, kind, json_extract(data, '$.turn_id') FROM events ORDER BY seq"
        for conversation, number, kind, turn in connection.execute(query):
            numbers[conversation].append(number)
            if turn is not None and kind in _ENDINGS:
                endings[turn].append(kind)
    toll.turns = len(status)
    toll.endings = Counter(status.values())
    for customer in customers:
        for key in customer.accepted:
            where = (customer.id, key)
            if kept[where] == 0:
                toll.lost.append(key)
            elif kept[where] > 1:
                toll.doubled.append(key)
            elif status.get(turn_of[where]) in (None, "open"):
                toll.unanswered.append(key)
    toll.answered_twice = [turn for turn, kinds in endings.items() if len(kinds) > 1]
    toll.gaps = [name for name, found in numbers.items() if found != list(range(1, len(found) + 1))]
