"""Recall of personal data is counted by kind, over sentences in which somebody has marked it."""

from pathlib import Path

import pytest

from app.errors import ConfigurationError
from feedback.evaluation.personal import Marked, read_marked, recognised

DATA = Path("/nowhere")


def marked(text: str, *spans: tuple[str, str]) -> Marked:
    return Marked(text, tuple((kind, text.index(value), text.index(value) + len(value)) for kind, value in spans))


def test_what_is_found_held_and_masked_is_counted_by_kind() -> None:
    sentences = [
        marked("Write to ada@example.com please", ("EMAIL_ADDRESS", "ada@example.com")),
        marked("it was met by Grace in the shop", ("PERSON", "Grace")),
        marked("It was paid with 4242 4242 4242 4242.", ("CREDIT_CARD", "4242 4242 4242 4242")),
    ]

    result = recognised(sentences)

    counts = {kind.kind: (kind.there, kind.found, kind.held, kind.masked) for kind in result.kinds if kind.there}
    assert counts == {"EMAIL_ADDRESS": (1, 1, 1, 1), "PERSON": (1, 0, 1, 0), "CREDIT_CARD": (1, 1, 1, 1)}
    assert (result.finds, result.right) == (2, 2)


def test_a_find_that_nobody_marked_counts_against_the_guard() -> None:
    result = recognised([Marked("Call 07700 900 123 now.", ())])

    assert (result.finds, result.right) == (1, 0)


def test_a_folder_without_the_data_is_named() -> None:
    with pytest.raises(ConfigurationError, match="synth_dataset_v2"):
        read_marked(DATA)
