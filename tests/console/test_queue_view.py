"""One item of the queue: what a person needs who takes it, with the customer's words as words."""

from dataclasses import replace

from app.console import queue_view
from app.domain.conversation import TurnStatus
from app.domain.handoff import HandOff, Line
from app.domain.ids import ConversationId, TurnId
from app.domain.reply import Flag, FlagReason, Severity
from app.domain.supervision import WaitingTurn
from tests.builders import NOW
from tests.pipeline.chain import MAYA, talk

HANDOFF = HandOff(
    wants="cancel <b>it</b>",
    situation="cancel_order/can_cancel",
    stands=(Line("Order", "LF-1"),),
    said=(),
    mood=(Line("Upset", "“ridiculous”"),),
    action="cancel_order",
    title="Cancel the order",
    steps=("Cancel it.", "Tell the customer."),
)
ITEM = WaitingTurn(
    TurnId("turn_1"), ConversationId("conv_1"), None, TurnStatus.WITH_PERSON, NOW, None, (), None, handoff=HANDOFF
)


def test_a_hand_off_shows_what_is_wanted_how_things_stand_and_what_is_to_be_done() -> None:
    shown = str(queue_view.item_head(ITEM, "sam", NOW))

    assert '<details class="handoff" open><summary>Cancel the order</summary>' in shown
    assert "<li>Cancel it.</li><li>Tell the customer.</li>" in shown
    assert "<dt>Order</dt><dd>LF-1</dd>" in shown
    assert "<dt>Upset</dt><dd>“ridiculous”</dd>" in shown
    assert "cancel &lt;b&gt;it&lt;/b&gt;" in shown


def test_beside_a_draft_it_is_folded() -> None:
    shown = str(queue_view.item_head(replace(ITEM, status=TurnStatus.HELD), "sam", NOW))

    assert '<details class="handoff"><summary>' in shown


def test_it_says_when_answers_go_by_mail() -> None:
    assert "answers go by mail, too" in str(queue_view.item_head(replace(ITEM, by_mail=True), "sam", NOW))
    assert "by mail" not in str(queue_view.item_head(ITEM, "sam", NOW))


def test_an_item_of_before_has_none() -> None:
    assert "handoff" not in str(queue_view.item_head(replace(ITEM, handoff=None), "sam", NOW))


def test_the_queue_says_that_a_customer_is_angry_and_may_leave() -> None:
    record = talk(MAYA).says("where is my parcel?")
    felt = [Flag(reason, Severity.NOTE, "") for reason in (FlagReason.ANGER, FlagReason.CHURN_RISK, FlagReason.ANGER)]
    item = WaitingTurn(
        TurnId("turn_1"),
        ConversationId("conv_1"),
        MAYA,
        TurnStatus.WITH_PERSON,
        NOW,
        None,
        (),
        replace(record, flags=tuple(felt)),
    )

    shown = str(queue_view.queue_list([item], None, "sam", NOW))

    assert shown.count("Angry") == shown.count("May leave") == 1
