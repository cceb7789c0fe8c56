"""The brand's voice as rules, and the sentences that code says by itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.facts import SLOT_PATTERN
from app.domain.text import sentences


@dataclass(frozen=True, slots=True)
class Notices:
    """Ready sentences; {slots} are filled from facts."""

    greeting: str
    held: str
    held_long: str
    handed_off: str
    wait_busy: str
    wait_closed: str
    mail_ask: str
    mail_ask_account: str
    mail_known: str
    mail_kept: str
    mail_declined: str
    mail_unreadable: str
    mail_subject: str
    mail_body: str
    accepted_offer: str
    declined_offer: str
    not_done: str
    records_down: str
    rephrase: str
    which_topic: str
    loyalty: str
    delay: str
    second_request: str
    empty: str
    languages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Avoid:
    """Something the brand does not say, and why."""

    pattern: re.Pattern[str]
    why: str


@dataclass(frozen=True, slots=True)
class Voice:
    """The rules."""

    most_sentences: int
    most_characters: int
    avoid: tuple[Avoid, ...]

    def problems(self, template: str) -> list[str]:
        """What in a reply template breaks the brand's voice, in words; empty when nothing does."""
        text = SLOT_PATTERN.sub("x", template)
        found = [entry.why for entry in self.avoid if entry.pattern.search(text)]
        if (count := len(sentences(text))) > self.most_sentences:
            found.append(f"{count} sentences, {self.most_sentences} at most")
        return found
