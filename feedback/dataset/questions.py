"""Labelled questions for the intent head, from the project's own files and from public corpora.

The hand-written questions ship with the project and speak as customers do; the corpora are read from a folder that the
operator names. Every split is by the text's hash, so the same files give the same split on every machine.
"""

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from app.adapters.intent_head import OFF_TOPIC
from app.domain.redaction import mask
from app.domain.text import tidy
from app.errors import ConfigurationError

PAST_DIR = Path(__file__).parents[2] / "ingestion" / "demo" / "interactions"
HANDWRITTEN_DIR = Path(__file__).parent.parent / "training" / "questions"
HELD_OUT_SHARE = 0.2

BITEXT_FILES = {
    "train": "bitext_intent/Bitext_Sample_Customer_Service_Training_Dataset.csv",
    "validation": "bitext_intent/Bitext_Sample_Customer_Service_Validation_Dataset.csv",
    "test": "bitext_intent/Bitext_Sample_Customer_Service_Testing_Dataset.csv",
}
CLINC_FILE = "clinc150/data_full.json"
BANKING_FILES = {"train": "banking77/train.csv", "test": "banking77/test.csv"}

BitextSplit = Literal["train", "validation", "test"]
ClincSplit = Literal["train", "val", "test", "oos_train", "oos_val", "oos_test"]

_SMALL_TALK = {"greeting": "greeting", "goodbye": "goodbye", "thank_you": "thanks"}

_NEAR_A_SHOP = frozenset(
    (
        "account_blocked",
        "application_status",
        "are_you_a_bot",
        "bill_balance",
        "bill_due",
        "cancel",
        "cancel_reservation",
        "card_declined",
        "change_user_name",
        "damaged_card",
        "exchange_rate",
        "expiration_date",
        "freeze_account",
        "international_fees",
        "lost_luggage",
        "maybe",
        "new_card",
        "no",
        "order",
        "order_checks",
        "order_status",
        "pay_bill",
        "pin_change",
        "redeem_rewards",
        "repeat",
        "replacement_card_duration",
        "report_fraud",
        "report_lost_card",
        "rewards_balance",
        "shopping_list",
        "shopping_list_update",
        "transactions",
        "uber",
        "user_name",
        "what_can_i_ask_you",
        "yes",
    )
)
"""CLINC intents that a shop's customer could mean in earnest, or that only make sense as an answer."""


class _PastPair(BaseModel):
    model_config = ConfigDict(extra="ignore")
    question: str


class _PastFile(BaseModel):
    model_config = ConfigDict(extra="ignore")
    intent: str
    situations: dict[str, list[_PastPair]]


class Labelled(NamedTuple):
    """One question with the intent a person gave it."""

    text: str
    intent: str


def handwritten(folder: Path = HANDWRITTEN_DIR) -> dict[str, tuple[str, ...]]:
    """Intent → its hand-written questions, one YAML list a file. Raises ConfigurationError naming the file."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, list) or not content or not all(isinstance(text, str) for text in content):
            raise ConfigurationError(f"{path} must be a list of questions, each a string.")
        if len(set(content)) != len(content):
            raise ConfigurationError(f"{path} holds a question twice.")
        found[path.stem] = tuple(content)
    if OFF_TOPIC not in found:
        raise ConfigurationError(f"{folder} holds no {OFF_TOPIC}.yaml.")
    return found


def hold_out(questions: Iterable[Labelled], share: float = HELD_OUT_SHARE) -> tuple[list[Labelled], list[Labelled]]:
    """(kept, held out): `share` of each intent is held out, chosen by the text's hash."""
    kept: list[Labelled] = []
    held: list[Labelled] = []
    for group in _by_intent(questions).values():
        ordered = _in_hash_order(group)
        size = round(len(ordered) * share)
        held += ordered[:size]
        kept += ordered[size:]
    return kept, held


def folds(questions: Sequence[Labelled], count: int) -> list[int]:
    """The fold, 0 to `count` - 1, of each question; every intent is spread over all folds."""
    fold_of: dict[Labelled, int] = {}
    for group in _by_intent(questions).values():
        fold_of.update({question: place % count for place, question in enumerate(_in_hash_order(group))})
    return [fold_of[question] for question in questions]


def labelled(questions: dict[str, tuple[str, ...]]) -> list[Labelled]:
    """The same questions as one list."""
    return [Labelled(text, intent) for intent, texts in questions.items() for text in texts]


def past_questions(folder: Path) -> list[Labelled]:
    """The questions of past interactions (one YAML file an intent). Raises ConfigurationError naming the file."""
    found: dict[str, Labelled] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            file = _PastFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise ConfigurationError(f"{path}: {error}") from error
        for pairs in file.situations.values():
            for pair in pairs:
                found.setdefault(pair.question.casefold(), Labelled(pair.question, file.intent))
    return list(found.values())


def as_served(questions: Iterable[Labelled]) -> list[Labelled]:
    """The questions masked as a turn masks them: the head is trained and measured on what it will read."""
    return [Labelled(tidy(mask(question.text)), question.intent) for question in questions]


def bitext(data: Path, split: BitextSplit) -> list[Labelled]:
    """Bitext's customer questions, 27 intents. Raises ConfigurationError when the file is missing."""
    with open_corpus(data / BITEXT_FILES[split]) as file:
        return [Labelled(row["utterance"], row["intent"]) for row in csv.DictReader(file)]


def banking77(data: Path, split: Literal["train", "test"]) -> list[Labelled]:
    """BANKING77, a benchmark only: it never enters the shipped head."""
    with open_corpus(data / BANKING_FILES[split]) as file:
        return [Labelled(row["text"], row["category"]) for row in csv.DictReader(file)]


def clinc150(data: Path, split: ClincSplit) -> list[Labelled]:
    """CLINC150 with its own labels; the `oos_` splits are labelled "oos"."""
    with open_corpus(data / CLINC_FILE) as file:
        return [Labelled(text, intent) for text, intent in json.load(file)[split]]


def clinc_for_a_shop(data: Path, split: Literal["train", "val"], per_intent: int, small_talk: int) -> list[Labelled]:
    """CLINC questions as a shop would label them: small talk, and everything that no shop serves as off-topic.

    `per_intent` questions of each foreign intent, `small_talk` of each greeting, thanks and goodbye, chosen by hash,
    and the whole out-of-scope split that goes with `split`.
    """
    taken: list[Labelled] = []
    for intent, group in sorted(_by_intent(clinc150(data, split)).items()):
        if intent in _SMALL_TALK:
            taken += [Labelled(q.text, _SMALL_TALK[intent]) for q in _in_hash_order(group)[:small_talk]]
        elif intent not in _NEAR_A_SHOP:
            taken += [Labelled(q.text, OFF_TOPIC) for q in _in_hash_order(group)[:per_intent]]
    out_of_scope = clinc150(data, "oos_train" if split == "train" else "oos_val")
    return taken + [Labelled(question.text, OFF_TOPIC) for question in out_of_scope]


def open_corpus(path: Path) -> TextIO:
    """Raises ConfigurationError when the file is missing."""
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise ConfigurationError(f"The data folder lacks {path}: {error.strerror}.") from error


def _by_intent(questions: Iterable[Labelled]) -> dict[str, list[Labelled]]:
    groups: dict[str, list[Labelled]] = defaultdict(list)
    for question in questions:
        groups[question.intent].append(question)
    return groups


def _in_hash_order(questions: Iterable[Labelled]) -> list[Labelled]:
    return sorted(questions, key=lambda question: hashlib.sha256(question.text.encode()).hexdigest())
