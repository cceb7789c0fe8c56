"""A draft gives way to its refined text only where both say the same; whatever else happens, the draft stays."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.adapters.memory import NoInteractions, ScriptedChat
from app.bootstrap import meaning_check
from app.domain.reply import Delivery, FlagReason, Origin
from app.domain.turn import TurnRecord
from app.errors import ModelDown, WeightsError
from app.ports import ChatRequest
from app.settings import RefineMode, Settings
from tests.pipeline.chain import MAYA, build_parts, talk

DRAFT = "Your order {order_id} is {days_late} late, and it is now expected on {delivery_date}."
REFINED = "Order {order_id} runs {days_late} late. It is now expected on {delivery_date}."


class Check:
    """A meaning check with one answer."""

    version = "check"

    def __init__(self, same: float | None) -> None:
        self.same = same
        self.asked: list[tuple[str, str]] = []

    def says_the_same(self, draft: str, refined: str) -> float:
        self.asked.append((draft, refined))
        if self.same is None:
            raise WeightsError("gone")
        return self.same


def model(refined: Callable[[], str]) -> ScriptedChat:
    return ScriptedChat(lambda request: refined() if is_refining(request) else DRAFT)


def is_refining(request: ChatRequest) -> bool:
    return request.task == "refine"


def said(chat: ScriptedChat | None, check: Check | None) -> TurnRecord:
    parts = replace(build_parts(model=chat, refine_in_shadow=False), interactions=NoInteractions(), meaning=check)
    return talk(MAYA, parts).says("where is my parcel")


def test_a_refined_draft_that_says_the_same_takes_its_place_and_both_are_kept() -> None:
    check = Check(0.95)

    record = said(model(lambda: REFINED), check)

    situation = record.situations[0]
    assert situation.chosen is not None
    assert situation.chosen.text == DRAFT
    assert situation.refined is not None
    assert (situation.refined.delivered, situation.refined.same) == (True, 0.95)
    assert record.proposed is not None
    assert REFINED in record.proposed.template
    assert "runs" in record.proposed.text
    assert check.asked == [(DRAFT, REFINED)]
    assert [prompt.template for prompt in situation.prompts] == ["answer.order.v1", "refine.v1"]
    assert record.decision.delivery is Delivery.HOLD
    assert {"answer", "refine"} <= {time.stage for time in record.timings}


@pytest.mark.parametrize(
    ("refined", "same", "reason"),
    [
        (REFINED, 0.79, FlagReason.CHANGED_MEANING),
        (REFINED, None, FlagReason.CHANGED_MEANING),
        ("Order {order_id} runs late, until {delivery_date}.", 1.0, FlagReason.MISSING_FACT),
        (f"{REFINED} I have refunded it.", 1.0, FlagReason.UNDONE_ACTION),
        (f"{REFINED} It cost $5.", 1.0, FlagReason.UNSUPPORTED_LITERAL),
        (f"{REFINED} That is order {{order_id}}.", 1.0, FlagReason.UNKNOWN_SLOT),
    ],
)
def test_the_draft_stays_where_the_refined_text_is_unsound(
    refined: str, same: float | None, reason: FlagReason
) -> None:
    record = said(model(lambda: refined), Check(same))

    situation = record.situations[0]
    assert situation.refined is not None
    assert not situation.refined.delivered
    assert reason in [flag.reason for flag in situation.refined.problems]
    assert record.proposed is not None
    assert DRAFT in record.proposed.template


def test_the_draft_stays_where_the_model_fails_while_refining() -> None:
    def down() -> str:
        raise ModelDown("gone")

    record = said(model(down), Check(1.0))

    assert record.situations[0].refined is None
    assert record.proposed is not None
    assert DRAFT in record.proposed.template


def test_a_text_that_refining_left_as_it_was_takes_nobodys_place() -> None:
    record = said(model(lambda: DRAFT), Check(0.0))

    refined = record.situations[0].refined
    assert refined is not None
    assert (refined.same, refined.problems, refined.delivered) == (1.0, (), False)


def test_nothing_is_refined_without_a_check() -> None:
    record = said(model(lambda: REFINED), None)

    assert record.situations[0].refined is None
    assert "refine" not in {time.stage for time in record.timings}


@pytest.mark.parametrize("mode", RefineMode)
def test_there_is_a_check_only_where_refined_drafts_may_take_a_place(mode: RefineMode) -> None:
    assert (meaning_check(Settings(refine=mode)) is not None) is (mode is RefineMode.DRAFTS)


def test_an_approved_reply_stays_as_a_person_approved_it() -> None:
    chat = model(lambda: REFINED)
    parts = replace(build_parts(model=chat, refine_in_shadow=False), meaning=Check(1.0))

    record = talk(MAYA, parts).says("where is my parcel")

    assert record.origin is Origin.APPROVED
    assert record.situations[0].refined is None
