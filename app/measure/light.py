"""A light house: the real pipeline, playbook, stores and records, with words instead of models.

It starts in two seconds and answers in milliseconds, so that what is measured is the service and not the models: two
hundred restarts, or the time that our own code adds to a turn.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from app.adapters.memory import NoInteractions, NoPassages
from app.bootstrap import House, build_parts, open_records
from app.domain.retrieval import Interaction, RetrievedInteraction
from app.domain.text import stems
from app.domain.understanding import IntentPrediction
from app.pipeline.assistant import Assistant
from app.settings import Settings
from app.stores import open_stores

_SURE = 0.95
_UNSURE = 0.3


class WordIntents:
    """An `IntentClassifier` by the words that past questions of an intent share with the new one."""

    version = "words"

    def __init__(self, past: Sequence[Interaction]) -> None:
        self._intents: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for interaction in past:
            for stem in stems(interaction.question):
                self._intents[stem][interaction.intent] += 1

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        """One prediction a text; sure of whatever shares a telling word."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> IntentPrediction:
        votes: defaultdict[str, float] = defaultdict(float)
        for stem in stems(text) & self._intents.keys():
            whole = self._intents[stem].total()
            for intent, count in self._intents[stem].items():
                votes[intent] += count / whole
        if not votes:
            return IntentPrediction("off_topic", _UNSURE, _UNSURE, (("off_topic", _UNSURE),))
        intent = min(votes, key=lambda name: (-votes[name], name))
        return IntentPrediction(intent, _SURE, _SURE, ((intent, _SURE),))


class PastReplies(NoInteractions):
    """An `InteractionIndex` in memory: the usable replies of a situation, all equally near."""

    def __init__(self, past: Sequence[Interaction]) -> None:
        self._past: defaultdict[str, list[Interaction]] = defaultdict(list)
        for interaction in past:
            if interaction.usable:
                self._past[interaction.situation].append(interaction)

    def search(
        self,
        question: str,  # noqa: ARG002 - all are equally near
        *,
        situation: str | None = None,
        intent: str | None = None,  # noqa: ARG002
        limit: int = 5,
    ) -> list[RetrievedInteraction]:
        """The first ones of the situation."""
        return [RetrievedInteraction(interaction, _SURE) for interaction in self._past[situation or ""][:limit]]


class OneLanguage:
    """A `LanguageDetector` that always names the language the bot speaks."""

    def __init__(self, language: str) -> None:
        self._language = language

    def language(self, text: str) -> str | None:  # noqa: ARG002 - whatever is written
        """The one."""
        return self._language


@contextmanager
def open_light_house(settings: Settings) -> Iterator[House]:
    """The house on the database and the records of `settings`; it needs the shop's pages and past replies in it."""
    with ExitStack() as stack:
        stores = open_stores(settings)
        stack.callback(stores.engine.dispose)
        records = open_records(settings)
        stack.callback(records.close)
        past = stores.interactions.all_interactions()
        parts = build_parts(
            settings,
            stores,
            records,
            classifier=WordIntents(past),
            language=OneLanguage(settings.language),
            interactions=PastReplies(past),
            passages=NoPassages(),
            model=None,
            index_version="words",
        )
        yield House(Assistant(parts, stores.memory), stores)
