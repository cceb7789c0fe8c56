"""Personal data by its shape: found where it stands, and nothing else taken for it."""

import pytest

from app.domain.personal import PersonalKind, not_of, passes_luhn, personal_in


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Pay to GB29 NWBK 6016 1331 9268 19 please.", PersonalKind.ACCOUNT),
        ("His account is DE89370400440532013000.", PersonalKind.ACCOUNT),
        ("The card 4242 4242 4242 4242 was used.", PersonalKind.CARD),
        ("The card 4242424242424242 was used.", PersonalKind.CARD),
        ("Call her at +1 503 555 0142.", PersonalKind.PHONE),
        ("Call (503) 555-0142 for that.", PersonalKind.PHONE),
        ("Call 07700 900 123 for that.", PersonalKind.PHONE),
        ("Call +447700900123 for that.", PersonalKind.PHONE),
        ("It went to 12 Mill Road in Leeds.", PersonalKind.ADDRESS),
        ("It went to 4 Harbor View Lane.", PersonalKind.ADDRESS),
        ("It went to LS1 4AB.", PersonalKind.ADDRESS),
        ("It went to Portland, OR 97201.", PersonalKind.ADDRESS),
        ("It went to P.O. Box 1204.", PersonalKind.ADDRESS),
        ("The visitor came from 192.168.10.24.", PersonalKind.MACHINE),
    ],
)
def test_what_identifies_somebody_is_found(text: str, kind: PersonalKind) -> None:
    assert [each.kind for each in personal_in(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "Your order LF-10482 is 3 days late, and it is now expected on Wednesday, March 4.",
        "It was ordered on 2026-03-02 and shipped on 03.03.2026.",
        "Standard delivery takes 3 to 5 business days and costs $4.90.",
        "You paid $1,249.00 with Visa ending in 4242.",
        "Follow it here: https://northway.example/track/4242424242424242",
        "The invoice is INV-10482.",
        "The tent sleeps 2 to 3 people and weighs 2.4 kg.",
        "People are there Monday to Saturday, 8 am to 8 pm Eastern.",
        "Version 1.2.3 of the app shows it.",
        "The number 1234567890123456 is no card.",
    ],
)
def test_what_identifies_nobody_is_left_alone(text: str) -> None:
    assert personal_in(text) == ()


def test_her_own_is_not_somebody_elses_however_it_is_written() -> None:
    hers = ["+1 503 555 0142", "12 Mill Road, Leeds, LS1 4AB"]

    assert not_of("We call +1 (503) 555-0142 and send it to 12 Mill Road, LS1 4AB.", hers) == ()
    assert [each.text for each in not_of("We call +1 503 555 0143 then.", hers)] == ["+1 503 555 0143"]
    assert [each.text for each in not_of("It went to 2 Mill Road.", hers)] == ["2 Mill Road"]
    assert [each.text for each in not_of("It went to 12 Quarry Lane.", hers)] == ["12 Quarry Lane"]


@pytest.mark.parametrize(("number", "whole"), [("4242 4242 4242 4242", True), ("4242 4242 4242 4241", False)])
def test_a_card_number_is_known_by_its_last_digit(number: str, whole: bool) -> None:
    assert passes_luhn(number) is whole
