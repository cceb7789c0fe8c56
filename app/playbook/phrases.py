"""Reads what code says by itself (`notices.yaml`) and the brand's voice (`voice.yaml`)."""

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from app.domain.voice import Avoid, Notices, Voice
from app.playbook.loader import SHIPPED
from app.playbook.source import Source


class _NoticesFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
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
    languages: dict[str, str]


class _AvoidFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    pattern: str
    why: str
    case: bool = False


class _VoiceFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    most_sentences: int
    most_characters: int
    avoid: list[_AvoidFile]


def load_notices(folder: Path = SHIPPED) -> Notices:
    """Raises PlaybookError naming file, line and field."""
    return Notices(**Source(folder / "notices.yaml").parse(_NoticesFile).model_dump())


def load_voice(folder: Path = SHIPPED) -> Voice:
    """Raises PlaybookError naming file, line and field."""
    source = Source(folder / "voice.yaml")
    file = source.parse(_VoiceFile)
    avoid = []
    for index, entry in enumerate(file.avoid):
        try:
            pattern = re.compile(entry.pattern, 0 if entry.case else re.IGNORECASE)
        except re.error as error:
            raise source.error(f"not a regular expression: {error}", "avoid", index, "pattern") from error
        avoid.append(Avoid(pattern, entry.why))
    return Voice(file.most_sentences, file.most_characters, tuple(avoid))
