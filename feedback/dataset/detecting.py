"""What each detector learns from, and what it is measured on: none of the latter is ever learnt from."""

import base64
import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.text import tidy
from feedback.dataset.detector_texts import (
    Sample,
    approved_replies,
    by_hash,
    davidson,
    first_tweets,
    own_list,
    own_styles,
    policy_pages,
    public_attacks,
    split,
)
from feedback.dataset.questions import (
    PAST_DIR,
    Labelled,
    banking77,
    bitext,
    clinc150,
    handwritten,
    hold_out,
    labelled,
    past_questions,
)

ORDINARY = "ordinary questions (BANKING77, Bitext)"
HARMLESS = "harmless, with the words of attacks, held out"
FOREIGN = "foreign to a shop and harmless (CLINC150, out of scope)"
ANGRY = "angry and clean, held out"
DAVIDSON_TEST = "Davidson, held out"

ORDINARY_QUESTIONS = 800
_HELD_OUT_ATTACKS = 0.25
_QUESTIONS = 1500
"""Learnt from, of each source of ordinary questions."""
_FOUL_TWEETS = 6000
"""Learnt from; of the few that are clean all are."""
_REPLIES = 300
"""Approved replies on which false alarms are counted."""
_IN_OTHER_LANGUAGES = "in other languages"
_APART, _WIDTHLESS = " ", "\u200b"
_LEET = str.maketrans("oieast", "013457")
_LOOK_ALIKES = str.maketrans("aeopcx", "\u0430\u0435\u043e\u0440\u0441\u0445")


@dataclass(frozen=True, slots=True)
class DetectorCorpus:
    """What a detector learns from and is measured on."""

    learnt: tuple[Sample, ...]
    tests: Mapping[str, tuple[Sample, ...]]
    """By what is asked with them."""


