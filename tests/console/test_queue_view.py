"""What the queue shows of a turn at a glance."""

from dataclasses import replace

from app.console.queue_view import queue_list
from app.domain.conversation import TurnStatus
from app.domain.ids import ConversationId, TurnId
from app.domain.reply import Flag, FlagReason, Severity
from app.domain.supervision import WaitingTurn
from tests.builders import NOW
from tests.pipeline.chain import MAYA, talk


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

    shown = str(queue_list([item], None, "sam", NOW))

    assert shown.count("Angry") == shown.count("May leave") == 1
