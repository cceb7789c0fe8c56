"""Label Studio keeps whatever it is given. What is not exactly ours is not used."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.review import Opinion
from app.domain.supervision import UseAgain, Verdict
from app.playbook.loader import load_playbook
from feedback.annotation.labels import LONGEST_REPLY, Unusable, label_config
from feedback.annotation.task import NO_DRAFT
from tests.feedback.annotation.turns import TEMPLATE, a_record, said

CONFIG = label_config(load_playbook().intents)


def test_every_intent_of_the_playbook_can_be_chosen() -> None:
    assert CONFIG.controls["intent"].choices == set(load_playbook().intents)


def test_an_edit_says_what_it_should_have_been_why_and_for_whom() -> None:
    result = said(
        "edit",
        "I am sorry, {order_id} is late.",
        intent="track_order",
        failures=["tone", "missing_fact"],
        use_again="every_such_case",
        rating=2,
    )
    assert CONFIG.opinion(result, a_record()) == Opinion(
        Verdict.EDIT,
        "track_order",
        "I am sorry, {order_id} is late.",
        ("missing_fact", "tone"),
        2,
        UseAgain.EVERY_SUCH_CASE,
    )


def test_an_untouched_text_that_was_prefilled_is_no_edit_of_an_approved_draft() -> None:
    assert CONFIG.opinion(said("approve", TEMPLATE), a_record()) == Opinion(Verdict.APPROVE)
    assert CONFIG.opinion(said("reject", "whatever stands there"), a_record()) == Opinion(Verdict.REJECT)


def with_part(**part: object) -> list[dict[str, Any]]:
    return [*said("approve"), {"from_name": "rating", "to_name": "draft", "type": "rating", **part}]


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ([], "no verdict"),
        (said("perhaps"), "unknown label"),
        (said("approve", intent="world_peace"), "unknown label"),
        (said("approve", failures=["tone", "tone"]), "unknown label"),
        ([*said("approve"), *said("reject")], "one field twice"),
        ([{"from_name": "verdict", "to_name": "draft", "type": "choices", "value": {"choices": []}}], "no verdict"),
        (
            [
                {
                    "from_name": "verdict",
                    "to_name": "draft",
                    "type": "choices",
                    "value": {"choices": ["approve", "edit"]},
                }
            ],
            "two labels where one is asked for",
        ),
        ([*said("approve"), {"from_name": "mood", "value": {}}], "unknown field"),
        ([{}], "unknown field"),
        ([1, 2], "not a result"),
        (None, "not a result"),
        ({"verdict": "approve"}, "not a result"),
        (with_part(value={"rating": 6}), "unknown rating"),
        (with_part(value={"rating": True}), "unknown rating"),
        (with_part(value="five"), "a field of another kind"),
        (with_part(value={"rating": 3}, to_name="dialogue"), "a field of another kind"),
        (said("edit"), "an edit without a text"),
        (said("edit", "  \n "), "an edit without a text"),
        (said("edit", NO_DRAFT), "an edit without a text"),
        (said("edit", f" {TEMPLATE}\n"), "an edit that changes nothing"),
        (said("edit", "x" * (LONGEST_REPLY + 1)), "too long a reply"),
        (said("edit", "It is at {tracking_link}."), "a slot that this turn does not have"),
        (said("edit", "It is {order id}."), "a broken slot"),
        (said("edit", "It is {Order_Id}."), "a broken slot"),
        (said("edit", "Order LF-99999 is late."), "a number, link or address in place of a slot"),
        (said("edit", "Write to a@b.example."), "a number, link or address in place of a slot"),
        (said("edit", "Half a \ud83d letter."), "a text that cannot be kept"),
        (said("edit", "No \x00 here."), "a text that cannot be kept"),
        (said("approve", "Something else."), "approved, but the text was changed"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(result: object, reason: str) -> None:
    with pytest.raises(Unusable, match=f"^{reason}$"):
        CONFIG.opinion(result, a_record())


def test_a_draft_that_was_not_there_cannot_be_approved() -> None:
    with pytest.raises(Unusable, match="no draft"):
        CONFIG.opinion(said("approve"), replace(a_record(), proposed=None))
    written = CONFIG.opinion(said("edit", "A colleague calls you."), replace(a_record(), proposed=None))
    assert written.text_in_slots == "A colleague calls you."
