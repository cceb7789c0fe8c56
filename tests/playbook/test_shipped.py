"""The playbook that comes with the product: complete, reachable, and at one with the demo shop's pages and facts."""

from itertools import product

import pytest

from app.domain.facts import slots_in
from app.domain.playbook import Addition, IntentPlaybook, Playbook, SituationRule
from app.domain.reply import Delivery
from app.playbook.loader import load_playbook
from app.playbook.phrases import load_notices, load_voice
from ingestion.demo.shop import POLICIES
from ingestion.sources.knowledge import read_pages

PAGES, _ = read_pages(POLICIES)
PLAYBOOK: Playbook = load_playbook(pages={page.id: frozenset(page.facts) for page in PAGES})
RECORD_SLOTS = frozenset(
    {
        "first_name", "order_id", "order_date", "order_total", "items", "payment_method", "invoice_id", "invoice_date",
        "refund_amount", "refund_date", "refund_method", "carrier", "tracking_link", "shipped_date", "days_late",
        "delivery_date", "delivered_date", "return_deadline", "warranty_end", "order_options", "asked_number",
        "product", "product_price", "product_details", "restock_date", "product_options",
    }
)  # fmt: skip
"""What the records and the catalogue can fill."""
PAGE_SLOTS = {name for page in PAGES for name in page.facts}


def name_of(value: object) -> str | None:
    return getattr(value, "key", None) or getattr(value, "intent", None)


def test_it_covers_what_customers_ask() -> None:
    assert len(PLAYBOOK.intents) == 39
    assert len(PLAYBOOK.rules()) >= 90


@pytest.mark.parametrize("entry", PLAYBOOK.intents.values(), ids=name_of)
def test_every_situation_holds_for_some_state_of_the_records(entry: IntentPlaybook) -> None:
    values: dict[str, set[str]] = {}
    for rule in entry.situations:
        for sign, allowed in rule.when.items():
            values.setdefault(sign, {"anything else"}).update(allowed)
    found = [
        PLAYBOOK.situation(entry.intent, dict(zip(values, combination, strict=True)))
        for combination in product(*values.values())
    ]

    assert [rule.key for rule in entry.situations if rule not in found] == []


@pytest.mark.parametrize("rule", PLAYBOOK.rules(), ids=name_of)
def test_every_slot_of_a_situation_is_one_that_records_or_its_pages_can_fill(rule: SituationRule) -> None:
    assert {*rule.must_mention, *rule.may_use} <= RECORD_SLOTS | PAGE_SLOTS
    own_pages = {name for page in PAGES if page.id in rule.policies for name in page.facts}
    assert set(rule.must_mention) <= RECORD_SLOTS | own_pages


@pytest.mark.parametrize("rule", PLAYBOOK.rules(), ids=name_of)
def test_an_action_is_only_asked_for_where_a_person_is_offered_or_takes_over(rule: SituationRule) -> None:
    if rule.action is not None:
        assert rule.offers_person or rule.decision is not Delivery.SEND


def test_danger_and_the_wish_for_a_person_always_reach_a_person() -> None:
    for intent in ("safety_incident", "contact_human_agent"):
        assert {rule.decision for rule in PLAYBOOK.intents[intent].situations} == {Delivery.HAND_OFF}


def test_a_notice_uses_only_slots_that_code_fills() -> None:
    notices = load_notices()
    own = {"first_topic", "second_topic", "orders_in_six_months", "store_name", "opens_next", "email_hint", "reply"}
    for text in (getattr(notices, name) for name in notices.__dataclass_fields__ if name != "languages"):
        assert set(slots_in(text)) <= RECORD_SLOTS | PAGE_SLOTS | own
    for text in notices.languages.values():
        assert slots_in(text) == ()


def test_the_notices_keep_to_the_brands_voice() -> None:
    voice, notices = load_voice(), load_notices()
    for name in notices.__dataclass_fields__:
        if name != "languages":
            assert voice.problems(getattr(notices, name)) == []


@pytest.mark.parametrize("addition", list(Addition))
def test_every_addition_is_used_somewhere(addition: Addition) -> None:
    assert any(addition in rule.add for rule in PLAYBOOK.rules())
