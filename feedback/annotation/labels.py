"""The label config, and what an annotation under it says.

Label Studio does not check what it keeps: anybody with a token can put any label, any slot, any text there. So each
annotation is checked here against the very config that the project has, and against the turn.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from app.domain.facts import SLOT_PATTERN, slots_in
from app.domain.literals import LiteralKind, literals_in
from app.domain.review import Opinion
from app.domain.supervision import UseAgain, Verdict
from app.domain.turn import TurnRecord
from app.errors import ConfigurationError
from feedback.annotation.task import NO_DRAFT, slots_of

CONFIG = Path(__file__).parent / "label_config.xml"
LONGEST_REPLY = 4000
_TELLING = frozenset({LiteralKind.EMAIL, LiteralKind.LINK, LiteralKind.IDENTIFIER})
"""What names somebody or something, and would be said to everybody."""
_TYPES = {"Choices": "choices", "TextArea": "textarea", "Rating": "rating"}
_BRACES = re.compile(r"[{}]")


class Unusable(Exception):
    """Why an annotation cannot be used, in a few words."""


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that annotators fill in."""

    kind: str
    to_name: str
    choices: frozenset[str]
    several: bool
    most: int


class LabelConfig:
    """The config as the project gets it, and its controls by name."""

    def __init__(self, xml: str) -> None:
        self.xml = xml
        tags = ET.fromstring(xml).iter()  # noqa: S314 - a file of ours
        self.controls: Mapping[str, Control] = {tag.attrib["name"]: _control(tag) for tag in tags if tag.tag in _TYPES}

    def opinion(self, result: object, record: TurnRecord) -> Opinion:
        """What an annotation says of this turn. Raises Unusable."""
        said: dict[str, Any] = {}
        for part in parts_of(result):
            name = str(part.get("from_name"))
            if name not in self.controls:
                raise Unusable("unknown field")
            if name in said:
                raise Unusable("one field twice")
            said[name] = _value(self.controls[name], part)
        if not said.get("verdict"):
            raise Unusable("no verdict")
        verdict = Verdict(said["verdict"][0])
        draft = record.proposed.template if record.proposed else ""
        if verdict is Verdict.APPROVE and not draft:
            raise Unusable("approved, but there was no draft")
        written = said.get("reply", "").strip()
        written = "" if written == NO_DRAFT else written
        changed = _plain(written) != _plain(draft)
        if verdict is Verdict.APPROVE and written and changed:
            raise Unusable("approved, but the text was changed")
        edit = verdict is Verdict.EDIT
        if edit:
            _check_reply(written, record, changed=changed)
        again = bool(said.get("use_again")) and edit
        return Opinion(
            verdict=verdict,
            intent=said["intent"][0] if said.get("intent") else None,
            text_in_slots=written if edit else None,
            failures=tuple(sorted(said.get("failures", ()))),
            rating=said.get("rating"),
            use_again=UseAgain.EVERY_SUCH_CASE if again else UseAgain.ONLY_HERE,
        )


def parts_of(result: object) -> list[dict[str, Any]]:
    """The parts of a result, one a control. Raises Unusable."""
    if not isinstance(result, list) or not all(isinstance(part, dict) for part in result):
        raise Unusable("not a result")
    return result


def label_config(intents: Iterable[str]) -> LabelConfig:
    """The shipped config with the playbook's intents to choose from. Raises ConfigurationError."""
    tree = ET.fromstring(CONFIG.read_text(encoding="utf-8"))  # noqa: S314 - a file of ours
    found = tree.find(".//Choices[@name='intent']")
    if found is None:
        raise ConfigurationError(f"{CONFIG} has no Choices of the name intent")
    for intent in sorted(intents):
        ET.SubElement(found, "Choice", value=intent.replace("_", " "), alias=intent)
    return LabelConfig(ET.tostring(tree, encoding="unicode"))


def _control(tag: ET.Element) -> Control:
    choices = frozenset(each.get("alias") or each.attrib["value"] for each in tag.iter("Choice"))
    several = tag.get("choice") == "multiple"
    return Control(_TYPES[tag.tag], tag.get("toName", ""), choices, several, int(tag.get("maxRating", "5")))


def _value(control: Control, part: Mapping[str, Any]) -> Any:  # noqa: ANN401 - by the kind of control
    value = part.get("value")
    if part.get("type") != control.kind or part.get("to_name") != control.to_name or not isinstance(value, dict):
        raise Unusable("a field of another kind")
    given = value.get({"choices": "choices", "textarea": "text", "rating": "rating"}[control.kind])
    if control.kind == "rating":
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= control.most:
            raise Unusable("unknown rating")
        return given or None
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise Unusable("a field of another kind")
    if control.kind == "textarea":
        if len(texts) > 1:
            raise Unusable("two replies")
        return texts[0] if texts else ""
    if not set(texts) <= control.choices or len(set(texts)) < len(texts):
        raise Unusable("unknown label")
    if len(texts) > 1 and not control.several:
        raise Unusable("two labels where one is asked for")
    return texts


def _check_reply(text: str, record: TurnRecord, *, changed: bool) -> None:
    if not text:
        raise Unusable("an edit without a text")
    if not changed:
        raise Unusable("an edit that changes nothing")
    if len(text) > LONGEST_REPLY:
        raise Unusable("too long a reply")
    if not set(slots_in(text)) <= set(slots_of(record)):
        raise Unusable("a slot that this turn does not have")
    bare = SLOT_PATTERN.sub(" ", text)
    if _BRACES.search(bare):
        raise Unusable("a broken slot")
    if any(literal.kind in _TELLING for literal in literals_in(bare)):
        raise Unusable("a number, link or address in place of a slot")
    if "\x00" in text or not _encodable(text):
        raise Unusable("a text that cannot be kept")


def _encodable(text: str) -> bool:
    """Half a surrogate pair can stand in JSON, and in no database."""
    return not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def _plain(text: str) -> str:
    return " ".join(text.split())
