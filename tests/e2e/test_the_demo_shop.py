"""A stranger asks as a customer of the demo shop, and every fact in the answer is right."""

import os
import shutil
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.memory import NoInteractions
from app.bootstrap import open_assistant
from app.domain import calendar
from app.domain.ids import CustomerId
from app.domain.reply import Delivery, Origin
from app.domain.signs import delay
from app.domain.turn import TurnRecord
from app.pipeline.assistant import Assistant
from app.settings import Settings
from ingestion import cli as ingest
from ingestion.demo import shop


def ask(assistant: Assistant, customer: str, *texts: str) -> TurnRecord:
    conversation = assistant.start(CustomerId(customer) if customer else None)
    for text in texts:
        record = assistant.reply_to(conversation.id, [text]).record
    return record


def test_a_customer_whose_parcel_is_late_gets_an_answer_whose_every_fact_is_right(assistant: Assistant) -> None:
    record = ask(assistant, "C-0001", "Where is my parcel? It was meant to be here days ago.")
    context = assistant.parts.records.customer(CustomerId("C-0001"))
    assert context is not None
    late = next(order for order in context.orders if delay(order))
    assert late.shipment is not None
    assert record.decision.delivery is Delivery.SEND
    assert record.origin is Origin.APPROVED
    for fact in (
        context.account.first_name,
        late.id,
        calendar.days(delay(late)),
        calendar.in_words(late.shipment.expected_on, record.at.date()),
    ):
        assert fact in record.delivered


@pytest.mark.parametrize(
    ("customer", "question", "situation"),
    [
        ("C-0002", "I would like to return my order and get my money back", "get_refund/window_open"),
        ("C-0003", "has my refund been paid out yet?", "track_refund/paid_out"),
        ("C-0004", "where is my order?", "track_order/which_order"),
        ("C-0005", "where is my order?", "track_order/no_orders"),
        ("C-0006", "please cancel my order", "cancel_order/can_cancel"),
        ("C-0007", "my parcel never arrived", "lost_parcel/lost"),
        ("C-0008", "where is my refund?", "track_refund/requested"),
        ("C-0009", "my payment failed, what now?", "payment_issue/failed"),
        ("C-0010", "I want to return my order for a refund", "get_refund/window_closed"),
        ("C-0011", "it arrived broken", "damaged_item/reportable"),
        ("", "where is my order?", "track_order/anonymous"),
        ("", "do you ship to Mexico?", "delivery_options/elsewhere"),
        ("", "which payment methods do you accept?", "check_payment_methods/list"),
    ],
)
def test_each_customer_is_answered_for_the_state_her_records_show(
    assistant: Assistant, customer: str, question: str, situation: str
) -> None:
    record = ask(assistant, customer, question)
    assert [found.key for found in record.situations] == [situation]
    assert record.decision.delivery is Delivery.SEND
    assert "{" not in record.delivered


def test_asked_which_order_the_customer_may_answer_with_a_product_or_a_position(assistant: Assistant) -> None:
    by_product = ask(assistant, "C-0004", "where is my order?", "the shoes one")
    by_position = ask(assistant, "C-0004", "where is my order?", "the second one")
    assert by_product.situations[0].key == "track_order/processing"
    assert by_position.situations[0].key in ("track_order/on_time", "track_order/processing")
    assert by_position.decision.delivery is Delivery.SEND


def test_it_in_a_second_message_means_the_order_of_the_first(assistant: Assistant) -> None:
    record = ask(assistant, "C-0001", "where is my parcel?", "can I cancel it?")
    assert record.situations[0].key == "cancel_order/shipped"


def test_two_questions_in_one_message_get_one_reply_with_both_answers(assistant: Assistant) -> None:
    record = ask(assistant, "C-0001", "Where is my parcel? Also, which payment methods do you accept?")
    assert {found.key for found in record.situations} == {"track_order/late", "check_payment_methods/list"}
    assert "PayPal" in record.delivered


