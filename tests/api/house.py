"""A real service for tests: the chain of `tests.pipeline.chain` behind real HTTP on a free port, and its clients."""

import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import jwt

from app.adapters.sql.database import open_database
from app.adapters.system import SortableIds
from app.api.service import serving
from app.bootstrap import House
from app.domain.reply import Delivery
from app.domain.understanding import IntentPrediction
from app.pipeline.assistant import Assistant
from app.pipeline.parts import Parts
from app.settings import Settings
from app.stores import Stores
from tests.builders import NOW
from tests.pipeline.chain import PLAYBOOK, KeywordIntents, build_parts

SHOP_KEY = "the key that only the shop and we know"
SAM, ADA = "sams-token-of-many-letters", "adas-token-of-many-letters"
PATIENCE_S = 15.0
PLENTY = 1_000_000


class RunningClock:
    """A `Clock` on the day of the builders' records that runs like any other, and can be put forward."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._ahead = timedelta()

    def now(self) -> datetime:
        """`NOW`, and the time since."""
        return NOW + timedelta(seconds=time.monotonic() - self._began) + self._ahead

    def put_forward(self, **by: float) -> None:
        """By hours, minutes …"""
        self._ahead += timedelta(**by)


class GatedIntents(KeywordIntents):
    """An `IntentClassifier` at which every turn waits until the gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Semaphore(0)
        self.gate = threading.Event()
        self.seen: list[str] = []

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        self.seen += texts
        self.reached.release()
        assert self.gate.wait(PATIENCE_S)
        return super().predict(texts)

    def wait_for_a_turn(self) -> None:
        """Until a turn has come to the gate."""
        assert self.reached.acquire(timeout=PATIENCE_S)


def house_parts(**changes: Any) -> Parts:  # noqa: ANN401 - whichever parts a test changes
    """The chain with a clock that runs and ids that differ. "Where is my parcel?" about an order that is not packed
    yet is held for a person, so that something waits."""
    key = "track_order/processing"
    entry = PLAYBOOK.intents["track_order"]
    rules = tuple(replace(rule, decision=Delivery.HOLD) if rule.key == key else rule for rule in entry.situations)
    playbook = replace(PLAYBOOK, intents={**PLAYBOOK.intents, "track_order": replace(entry, situations=rules)})
    return replace(build_parts(), clock=RunningClock(), ids=SortableIds(), playbook=playbook, **changes)


@dataclass
class Served:
    """A running service."""

    url: str
    parts: Parts
    stores: Stores
    database: str

    @property
    def clock(self) -> RunningClock:
        """Its clock."""
        assert isinstance(self.parts.clock, RunningClock)
        return self.parts.clock

    @property
    def address(self) -> tuple[str, int]:
        """For raw sockets."""
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        return host, int(port)

    def http(self, **headers: str) -> httpx.Client:
        """A client of it that sends these headers."""
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S, trust_env=False)


@contextmanager
def a_service(folder: Path, parts: Parts | None = None, **settings: Any) -> Iterator[Served]:  # noqa: ANN401
    """Runs the service on the database in this folder. Limits are wide unless a test sets them."""
    parts = parts or house_parts()
    database = f"sqlite:///{folder / 'handrail.sqlite3'}"
    opened: list[Stores] = []

    @contextmanager
    def open_house() -> Iterator[House]:
        stores = Stores(open_database(database), announces="hold_webhook_url" in settings)
        opened.append(stores)
        try:
            yield House(Assistant(parts, stores.memory), stores)
        finally:
            stores.engine.dispose()

    given: dict[str, Any] = {
        "shop_jwt_key": SHOP_KEY,
        "agent_tokens": f"Sam:{SAM},Ada:{ADA}",
        "demo_shop": False,
        "messages_per_minute": PLENTY,
        "conversations_per_minute": PLENTY,
        "agent_calls_per_minute": PLENTY,
    }
    with serving(open_house, Settings(data_dir=folder, port=_free_port(), **given | settings)) as url:
        yield Served(url, parts, opened[0], database)


@contextmanager
def other_stores(served: Served) -> Iterator[Stores]:
    """The same database as another process would open it."""
    stores = Stores(open_database(served.database))
    try:
        yield stores
    finally:
        stores.engine.dispose()


