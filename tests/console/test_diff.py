"""What became of a text."""

from hypothesis import given
from hypothesis import strategies as st

from app.console.diff import Change, compared, shown


@given(st.text(max_size=80), st.text(max_size=80))
def test_kept_and_added_are_the_new_text_kept_and_dropped_the_old(before: str, after: str) -> None:
    stretches = compared(before, after)
    assert "".join(each.text for each in stretches if each.change is not Change.DROPPED) == after
    assert "".join(each.text for each in stretches if each.change is not Change.ADDED) == before


def test_it_is_shown_word_by_word_and_escaped() -> None:
    html = shown("It is late.", "It is <b>.")
    assert "<del>late.</del>" in html
    assert "<ins>&lt;b&gt;.</ins>" in html
