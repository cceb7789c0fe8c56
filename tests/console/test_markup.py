"""What customers write is never markup."""

import pytest

from app.console.markup import Html, joined, tag, text

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" autofocus onfocus="alert(1)',
    "{{this}} ${1} `x`",
)


@pytest.mark.parametrize("words", ATTACKS)
def test_words_stay_words_in_content_and_attributes(words: str) -> None:
    shown = tag("p", words, joined([words]), title=words)
    inside = shown.removeprefix("<p ").removesuffix("</p>")
    for sign in ("<", "${", "{{", "`"):
        assert sign not in inside
    assert inside.count('"') == 2  # the title's own


def test_what_is_html_already_is_not_escaped_twice() -> None:
    assert tag("p", Html("<b>x</b>"), text("&")) == "<p><b>x</b>&amp;</p>"
