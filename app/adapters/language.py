"""Tells the language of a message, so that a turn the bot cannot answer in goes to a person.

First stage of a turn. Taking hurried English for a foreign language would send a customer away for nothing, so a
language is named only when English is all but ruled out; anything between is None, which counts as "go on".
Lingua's small models misread 2 % of short English questions; the full ones, 275 MB for these languages, hardly any.
They are loaded with the first message.
"""

import re
from functools import cached_property

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

_LANGUAGES = (
    Language.ENGLISH,
    Language.SPANISH,
    Language.FRENCH,
    Language.GERMAN,
    Language.ITALIAN,
    Language.PORTUGUESE,
    Language.DUTCH,
    Language.POLISH,
    Language.SWEDISH,
    Language.TURKISH,
    Language.RUSSIAN,
    Language.ARABIC,
    Language.CHINESE,
    Language.JAPANESE,
)

LIKELY = 0.5
"""From this confidence on, a foreign language may be named."""
CERTAIN = 0.8
"""From this confidence on it is named, whatever is left for English: no English question of ten thousand gets there."""
ENGLISH_RULED_OUT = 0.05
"""At this confidence and above, English stays possible."""
MIN_LATIN_WORDS = 2
"""A single word in Latin letters ("hallo", "ttyl", "retour") belongs to no language in particular."""

_WORD = re.compile(r"[^\W\d_]+")
_NOT_LATIN = re.compile(r"[\u0370-\u1fff\u3040-\u9fff\uac00-\ud7af]")


class LinguaDetector:
    """Implements the `LanguageDetector` port for fourteen languages. Safe to share between threads."""

    def language(self, text: str) -> str | None:
        """ISO 639-1 code; None for a single Latin word, no words, or what could still be English."""
        words = _WORD.findall(text)
        if not words or (len(words) < MIN_LATIN_WORDS and not _NOT_LATIN.search(text)):
            return None
        confidences = self._detector.compute_language_confidence_values(text)
        best = confidences[0]
        if best.language == Language.ENGLISH:
            return "en"
        english = next(entry.value for entry in confidences if entry.language == Language.ENGLISH)
        if best.value < CERTAIN and (best.value < LIKELY or english >= ENGLISH_RULED_OUT):
            return None
        return best.language.iso_code_639_1.name.lower()

    @cached_property
    def _detector(self) -> LanguageDetector:
        return LanguageDetectorBuilder.from_languages(*_LANGUAGES).build()
