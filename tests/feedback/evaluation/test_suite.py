"""The frozen suite: whole, played by customers who are in the situation, and scored by what became of it."""

import json
from collections import Counter
from pathlib import Path

import pytest

from app.adapters.memory import ScriptedChat
from app.domain.reply import Delivery, Origin
from app.errors import ConfigurationError
from app.ports import ChatMessage, ChatRequest
from feedback.evaluation.replay import (
    BASE,
    DRAFTS,
    NEAREST,
    PAST,
    TEMPLATE,
    WHOLE,
    Played,
    Untuned,
    Without,
    play,
    systems,
)
from feedback.evaluation.scores import by_danger, right, score
from feedback.evaluation.staging import set_stage
from feedback.evaluation.suite import Danger, Suite, SuiteCase, read_suite
from tests.builders import NOW
from tests.pipeline.chain import APPROVED, LENA, MAYA, PLAYBOOK, SAMUEL, TOM, PastCases, approved, build_parts

CAST = (MAYA, TOM, LENA, SAMUEL)
FORBIDDEN_SEND = (Delivery.HOLD, Delivery.HAND_OFF)


def case(name: str, text: str, *situations: str, **changes: object) -> SuiteCase:
    about = {
        "id": name,
        "kind": "scripted",
        "danger": "none",
        "messages": [text],
        "situations": situations,
        "decisions": ["send"],
        "reference": "Order {order_id} is {days_late} late and comes on {delivery_date}.",
    }
    return SuiteCase.model_validate_json(json.dumps(about | changes))


LATE = case("late", "where is my parcel", "track_order/late")
HERS = case("hers", "where is my parcel {order}", "track_order/late")
NOT_HERS = case("not-hers", "where is {wrong_order}", "track_order/unknown_order")
PERSON = case("person", "a person please", "contact_human_agent/connect", decisions=["hand_off"], danger="person")
NOBODY = case("nobody", "where is my parcel", "track_order/lost")
SMALL = Suite((LATE, HERS, NOT_HERS, PERSON, NOBODY))


def played(*cases: SuiteCase, **changes: object) -> list[Played]:
    parts = build_parts(**changes)  # type: ignore[arg-type]
    suite = Suite(cases)
    return list(play(suite, set_stage(suite, CAST, parts, NOW).staged, parts))


def test_the_shipped_suite_is_large_dangerous_and_speaks_of_situations_that_there_are() -> None:
    suite = read_suite()
    assert len(suite.cases) >= 300
    dangers = Counter(case.danger for case in suite.cases)
    assert dangers.total() - dangers[Danger.NONE] >= 0.35 * dangers.total()
    assert set(dangers) == set(Danger)
    unknown = {key for case in suite.cases for key in case.situations if PLAYBOOK.rule(key) is None}
    assert unknown == set()
    assert {key for group in suite.twins for key in group if PLAYBOOK.rule(key) is None} == set()
    groups = Counter(case.group for case in suite.cases if case.group.startswith("eight-"))
    assert len(groups) >= 20
    assert set(groups.values()) == {8}


def test_the_version_changes_with_any_case_and_with_the_twins() -> None:
    versions = {SMALL.version, Suite(SMALL.cases[1:]).version, Suite(SMALL.cases, (frozenset({"a/b", "c/d"}),)).version}
    assert len(versions) == 3


def test_a_wrong_line_is_refused_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{LATE.model_dump_json()}\n{LATE.model_dump_json()}\n")
    with pytest.raises(ConfigurationError, match="line 2: late is there already"):
        read_suite(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"id": "A"}\n')
    with pytest.raises(ConfigurationError, match="line 1"):
        read_suite(tmp_path)
    (tmp_path / "a.jsonl").unlink()
    with pytest.raises(ConfigurationError, match="no cases"):
        read_suite(tmp_path)


def test_each_case_is_played_by_a_customer_who_is_in_the_situation() -> None:
    parts = build_parts()
    stage = set_stage(SMALL, CAST, parts, NOW)
    customers = {each.case.id: each.turn.customer_id for each in stage.staged}
    assert customers["late"] == customers["hers"] == MAYA
    assert stage.nobody == (NOBODY,)


def test_numbers_in_messages_are_her_own_or_surely_not() -> None:
    stage = set_stage(SMALL, CAST, build_parts(), NOW)
    texts = {each.case.id: each.turn.text for each in stage.staged}
    assert texts["hers"] == "where is my parcel LF-10482"
    assert texts["not-hers"].startswith("where is LF-9")


def test_a_reply_with_its_facts_in_the_right_situation_is_right() -> None:
    [late] = played(LATE)
    assert late.sent
    assert late.understood
    assert right(late, PLAYBOOK)
    assert late.origin is Origin.APPROVED


def test_a_twin_of_the_situation_counts_as_the_situation() -> None:
    needed = case("twin", "where is my parcel", "lost_parcel/late")
    twins = Suite((needed,), (frozenset({"lost_parcel/late", "track_order/late"}),))
    parts = build_parts()
    for suite, understood in ((twins, True), (Suite((needed,)), False)):
        [one] = play(suite, set_stage(suite, CAST, parts, NOW).staged, parts)
        assert one.understood is understood


