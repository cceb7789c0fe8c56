"""What every `ModelRegistry` promises: each step is whole, kept with who and why, and two people cannot cross."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from app.adapters.sql.schema import model_versions
from app.domain.ids import ModelVersionId
from app.domain.rollout import GateVerdict, ModelState, ModelVersion, Transition
from app.errors import Conflict, GateNotPassed, HandrailError, InvalidInput, MoveNotAllowed, NotFound
from app.ports import ModelRegistry
from app.stores import Stores
from tests.builders import NOW, PASSED, a_model_version

FIRST, SECOND, POLISH = a_model_version("1"), a_model_version("2"), a_model_version(task="refine")


@pytest.fixture
def registry(database: Engine) -> ModelRegistry:
    """Two versions for answers and one for polish, all of which have passed the gate."""
    kept = Stores(database).models
    for version in (FIRST, SECOND, POLISH):
        kept.add(version, "Ada", "made overnight")
    return kept


def minute(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


def becomes(
    registry: ModelRegistry, version: ModelVersion, to: ModelState, at: int, share: int = 0, by: str = "Sam"
) -> list[Transition]:
    return registry.move(version.id, to, by=by, why=f"step {at}", at=minute(at), share=share)


def standing(registry: ModelRegistry) -> dict[str, str]:
    return {version.id: version.state.value for version in registry.versions("answer")}


def test_what_is_registered_comes_back_as_it_was(registry: ModelRegistry) -> None:
    assert sorted(registry.versions("answer"), key=lambda each: each.id) == sorted(
        [FIRST, SECOND], key=lambda each: each.id
    )
    assert registry.versions("refine") == [POLISH]
    assert len(registry.versions()) == 3
    assert registry.history("refine") == [
        Transition(POLISH.id, None, ModelState.CANDIDATE, "Ada", "made overnight", NOW)
    ]


def test_the_same_version_is_not_registered_twice(registry: ModelRegistry) -> None:
    with pytest.raises(Conflict, match="registered already"):
        registry.add(replace(FIRST, dataset="another"), "Ada", "again")
    assert len(registry.history()) == 3


def test_a_version_begins_as_a_candidate(registry: ModelRegistry) -> None:
    with pytest.raises(MoveNotAllowed):
        registry.add(a_model_version("3", state=ModelState.LIVE), "Ada", "in a hurry")
    assert len(registry.versions()) == 3


def test_a_release_is_kept_step_by_step_with_who_and_why(registry: ModelRegistry) -> None:
    becomes(registry, FIRST, ModelState.LIVE, 1)
    becomes(registry, SECOND, ModelState.SHADOW, 2)
    becomes(registry, SECOND, ModelState.CANARY, 3, share=10)
    becomes(registry, SECOND, ModelState.CANARY, 4, share=50, by="Ada")
    taken = becomes(registry, SECOND, ModelState.LIVE, 5)
    back = becomes(registry, SECOND, ModelState.ROLLED_BACK, 6, by="Ada")

    assert taken == [
        Transition(FIRST.id, ModelState.LIVE, ModelState.RETIRED, "Sam", "step 5", minute(5)),
        Transition(SECOND.id, ModelState.CANARY, ModelState.LIVE, "Sam", "step 5", minute(5)),
    ]
    assert back == [
        Transition(SECOND.id, ModelState.LIVE, ModelState.ROLLED_BACK, "Ada", "step 6", minute(6)),
        Transition(FIRST.id, ModelState.RETIRED, ModelState.LIVE, "Ada", "step 6", minute(6)),
    ]
    assert standing(registry) == {FIRST.id: "live", SECOND.id: "rolled_back"}
    history = registry.history("answer")
    assert history[-4:] == taken + back
    assert [(step.after.value, step.share, step.by) for step in history if step.version == SECOND.id][1:4] == [
        ("shadow", 0, "Sam"),
        ("canary", 10, "Sam"),
        ("canary", 50, "Ada"),
    ]


def test_a_version_says_since_when_it_is_what_it_is(registry: ModelRegistry) -> None:
    becomes(registry, FIRST, ModelState.CANARY, 7, share=25)
    [version] = [each for each in registry.versions() if each.id == FIRST.id]
    assert (version.state, version.share, version.since) == (ModelState.CANARY, 25, minute(7))
    becomes(registry, FIRST, ModelState.LIVE, 8)
    [version] = [each for each in registry.versions() if each.id == FIRST.id]
    assert (version.share, version.since) == (0, minute(8))


def test_the_gates_verdict_decides_and_the_newest_counts(registry: ModelRegistry) -> None:
    fresh = a_model_version("3", verdict=None)
    registry.add(fresh, "Ada", "made overnight")
    with pytest.raises(GateNotPassed):
        becomes(registry, fresh, ModelState.LIVE, 1)
    failed = GateVerdict(passed=False, suite="answers.v1", against=FIRST.id, failures=("fewer facts",), at=NOW)
    registry.keep_verdict(fresh.id, failed)
    with pytest.raises(GateNotPassed, match="fewer facts"):
        becomes(registry, fresh, ModelState.CANARY, 1, share=5)
    registry.keep_verdict(fresh.id, PASSED)
    becomes(registry, fresh, ModelState.LIVE, 1)
    assert [each.verdict for each in registry.versions() if each.id == fresh.id] == [PASSED]


def test_what_is_refused_leaves_no_trace(registry: ModelRegistry) -> None:
    becomes(registry, FIRST, ModelState.SHADOW, 1)
    before, history = registry.versions(), registry.history()
    refused: list[tuple[ModelVersion, ModelState, int]] = [
        (SECOND, ModelState.SHADOW, 0),
        (SECOND, ModelState.RETIRED, 0),
        (SECOND, ModelState.CANARY, 0),
    ]
    for version, to, share in refused:
        with pytest.raises(HandrailError):
            becomes(registry, version, to, 2, share=share)
    assert (registry.versions(), registry.history()) == (before, history)


@pytest.mark.parametrize(("by", "why"), [("", "a reason"), ("Sam", ""), (" ", " ")])
def test_nothing_moves_without_who_and_why(registry: ModelRegistry, by: str, why: str) -> None:
    with pytest.raises(InvalidInput, match="who"):
        registry.move(FIRST.id, ModelState.LIVE, by=by, why=why, at=NOW)
    with pytest.raises(InvalidInput, match="who"):
        registry.add(a_model_version("3"), by, why)
    assert set(standing(registry).values()) == {"candidate"}


def test_what_is_not_there_cannot_be_moved_or_judged(registry: ModelRegistry) -> None:
    nothing = ModelVersionId("answer@nothing")
    with pytest.raises(NotFound, match="answer@nothing"):
        registry.move(nothing, ModelState.LIVE, by="Sam", why="a try", at=NOW)
    with pytest.raises(NotFound, match="answer@nothing"):
        registry.keep_verdict(nothing, PASSED)


def test_of_many_who_promote_at_once_each_step_follows_from_the_one_before(registry: ModelRegistry) -> None:
    def promote(number: int) -> bool:
        version = (FIRST, SECOND)[number % 2]
        try:
            registry.move(version.id, ModelState.CANARY, by=f"{number}", why="a race", at=NOW, share=10)
        except MoveNotAllowed:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(promote, range(6)))

    assert sorted(standing(registry).values()) == ["canary", "candidate"]
    [winner] = {step.version for step in registry.history("answer") if step.after is ModelState.CANARY}
    assert standing(registry)[winner] == "canary"


def test_of_many_who_go_live_at_once_the_last_is_live_and_nobody_is_lost(registry: ModelRegistry) -> None:
    more = [a_model_version(f"more {number}") for number in range(4)]
    for version in more:
        registry.add(version, "Ada", "made overnight")

    def promote(version: ModelVersion) -> None:
        registry.move(version.id, ModelState.LIVE, by="Sam", why="a race", at=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(promote, more))

    states = [state for number, state in standing(registry).items() if number in {each.id for each in more}]
    assert sorted(states) == ["live", "retired", "retired", "retired"]
    last = [step for step in registry.history("answer") if step.after is ModelState.LIVE][-1]
    assert standing(registry)[last.version] == "live"


def test_the_database_itself_refuses_a_second_live_version(registry: ModelRegistry, database: Engine) -> None:
    becomes(registry, FIRST, ModelState.LIVE, 1)
    with pytest.raises(IntegrityError), database.begin() as connection:
        connection.execute(text("UPDATE model_versions SET state = 'live'"))
    with database.connect() as connection:
        assert len(connection.execute(select(model_versions).where(model_versions.c.state == "live")).all()) == 1
