"""What goes to Label Studio and comes back, on every database: queued with the decision, once, and never lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from app.adapters.sql.schema import webhook_inbox
from app.domain.ids import TurnId
from app.domain.reply import Delivery
from app.domain.review import Opinion, QueueState, ReviewAnnotation, ReviewState, Standing
from app.domain.supervision import Verdict
from app.stores import Stores
from tests.builders import NOW
from tests.feedback.annotation.turns import a_record, decided, decided_anew

TURN = TurnId("turn_1")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def stores(database: Engine) -> Stores:
    return Stores(database)


def an_annotation(number: int = 1, minute: int = 0, *, turn_id: TurnId | None = TURN) -> ReviewAnnotation:
    at = NOW + timedelta(minutes=number)
    return ReviewAnnotation(
        id=f"{number}@{at.isoformat()}",
        number=number,
        turn_id=turn_id,
        task_made_at="made then",
        by="ada@example.com",
        at=at,
        updated_at=at + timedelta(minutes=minute),
        standing=Standing.COUNTED,
        opinion=Opinion(Verdict.REJECT),
        result=({"from_name": "verdict"},),
    )


def test_a_flagged_turn_is_queued_with_its_decision_and_one_that_went_well_is_not(stores: Stores) -> None:
    decided(stores, a_record(1))
    decided(stores, a_record(2, delivery=Delivery.SEND, flags=()))
    assert [item.turn_id for item in stores.review_outbox.due(NOW, 10)] == [TURN]


def test_a_decision_that_is_not_kept_queues_nothing(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("app.adapters.sql.turns.add_message", fails)
    monkeypatch.setattr("app.adapters.sql.turns.tell", fails)
    with pytest.raises(RuntimeError):
        decided(stores, a_record())
    assert stores.review_outbox.due(LATER, 10) == []


def test_a_turn_that_is_decided_anew_has_one_row_still_whatever_is_decided(stores: Stores) -> None:
    record = a_record()
    decided(stores, record)
    [item] = stores.review_outbox.due(NOW, 10)
    stores.review_outbox.delivered([(item, "draft_1")], NOW)

    decided(stores, replace(decided_anew(record), decision=a_record(delivery=Delivery.SEND).decision, flags=()))

    [again] = stores.review_outbox.due(LATER, 10)
    assert (again.turn_id, again.revision, again.draft_id) == (TURN, 2, "draft_1")


def test_what_changed_while_it_was_delivered_goes_on_waiting(stores: Stores) -> None:
    record = a_record()
    decided(stores, record)
    [item] = stores.review_outbox.due(NOW, 10)
    decided(stores, decided_anew(record))
    stores.review_outbox.delivered([(item, "draft_1")], NOW)
    assert len(stores.review_outbox.due(LATER, 10)) == 1


def test_what_is_refused_waits_then_is_given_up_and_can_be_tried_again(stores: Stores) -> None:
    decided(stores, a_record())
    [item] = stores.review_outbox.due(NOW, 10)
    stores.review_outbox.refused(item, "400", NOW + timedelta(minutes=1))
    assert stores.review_outbox.due(NOW, 10) == []
    [item] = stores.review_outbox.due(NOW + timedelta(minutes=1), 10)
    assert (item.attempts, item.error) == (1, "400")

    stores.review_outbox.refused(item, "400", None)

    assert stores.review_outbox.due(LATER, 10) == []
    assert stores.review_annotations.counts().queue == {QueueState.DEAD: 1}
    assert stores.review_outbox.revive(LATER) == 1
    assert len(stores.review_outbox.due(LATER, 10)) == 1


def test_tasks_that_are_gone_are_queued_again_and_only_those(stores: Stores) -> None:
    for number in (1, 2, 3):
        decided(stores, a_record(number))
    items = stores.review_outbox.due(NOW, 10)
    stores.review_outbox.delivered([(item, "draft") for item in items[:2]], NOW)

    assert stores.review_outbox.missing({TurnId("turn_2")}, LATER) == 1

    waiting = stores.review_outbox.due(LATER, 10)
    assert [(item.turn_id, item.draft_id) for item in waiting] == [(TURN, None), (TurnId("turn_3"), None)]


def test_what_was_delivered_while_one_looked_is_not_taken_for_lost(stores: Stores) -> None:
    decided(stores, a_record())
    stores.review_outbox.delivered([(stores.review_outbox.due(NOW, 10)[0], "draft")], LATER)
    assert stores.review_outbox.missing(set(), NOW) == 0


def test_an_annotation_is_kept_once_and_the_newer_one_wins(stores: Stores) -> None:
    decided(stores, a_record())
    annotations = stores.review_annotations
    assert annotations.seen([an_annotation(), an_annotation()]) == 1
    changed = replace(an_annotation(minute=5), opinion=Opinion(Verdict.APPROVE))
    assert annotations.seen([changed]) == 1
    assert annotations.seen([an_annotation()]) == 0, "it is older than what is known"
    assert annotations.of_turn(TURN) == [changed]
    assert annotations.counted() == [changed]


def test_what_was_deleted_is_withdrawn_for_good_and_only_in_its_own_task(stores: Stores) -> None:
    decided(stores, a_record())
    annotations = stores.review_annotations
    first, second = an_annotation(1), an_annotation(2)
    annotations.seen([first, second])

    assert annotations.gone(TURN, "made at another time", set()) == 0
    assert annotations.gone(TURN, "made then", {second.id}) == 1
    assert annotations.seen([first]) == 0

    assert [each.standing for each in annotations.of_turn(TURN)] == [Standing.WITHDRAWN, Standing.COUNTED]
    assert [each.id for each in annotations.numbered(2)] == [second.id]


def test_an_annotation_of_no_turn_of_ours_is_kept_too(stores: Stores) -> None:
    odd = replace(an_annotation(turn_id=None), standing=Standing.QUARANTINED, reason="unknown task", opinion=None)
    assert stores.review_annotations.seen([odd]) == 1
    assert stores.review_annotations.counts().quarantined_because == {"unknown task": 1}


def test_a_turn_is_to_be_settled_whenever_something_about_it_changes(stores: Stores) -> None:
    decided(stores, a_record())
    annotations = stores.review_annotations
    assert annotations.unsettled(10) == []
    annotations.seen([an_annotation()])
    [item] = annotations.unsettled(10)
    assert not annotations.settle(item, ReviewState.SETTLED, []), "it was not looked at as it is"
    assert annotations.settle(item, ReviewState.SETTLED, annotations.of_turn(TURN))
    assert annotations.unsettled(10) == []


def test_that_people_disagree_is_told_to_label_studio_and_that_they_agree_is_not(stores: Stores) -> None:
    decided(stores, a_record())
    annotations, outbox = stores.review_annotations, stores.review_outbox
    outbox.delivered([(outbox.due(NOW, 10)[0], "draft")], NOW)
    item = outbox.queued([TURN])[TURN]
    assert annotations.settle(item, ReviewState.SETTLED, [])
    assert outbox.due(LATER, 10) == []
    assert annotations.settle(item, ReviewState.DISAGREED, [])
    assert [each.review for each in outbox.due(LATER, 10)] == [ReviewState.DISAGREED]


def test_calls_are_kept_in_order_and_what_is_refused_stays_with_its_reason(stores: Stores) -> None:
    inbox = stores.webhook_inbox
    for body in ("first", "second", "third"):
        inbox.keep(body, NOW)
    first, second, _ = inbox.waiting(10)
    inbox.done(first.seq)
    inbox.refuse(second.seq, "unknown task")
    assert [(call.body, call.at) for call in inbox.waiting(10)] == [("third", NOW)]
    with stores.engine.connect() as connection:
        kept = connection.execute(select(webhook_inbox.c.body, webhook_inbox.c.reason).order_by(webhook_inbox.c.seq))
        assert [tuple(row) for row in kept] == [("first", None), ("second", "unknown task"), ("third", None)]


def test_one_holder_at_a_time_has_a_lease_until_it_ends_or_is_given_up(stores: Stores) -> None:
    soon, late = NOW + timedelta(seconds=10), NOW + timedelta(seconds=20)
    take: Callable[..., bool] = stores.leases.take
    assert take("work", "a", NOW, soon)
    assert not take("work", "b", NOW, soon)
    assert take("work", "a", NOW, late), "its holder may hold it for longer"
    assert not take("work", "b", soon, late)
    assert take("work", "b", late, LATER)
    stores.leases.release("work", "a")
    assert not take("work", "a", late, LATER), "what another one has cannot be given up"
    stores.leases.release("work", "b")
    assert take("work", "a", late, LATER)


@pytest.mark.parametrize("taken_before", [True, False])
def test_of_many_who_want_a_lease_at_once_one_gets_it(stores: Stores, taken_before: bool) -> None:
    if taken_before:
        stores.leases.take("work", "nobody", NOW - timedelta(hours=1), NOW)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda name: stores.leases.take("work", str(name), NOW, LATER), range(8)))
    assert sum(got) == 1