def test_what_is_sent_although_a_person_has_to_see_it_is_a_missed_hold() -> None:
    risky = LATE.model_copy(update={"id": "risky", "decisions": FORBIDDEN_SEND})
    metrics = score(played(risky, PERSON), build_parts())
    assert metrics["missed holds"].values == {"risky": 1.0, "person": 0.0}
    assert metrics["missed holds"].shown == "50.0 %"


def test_a_held_reply_to_a_clear_question_is_a_needless_hold() -> None:
    metrics = score(played(LATE, send_threshold=0.99), build_parts())
    assert metrics["needless holds"].mean == 1.0
    assert metrics["right"].mean == 0.0
    assert metrics["sound"].mean == 1.0


def test_facts_that_are_missing_and_rules_that_are_broken_are_counted() -> None:
    poor = [approved("track_order/late", "Your order {order_id} arrives on {refund_date}, 3 days late.")]
    metrics = score(played(LATE, interactions=poor), build_parts())
    assert metrics["required facts"].mean == pytest.approx(1 / 3)
    assert metrics["invalid slots"].mean == 1.0
    assert metrics["unsupported facts before the guard"].mean == 1.0
    assert metrics["unsupported facts delivered"].mean == 0.0


def test_all_eight_wordings_have_to_go_right_and_all_who_ask_have_to_be_told_the_same() -> None:
    eight = [LATE.model_copy(update={"id": f"e{n}", "group": "eight-late"}) for n in range(8)]
    odd = eight[7].model_copy(update={"messages": ("it has a crack",)})
    fair = [LATE.model_copy(update={"id": f"f{n}", "group": "fair-late"}) for n in range(4)]
    metrics = score(played(*eight, *fair), build_parts())
    assert (metrics["pass^8"].mean, metrics["fairness"].mean) == (1.0, 1.0)
    metrics = score(
        played(*eight[:7], odd, *fair[:3], odd.model_copy(update={"id": "f3", "group": "fair-late"})), build_parts()
    )
    assert (metrics["pass^8"].mean, metrics["fairness"].mean) == (0.0, 0.0)


def test_a_reply_that_is_the_reference_is_as_near_to_it_as_can_be() -> None:
    reference = dict(APPROVED)["track_order/late"]
    metrics = score(played(LATE.model_copy(update={"reference": reference})), build_parts())
    assert metrics["ROUGE-L"].mean == pytest.approx(1.0)
    assert metrics["chrF"].mean == pytest.approx(1.0)
    assert metrics["BLEU"].mean == pytest.approx(1.0)


def test_cases_are_counted_by_what_makes_them_dangerous() -> None:
    assert by_danger(played(LATE, HERS, PERSON), PLAYBOOK) == {Danger.NONE: (2, 1.0), Danger.PERSON: (1, 1.0)}


def test_the_systems_differ_in_where_replies_come_from() -> None:
    past = [approved(*pair) for pair in APPROVED]
    draft = "Order {order_id} is {days_late} late and comes on {delivery_date}."
    model = ScriptedChat(lambda _: draft)
    parts = build_parts(model=model)
    replies = {}
    for system in systems(past):
        suite = Suite((LATE,))
        [one] = play(suite, set_stage(suite, CAST, parts, NOW).staged, system.of(parts))
        replies[system.name] = (one.origin, one.template)
    assert set(replies) == {WHOLE, PAST, NEAREST, TEMPLATE, DRAFTS, BASE}
    assert replies[WHOLE][0] is replies[PAST][0] is replies[TEMPLATE][0] is Origin.APPROVED
    assert replies[DRAFTS][0] is replies[BASE][0] is Origin.DRAFTED
    assert draft in replies[DRAFTS][1]
    assert {request.task for request in model.requests} == {"answer", ""}


def test_the_nearest_reply_may_be_one_for_another_situation() -> None:
    wrong = [
        approved("cancel_order/shipped", "Order {order_id} has shipped. You can send it back within {return_days}.")
    ]
    [nearest] = [system for system in systems(wrong) if system.name == NEAREST]
    parts = nearest.of(build_parts(interactions=wrong))
    suite = Suite((LATE,))
    [one] = play(suite, set_stage(suite, CAST, parts, NOW).staged, parts)
    assert one.violations
    assert not one.sent


def test_an_index_without_a_situation_finds_everything_else() -> None:
    index = Without(PastCases([approved(*pair) for pair in APPROVED]), frozenset({"track_order/late"}))
    assert index.search("where", situation="track_order/late") == []
    assert index.search("where", situation="track_order/processing") != []


def test_an_untuned_model_is_asked_for_no_task_and_says_so() -> None:
    model = ScriptedChat(["anything"])
    untuned = Untuned(model)
    request = ChatRequest((ChatMessage("user", "hello"),), max_tokens=5, timeout_s=1.0, task="answer")
    assert untuned.complete(request)[0].text == "anything"
    assert [asked.task for asked in model.requests] == [""]
    assert untuned.version == "scripted untuned"
