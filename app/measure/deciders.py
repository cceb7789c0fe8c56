"""Supervisors who decide held replies over the supervision endpoints, whatever happens to the service."""

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

_AGAIN_S = 0.2
_LOOK_S = 0.05
_LATER = frozenset({404, 409})
"""Somebody was quicker, the customer wrote again, or it was decided and the service died before it could say so."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision that was sent."""

    turn: str
    text: str | None
    """What the customer has to read; None: the draft as it stands."""
    told: bool
    """Whether the service said that it was done."""


class Decider:
    """A supervisor: approves as it stands or in other words, and sends a decision again when no answer came."""

    def __init__(self, client: httpx.AsyncClient, token: str, rng: random.Random) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {token}"}
        self._rng = rng
        self.decided: list[Decided] = []

    async def decide_until(self, over: asyncio.Event) -> None:
        """Decides one held reply after the other, until it is over."""
        while not over.is_set():
            held = [item for item in await self._waiting() if item["draft_id"] and item["status"] != "with_person"]
            if not held:
                await asyncio.sleep(_LOOK_S)
                continue
            await self._decide(self._rng.choice(held), over)

    async def _decide(self, item: dict[str, Any], over: asyncio.Event) -> None:
        turn, body, text, what = item["turn_id"], {"draft_id": item["draft_id"]}, None, "approve"
        if self._rng.random() < 0.5:
            what, text = "edit", f"A colleague has looked at it, note {len(self.decided)}."
            body["text"] = text
        while True:
            status = await self._post(f"/v1/supervision/turns/{turn}/{what}", body)
            if status is not None:
                break
            if over.is_set():
                self.decided.append(Decided(turn, text, told=False))
                return
        self.decided.append(Decided(turn, text, told=status not in _LATER))

    async def _waiting(self) -> list[dict[str, Any]]:
        try:
            answer = await self._client.get("/v1/supervision/waiting", headers=self._headers)
        except httpx.TransportError:
            await asyncio.sleep(_AGAIN_S)
            return []
        answer.raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def _post(self, path: str, body: dict[str, Any]) -> int | None:
        """The status; None when no answer came."""
        try:
            answer = await self._client.post(path, json=body, headers=self._headers)
        except httpx.TransportError:
            await asyncio.sleep(_AGAIN_S)
            return None
        if answer.status_code not in _LATER:
            answer.raise_for_status()
        return answer.status_code


def lost_or_doubled(decided: Sequence[Decided], connection: sqlite3.Connection) -> tuple[list[str], list[str], int]:
    """Turns whose decision was said to be done and is not in the conversation; turns that were decided or delivered
    more than once; and how many were done although nobody could be told."""
    annotated = Counter(turn for (turn,) in connection.execute("SELECT turn_id FROM annotations"))
    query = "SELECT turn_id, text FROM messages WHERE author = 'supervisor_for_assistant'"
    said = connection.execute(query).fetchall()
    delivered = Counter(turn for turn, _ in said)
    query = "SELECT json_extract(data, '$.turn_id') FROM events WHERE kind = 'reply.completed'"
    completed = Counter(turn for (turn,) in connection.execute(query))
    words = set(said)
    lost = [
        each.turn
        for each in decided
        if each.told and (not completed[each.turn] or (each.text is not None and (each.turn, each.text) not in words))
    ]
    doubled = [turn for turn in annotated if max(annotated[turn], delivered[turn], completed[turn]) > 1]
    told = {each.turn for each in decided if each.told}
    return lost, doubled, len(annotated.keys() - told)
