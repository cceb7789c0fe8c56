"""An agent corrects a reply, and the next customer is offered the better one."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.adapters.sql.database import open_database
from app.adapters.sql.lexical import LexicalIndex
from app.domain.audit import AuditAction
from app.domain.retrieval import InteractionStatus
from app.stores import Stores
from tests.api.house import SAM, Customer, Served, a_service, becomes_true, house_parts, refused, shop_token, starts
from tests.pipeline.chain import PASSAGES, approved

PROCESSING = "track_order/processing"
BETTER = "We are still putting order LF-30001 together. It has not been packed yet."


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The service, with the past replies of its own database."""
    stores = Stores(open_database(f"sqlite:///{tmp_path / 'handrail.sqlite3'}"))
    stores.interactions.put([approved(PROCESSING, "Your order {order_id} has not been packed yet.")])
    parts = house_parts()
    stores.knowledge.replace_pages(list(parts.knowledge.pages.values()), PASSAGES)
    index = LexicalIndex(stores.interactions.all_interactions, stores.knowledge.passages)
    with a_service(tmp_path, replace(parts, interactions=index)) as running:
        yield running
    stores.engine.dispose()


def test_a_correction_in_every_such_case_is_in_the_next_draft(
    served: Served, record_property: Callable[[str, object], None]
) -> None:
    with served.http(authorization=f"Bearer {SAM}") as sam, served.http() as web:
        held = _samuel(web).asks("where is my parcel?")
        [waiting] = sam.get("/v1/supervision/waiting").json()["items"]
        body = {"draft_id": waiting["draft_id"], "text": f"Hi Samuel,\n{BETTER}", "use_again": "every_such_case"}
        assert sam.post(f"/v1/supervision/turns/{held.data['turn_id']}/edit", json=body).status_code < 300
        decided = time.monotonic()

        assert becomes_true(lambda: _learnt(served))
        took = time.monotonic() - decided

        _samuel(web).asks("hello, my parcel: where is it?")
        drafts = [item["draft"] for item in sam.get("/v1/supervision/waiting").json()["items"]]
        assert drafts == [f"Hi Samuel,\n{BETTER}"]
        record_property("seconds_to_the_index", round(took, 2))


def test_what_was_learnt_is_listed_and_can_be_taken_back(served: Served) -> None:
    with served.http(authorization=f"Bearer {SAM}") as sam, served.http() as web:
        held = _samuel(web).asks("where is my parcel?")
        [waiting] = sam.get("/v1/supervision/waiting").json()["items"]
        body = {"draft_id": waiting["draft_id"], "text": f"Hi Samuel,\n{BETTER}", "use_again": "every_such_case"}
        sam.post(f"/v1/supervision/turns/{held.data['turn_id']}/edit", json=body)
        assert becomes_true(lambda: _learnt(served))
        [item] = sam.get("/v1/supervision/learnt").json()["items"]
        assert (item["situation"], item["status"], item["in_favour"]) == (PROCESSING, "provisional", 1)
        assert item["reply"] == BETTER.replace("LF-30001", "{order_id}")

        path = f"/v1/supervision/learnt/{item['annotation_id']}/take-back"
        assert sam.post(path).status_code == 200
        assert sam.post(path).status_code == 200  # once more is no harm

        assert becomes_true(lambda: sam.get("/v1/supervision/learnt").json()["items"] == [])
        statuses = [past.status for past in served.stores.lessons.in_situation(PROCESSING)]
        assert sorted(statuses) == [InteractionStatus.APPROVED, InteractionStatus.WITHDRAWN]
        [entry] = [each for each in served.stores.audit.entries() if each.action is AuditAction.WITHDRAW]
        assert (entry.by, entry.item, entry.refused) == ("Sam", f"annotation {item['annotation_id']}", None)


def test_a_decision_that_never_was_cannot_be_taken_back(served: Served) -> None:
    with served.http(authorization=f"Bearer {SAM}") as sam:
        refused(sam.post("/v1/supervision/learnt/annotation_9/take-back"), 404, "not_found")


def _samuel(web: httpx.Client) -> Customer:
    return starts(web, shop_token("C-4"))


def _learnt(served: Served) -> bool:
    return len(served.stores.lessons.in_situation(PROCESSING)) == 2 and not served.stores.lessons.index_due()
