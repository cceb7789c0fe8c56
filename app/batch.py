"""Answers a file of questions: a JSON line in, the TurnRecord as a JSON line out, whatever the line holds.

In: `{"text": …, "customer_id": …}` or `{"turns": ["…", "…"], "customer_id": …}`; a turn is a text or a list of texts
sent in a row, and each turn gives a line. A line or a turn that cannot be answered gives a line with an error in its
place; the turns before it are kept.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, TextIO

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.domain.ids import CustomerId
from app.domain.literals import unsupported
from app.domain.reply import Delivery
from app.domain.turn import TurnRecord
from app.errors import HandrailError
from app.pipeline.assistant import Assistant
from app.pipeline.parts import Parts

RECORD = TypeAdapter(TurnRecord)
Id = Annotated[str, StringConstraints(max_length=64)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="allow")
    text: str | None = None
    turns: list[str | list[str]] | None = None
    customer_id: Id | None = None


def answer_file(assistant: Assistant, source: Path, target: Path, console: Console) -> None:
    """Writes `target` beside its final name and puts it in place when it is whole; prints what came of the lines."""
    lines = source.read_bytes().splitlines()
    partial = target.with_suffix(f"{target.suffix}.part")
    records: list[TurnRecord] = []
    failures = 0
    with partial.open("w", encoding="utf-8") as out:
        for line in track(lines, description="Answering", console=console):
            answered, whole = _answer_line(assistant, line, out)
            records += answered
            failures += not whole
    partial.replace(target)
    console.print(_summary(records))
    loose = [literal for record in records for literal in unsupported_in(record, assistant.parts)]
    console.print(
        f"{len(loose)} literals in sent replies stand in no fact, no page and no ready sentence {loose or ''}"
    )
    console.print(f"{len(records)} turns answered, {failures} lines refused, whole or in part; see {target}")


def _answer_line(assistant: Assistant, raw: bytes, out: TextIO) -> tuple[list[TurnRecord], bool]:
    """The turns that were answered, and whether that is all of them."""
    records: list[TurnRecord] = []
    try:
        line = _Line.model_validate_json(raw)
        turns = line.turns if line.turns is not None else [line.text or ""]
        conversation = assistant.start(CustomerId(line.customer_id) if line.customer_id else None)
        for turn in turns:
            record = assistant.reply_to(conversation.id, [turn] if isinstance(turn, str) else turn).record
            row = RECORD.dump_python(record, mode="json") | {"origin": record.origin, "given": line.model_extra or {}}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            records.append(record)
    except (ValidationError, HandrailError) as error:
        code = error.code if isinstance(error, HandrailError) else "invalid_input"
        detail = error.detail if isinstance(error, HandrailError) else error.errors()[0]["msg"]
        out.write(json.dumps({"error": {"code": code, "message": detail}}) + "\n")
        return records, False
    return records, True


def unsupported_in(record: TurnRecord, parts: Parts) -> list[str]:
    """The literals of a sent reply that nothing supports, looked for anew in the record and apart from the guards."""
    if record.decision.delivery is not Delivery.SEND:
        return []
    supports = [fact.value for situation in record.situations for fact in situation.facts]
    supports += [text for page in parts.knowledge.pages.values() for text in (page.text, *page.facts.values())]
    supports += [parts.notices.loyalty, parts.notices.delay]
    supports += [entry.title for entry in parts.playbook.intents.values()]
    echoes = [number for situation in record.situations for number in situation.request.entities.numbers]
    return [literal.text for literal in unsupported(record.delivered, supports, echoes)]


def _summary(records: list[TurnRecord]) -> Table:
    """Sent, held and handed off by intent, and by origin."""
    table = Table("intent", "turns", "sent", "held", "handed off", title="What came of the turns")
    groups: dict[str, Counter[Delivery]] = {}
    for record in records:
        intent = record.situations[0].request.prediction.intent if record.situations else "none"
        for name in (f"origin: {record.origin or 'none'}", intent, "all"):
            groups.setdefault(name, Counter())[record.decision.delivery] += 1
    order = sorted(groups, key=lambda name: (name == "all", name.startswith("origin"), name))
    for name in order:
        counts = groups[name]
        table.add_row(name, str(counts.total()), *(str(counts[delivery]) for delivery in Delivery))
    return table
