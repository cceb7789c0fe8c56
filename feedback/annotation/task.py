"""What an annotator sees of a turn: made from its record, wholly in slots and masked words.

Values never leave the database: a reply is shown with its slots, a customer's words as they were masked for the turn, a
person's own words with values turned into slots and the rest masked by shape. Everything that becomes HTML is escaped
here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from app.console.words import DELIVERY, REASONS, readable
from app.domain.conversation import Author, Message
from app.domain.facts import SLOT_PATTERN, FactKind, slot_values, slots_in
from app.domain.ids import InteractionId, TurnId
from app.domain.redaction import mask
from app.domain.reply import Delivery
from app.domain.retrieval import Interaction
from app.domain.review import ReviewState
from app.domain.slotting import slotted
from app.domain.supervision import Verdict, draft_id
from app.domain.turn import TurnRecord
from app.errors import NotFound
from app.ports import ConversationDesk, ConversationStore, InteractionStore, TurnRecords

NO_DRAFT = "(The assistant had no draft.)"
_MOST_LINES = 20
_MOST_CASES = 3
_LIKELY = 0.5
_DULL = frozenset({"no", "none", "not_named", "not_started"})
"""What is not the case fills the page and tells little."""
_DISAGREED = "People disagree about this one. An adjudicator decides."
_SAYS = {
    Author.CUSTOMER: "Customer",
    Author.ASSISTANT: "Assistant",
    Author.SUPERVISOR: "Colleague",
    Author.SUPERVISOR_FOR_ASSISTANT: "Colleague, as the assistant",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a dialogue."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class TaskBody:
    """A task as Label Studio keeps it."""

    external_id: TurnId
    data: Mapping[str, Any]
    model_version: str
    score: float
    labels: Mapping[str, str]
    """Choices that are prelabelled: control → value."""


class TaskWriter:
    """Writes tasks from what the stores hold."""

    def __init__(
        self,
        records: TurnRecords,
        conversations: ConversationStore,
        desk: ConversationDesk,
        interactions: InteractionStore,
    ) -> None:
        self._records = records
        self._conversations = conversations
        self._desk = desk
        self._interactions = interactions

    def task(self, turn_id: TurnId, review: ReviewState) -> TaskBody:
        """The task of a decided turn. Raises NotFound."""
        record = self._records.turn(turn_id)
        lines = self._dialogue(record)
        ids = [InteractionId(case.interaction_id) for each in record.situations for case in each.retrieved]
        return task_of(record, lines, self._interactions.by_id(list(dict.fromkeys(ids))), review)

    def _dialogue(self, record: TurnRecord) -> list[Line]:
        """What was said until the turn was decided, and what was delivered."""
        turn_of = self._desk.turn_by_message(record.conversation_id)
        known: dict[TurnId, TurnRecord | None] = {record.id: record}
        lines: list[Line] = []
        told: set[TurnId] = set()
        for message in self._conversations.messages(record.conversation_id):
            turn_id = turn_of.get(message.id)
            if turn_id is not None and turn_id not in known:
                known[turn_id] = self._found(turn_id)
            of_it = known.get(turn_id) if turn_id is not None else None
            if message.author is Author.CUSTOMER and of_it is not None and of_it.asked:
                if of_it.id not in told:  # a turn's messages stand masked in its record, all of them at once
                    told.add(of_it.id)
                    lines.append(Line(_SAYS[Author.CUSTOMER], of_it.asked))
            else:
                lines.append(Line(_SAYS[message.author], _told(message, of_it or record)))
            if turn_id == record.id and message.author is Author.ASSISTANT:
                break
        return lines[-_MOST_LINES:]

    def _found(self, turn_id: TurnId) -> TurnRecord | None:
        try:
            return self._records.turn(turn_id)
        except NotFound:
            return None


def task_of(
    record: TurnRecord,
    lines: Sequence[Line],
    cases: Mapping[InteractionId, Interaction],
    review: ReviewState = ReviewState.OPEN,
) -> TaskBody:
    """The task of a turn; `cases` are the past replies that were found for it."""
    draft = record.proposed.template if record.proposed else ""
    estimate = score_of(record)
    labels = {"verdict": _prelabelled(record, estimate).value}
    intent = next((each.request.prediction.intent for each in record.situations), "")
    if intent:
        labels["intent"] = intent
    data = {
        "asked": record.asked,
        "delivered": told_in_slots(record, record.delivered),
        "draft": draft or NO_DRAFT,
        "draft_id": draft_id(record),
        "external_id": record.id,
        "html_about": _about(record, review, estimate),
        "html_behind": _behind(record, cases),
        "html_said": _said(lines),
        "html_slots": _slots(record),
        "review": "for an adjudicator" if review is ReviewState.DISAGREED else "",
        "situation": ", ".join(each.key or "no situation fits" for each in record.situations),
    }
    return TaskBody(record.id, data, record.versions.get("model") or "no model", estimate, labels)


def score_of(record: TurnRecord) -> float:
    """How likely a person sends the draft as it stands: that of its weakest part; 0 without a draft."""
    estimates = [each.chosen.estimate for each in record.situations if each.chosen and each.chosen.estimate]
    if record.proposed is None or not estimates:
        return 0.0
    return round(min(estimate.probability for estimate in estimates), 4)


def slots_of(record: TurnRecord) -> tuple[str, ...]:
    """The slots that a reply of this turn may use, by name."""
    known = {name for each in record.situations for name in slot_values(each.facts)}
    return tuple(sorted(known | set(slots_in(record.proposed.template if record.proposed else ""))))


def told_in_slots(record: TurnRecord, text: str) -> str:
    """What was said in this turn, without any value: the draft's own template where it was the draft."""
    if record.proposed is not None and text == record.proposed.text:
        return record.proposed.template
    return without_values(record, text)


