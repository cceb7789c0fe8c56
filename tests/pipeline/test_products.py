"""Products are found by name, by what customers call them, or nearly so, and everyday words name none."""

from datetime import date

import pytest

from app.pipeline.products import ProductNames
from ingestion.demo.catalogue import load_catalogue
from ingestion.demo.shop import CATALOGUE

NAMES = ProductNames(load_catalogue(CATALOGUE, today=date(2026, 11, 24)))


def named(text: str) -> set[str]:
    found = set(NAMES.named_in(text))
    return {product.name for product in NAMES.products if product.id in found}


def test_a_full_name_means_that_product_alone() -> None:
    name = NAMES.products[0].name
    assert named(f"is the {name.lower()} in stock?") == {name}


def test_a_name_with_a_typo_is_still_found() -> None:
    assert named("do you have the ridgline trail shoes") == {"Ridgeline Trail Shoes"}


@pytest.mark.parametrize(
    "text", ["the tent has a hole", "my tents leak", "which kettle is the lightest", "nice jacket"]
)
def test_what_customers_call_a_product_finds_all_that_are_called_so(text: str) -> None:
    assert named(text)


@pytest.mark.parametrize(
    "text",
    [
        "I don't know how I can buy a few of your products",
        "can you help me",
        "have you packed my order yet",
        "nine days ago I ordered a set",
        "throw in a discount?",
        "the light is green",
    ],
)
def test_an_everyday_word_names_no_product(text: str) -> None:
    assert named(text) == set()


def test_what_only_one_name_begins_with_is_enough_with_its_capital() -> None:
    assert named("how much is the Switchback 45") == {"Switchback 45 Backpack"}
    assert named("she was a beacon of hope") == set()
