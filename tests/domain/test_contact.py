"""An address as customers write it, and how little of it is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contact import address_in, hint, is_address, says_only, tries_an_address, without


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("maya@larkfield.example", "maya@larkfield.example"),
        ("it's maya.b+shop@mail.larkfield.example, thanks", "maya.b+shop@mail.larkfield.example"),
        ("You can write to <maya@larkfield.example>.", "maya@larkfield.example"),
        ("maya@larkfield.example or maya@larkfield.example", "maya@larkfield.example"),
        ("maya@larkfield.example or tom@larkfield.example", None),
        ("maya@larkfield", None),
        ("maya@@larkfield.example", None),
        ("maya@larkfield.example@evil.example", None),
        ("maya@-larkfield.example", None),
        ("no thanks", None),
        (f"{'m' * 65}@larkfield.example", None),
    ],
)
def test_the_one_address_of_a_message_is_found(text: str, address: str | None) -> None:
    assert address_in(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "maya@larkfield.example\nBcc: all@larkfield.example",
        "maya@larkfield.example\r",
        "maya@larkfield.example,tom@larkfield.example",
        "Maya <maya@larkfield.example>",
        " maya@larkfield.example",
        '"maya"@larkfield.example',
        "maya@larkfield.example ",
        "mäya@larkfield.example",
        "",
    ],
)
def test_nothing_but_one_plain_address_is_an_address(text: str) -> None:
    assert not is_address(text)


@given(st.text())
def test_no_text_is_an_address_that_could_end_a_line(text: str) -> None:
    found = address_in(text)

    assert found is None or (found.isascii() and found.isprintable() and " " not in found)


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("maya@larkfield.example", True),
        ("Yes please, my email is maya@larkfield.example, thank you", True),
        ("maya@larkfield.example and the shoes are wet too", False),
        ("where is my parcel? maya@larkfield.example", False),
    ],
)
def test_whether_a_message_is_about_the_address_alone(text: str, only: bool) -> None:
    assert says_only(text, "maya@larkfield.example") is only


@pytest.mark.parametrize(("text", "tries"), [("maya@larkfield", True), ("@", True), ("where is my parcel", False)])
def test_a_broken_address_is_seen_as_a_try(text: str, tries: bool) -> None:
    assert tries_an_address(text) is tries


def test_an_address_is_hinted_at_and_not_shown() -> None:
    assert hint("maya@mail.larkfield.example") == "m•••@m•••.example"


def test_an_address_is_taken_out_whatever_case_it_is_written_in() -> None:
    assert without("Ask Maya@Larkfield.example first", "maya@larkfield.example") == "Ask [email] first"
