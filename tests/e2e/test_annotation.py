"""The loop on a real Label Studio: out as one task, annotated there, back as one annotation."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from app.adapters.sql.schema import webhook_inbox
from app.adapters.system import SystemClock
from app.domain.ids import TurnId
from app.domain.review import QueueState, ReviewState, Standing
from app.domain.supervision import Verdict
from app.errors import ConfigurationError
from app.settings import Settings
from app.stores import Stores
from feedback.annotation.label_studio import LabelStudio, LabelStudioDown
from feedback.annotation.loop import LeaseTaken, Loop
from feedback.annotation.raw import RawTask
from feedback.annotation.task import task_of
from tests.api.house import Served, a_service, shop_token, starts
from tests.e2e.there import NOWHERE, SECRET, Arrange, There
from tests.feedback.annotation.turns import a_record, decided, decided_anew, said

EDIT = said("edit", "I am sorry, {order_id} is late.", intent="track_order", failures=["tone"])
TURN = TurnId("turn_1")


@pytest.fixture
def one(stores: Stores, arrange: Arrange) -> There:
    """A turn that has become a task."""
    decided(stores, a_record())
    there = arrange(stores)
    there.loop.once()
    return there


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with a_service(tmp_path, label_studio_webhook_secret=SECRET) as running:
        yield running


@pytest.mark.parametrize("webhook", [True, False])
def test_a_flagged_turn_comes_back_annotated_exactly_once(served: Served, arrange: Arrange, webhook: bool) -> None:
    with served.http() as http:
        assert starts(http, shop_token("C-4")).asks("where is my parcel?").kind == "reply.held"
    url = f"{served.url}/v1/webhooks/label-studio" if webhook else NOWHERE
    there = arrange(served.stores, url)
    assert there.loop.once().delivered.made == 1
    [waiting] = served.stores.supervision.waiting(10)
    [task] = there.tool.tasks_of(there.project, {waiting.turn_id})

    there.annotate(task, said("edit", "It is not packed yet, {first_name}.", use_again="every_such_case"))
    done = there.loop.once()

    assert (done.heard.annotations, done.looked.annotations) == ((1, 0) if webhook else (0, 1))
    for whole in (False, True):
        there.loop.once(whole=whole)
    [row] = there.kept()
    assert (row.turn_id, row.verdict, row.source) == (waiting.turn_id, Verdict.EDIT, "label_studio")
    assert row.text_in_slots == "It is not packed yet, {first_name}."
    assert row.text == "It is not packed yet, Samuel."
    assert row.use_again == "every_such_case"


def test_setting_up_again_changes_nothing_that_is_there(one: There) -> None:
    project, fresh = one.loop.projects.set_up(NOWHERE, SECRET)
    assert (project.id, fresh) == (one.project, False)
    assert len(one.tasks()) == 1
    hooks = [hook for hook in one.http.get("/api/webhooks/").json() if hook["project"] == one.project]
    assert len(hooks) == 1


def test_a_crash_between_making_a_task_and_noting_it_makes_no_second_one(
    stores: Stores, arrange: Arrange, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(stores, a_record())
    there = arrange(stores)

    def dies(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(stores.review_outbox, "delivered", dies)
        with pytest.raises(RuntimeError):
            there.loop.once()
    there.loop.once()
    assert [task.external_id for task in there.tasks()] == [TURN]
    assert stores.review_outbox.queued([TURN])[TURN].state is QueueState.DELIVERED


def test_copies_are_removed_and_the_annotated_one_stays(one: There) -> None:
    [task] = one.tasks()
    one.tool.create(one.project, [(task_of(a_record(), (), {}), ())] * 2)
    copy = one.tasks()[-1]
    one.annotate(copy, EDIT)
    assert one.loop.once(whole=True).delivered.removed == 2
    assert [each.id for each in one.tasks()] == [copy.id]
    assert task.id != copy.id


def test_what_does_not_fit_is_kept_with_its_reason_and_taught_to_nobody(one: There) -> None:
    [task] = one.tasks()
    for result in (
        said("maybe"),
        said("edit", "It is at {tracking_link}."),
        said("edit", ""),
        said("edit", task.data["draft"]),
        [],
        [{"nonsense": [1, 2, 3]}],
    ):
        one.annotate(task, result)
    one.loop.once()
    assert one.kept() == []
    assert one.reasons() == {
        "unknown label": 1,
        "a slot that this turn does not have": 1,
        "an edit without a text": 1,
        "an edit that changes nothing": 1,
        "no verdict": 1,
        "unknown field": 1,
    }


def test_a_task_that_is_not_ours_teaches_nothing_and_is_named(one: There) -> None:
    body = task_of(a_record(), (), {})
    one.tool.create(one.project, [(replace(body, data={**body.data, "external_id": "other"}), ())])
    [task] = one.tool.tasks_of(one.project, {"other"})
    one.annotate(task, EDIT)
    one.loop.once()
    assert one.reasons() == {"unknown task": 1}
    assert one.kept() == []


def test_an_annotation_that_is_changed_is_replaced_and_a_deleted_one_withdrawn(one: There) -> None:
    [task] = one.tasks()
    number = one.annotate(task, EDIT)
    one.loop.once()
    [before] = one.kept()

    one.http.patch(f"/api/annotations/{number}/", json={"result": said("reject")}).raise_for_status()
    one.loop.once()
    [after] = one.kept()
    assert (before.verdict, after.verdict, before.id) == (Verdict.EDIT, Verdict.REJECT, after.id)

    one.http.delete(f"/api/annotations/{number}/").raise_for_status()
    assert one.loop.once().looked.withdrawn == 1
    assert one.kept() == []


def test_who_disagrees_is_decided_by_an_adjudicator(stores: Stores, arrange: Arrange) -> None:
    decided(stores, a_record())
    there = arrange(stores, annotators=2, adjudicators="chief@example.com")
    there.loop.once()
    [task] = there.tasks()
    there.annotate(task, EDIT, there.annotator("ada"))
    there.loop.once()
    assert stores.review_outbox.queued([TURN])[TURN].review is ReviewState.OPEN

    there.annotate(task, said("reject"), there.annotator("sam"))
    there.loop.once()
    there.loop.once()
    assert stores.review_outbox.queued([TURN])[TURN].review is ReviewState.DISAGREED
    assert there.kept() == []
    assert there.tasks()[0].data["review"] == "for an adjudicator"

    there.annotate(task, said("reject", failures=["wrong_fact"]), there.annotator("chief"))
    there.loop.once()
    there.loop.once()
    [row] = there.kept()
    assert (row.verdict, row.by) == (Verdict.REJECT, "chief@example.com")
    assert there.tasks()[0].data["review"] == ""


def test_a_turn_that_is_decided_anew_keeps_its_task_and_loses_what_was_said_of_the_old_draft(one: There) -> None:
    [task] = one.tasks()
    one.annotate(task, EDIT)
    one.loop.once()
    assert len(one.kept()) == 1

    decided(one.stores, decided_anew(a_record()))
    one.loop.once()

    [changed] = one.tasks()
    assert (changed.id, changed.data["draft"]) == (task.id, "{first_name}, it is {days_late} late.")
    assert one.kept() == []
    assert one.reasons() == {"about an earlier draft": 1}
    one.annotate(changed, said("approve"), one.annotator("ada"))
    one.loop.once()
    assert [row.verdict for row in one.kept()] == [Verdict.APPROVE]


def test_a_lost_label_studio_is_filled_again_with_what_was_said_there(one: There) -> None:
    decided(one.stores, a_record(2))
    one.loop.once()
    first = one.tasks()[0]
    one.annotate(first, EDIT, one.annotator("ada"))
    one.loop.once()
    one.http.delete(f"/api/projects/{one.project}/").raise_for_status()

    done = one.loop.once()
    one.loop.once(whole=True)

    assert (done.delivered.queued_again, done.delivered.made) == (2, 2)
    project = one.tool.find_project(f"Handrail: {one.settings.store_name}")
    assert project is not None
    tasks = one.tool.tasks_of(project.id, {"turn_1", "turn_2"})
    assert sorted(task.external_id for task in tasks) == ["turn_1", "turn_2"]
    assert [len(task.annotations) for task in sorted(tasks, key=lambda task: task.external_id)] == [1, 0]
    assert [row.verdict for row in one.kept()] == [Verdict.EDIT]
    one.http.delete(f"/api/projects/{project.id}/")


def call(of: RawTask, project: int, **changes: Any) -> str:  # noqa: ANN401
    annotation = {
        "id": 900,
        "task": of.id,
        "completed_by": 1,
        "created_at": "2026-03-02T10:30:00Z",
        "updated_at": "2026-03-02T10:30:00Z",
        "result": EDIT,
    }
    body: dict[str, Any] = {
        "action": "ANNOTATION_CREATED",
        "project": {"id": project},
        "task": json.loads(of.model_dump_json()),
        "annotation": annotation,
    }
    for name, value in changes.items():
        body[name] = body[name] | value if isinstance(value, dict) else value
    return json.dumps(body)


def test_calls_that_tell_of_nothing_we_know_are_refused_each_with_its_reason(one: There) -> None:
    [task] = one.tasks()
    inbox = one.stores.webhook_inbox
    now = SystemClock().now()
    for body in (
        "no JSON",
        "[]",
        "[" * 5_000,
        json.dumps({"action": "ANNOTATION_CREATED"}),
        call(task, one.project, action="PROJECT_CREATED"),
        call(task, one.project + 1),
        call(task, one.project, task={"data": {"external_id": "unheard of"}}),
        call(task, one.project, annotation={"task": task.id + 1}),
        call(task, one.project, annotation=None),
        json.dumps({"action": "ANNOTATIONS_DELETED", "project": {"id": one.project}, "annotations": [{"id": 12345}]}),
    ):
        inbox.keep(body, now)

    done = one.loop.once()

    assert (done.heard.calls, done.heard.calls_refused, done.heard.annotations) == (10, 9, 0)
    with one.stores.engine.connect() as connection:
        reasons = [row.reason for row in connection.execute(select(webhook_inbox).order_by(webhook_inbox.c.seq))]
    assert reasons == [
        *["not what Label Studio sends"] * 4,
        "another action",
        "another project",
        "unknown task",
        "an annotation of another task",
        "no task or no annotation",
        None,
    ]
    assert one.kept() == []


def test_a_deletion_that_names_a_number_given_anew_deletes_nothing_that_is_there(one: There) -> None:
    [task] = one.tasks()
    number = one.annotate(task, EDIT)
    one.loop.once()
    deleted = {"action": "ANNOTATIONS_DELETED", "project": {"id": one.project}, "annotations": [{"id": number}]}
    one.stores.webhook_inbox.keep(json.dumps(deleted), SystemClock().now())
    assert one.loop.once().heard.withdrawn == 0
    assert len(one.kept()) == 1


def test_while_label_studio_is_down_turns_wait_without_counting_against_them(stores: Stores) -> None:
    decided(stores, a_record())
    settings = Settings(label_studio_url="http://127.0.0.1:9", label_studio_token=SecretStr("any"))
    tool = LabelStudio("http://127.0.0.1:9", "any")
    with pytest.raises(LabelStudioDown):
        Loop(settings, stores, SystemClock(), tool).once()
    [item] = stores.review_outbox.due(SystemClock().now() + timedelta(seconds=1), 10)
    assert (item.attempts, item.state) == (0, QueueState.WAITING)
    tool.close()


def test_a_token_that_is_not_accepted_is_named(one: There) -> None:
    tool = LabelStudio(one.settings.label_studio_url, "another token")
    with pytest.raises(ConfigurationError, match="HANDRAIL_LABEL_STUDIO_TOKEN"):
        tool.whoami()
    tool.close()


def test_one_carries_the_loop_at_a_time_and_another_takes_over(one: There) -> None:
    other = Loop(one.settings, one.stores, SystemClock(), one.tool)
    with pytest.raises(LeaseTaken):
        other.once()
    one.loop.let_go()
    other.once()
    with pytest.raises(LeaseTaken):
        one.loop.once()


def test_a_turn_that_label_studio_refuses_is_set_aside_and_the_others_go_on(
    stores: Stores, arrange: Arrange, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        decided(stores, a_record(number))
    there = arrange(stores)
    create = there.tool.create

    def refuses_the_second(project: int, tasks: Any) -> None:  # noqa: ANN401
        rows = [
            (replace(body, data={"external_id": "turn_2"}), before) if body.external_id == "turn_2" else (body, before)
            for body, before in tasks
        ]
        create(project, rows)

    monkeypatch.setattr(there.tool, "create", refuses_the_second)
    done = there.loop.once()

    assert (done.delivered.made, done.delivered.refused) == (2, 1)
    assert sorted(task.external_id for task in there.tasks()) == ["turn_1", "turn_3"]
    assert stores.review_outbox.queued([TurnId("turn_2")])[TurnId("turn_2")].attempts == 1
    assert stores.review_annotations.counts().annotations.get(Standing.COUNTED, 0) == 0
