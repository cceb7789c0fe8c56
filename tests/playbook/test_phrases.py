"""Notices and voice: what code says by itself, and how nothing may be said."""

from pathlib import Path

import pytest

from app.errors import PlaybookError
from app.playbook.loader import SHIPPED
from app.playbook.phrases import load_notices, load_voice


def broken(folder: Path, file: str, old: str, new: str) -> Path:
    text = (SHIPPED / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("held: ", "halted: ", "held: Field required"),
        ("greeting: ", "greeting: [", "not valid YAML"),
        ("empty: ", "extra: x\nempty: ", "extra: Extra inputs"),
    ],
)
def test_a_mistake_in_the_notices_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(PlaybookError, match=r"notices\.yaml, line \d+") as caught:
        load_notices(broken(tmp_path, "notices.yaml", old, new))
    assert words in caught.value.detail


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("pattern: '!'", "pattern: '('", "avoid.0.pattern: not a regular expression"),
        ("most_sentences: 6", "most_sentences: six", "most_sentences: Input should be a valid integer"),
        ('why: "no exclamation marks"', "because: x", "avoid.0.why: Field required"),
    ],
)
def test_a_mistake_in_the_voice_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(PlaybookError, match=r"voice\.yaml, line \d+") as caught:
        load_voice(broken(tmp_path, "voice.yaml", old, new))
    assert words in caught.value.detail


@pytest.mark.parametrize(
    "template",
    [
        "Great news!",
        "It is on its way...",
        "It is late — we are sorry.",
        "We apologize for the inconvenience.",
        "Feel free to ask.",
        "Please do not hesitate to ask.",
        "As an AI, I cannot see it.",
        "It is VERY LOUDLY written.",
        " ".join(["It is fine."] * 7),
    ],
)
def test_the_brand_does_not_talk_like_this(template: str) -> None:
    assert load_voice().problems(template)


@pytest.mark.parametrize(
    "template",
    [
        "Your order {order_id} is {days_late} late, and I am sorry about that.",
        "You can pay with PayPal or by card.",
        'Open "My orders" and choose it. The PDF is there.',
    ],
)
def test_the_brand_does_talk_like_this(template: str) -> None:
    assert load_voice().problems(template) == []
