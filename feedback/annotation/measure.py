"""Measures the loop on a real Label Studio: flagged turns while the writer and Label Studio are killed, then
annotations while every webhook is dropped. What came out is counted in Label Studio and in the database, not taken
from the loop.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import func, select

from app.adapters.sql.schema import annotations, leases, review_outbox, turns, webhook_inbox
from app.adapters.system import SystemClock
from app.domain.ids import CustomerId
from app.domain.review import QueueState
from app.measure.child import copy_shop
from app.measure.light import open_light_house
from app.settings import Settings
from app.stores import Stores, open_stores
from feedback.annotation.label_studio import LabelStudio, LabelStudioDown
from feedback.annotation.loop import Loop
from feedback.annotation.server import ROOT, LabelStudioServer

_SAYINGS = ("where is my parcel?", "can i still cancel my order", "i want my money back", "how do i change my address")
_CUSTOMERS = ("C-0001", "C-0004", "C-0006", "C-0007", "C-0009", "C-0010")
_NOWHERE = "http://127.0.0.1:9/v1/webhooks/label-studio"
"""Nobody listens there: every webhook is dropped."""
_LONGEST_LIFE_S = 2.0
_PATIENCE_S = 600.0
_AT_ONCE = 3
_CHANGED, _DELETED = 10, 20
"""Every tenth annotation is changed once more, every twentieth deleted."""

Told = Callable[[str], None]


@dataclass
class Result:
    """What came out."""

    turns: int
    kills: int
    restarts: int = 0
    tasks: int = 0
    missing: int = 0
    doubled: int = 0
    copies_removed: int = 0
    deliver_s: float = 0.0
    annotated: int = 0
    changed: int = 0
    deleted: int = 0
    calls_received: int = 0
    kept: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Kept, and not with what was said last."""
    not_withdrawn: list[str] = field(default_factory=list)
    annotate_s: float = 0.0

    @property
    def clean(self) -> bool:
        """Exactly one task a turn, every annotation once."""
        tasks = self.tasks == self.turns and not (self.missing or self.doubled)
        return tasks and not (self.lost or self.twice or self.wrong or self.not_withdrawn)


def measure(settings: Settings, folder: Path, turns_wanted: int, kills: int, seed: int, told: Told) -> Result:
    """The whole measurement, in this folder. Raises ConfigurationError."""
    rng = random.Random(seed)  # noqa: S311 - a seeded experiment
    shop = folder / "shop"
    shop.mkdir()
    copy_shop(settings, shop)
    server = LabelStudioServer(folder / "label-studio")
    told("Label Studio starts on an empty folder")
    server.start()
    try:
        own = _settings(shop, server)
        result = Result(turns_wanted, kills)
        told(f"{turns_wanted} turns are asked, each is held")
        _ask(own, turns_wanted, rng)
        stores = open_stores(own)
        tool = LabelStudio(own.label_studio_url, own.label_studio_token.get_secret_value())
        try:
            loop = Loop(own, stores, SystemClock(), tool)
            project, _ = loop.projects.set_up(_NOWHERE, "nobody hears it")
            _deliver(own, server, stores, rng, result, told)
            _count_tasks(loop, tool, project.id, stores, result)
            told("Each task is annotated, and every webhook is dropped")
            _annotate(own, loop, tool, project.id, stores, rng, result)
        finally:
            tool.close()
            stores.engine.dispose()
    finally:
        server.kill()
    return result


def _settings(shop: Path, server: LabelStudioServer) -> Settings:
    return Settings(
        data_dir=shop,
        send_threshold=1.0,
        label_studio_url=server.url,
        label_studio_token=SecretStr(server.settings["HANDRAIL_LABEL_STUDIO_TOKEN"]),
    )


def _ask(settings: Settings, wanted: int, rng: random.Random) -> None:
    with open_light_house(settings) as house:
        asked = 0
        while asked < wanted:
            conversation = house.assistant.start(CustomerId(rng.choice(_CUSTOMERS)))
            outcome = house.assistant.reply_to(conversation.id, [rng.choice(_SAYINGS)])
            asked += bool(outcome.record.decision.reasons)


