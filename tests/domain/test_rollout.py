"""What may follow what, who makes room for whom, and which version a conversation gets."""

import pytest

from app.domain.ids import ModelVersionId
from app.domain.rollout import (
    GateVerdict,
    ModelState,
    ModelVersion,
    in_state,
    moves,
    serving,
    standing_in,
    version_id,
)
from app.errors import GateNotPassed, InvalidInput, MoveNotAllowed
from tests.builders import NOW, a_model_version

FAILED = GateVerdict(passed=False, suite="answers.v1", against="model", failures=("fewer facts",), at=NOW)
CANDIDATE, SHADOW, CANARY, LIVE, RETIRED, ROLLED_BACK = ModelState
ASKED_FOR = {
    (CANDIDATE, SHADOW),
    (CANDIDATE, CANARY),
    (CANDIDATE, LIVE),
    (SHADOW, CANARY),
    (SHADOW, LIVE),
    (SHADOW, ROLLED_BACK),
    (CANARY, SHADOW),
    (CANARY, CANARY),
    (CANARY, LIVE),
    (CANARY, ROLLED_BACK),
    (LIVE, ROLLED_BACK),
    (RETIRED, SHADOW),
    (ROLLED_BACK, SHADOW),
}


def steps(versions: list[ModelVersion], version: ModelVersion, to: ModelState, share: int = 0) -> list[tuple[str, str]]:
    return [(each.id, after.value) for each, after in moves(versions, version.id, to, share=share)]


@pytest.mark.parametrize("before", ModelState)
@pytest.mark.parametrize("after", ModelState)
def test_only_these_moves_can_be_asked_for(before: ModelState, after: ModelState) -> None:
    version = a_model_version(state=before, share=10 if before is CANARY else 0)
    share = 20 if after is CANARY else 0
    if (before, after) in ASKED_FOR:
        assert steps([version], version, after, share) == [(version.id, after.value)]
    else:
        with pytest.raises(MoveNotAllowed, match=f"is {before.value} and cannot become {after.value}"):
            steps([version], version, after, share)


@pytest.mark.parametrize("to", [CANARY, LIVE])
@pytest.mark.parametrize(
    ("verdict", "said"), [(None, "has not been held against the gate"), (FAILED, "failed the gate on .*fewer facts")]
)
def test_customers_get_nothing_of_a_version_that_did_not_pass_the_gate(
    to: ModelState, verdict: GateVerdict | None, said: str
) -> None:
    version = a_model_version(state=SHADOW, verdict=verdict)
    with pytest.raises(GateNotPassed, match=said):
        steps([version], version, to, 10 if to is CANARY else 0)


def test_what_came_with_the_product_has_passed_its_makers_gate() -> None:
    shipped = a_model_version(verdict=None, shipped=True)
    assert steps([shipped], shipped, LIVE) == [(shipped.id, "live")]


def test_a_version_drafts_in_shadow_without_the_gate() -> None:
    version = a_model_version(verdict=None)
    assert steps([version], version, SHADOW) == [(version.id, "shadow")]


@pytest.mark.parametrize(("to", "share"), [(CANARY, 0), (CANARY, 101), (CANARY, -1), (LIVE, 10), (SHADOW, 1)])
def test_a_canary_has_a_share_and_nothing_else_has(to: ModelState, share: int) -> None:
    version = a_model_version()
    with pytest.raises(InvalidInput, match="share"):
        steps([version], version, to, share)


def test_the_live_one_retires_when_another_goes_live() -> None:
    live, canary = a_model_version("1", state=LIVE), a_model_version("2", state=CANARY, share=50)
    assert steps([live, canary], canary, LIVE) == [(live.id, "retired"), (canary.id, "live")]


def test_the_one_that_retired_last_comes_back_when_the_live_one_is_rolled_back() -> None:
    oldest = a_model_version("1", state=RETIRED, since=1)
    former = a_model_version("2", state=RETIRED, since=5)
    live = a_model_version("3", state=LIVE, since=5)
    assert steps([former, oldest, live], live, ROLLED_BACK) == [(live.id, "rolled_back"), (former.id, "live")]