def without_values(record: TurnRecord, text: str) -> str:
    """Free words of a person with the turn's values turned into slots, and whatever else names somebody masked."""
    parts = SLOT_PATTERN.split(slotted(record, text).text)
    return "".join(f"{{{part}}}" if place % 2 else mask(part) for place, part in enumerate(parts))


def _told(message: Message, record: TurnRecord) -> str:
    return (
        told_in_slots(record, message.text)
        if message.author is Author.ASSISTANT
        else without_values(record, message.text)
    )


def _prelabelled(record: TurnRecord, estimate: float) -> Verdict:
    if record.proposed is None:
        return Verdict.REJECT
    sent = record.decision.delivery is Delivery.SEND
    return Verdict.APPROVE if sent or estimate >= _LIKELY else Verdict.EDIT


def _about(record: TurnRecord, review: ReviewState, estimate: float) -> str:
    """What happened and why somebody has to look, on one glance."""
    state = f"<p><strong>{escape(_DISAGREED)}</strong></p>" if review is ReviewState.DISAGREED else ""
    chance = f", {round(100 * estimate)} % likely to be approved" if record.proposed else ""
    happened = escape(f"{DELIVERY[record.decision.delivery]}{chance}")
    reasons = dict.fromkeys(REASONS[flag.reason] for flag in (*record.decision.reasons, *record.flags))
    return f"{state}<p><strong>{happened}</strong></p>{_list(reasons)}"


def _said(lines: Sequence[Line]) -> str:
    """The dialogue, a paragraph a line."""
    return "".join(f"<p><b>{escape(line.author)}:</b> {_lines(line.text)}</p>" for line in lines)


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _slots(record: TurnRecord) -> str:
    names = slots_of(record)
    if not names:
        return "There are no details for this one: write it without numbers and names."
    shown = " ".join(f"<code>{{{escape(name)}}}</code>" for name in names)
    return f"Write details as these slots, never as numbers or names: {shown}"


def _behind(record: TurnRecord, cases: Mapping[InteractionId, Interaction]) -> str:
    """The records without who they are about, and past cases; each in a table or list."""
    parts: list[str] = []
    for each in record.situations:
        known = {readable(name): readable(value).lower() for name, value in each.signs.items() if value not in _DULL}
        known |= {readable(fact.name): fact.value for fact in each.facts if fact.kind is FactKind.SHOWN}
        shown = " · ".join(f"{escape(name)}: <b>{escape(value)}</b>" for name, value in known.items())
        title = escape(f"What the records show ({each.key or 'no situation fits'})")
        parts.append(f"<p><b>{title}</b><br>{shown or 'Nothing.'}</p>")
        found = [(cases.get(InteractionId(case.interaction_id)), case.score) for case in each.retrieved[:_MOST_CASES]]
        past = [
            f"{escape(case.question)} ({score:.2f})<br><i>{escape(case.reply)}</i>"
            for case, score in found
            if case is not None
        ]
        if past:
            parts.append(f"<p><b>Past cases</b></p><ul>{''.join(f'<li>{each}</li>' for each in past)}</ul>")
    return "".join(parts) or "<p>Nothing was looked up.</p>"


def _list(items: Iterable[str]) -> str:
    lines = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else ""
