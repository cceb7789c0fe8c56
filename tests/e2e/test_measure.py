"""The measurements themselves, small: they find nothing lost, and they keep away from the installation's own data."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

from app.measure.child import Child, light_service
from app.measure.kills import rounds
from app.measure.load import conversations_at_once, idle_streams
from app.settings import Settings

KEY = "a key for a service that lives for one test only"
Result = TypeVar("Result")


def in_a_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """In a thread of its own: the browser's tests leave their loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_what_is_accepted_survives_kills_and_is_answered_once(shop_settings: Settings) -> None:
    with light_service(shop_settings, HANDRAIL_SHOP_JWT_KEY=KEY) as child:
        toll = in_a_loop(rounds(child, kills=4, conversations=5, seed=1, killed=lambda: None))
    assert toll.clean, toll
    assert toll.accepted > 0
    assert toll.turns > 0


def test_a_supervisors_decision_survives_kills_and_is_delivered_once(shop_settings: Settings) -> None:
    tokens = ["the token of the first supervisor", "the token of the second supervisor"]
    environment = {
        "HANDRAIL_SHOP_JWT_KEY": KEY,
        "HANDRAIL_SEND_THRESHOLD": "1.0",
        "HANDRAIL_AGENT_TOKENS": ",".join(f"Agent {place}:{token}" for place, token in enumerate(tokens)),
    }
    with light_service(shop_settings, **environment) as child:
        toll = in_a_loop(rounds(child, kills=4, conversations=5, seed=1, killed=lambda: None, deciders=tokens))
    assert toll.clean, toll
    assert toll.decided > 0


def test_idle_streams_are_told_and_conversations_at_once_are_answered(shop_settings: Settings) -> None:
    with light_service(shop_settings) as child:
        idle = in_a_loop(idle_streams(child, streams=20, messages=5, seed=1, opened=lambda: None))
        together = in_a_loop(conversations_at_once(child, conversations=4, messages=2, pause_s=0.05, seed=1))
    assert len(idle.delivery_ms) == 5
    assert idle.memory_after_mb > 0
    assert len(together.reply_ms) == 8


def test_what_is_measured_never_touches_the_installations_own_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", "postgresql://live.example/handrail")
    monkeypatch.setenv("HANDRAIL_CRM_URL", "postgresql://live.example/crm")
    child = Child(tmp_path, {"HANDRAIL_SHOP_JWT_KEY": KEY})
    ours = {name: value for name, value in child.environment.items() if name.startswith("HANDRAIL_")}
    assert not any("live.example" in value for value in ours.values())
    assert ours["HANDRAIL_DATA_DIR"] == str(tmp_path)
