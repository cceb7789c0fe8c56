"""A model judges by a form, its own points count, and what it is worth is its agreement with readers."""

import json

import pytest

from app.adapters.memory import ScriptedChat
from feedback.evaluation.judging import agreement, judged_by, read_form
from feedback.training.judged import JudgedGroup, Judgement, SheetDraft, SheetGroup, Verdict

FORM = {
    "answers": True, "status": True, "slots": True, "invented": "nothing", "language": True,
    "verdict": "good", "why": "It says when the parcel comes.",
}  # fmt: skip


def draft(text: str, *, finished: bool = True, problems: tuple[str, ...] = ()) -> SheetDraft:
    return SheetDraft(text=text, surprise=[], finished=finished, problems=list(problems))


GROUP = SheetGroup(
    id="track_order/late#1", situation="track_order/late", split="held_out_phrase", model="answer.gguf",
    means="The parcel is late.", steps=["Follow the link"], policy="", question="where is it, $draft?",
    must=["delivery_date"], offered=["delivery_date"],
    drafts=[
        draft("It comes on {delivery_date}."),
        draft("It comes on", finished=False),
        draft("It comes on Monday.", problems=("unsupported",)),
        draft("It is lost."),
    ],
)  # fmt: skip


def said(place: int, verdict: Verdict) -> Judgement:
    return Judgement(id=GROUP.id, draft=place, verdict=verdict)


def test_only_drafts_that_could_be_sent_are_judged_each_by_what_it_was_made_from() -> None:
    judge = ScriptedChat([json.dumps(FORM), "I would rather not."])

    found = list(judged_by(judge, [GROUP], 5.0))

    assert [one and (one.draft, one.verdict) for one in found] == [(0, "good"), None]
    asked = judge.requests[0].messages[0].content
    assert "DRAFT: It comes on {delivery_date}." in asked
    assert "CUSTOMER: where is it, $draft?" in asked, "a customer's words are no place to put anything"
    assert "MUST BE MENTIONED: {delivery_date}" in asked
    assert "POLICY: none" in asked


@pytest.mark.parametrize(
    ("points", "verdict"),
    [
        ({}, "good"),
        ({"invented": "None."}, "good"),
        ({"status": False}, "wrong"),
        ({"slots": False}, "wrong"),
        ({"invented": "a voucher"}, "wrong"),
        ({"answers": False}, "poor"),
        ({"language": False}, "poor"),
        ({"verdict": "poor", "status": False}, "poor"),
    ],
)
def test_a_verdict_that_its_own_points_contradict_is_the_worst_of_them(
    points: dict[str, object], verdict: Verdict
) -> None:
    form = read_form(f"Here you are:\n```{json.dumps(FORM | points)}```")
    assert form is not None
    assert form.verdict == verdict


@pytest.mark.parametrize(
    "text", ["", "good", "{", "}{", json.dumps({"verdict": "good"}), json.dumps(FORM | {"verdict": "fine"})]
)
def test_what_is_no_form_is_none(text: str) -> None:
    assert read_form(text) is None


def test_agreement_is_counted_over_what_both_have_judged() -> None:
    readers = [JudgedGroup(GROUP, {0: said(0, "good"), 3: said(3, "wrong")})]

    found = agreement([said(0, "good"), said(3, "good"), said(1, "poor")], readers)

    assert found is not None
    assert (found.both, found.same, found.kappa, found.good_of_its_good) == (2, 0.5, 0.0, 0.5)
    both = agreement([said(0, "good"), said(3, "wrong")], readers)
    assert both is not None
    assert (both.same, both.kappa) == (1.0, 1.0)
    assert agreement([said(1, "poor")], readers) is None