def test_taking_back_what_is_only_tried_out_brings_nothing_back() -> None:
    retired, live = a_model_version("1", state=RETIRED), a_model_version("2", state=LIVE)
    canary = a_model_version("3", state=CANARY, share=5)
    assert steps([retired, live, canary], canary, ROLLED_BACK) == [(canary.id, "rolled_back")]


@pytest.mark.parametrize(("state", "share"), [(SHADOW, 0), (CANARY, 20)])
def test_two_are_not_tried_out_in_the_same_way(state: ModelState, share: int) -> None:
    first, second = a_model_version("1", state=state, share=share), a_model_version("2")
    with pytest.raises(MoveNotAllowed, match=f"{first.id} is {state.value} already"):
        steps([first, second], second, state, share)


def test_a_canary_answers_about_its_share_and_each_conversation_keeps_its_version() -> None:
    live, canary = a_model_version("1", state=LIVE), a_model_version("2", state=CANARY, share=20)
    versions = [live, canary]
    conversations = [f"conv_{number}" for number in range(5000)]
    got = [serving(versions, "answer", each) for each in conversations]
    assert got.count(canary) == pytest.approx(1000, abs=120)
    assert got == [serving(list(reversed(versions)), "answer", each) for each in conversations]


def test_conversations_stay_with_a_canary_whose_share_grows() -> None:
    live, small = a_model_version("1", state=LIVE), a_model_version("2", state=CANARY, share=5)
    large = a_model_version("2", state=CANARY, share=60)
    conversations = [f"conv_{number}" for number in range(500)]
    had = {each for each in conversations if serving([live, small], "answer", each) == small}
    have = {each for each in conversations if serving([live, large], "answer", each) == large}
    assert had
    assert had < have


def test_another_canary_is_tried_on_other_conversations() -> None:
    conversations = [f"conv_{number}" for number in range(500)]
    first, second = (a_model_version(number, state=CANARY, share=50) for number in "12")
    groups = [{each for each in conversations if serving([canary], "answer", each)} for canary in (first, second)]
    assert 80 < len(groups[0] & groups[1]) < 170, "about a quarter, as chance has it"


def test_a_share_of_a_hundred_is_everybody_but_what_belongs_to_no_conversation() -> None:
    live, canary = a_model_version("1", state=LIVE), a_model_version("2", state=CANARY, share=100)
    assert all(serving([live, canary], "answer", f"conv_{number}") == canary for number in range(300))
    assert serving([live, canary], "answer", "") == live


def test_each_task_has_versions_of_its_own() -> None:
    answers, polishes = a_model_version(state=LIVE), a_model_version(task="refine", state=LIVE)
    assert serving([answers, polishes], "refine", "conv_1") == polishes
    assert serving([answers], "refine", "conv_1") is None
    assert in_state([answers, polishes], "answer", LIVE) == answers


def test_the_version_before_stands_in_for_a_live_one_that_cannot_be_used() -> None:
    oldest, former = (a_model_version(number, state=RETIRED, since=int(number)) for number in "12")
    live, canary = a_model_version("3", state=LIVE), a_model_version("4", state=CANARY, share=100)
    versions = [oldest, former, live, canary]

    def served(*unusable: ModelVersionId) -> ModelVersionId | None:
        version = serving(standing_in(versions, unusable), "answer", "conv_1")
        return version.id if version else None

    assert served() == canary.id
    assert served(canary.id) == live.id
    assert served(canary.id, live.id) == former.id
    assert served(canary.id, live.id, former.id) == oldest.id
    assert served(canary.id, live.id, former.id, oldest.id) is None


def test_the_same_file_for_the_same_task_is_the_same_version() -> None:
    assert version_id("answer", "037544fbc8ad64d5") == "answer@037544fb"