def shop_token(customer_id: str = "C-1", key: str = SHOP_KEY, **claims: Any) -> str:  # noqa: ANN401
    """A token as the shop signs it; a claim that is None is left out."""
    now = int(time.time())
    whole = {"sub": customer_id, "aud": "larkfield", "iat": now, "exp": now + 600} | claims
    return jwt.encode({name: value for name, value in whole.items() if value is not None}, key, algorithm="HS256")


@dataclass(frozen=True)
class Sse:
    """One server-sent event."""

    id: int | None
    kind: str
    data: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The text of the message it tells of."""
        return str(self.data["message"]["text"])


class Stream:
    """An event stream as a client reads it. What does not come in `PATIENCE_S` raises httpx.ReadTimeout."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._events = self._read(response.iter_lines())

    def next(self) -> Sse:
        """The next event. StopIteration: the service has ended the stream."""
        return next(self._events)

    def take(self, count: int) -> list[Sse]:
        """The next events."""
        return list(itertools.islice(self._events, count))

    def until(self, kind: str) -> list[Sse]:
        """The events up to the first of this kind."""
        found: list[Sse] = []
        while not found or found[-1].kind != kind:
            found.append(self.next())
        return found

    def rest(self) -> list[Sse]:
        """All that come until the service ends the stream."""
        return list(self._events)

    @staticmethod
    def _read(lines: Iterator[str]) -> Iterator[Sse]:
        fields: dict[str, str] = {}
        for line in lines:
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif not line and fields:
                number = int(fields["id"]) if "id" in fields else None
                yield Sse(number, fields["event"], json.loads(fields["data"]))
                fields = {}


@dataclass
class Customer:
    """Somebody with a conversation of her own."""

    http: httpx.Client
    id: str
    token: str
    path: str = field(init=False)

    def __post_init__(self) -> None:
        self.path = f"/v1/conversations/{self.id}"
        self.headers = {"authorization": f"Bearer {self.token}"}
        self._numbers = itertools.count(1)

    def post(self, what: str, body: Mapping[str, Any] = MappingProxyType({})) -> httpx.Response:
        """`messages`, `person`, `feedback`, `satisfaction`."""
        return self.http.post(f"{self.path}/{what}", json=dict(body), headers=self.headers)

    def writes(self, text: str, key: str | None = None) -> dict[str, Any]:
        """Sends a message that is accepted; it comes back as it was kept."""
        body = {"text": text, "client_message_id": key or f"c-{next(self._numbers)}"}
        response = self.post("messages", body)
        assert response.status_code == 202, response.text
        message: dict[str, Any] = response.json()["message"]
        return message

    def asks(self, text: str) -> Sse:
        """Sends a message, and waits for what becomes of it: completed, held or handed off."""
        after = self.sees()["last_event_id"]
        self.writes(text)
        with self.listens(after) as stream:
            return next(event for event in iter(stream.next, None) if event.kind in DECIDED)

    def sees(self) -> dict[str, Any]:
        """The conversation as she may see it."""
        response = self.http.get(self.path, headers=self.headers)
        assert response.status_code == 200, response.text
        seen: dict[str, Any] = response.json()
        return seen

    @contextmanager
    def listens(self, after: int | str | None = None) -> Iterator[Stream]:
        """Her event stream."""
        headers = self.headers if after is None else self.headers | {"last-event-id": str(after)}
        with self.http.stream("GET", f"{self.path}/events", headers=headers) as response:
            assert response.status_code == 200, response.read()
            yield Stream(response)

    def told(self) -> list[Sse]:
        """All events so far."""
        last = self.sees()["last_event_id"]
        with self.listens() as stream:
            return stream.take(last)


DECIDED = frozenset({"reply.completed", "reply.held", "handoff.started"})


def starts(http: httpx.Client, token: str | None = None) -> Customer:
    """Starts a conversation; with a token of the shop as its customer."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    response = http.post("/v1/conversations", headers=headers)
    assert response.status_code == 201, response.text
    return Customer(http, response.json()["id"], response.json()["token"])


def refused(response: httpx.Response, status: int, code: str) -> str:
    """That the answer is this error in the one format; the words that are shown."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json"), response.text
    error = response.json()["error"]
    assert error.keys() == {"code", "message", "trace_id"}
    assert error["code"] == code, response.text
    assert error["trace_id"] == response.headers["x-trace-id"]
    return str(error["message"])


def becomes_true(condition: Callable[[], bool]) -> bool:
    """Whether it does before patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
