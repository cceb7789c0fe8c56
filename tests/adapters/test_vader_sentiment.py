"""How messages feel, by the real word list."""

import pytest

from app.adapters.vader_sentiment import VaderSentiment

SENTIMENT = VaderSentiment()


def test_anger_is_below_matters_of_fact_and_those_below_joy() -> None:
    furious, plain, glad = map(
        SENTIMENT.score,
        ("This is the worst service ever, I hate it", "where is my parcel", "thank you, that was great"),
    )

    assert -1 <= furious < -0.5 < plain == 0.0 < 0.5 < glad <= 1


@pytest.mark.parametrize("text", ["", "12345", "👍", "x" * 4000])
def test_any_text_has_a_score(text: str) -> None:
    assert -1 <= SENTIMENT.score(text) <= 1


def test_its_version_names_the_word_list() -> None:
    assert SENTIMENT.version.startswith("vader 3.")
