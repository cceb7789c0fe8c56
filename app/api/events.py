"""The customer's event stream: read from the database by number, woken when something is told."""

import asyncio
import itertools
import json
import logging
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from anyio import to_thread

from app.domain.events import Event, EventKind
from app.domain.ids import ConversationId
from app.ports import Clock, EventLog, Listening

log = logging.getLogger(__name__)

_PING_S = 15.0
_LOOK_S = 1.0
"""How often the database is asked what other processes have told."""
_NOTED_EVERY = 5
"""After so many looks it is noted who listens: several times before a reply would be mailed."""
_OVERLAP = 100
"""Counters looked at again: another process may commit a lower one later."""
_SEEN = 1000
_ANYWHERE = ConversationId("")
"""Under this name wait those who want to know of all conversations."""


class EventHub:
    """Wakes the streams of a conversation. What happened is read from the event log; the hub only says "look"."""

    def __init__(self, events: EventLog, listening: Listening, clock: Clock) -> None:
        self.events = events
        self._listening_now = listening
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: defaultdict[ConversationId, set[asyncio.Event]] = defaultdict(set)
        self._closing = False

    async def watch(self) -> None:
        """Runs until cancelled: wakes streams for what other processes tell."""
        self._loop = asyncio.get_running_loop()
        newest = await to_thread.run_sync(self.events.told_since, -1)
        last = newest[-1][0] if newest else 0
        seen = OrderedDict((seq, None) for seq, _ in newest)
        for look in itertools.count():
            await asyncio.sleep(_LOOK_S)
            if not self._waiting:
                continue
            try:
                if look % _NOTED_EVERY == 0:
                    listening, now = list(self._waiting), self._clock.now()
                    await to_thread.run_sync(self._listening_now.listened, listening, now)
                told = await to_thread.run_sync(self.events.told_since, max(0, last - _OVERLAP))
            except Exception:
                log.exception("the event log could not be read")
                continue
            for seq, conversation_id in told:
                last = max(last, seq)
                if seq not in seen:
                    seen[seq] = None
                    self._wake(conversation_id)
            while len(seen) > _SEEN:
                seen.popitem(last=False)

    def told(self, conversation_id: ConversationId) -> None:
        """Something happened in this conversation; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, conversation_id)

    def close(self) -> None:
        """Ends every stream, so that the service can stop; the clients come back where they were."""
        self._closing = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def listeners(self, conversation_id: ConversationId) -> int:
        """How many streams this conversation has here."""
        return len(self._waiting.get(conversation_id, ()))

    async def stream(
        self, conversation_id: ConversationId, after: int, lasts_s: float | None = None
    ) -> AsyncIterator[str]:
        """Server-sent events after number `after`, for as long as the client listens and its token lasts."""
        ends = None if lasts_s is None else asyncio.get_running_loop().time() + lasts_s
        with self._listening(conversation_id) as something:
            while not self._closing and (ends is None or asyncio.get_running_loop().time() < ends):
                something.clear()
                happened = await to_thread.run_sync(self.events.events_after, conversation_id, after)
                for event in happened:
                    after = event.number
                    yield _written(event)
                if not happened or happened[-1].kind in _BEFORE_WORK:
                    last, working = await to_thread.run_sync(self.events.position, conversation_id)
                    if working and last == after:
                        yield _TYPING
                try:
                    await asyncio.wait_for(something.wait(), _PING_S)
                except TimeoutError:
                    yield _PING

    async def anything(self, lasts_s: float) -> AsyncIterator[None]:
        """Something happened in some conversation, here or in another process; what comes close together is told once.
        Ends when its time is over, or the service stops."""
        ends = asyncio.get_running_loop().time() + lasts_s
        with self._listening(_ANYWHERE) as something:
            while not self._closing and (left := ends - asyncio.get_running_loop().time()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(something.wait(), left)
                    something.clear()
                    yield

    @contextmanager
    def _listening(self, conversation_id: ConversationId) -> Iterator[asyncio.Event]:
        something = asyncio.Event()
        self._waiting[conversation_id].add(something)
        try:
            yield something
        finally:
            self._waiting[conversation_id].discard(something)
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id]

    def _wake(self, conversation_id: ConversationId) -> None:
        for name in (conversation_id, _ANYWHERE):
            for something in self._waiting.get(name, ()):
                something.set()

    def _wake_all(self) -> None:
        for conversation_id in list(self._waiting):
            self._wake(conversation_id)


_BEFORE_WORK = (EventKind.MESSAGE_ACCEPTED, EventKind.HANDLING_CHANGED)
"""After these the assistant may be at work."""
_PING = ": ping\n\n"
_TYPING = f"event: assistant.typing\ndata: {json.dumps({})}\n\n"
"""Told without an id: it is true of now and is not kept."""


def _written(event: Event) -> str:
    return f"id: {event.number}\nevent: {event.kind}\ndata: {json.dumps(dict(event.data), ensure_ascii=False)}\n\n"
