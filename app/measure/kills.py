"""Kills the service at random points under many conversations, and counts what was lost or answered twice.

Every message that was accepted (answered with 202) has to be there once at the end, in a turn that was answered, held
or handed off, and no turn may have been answered twice. Clients behave as the widget does: a message whose answer did
not come is sent again under the same id. Supervisors, when there are any, decide whatever is held meanwhile; what they
were told was done has to have been done, once.
"""

import asyncio
import random
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.measure.child import Child
from app.measure.deciders import Decided, Decider, lost_or_doubled

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
_AGAIN_S = 0.2
_LOOK_S = 0.02
_PATIENT = 0.7
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
    started: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    answered_twice: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    decided: int = 0
    decided_later: int = 0
    """Sent by a supervisor who was not told that it was done, because the service died meanwhile."""
    decisions_lost: list[str] = field(default_factory=list)
    decisions_doubled: list[str] = field(default_factory=list)
    endings: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing twice."""
        customers = self.lost or self.doubled or self.unanswered or self.answered_twice or self.gaps
        return not (customers or self.decisions_lost or self.decisions_doubled)


class Customer:
    """Somebody who writes, whatever happens to the service; mostly she waits for the answer, sometimes she does not.

    When a person has her conversation she begins another, so that the assistant never runs out of work.
    """

    def __init__(self, client: httpx.AsyncClient, number: int, rng: random.Random) -> None:
        self._client = client
        self._number = number
        self._rng = rng
        self.accepted: list[tuple[str, str]] = []
        """Conversation and client message id of each message that was accepted."""
        self.sent_again = 0
        self.conversations = 0

    async def write_until(self, over: asyncio.Event) -> None:
        """Writes one message after the other, until it is over."""
        conversation, headers, written = "", {}, 0
        while not over.is_set():
            if not conversation:
                started = await self._post("/v1/conversations", {}, await self._signed_in())
                if started is None:
                    continue
                conversation, headers = started["id"], {"authorization": f"Bearer {started['token']}"}
                self.conversations += 1
            key, text = f"k{self._number}-{written}", self._rng.choice(_SAYINGS)
            path = f"/v1/conversations/{conversation}"
            while await self._post(f"{path}/messages", {"text": text, "client_message_id": key}, headers) is None:
                self.sent_again += 1
                if over.is_set():
                    return  # never accepted, so nothing is owed
            self.accepted.append((conversation, key))
            written += 1
            if self._rng.random() < _PATIENT and await self._has_a_person(path, headers, over):
                conversation = ""
            await asyncio.sleep(self._rng.uniform(0, _PAUSE_S))

    async def _has_a_person(self, path: str, headers: dict[str, str], over: asyncio.Event) -> bool:
        """Waits for the answer; whether a person has the conversation now."""
        while not over.is_set():
            try:
                found = (await self._client.get(path, headers=headers)).json()
            except httpx.TransportError:
                await asyncio.sleep(_AGAIN_S)
                continue
            if found["mode"] == "manual":
                return True
            if not found["working"]:
                return False
            await asyncio.sleep(_LOOK_S)
        return False

    async def _signed_in(self) -> dict[str, str]:
        """As one of the demonstration's customers, in turn, or nobody."""
        persona = _PERSONAS[self._number % len(_PERSONAS)]
        given = await self._post("/demo/sign-in", {"persona": persona}, {})
        return {"authorization": f"Bearer {given['token']}"} if given and given["token"] else {}

    async def _post(self, path: str, body: dict[str, str], headers: dict[str, str]) -> dict[str, Any] | None:
        try:
            response = await self._client.post(path, json=body, headers=headers)
        except httpx.TransportError:
            await asyncio.sleep(_AGAIN_S)
            return None
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer


async def rounds(
    child: Child,
    kills: int,
    conversations: int,
    seed: int,
    killed: Callable[[], object],
    deciders: Sequence[str] = (),
) -> Toll:
    """Kills the service `kills` times under so many conversations, then waits until it is quiet and counts; `killed` is
    called after each kill. `deciders` are the tokens of supervisors, who decide what is held meanwhile."""
    database = child.folder / "handrail.sqlite3"
    rng = random.Random(seed)  # noqa: S311 - a seeded experiment
    toll = Toll(kills, conversations)
    began = time.monotonic()
    over = asyncio.Event()
    limits = httpx.Limits(max_connections=conversations)
    async with httpx.AsyncClient(base_url=child.url, timeout=10, limits=limits) as client:
        customers = [Customer(client, number, random.Random(f"{seed}/{number}")) for number in range(conversations)]  # noqa: S311
        writing = [asyncio.create_task(customer.write_until(over)) for customer in customers]
        desks = [Decider(client, token, random.Random(f"{seed}/{token}")) for token in deciders]  # noqa: S311
        writing += [asyncio.create_task(desk.decide_until(over)) for desk in desks]
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
        toll.started += customer.conversations
    _count(toll, customers, database)
    _count_decisions(toll, [each for desk in desks for each in desk.decided], database)
    return toll


def _count_decisions(toll: Toll, decided: Sequence[Decided], database: Path) -> None:
    toll.decided = sum(each.told for each in decided)
    with closing(sqlite3.connect(database)) as connection:
        toll.decisions_lost, toll.decisions_doubled, toll.decided_later = lost_or_doubled(decided, connection)


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
        query = "SELECT conversation_id, client_message_id, turn_id FROM messages WHERE author = 'customer'"
        written = connection.execute(query).fetchall()
        kept = Counter((conversation, key) for conversation, key, _ in written)
        turn_of = {(conversation, key): turn for conversation, key, turn in written}
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
        for where in customer.accepted:
            key = where[1]
            if kept[where] == 0:
                toll.lost.append(key)
            elif kept[where] > 1:
                toll.doubled.append(key)
            elif status.get(turn_of[where]) in (None, "open"):
                toll.unanswered.append(key)
    toll.answered_twice = [turn for turn, kinds in endings.items() if len(kinds) > 1]
    toll.gaps = [name for name, found in numbers.items() if found != list(range(1, len(found) + 1))]
