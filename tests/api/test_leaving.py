"""A closed shop: she is told so, leaves an address, leaves, and a person's answer reaches her all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from app.adapters.sql.schema import outbox
from app.domain.ids import ConversationId
from app.domain.post import Errand
from app.errors import ConfigurationError
from app.playbook.hours import load_hours
from tests.adapters.test_hold_webhook import SECRET, listening
from tests.api.house import (
    PATIENCE_S,
    SAM,
    Customer,
    Served,
    a_service,
    becomes_true,
    house_parts,
    shop_token,
    starts,
)
from tests.services.smtp import Mailbox, smtp_server

ANSWER = "Your parcel is in our hands again, Nina."


@contextmanager
def closed_shop(folder: Path, box: Mailbox, **settings: str) -> Iterator[Served]:
    parts = replace(house_parts(), hours=load_hours(), mails=True)
    mail = {"smtp_url": f"smtp://127.0.0.1:{box.port}?tls=off", "mail_from": "help@larkfield.example"}
    with a_service(folder, parts, **mail, **settings) as served:
        yield served


def answers(served: Served, customer: Customer) -> None:
    with served.http(authorization=f"Bearer {SAM}") as sam:
        path = f"/v1/supervision/conversations/{customer.id}"
        assert sam.post(f"{path}/take-over").status_code == 200
        assert sam.post(f"{path}/messages", json={"text": ANSWER}).status_code == 201


def test_who_leaves_an_address_and_goes_gets_the_answer_by_mail_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with smtp_server() as box, closed_shop(tmp_path, box) as served, served.http() as http:
        nina = starts(http)
        nina.post("person")
        [told] = nina.sees()["messages"]
        nina.writes("nina@post.example please")
        kept = nina.sees()["messages"][-1]
        answers(served, nina)
        assert box.mails == []
        served.clock.put_forward(minutes=2)
        assert box.came.wait(PATIENCE_S)
        served.clock.put_forward(hours=5)

    assert told["text"].startswith("My colleagues are not here at the moment; they are back today at 8 am Eastern.")
    assert kept["text"] == "Thank you, if you are not here when the answer comes, it will also go to n•••@p•••.example."
    assert box.to == ["nina@post.example"]
    [mail] = box.mails
    assert ANSWER in mail.get_content()
    assert "nina" not in caplog.text


def test_who_listens_reads_it_in_the_chat_and_gets_no_mail(tmp_path: Path) -> None:
    with smtp_server() as box, closed_shop(tmp_path, box) as served, served.http() as http:
        maya = starts(http, shop_token("C-1"))
        maya.asks("let me talk to a person")
        maya.writes("yes please")
        with maya.listens() as stream:
            answers(served, maya)
            assert stream.until("message.created")[-1].data["message"]["author"] == "assistant"
            assert stream.until("message.created")[-1].text == ANSWER
            at = served.clock.now()
            assert becomes_true(lambda: _listened_since(served, maya, at))
        served.clock.put_forward(minutes=2)
        assert becomes_true(lambda: _mails(served) == ["not_needed"])

    assert box.mails == []


def test_a_new_hold_calls_the_other_system_with_ids_and_reasons_only(tmp_path: Path) -> None:
    with smtp_server() as box, listening() as other:
        settings = {
            "hold_webhook_url": other.url,
            "hold_webhook_secret": SECRET,
            "public_url": "https://chat.larkfield.example/",
        }
        with closed_shop(tmp_path, box, **settings) as served, served.http() as http:
            held = starts(http, shop_token("C-4")).asks("where is my parcel?")
            assert becomes_true(lambda: len(other.came) == 1)

    told = httpx.Response(200, content=other.came[0][1]).json()
    assert (told["turn_id"], told["status"], told["reasons"]) == (held.data["turn_id"], "held", ["playbook_hold"])
    assert told["link"] == "https://chat.larkfield.example/console/"
    assert b"parcel" not in other.came[0][1]


def test_a_conversation_that_falls_silent_is_resolved_by_itself(tmp_path: Path) -> None:
    with a_service(tmp_path, silent_hours=2) as served, served.http() as http:
        maya, samuel = starts(http, shop_token("C-1")), starts(http, shop_token("C-4"))
        maya.asks("where is my parcel?")
        samuel.asks("where is my parcel?")
        with maya.listens(maya.sees()["last_event_id"]) as stream:
            served.clock.put_forward(hours=3)
            assert stream.next().kind == "conversation.resolved"
        assert samuel.sees()["status"] == "pending", "his reply waits for a person"


def test_settings_that_cannot_send_mail_are_refused_at_the_start(tmp_path: Path) -> None:
    settings = {"smtp_url": "smtp://mail.example", "mail_from": ""}
    with pytest.raises(ConfigurationError, match="HANDRAIL_MAIL_FROM"), a_service(tmp_path, house_parts(), **settings):
        pass


def _listened_since(served: Served, customer: Customer, at: datetime) -> bool:
    seen = served.stores.conversations.conversation(ConversationId(customer.id)).listened_at
    return seen is not None and seen >= at


def _mails(served: Served) -> list[str]:
    with served.stores.engine.connect() as connection:
        return list(connection.execute(select(outbox.c.status).where(outbox.c.kind == Errand.MAIL)).scalars())
