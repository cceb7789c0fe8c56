"""How much the service bears: idle event streams, and conversations at once on a chain that answers in milliseconds."""

import asyncio
import json
import random
import resource
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np

from app.measure.child import Child

_SPARE_FILES = 200
_OPENING_AT_ONCE = 50
_ANSWERED_WITHIN_S = 60.0
_SAYINGS = ("where is my parcel?", "what are your delivery options", "how do i change my address", "thanks")


@dataclass
class Idle:
    """Many streams on which nothing happens, and one message to one of them at a time."""

    streams: int
    memory_before_mb: float = 0.0
    memory_after_mb: float = 0.0
    opened_s: float = 0.0
    delivery_ms: list[float] = field(default_factory=list)


@dataclass
class Together:
    """Conversations at once, each waiting for its answer before it writes again."""

    conversations: int
    pause_s: float
    reply_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0


class Listener:
    """One conversation and its event stream, as raw as possible: thousands of them have to cost little here."""

    def __init__(self, url: str, conversation_id: str, token: str) -> None:
        self._address = urlsplit(url)
        self.id = conversation_id
        self.headers = {"authorization": f"Bearer {token}"}
        self._token = token

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[asyncio.StreamReader]:
        """The open stream, its head read."""
        reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        try:
            head = f"GET /v1/conversations/{self.id}/events HTTP/1.1\r\nHost: {self._address.netloc}\r\n"
            writer.write(f"{head}Authorization: Bearer {self._token}\r\n\r\n".encode())
            await writer.drain()
            while (await reader.readline()).strip():
                pass
            yield reader
        finally:
            writer.close()

    @staticmethod
    async def until(reader: asyncio.StreamReader, kind: str) -> dict[str, object]:
        """Waits for an event of this kind; its data."""
        wanted = f"event: {kind}".encode()
        while (line := await reader.readline()).strip() != wanted:
            if not line:
                raise ConnectionError("the stream ended")
        data: dict[str, object] = json.loads((await reader.readline()).removeprefix(b"data: "))
        return data


async def idle_streams(child: Child, streams: int, messages: int, seed: int, opened: Callable[[], object]) -> Idle:
    """Opens the streams, then sends messages to random ones and times when each arrives on its stream; `opened` is
    called after each stream."""
    _allow_files(streams + _SPARE_FILES)
    rng = random.Random(seed)  # noqa: S311 - a seeded experiment
    result = Idle(streams, memory_before_mb=resident_mb(child.pid))
    async with httpx.AsyncClient(base_url=child.url, timeout=30) as client:
        listeners = [await _started(client, child) for _ in range(streams)]
        inboxes: list[asyncio.Queue[float]] = [asyncio.Queue() for _ in listeners]
        gate = asyncio.Semaphore(_OPENING_AT_ONCE)
        ready = asyncio.Semaphore(0)

        async def hold(listener: Listener, inbox: asyncio.Queue[float]) -> None:
            await gate.acquire()
            async with listener.listening() as reader:
                gate.release()
                opened()
                ready.release()
                while True:
                    await Listener.until(reader, "message.accepted")
                    inbox.put_nowait(time.perf_counter())

        began = time.perf_counter()
        holding = [asyncio.create_task(hold(*pair)) for pair in zip(listeners, inboxes, strict=True)]
        for _ in listeners:
            await ready.acquire()
        result.opened_s = time.perf_counter() - began
        result.memory_after_mb = resident_mb(child.pid)
        for number in range(messages):
            index = rng.randrange(streams)
            sent = time.perf_counter()
            await _write(client, listeners[index], f"idle-{number}", rng.choice(_SAYINGS))
            result.delivery_ms.append((await inboxes[index].get() - sent) * 1000)
        for task in holding:
            task.cancel()
        await asyncio.gather(*holding, return_exceptions=True)
    return result


async def conversations_at_once(child: Child, conversations: int, messages: int, pause_s: float, seed: int) -> Together:
    """Each conversation writes, waits for the whole reply, pauses about `pause_s`, and writes again."""
    result = Together(conversations, pause_s)

    async def converse(number: int) -> None:
        rng = random.Random(f"{seed}/{number}")  # noqa: S311
        listener = await _started(client, child)
        async with listener.listening() as reader:
            await asyncio.sleep(rng.uniform(0, pause_s))
            for count in range(messages):
                sent = time.perf_counter()
                await _write(client, listener, f"m-{count}", rng.choice(_SAYINGS))
                async with asyncio.timeout(_ANSWERED_WITHIN_S):
                    await Listener.until(reader, "reply.completed")
                result.reply_ms.append((time.perf_counter() - sent) * 1000)
                await asyncio.sleep(rng.uniform(0.5, 1.5) * pause_s)

    began = time.perf_counter()
    limits = httpx.Limits(max_connections=conversations)
    async with httpx.AsyncClient(base_url=child.url, timeout=60, limits=limits) as client:
        await asyncio.gather(*(converse(number) for number in range(conversations)))
    result.seconds = time.perf_counter() - began
    return result


def share(values: list[float], percent: float) -> float:
    """A percentile."""
    return float(np.percentile(values, percent)) if values else 0.0


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def _started(client: httpx.AsyncClient, child: Child) -> Listener:
    response = await client.post("/v1/conversations", json={})
    response.raise_for_status()
    started = response.json()
    return Listener(child.url, started["id"], started["token"])


async def _write(client: httpx.AsyncClient, listener: Listener, key: str, text: str) -> None:
    body = {"text": text, "client_message_id": key}
    response = await client.post(f"/v1/conversations/{listener.id}/messages", json=body, headers=listener.headers)
    response.raise_for_status()


def _allow_files(number: int) -> None:
    """A stream is an open file here and in the service, which inherits the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard), hard))