def test_a_number_of_another_customer_is_neither_confirmed_nor_denied_in_detail(assistant: Assistant) -> None:
    other = assistant.parts.records.customer(CustomerId("C-0007"))
    assert other is not None
    theirs = other.orders[0]
    record = ask(assistant, "C-0001", f"where is order {theirs.id}?")
    assert record.situations[0].key == "track_order/unknown_order"
    assert theirs.items[0].product_name not in record.delivered
    assert other.account.first_name not in record.delivered


def test_accepting_the_offer_hands_over_with_the_action_asked_for(assistant: Assistant) -> None:
    conversation = assistant.start(CustomerId("C-0007"))
    for _ in range(4):  # some approved replies make the offer, some do not; none is used twice
        record = assistant.reply_to(conversation.id, ["my parcel never arrived"]).record
        if "colleague" in record.delivered:
            break
    record = assistant.reply_to(conversation.id, ["yes please"]).record
    assert record.decision.delivery is Delivery.HAND_OFF
    assert record.decision.action == "replace_or_refund_lost_parcel"


def test_a_promise_the_customer_claims_is_not_confirmed(assistant: Assistant) -> None:
    record = ask(assistant, "C-0001", "you promised me $500, when do I get it?")
    assert "500" not in record.delivered


def test_a_language_it_does_not_speak_is_answered_kindly_and_handed_over(assistant: Assistant) -> None:
    record = ask(assistant, "C-0001", "Wo bleibt mein Paket? Ich warte seit zwei Wochen darauf.")
    assert record.decision.delivery is Delivery.HAND_OFF
    assert "Englisch" in record.delivered


def test_when_the_index_folder_is_destroyed_past_replies_are_still_found(
    shop_settings: Settings, tmp_path: Path
) -> None:
    broken = tmp_path / "shop"
    shutil.copytree(shop_settings.data_dir, broken, symlinks=True)
    for path in (broken / "index").rglob("*"):
        if path.is_file():
            path.write_bytes(b"not a database" * 100)
    settings = shop_settings.model_copy(update={"data_dir": broken})
    with open_assistant(settings, lambda _: None, with_model=False) as assistant:
        record = ask(assistant, "C-0001", "where is my parcel?")
        assert record.situations[0].retrieved
        assert record.decision.delivery in (Delivery.SEND, Delivery.HOLD)


def test_after_a_policy_changes_no_reply_says_the_old_number(
    shop_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "shop"
    shutil.copytree(shop_settings.data_dir, changed, symlinks=True)
    pages = tmp_path / "policies"
    shutil.copytree(shop.POLICIES, pages)
    returns = pages / "returns.md"
    returns.write_text(returns.read_text(encoding="utf-8").replace("30 days", "14 days"), encoding="utf-8")
    monkeypatch.setenv("HANDRAIL_DATA_DIR", str(changed))
    ingest.knowledge(pages)
    settings = shop_settings.model_copy(update={"data_dir": changed})
    question = "how long do I have to return something?"
    with open_assistant(settings, lambda _: None, with_model=False) as assistant:
        before = ask(assistant, "C-0002", question)
        ingest.recheck(approve=True)
        after = ask(assistant, "C-0002", question)
    assert "30 days" not in before.delivered
    assert before.decision.delivery is not Delivery.SEND
    assert after.decision.delivery is Delivery.SEND
    assert "14 days" in after.delivered


def test_a_worker_killed_in_the_middle_of_a_draft_loses_no_turn(assistant: Assistant) -> None:
    parts = replace(assistant.parts, interactions=NoInteractions())
    drafting = assistant.with_parts(parts)
    ask(drafting, "C-0001", "where is my parcel?")
    worker = next(
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if b"app.inference.worker" in path.read_bytes() and _parent(path.parent) == os.getpid()
    )
    killer = threading.Timer(0.2, os.kill, (worker, signal.SIGKILL))
    killer.start()
    record = ask(drafting, "C-0002", "I would like to return my order and get my money back")
    killer.join()
    again = ask(drafting, "C-0003", "has my refund been paid out yet?")
    assert record.decision.delivery in (Delivery.HOLD, Delivery.HAND_OFF)
    assert again.situations[0].candidates
    assert {candidate.origin for candidate in again.situations[0].candidates} == {Origin.DRAFTED}
    assert again.decision.delivery is not Delivery.SEND


def _parent(process: Path) -> int:
    return int((process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
