"""Sentences, words and lists as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.text import listed, pieces, sentences, tidy


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("Ask Mr. Hill or Dr. Moss. Then wait.", ["Ask Mr. Hill or Dr. Moss.", "Then wait."]),
        ('Open "My orders." Then choose.', ['Open "My orders."', "Then choose."]),
        ("It costs $4.90 today. Fine.", ["It costs $4.90 today.", "Fine."]),
        ("Yes. {order_id} is late.", ["Yes.", "{order_id} is late."]),
        ("no end here", ["no end here"]),
        ("  ", []),
    ],
)
def test_a_text_is_cut_at_the_ends_of_its_sentences(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


@given(st.text(max_size=80))
def test_no_word_is_lost_when_a_text_is_cut(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_layout_goes_and_words_stay() -> None:
    assert tidy("  a\n\n b\t c ") == "a b c"


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_items_are_listed_as_people_list_them(items: list[str], text: str) -> None:
    assert listed(items, "or") == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hi Maya,\nIt is late. Sorry.", ["Hi Maya,\n", "It is late. ", "Sorry."]),
        ("One.\n\nTwo. Three.", ["One.\n\n", "Two. ", "Three."]),
        ("Ask Mr. Hill. Then wait.", ["Ask Mr. Hill. ", "Then wait."]),
        ("no end here", ["no end here"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_lines_and_sentences_with_the_space_between(text: str, parts: list[str]) -> None:
    assert pieces(text) == parts


@given(st.text(alphabet='aA .!?\n\t"{}', max_size=80))
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text
