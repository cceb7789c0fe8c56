"""How a message feels, by VADER's word list and rules: a tenth of a millisecond, no model, made for short informal
texts."""

from importlib.metadata import version

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


class VaderSentiment:
    """Implements the `Sentiment` port. Safe to share between threads: an analysis keeps nothing."""

    def __init__(self) -> None:
        self._analyzer = SentimentIntensityAnalyzer()

    @property
    def version(self) -> str:
        """The package's version: its word list comes with it."""
        return f"vader {version('vaderSentiment')}"

    def score(self, text: str) -> float:
        """The compound score."""
        return float(self._analyzer.polarity_scores(text)["compound"])