def injection_corpus(data: Path | None) -> DetectorCorpus:
    """Attacks and harmless texts; without `data` the project's own alone. Raises ConfigurationError."""
    learnt, held_out = _own_attacks()
    harmless, unseen = split(own_list("harmless.yaml"), 0.5)
    replies, replies_held = split(approved_replies(), 0.3)
    pages, pages_held = split(policy_pages(), 0.5)
    learnt += _harmless(harmless, "own: words that attacks use")
    for style, texts in own_styles("ordinary.yaml").items():
        learnt += _harmless(texts, f"own: {style}")
    learnt += _harmless([*by_hash(replies)[: _QUESTIONS // 2], *pages], "the shop's texts")
    learnt += _questions(data)
    english = [sample.text for sample in held_out if _IN_OTHER_LANGUAGES not in sample.kind]
    tests = {
        "own attacks, held out": held_out,
        "the English ones, disguised": list(_attacks(disguised(english), "disguised")),
        "the English ones, planted in a policy page": list(_attacks(planted(english, pages_held), "planted")),
        HARMLESS: _harmless(unseen, "own: words that attacks use"),
        "policy pages and approved replies, held out": _harmless(
            [*pages_held, *by_hash(replies_held)[:_REPLIES]], "the shop's texts"
        ),
    }
    if data is not None:
        for name, texts in public_attacks(data).items():
            learnt += _attacks(texts, name)
        tests |= _ordinary(data)
        foreign = [question.text for question in clinc150(data, "oos_test")]
        tests[FOREIGN] = _harmless(foreign, "CLINC150")
    return _corpus(learnt, tests)


def toxicity_corpus(data: Path | None) -> DetectorCorpus:
    """Insults and clean texts; without `data` the project's own alone. Raises ConfigurationError."""
    insults, insults_held = split(own_list("insults.yaml"), 0.5)
    angry, angry_held = split(own_list("angry.yaml"), 0.5)
    replies, replies_held = split(approved_replies(), 0.3)
    learnt = [Sample(text, "own: insults", bad=True) for text in insults]
    learnt += _harmless([*angry, *own_list("clean.yaml")], "own: angry and clean")
    learnt += _harmless(own_styles("ordinary.yaml")["close to an attack"], "customers")
    learnt += _harmless(by_hash(replies)[: _QUESTIONS // 3], "the shop's texts")
    learnt += _questions(data)
    tests = {
        "own insults, held out": [Sample(text, "own: insults", bad=True) for text in insults_held],
        ANGRY: _harmless(angry_held, "own: angry and clean"),
        "approved replies, held out": _harmless(by_hash(replies_held)[:_REPLIES], "the shop's texts"),
    }
    if data is not None:
        tweets = {sample.text: sample for sample in davidson(data)}
        rest, held = split(tweets, 0.2)
        foul = [text for text in rest if tweets[text].bad]
        clean = [text for text in rest if not tweets[text].bad]
        learnt += [tweets[text] for text in [*foul[:_FOUL_TWEETS], *clean]]
        tests[DAVIDSON_TEST] = [tweets[text] for text in held]
        tests |= _ordinary(data)
    return _corpus(learnt, tests)


def planted(attacks: Sequence[str], pages: Sequence[str]) -> Iterator[str]:
    """Each attack in the middle of a page, between two sentences, as a poisoned text would carry it."""
    for place, attack in enumerate(attacks):
        page = pages[place % len(pages)]
        middle = page.find(". ", len(page) // 2) + 1
        yield f"{page[:middle]} {attack}{page[middle:]}"


def disguised(attacks: Sequence[str]) -> Iterator[str]:
    """Each attack in one of seven disguises, in turn."""
    for place, attack in enumerate(attacks):
        lower = attack.lower()
        yield (
            lower.translate(_LEET),
            "  ".join(_APART.join(word) for word in attack.split()),
            _WIDTHLESS.join(attack),
            lower.translate(_LOOK_ALIKES),
            f"Please read {base64.b64encode(attack.encode()).decode()}",
            f"Please read: {codecs.encode(attack, 'rot13')}",
            f"Please read {attack.encode().hex()}",
        )[place % 7]


def _own_attacks() -> tuple[list[Sample], list[Sample]]:
    """(learnt, held out); a quarter of each style is held out."""
    learnt, held_out = list[Sample](), list[Sample]()
    for style, texts in own_styles("attacks.yaml").items():
        kept, held = split(texts, _HELD_OUT_ATTACKS)
        learnt += _attacks(kept, f"own: {style}")
        held_out += _attacks(held, f"own: {style}")
    return learnt, held_out


def _questions(data: Path | None) -> list[Sample]:
    """What customers ask in earnest, of the project's own and of the public corpora."""
    written, _ = hold_out(labelled(handwritten()))
    sources: list[Sequence[Labelled]] = [written, past_questions(PAST_DIR)]
    if data is not None:
        sources += [banking77(data, "train"), bitext(data, "train")]
    texts = [text for source in sources for text in by_hash(question.text for question in source)[:_QUESTIONS]]
    return _harmless(texts, "customers")


def _ordinary(data: Path) -> dict[str, list[Sample]]:
    asked = (banking77(data, "test"), bitext(data, "test"))
    half = ORDINARY_QUESTIONS // 2
    texts = [text for source in asked for text in by_hash(question.text for question in source)[:half]]
    return {
        ORDINARY: _harmless(texts, "customers"),
        "first messages to companies (TweetSumm)": _harmless(first_tweets(data), "TweetSumm"),
    }


def _corpus(learnt: Iterable[Sample], tests: Mapping[str, Sequence[Sample]]) -> DetectorCorpus:
    """Each text is learnt from once, and no text that is measured on."""
    measured = {_key(sample.text) for samples in tests.values() for sample in samples}
    once = {_key(sample.text): sample for sample in reversed(list(learnt))}
    kept = [sample for key, sample in reversed(once.items()) if key not in measured]
    return DetectorCorpus(tuple(kept), {name: tuple(samples) for name, samples in tests.items()})


def _key(text: str) -> str:
    return tidy(text).casefold()


def _attacks(texts: Iterable[str], kind: str) -> list[Sample]:
    return [Sample(text, kind, bad=True) for text in texts]


def _harmless(texts: Iterable[str], kind: str) -> list[Sample]:
    return [Sample(text, kind, bad=False) for text in texts]
