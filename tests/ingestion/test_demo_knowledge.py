"""The demo shop's own pages and catalogue keep the promises that the loader, the playbook and the replies rely on."""

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from app.domain.facts import SLOT_PATTERN, fill_slots, slots_in

DEMO = Path(__file__).parents[2] / "ingestion" / "demo"

FACTS_REPLIES_RELY_ON = {
    "returns": {"return_days": "30 days", "return_fee": "$4.90"},
    "refunds": {"refund_days": "5 business days"},
    "delivery": {
        "standard_days": "3 to 5 business days",
        "standard_fee": "$4.90",
        "express_days": "1 to 2 business days",
        "express_fee": "$12.90",
        "free_shipping_from": "$60",
        "delivery_countries": "the United States, Canada, the United Kingdom and Ireland",
    },
    "payment-methods": {
        "payment_methods": "Visa, Mastercard, American Express, PayPal, Apple Pay, Google Pay and Larkfield gift cards"
    },
    "payment-problems": {"payment_hold_hours": "48 hours"},
    "warranty": {"warranty_period": "2 years"},
    "price-match": {"price_match_days": "14 days"},
    "exchanges": {"exchange_days": "30 days"},
    "damaged-items": {"damage_report_days": "14 days"},
    "late-and-lost-parcels": {"lost_after_days": "7 days"},
    "contact": {
        "support_email": "help@larkfield.example",
        "support_phone": "+1 555 0142",
        "support_hours": "Monday to Saturday, 8 am to 8 pm Eastern",
        "reply_time": "one business day",
    },
    "complaints": {"complaint_days": "3 business days"},
    "passwords": {"reset_link_minutes": "60 minutes"},
    "account-deletion": {"deletion_days": "14 days"},
    "privacy": {"erasure_days": "30 days", "privacy_email": "privacy@larkfield.example"},
    "newsletter": {"newsletter_frequency": "twice a month"},
    "reviews": {"review_days": "2 business days"},
    "product-safety": {"safety_phone": "+1 555 0199"},
}
PAGES_WITHOUT_NUMBERS = {
    "accounts",
    "address-changes",
    "addresses",
    "cancellations",
    "customs-and-taxes",
    "invoices",
    "loyalty",
    "order-changes",
    "orders",
    "pre-orders-and-restocks",
    "product-care",
    "sizes-and-fit",
    "sustainability",
    "switching-accounts",
}


class Page(NamedTuple):
    """One policy page as it lies on disk."""

    name: str
    front: dict[str, Any]
    body: str


def read_page(path: Path) -> Page:
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return Page(path.stem, yaml.safe_load(front), body)


PAGES = [read_page(path) for path in sorted((DEMO / "policies").glob("*.md"))]
PRODUCTS: list[dict[str, Any]] = yaml.safe_load((DEMO / "products.yaml").read_text(encoding="utf-8"))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
each_product = pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["id"])


def test_the_shop_has_a_page_for_every_topic() -> None:
    names = {page.name for page in PAGES}
    assert len(PAGES) >= 26
    assert names >= FACTS_REPLIES_RELY_ON.keys() | PAGES_WITHOUT_NUMBERS


@each_page
def test_a_page_names_itself_and_gives_its_facts_as_readable_text(page: Page) -> None:
    assert page.front.keys() == {"id", "title", "facts"}
    assert page.front["id"] == page.name
    assert page.front["title"]
    for name, value in page.front["facts"].items():
        assert SLOT_PATTERN.fullmatch(f"{{{name}}}"), name
        assert isinstance(value, str), name
        assert value, name


@each_page
def test_a_page_uses_exactly_the_slots_it_defines(page: Page) -> None:
    assert set(slots_in(page.body)) == page.front["facts"].keys()
    assert not set("{}") & set(fill_slots(page.body, page.front["facts"]))


@each_page
def test_no_number_address_or_link_stands_literally_in_a_body(page: Page) -> None:
    assert not re.findall(r"\d|[$€£@%]|https?:|www\.", page.body)


@each_page
def test_a_page_is_short_calm_and_cut_into_sections(page: Page) -> None:
    words = [word for line in page.body.splitlines() if not line.startswith("#") for word in line.split()]
    assert 120 <= len(words) <= 300
    assert "!" not in page.body
    sections = re.split(r"^## .+$", page.body, flags=re.MULTILINE)
    assert len(sections) >= 4
    assert all(section.strip() for section in sections)


@each_page
def test_a_page_says_what_is_not_possible(page: Page) -> None:
    assert re.search(r"\b(cannot|do not|does not|are no|have no)\b", page.body)


def test_every_fact_a_reply_may_state_is_defined_with_its_value() -> None:
    defined = {page.name: page.front["facts"] for page in PAGES}
    for name, facts in FACTS_REPLIES_RELY_ON.items():
        assert facts.items() <= defined[name].items(), name
    assert not any(defined[name] for name in PAGES_WITHOUT_NUMBERS)


def test_a_fact_is_written_down_on_one_page_only() -> None:
    homes = Counter(name for page in PAGES for name in page.front["facts"])
    assert [name for name, pages in homes.items() if pages > 1] == []


def test_the_catalogue_is_large_and_no_product_is_listed_twice() -> None:
    assert len(PRODUCTS) >= 64
    assert len({product["id"] for product in PRODUCTS}) == len(PRODUCTS)
    assert len({product["name"].casefold() for product in PRODUCTS}) == len(PRODUCTS)


@each_product
def test_a_product_can_be_read_as_a_line_of_the_catalogue(product: dict[str, Any]) -> None:
    assert product.keys() == {
        "id",
        "name",
        "category",
        "price",
        "in_stock",
        "restock_in_days",
        "details",
        "aliases",
    }
    assert re.fullmatch(r"P-\d{3}", product["id"])
    assert isinstance(product["price"], str)
    assert Decimal("0") < Decimal(product["price"]) == round(Decimal(product["price"]), 2)
    assert product["name"]
    assert product["category"]
    assert product["details"].endswith(".")
    assert "!" not in product["details"]


@each_product
def test_only_a_product_that_is_out_of_stock_has_a_restock_day(product: dict[str, Any]) -> None:
    assert isinstance(product["in_stock"], bool)
    if product["restock_in_days"] is not None:
        assert not product["in_stock"]
        assert product["restock_in_days"] > 0


@each_product
def test_a_product_has_a_few_names_that_customers_would_type(product: dict[str, Any]) -> None:
    aliases = product["aliases"]
    assert 2 <= len(aliases) == len(set(aliases)) <= 4
    assert all(isinstance(alias, str) and alias == alias.lower().strip() for alias in aliases)
    assert product["name"].lower() not in aliases


def test_some_products_are_out_of_stock_with_and_without_a_restock_day() -> None:
    sold_out = [product for product in PRODUCTS if not product["in_stock"]]
    assert 6 <= len(sold_out) <= 12
    assert 0 < sum(product["restock_in_days"] is not None for product in sold_out) < len(sold_out)


def test_a_common_name_fits_several_products_so_that_the_bot_has_to_ask_which() -> None:
    uses = Counter(alias for product in PRODUCTS for alias in product["aliases"])
    assert all(uses[alias] >= 2 for alias in ("rain jacket", "trail shoes", "tent", "kettle", "blanket", "lamp"))
    assert sum(count >= 2 for count in uses.values()) >= 10