def _deliver(
    settings: Settings, server: LabelStudioServer, stores: Stores, rng: random.Random, result: Result, told: Told
) -> None:
    """Kills the writer at random moments after it has begun, and Label Studio twice in between."""
    began = time.monotonic()
    restarts = {result.kills // 3, 2 * result.kills // 3}
    for number in range(1, result.kills + 1):
        writer = _writer(settings)
        _wait(lambda process=writer: process.poll() is not None or _holder(stores) == process.pid, 60)  # type: ignore[misc]
        goal = _waiting(stores) - rng.randint(0, 3 * result.turns // (2 * result.kills))
        _wait(lambda goal=goal: _waiting(stores) <= max(goal, 0), _PATIENCE_S)  # type: ignore[misc]
        time.sleep(rng.uniform(0, _LONGEST_LIFE_S))
        if number in restarts:
            server.kill()
            time.sleep(rng.uniform(0, _LONGEST_LIFE_S))
        writer.kill()
        writer.wait()
        if number in restarts:
            server.start()
            result.restarts += 1
        told(f"kill {number} of {result.kills}: {_waiting(stores)} turns wait")
    writer = _writer(settings)
    try:
        _wait(lambda: _waiting(stores) == 0, _PATIENCE_S)
    finally:
        writer.kill()
        writer.wait()
    result.deliver_s = time.monotonic() - began


def _writer(settings: Settings) -> subprocess.Popen[bytes]:
    own = {
        "HANDRAIL_DATA_DIR": str(settings.data_dir),
        "HANDRAIL_LABEL_STUDIO_URL": settings.label_studio_url,
        "HANDRAIL_LABEL_STUDIO_TOKEN": settings.label_studio_token.get_secret_value(),
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith("HANDRAIL_")}
    with (settings.data_dir / "writer.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "feedback.annotation.measured_writer"],
            env={**others, **own, "PYTHONPATH": str(ROOT)},
            cwd=settings.data_dir,
            stdout=log,
            stderr=log,
        )


def _holder(stores: Stores) -> int:
    """The process that holds the lease."""
    with stores.engine.connect() as connection:
        row = connection.execute(select(leases.c.holder)).first()
    return int(row.holder.partition("-")[0]) if row else 0


def _waiting(stores: Stores) -> int:
    with stores.engine.connect() as connection:
        query = select(review_outbox.c.turn_id).where(review_outbox.c.state != QueueState.DELIVERED)
        return len(connection.execute(query).all())


def _count_tasks(loop: Loop, tool: LabelStudio, project: int, stores: Stores, result: Result) -> None:
    patience = time.monotonic() + 60
    while True:
        try:
            result.copies_removed = loop.once(whole=True).delivered.removed
            break
        except Exception:  # the last writer's lease has to run out
            if time.monotonic() > patience:
                raise
            time.sleep(1)
    with stores.engine.connect() as connection:
        ours = {row.id for row in connection.execute(select(turns.c.id))}
    there = Counter(line.external_id for line in tool.all_tasks(project))
    result.tasks = there.total()
    result.missing = len(ours - there.keys())
    result.doubled = sum(count - 1 for count in there.values())


def _annotate(
    settings: Settings,
    loop: Loop,
    tool: LabelStudio,
    project: int,
    stores: Stores,
    rng: random.Random,
    result: Result,
) -> None:
    """Annotates through the API, several at once, while the loop looks; some are changed, some deleted."""
    began = time.monotonic()
    drafts = {line.id: line.external_id for line in tool.all_tasks(project)}
    expected: dict[str, str | None] = {}
    headers = {"authorization": f"Token {settings.label_studio_token.get_secret_value()}"}
    work = [(number, place, rng.random()) for place, number in enumerate(drafts, start=1)]
    with httpx.Client(base_url=settings.label_studio_url, headers=headers, timeout=120, trust_env=False) as client:

        def one(task: int, place: int, luck: float) -> None:
            verdict = "reject" if luck < 0.4 else "edit"
            said = _post(client, f"/api/tasks/{task}/annotations/", _said(verdict, place))
            if place % _DELETED == 0:
                client.delete(f"/api/annotations/{said['id']}/").raise_for_status()
                expected[drafts[task]] = None
                return
            if place % _CHANGED == 0:
                verdict = "edit"
                changed = client.patch(f"/api/annotations/{said['id']}/", json=_said(verdict, place + 1))
                changed.raise_for_status()
                place += 1
            expected[drafts[task]] = _words(place) if verdict == "edit" else ""

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            doing = [pool.submit(one, *each) for each in work]
            while not all(each.done() for each in doing):
                with suppress(LabelStudioDown):  # busy with what it is being told: the next look finds it
                    loop.once()
                time.sleep(0.5)
            for each in doing:
                each.result()
    loop.once()
    loop.once()
    result.annotate_s = time.monotonic() - began
    result.annotated = len(work)
    result.changed = sum(place % _CHANGED == 0 and place % _DELETED != 0 for _, place, _ in work)
    _compare(expected, stores, result)


def _compare(expected: dict[str, str | None], stores: Stores, result: Result) -> None:
    with stores.engine.connect() as connection:
        rows = connection.execute(select(annotations)).all()
        result.calls_received = connection.execute(select(func.count()).select_from(webhook_inbox)).scalar_one()
    live = [row for row in rows if row.withdrawn_at is None]
    kept = Counter(row.turn_id for row in live)
    said = {row.turn_id: row.text_in_slots or "" for row in live}
    result.kept = len(live)
    result.deleted = sum(words is None for words in expected.values())
    result.lost = [turn for turn, words in expected.items() if words is not None and not kept[turn]]
    result.twice = [turn for turn, count in kept.items() if count > 1]
    result.not_withdrawn = [turn for turn, words in expected.items() if words is None and kept[turn]]
    result.wrong = [turn for turn, words in expected.items() if words is not None and said.get(turn, words) != words]


def _said(verdict: str, place: int) -> dict[str, Any]:
    parts: list[tuple[str, str, dict[str, Any]]] = [("verdict", "choices", {"choices": [verdict]})]
    if verdict == "edit":
        parts.append(("reply", "textarea", {"text": [_words(place)]}))
    return {
        "result": [{"from_name": name, "to_name": "draft", "type": kind, "value": value} for name, kind, value in parts]
    }


def _words(place: int) -> str:
    """Another reply for each, in letters alone."""
    return "A colleague looks at this for you, " + "".join(chr(ord("a") + int(digit)) for digit in str(place)) + "."


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = client.post(path, json=body)
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def _wait(done: Callable[[], bool], patience_s: float) -> None:
    patience = time.monotonic() + patience_s
    while not done():
        if time.monotonic() > patience:
            raise TimeoutError
        time.sleep(0.02)
