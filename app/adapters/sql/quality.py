"""How well it goes, added up from what is kept of decided turns: a fixed number of queries, and no record is read."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, case, func, select

from app.adapters.sql.queue import WAITING
from app.adapters.sql.rows import aware
from app.adapters.sql.schema import annotations, conversations, interactions, messages, ratings, turn_facts, turns
from app.domain.conversation import Author, ConversationStatus, TurnStatus
from app.domain.ids import ConversationId
from app.domain.quality import QUIET_AFTER, Coverage, Figures, FiguresAsked, Grain, Grouping, covered_worst_first
from app.domain.reply import Delivery, FlagReason
from app.domain.retrieval import InteractionStatus
from app.domain.supervision import CONSOLE, Verdict

Key = tuple[datetime, str | None]
_GIVEN_UP = {FlagReason.PERSON_REQUESTED.value, FlagReason.REPEATED_FAILURE.value}


@dataclass(frozen=True)
class _Material:
    """What the figures of a span are made of."""

    facts: Sequence[Row[Any]]
    """One row a request, oldest turn first."""
    verdicts: dict[str, list[Row[Any]]]
    """By turn."""
    thumbs: dict[str, list[bool]]
    """By turn."""
    turns_of: dict[str, list[Row[Any]]]
    """By conversation, the oldest first, also those outside the span."""
    conversations: dict[str, Row[Any]]


class SqlQuality:
    """Fills the role of `QualityFigures`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def figures(self, asked: FiguresAsked, now: datetime) -> list[Figures]:
        """By period, then group; periods in which nothing was asked are left out."""
        with self._engine.connect() as connection:
            material = _read(connection, asked)
        rows: dict[Key, list[Row[Any]]] = defaultdict(list)
        for row in material.facts:
            for key in _keys(row, asked):
                rows[key].append(row)
        ended = _ended(material, asked)
        return [
            _figures(key, rows[key], ended.get(key, []), material, now)
            for key in sorted(rows, key=lambda each: (each[0], each[1] or ""))
        ]

    def coverage(self, situations: Sequence[str], since: datetime) -> list[Coverage]:
        """The playbook's situations, those without a usable approved reply first, the most asked first."""
        usable = (
            select(interactions.c.situation, func.count())
            .where(interactions.c.status.in_([InteractionStatus.APPROVED, InteractionStatus.PROVISIONAL]))
            .group_by(interactions.c.situation)
        )
        counted = (
            select(turn_facts.c.situation, func.count())
            .join(conversations, conversations.c.id == turn_facts.c.conversation_id)
            .where(turn_facts.c.at >= since.astimezone(UTC), conversations.c.token_hash.is_not(None))
            .group_by(turn_facts.c.situation)
        )
        with self._engine.connect() as connection:
            have = {row[0]: row[1] for row in connection.execute(usable)}
            wanted = {row[0]: row[1] for row in connection.execute(counted)}
        return covered_worst_first(tuple(situations), have, wanted)


def _read(connection: Connection, asked: FiguresAsked) -> _Material:
    within = (turn_facts.c.at >= asked.since.astimezone(UTC), turn_facts.c.at < asked.until.astimezone(UTC))
    facts = connection.execute(
        select(turn_facts, turns.c.status, turns.c.handed_back)
        .join(turns, turns.c.id == turn_facts.c.turn_id)
        .join(conversations, conversations.c.id == turn_facts.c.conversation_id)
        .where(*within, conversations.c.token_hash.is_not(None))
        .order_by(turn_facts.c.at, turn_facts.c.turn_id, turn_facts.c.number)
    ).all()
    its_turns = select(turn_facts.c.turn_id).where(*within)
    its_conversations = select(turn_facts.c.conversation_id).where(*within)
    judged = select(annotations.c.turn_id, annotations.c.verdict, annotations.c.edit_distance).where(
        annotations.c.turn_id.in_(its_turns),
        annotations.c.source == CONSOLE,
    )
    rated = (
        select(messages.c.turn_id, ratings.c.rating)
        .join(messages, messages.c.id == ratings.c.message_id)
        .where(messages.c.turn_id.in_(its_turns))
    )
    every_turn = (
        select(turns.c.id, turns.c.conversation_id, turns.c.at, turns.c.status, turns.c.delivery, turn_facts.c.reasons)
        .join(turn_facts, (turn_facts.c.turn_id == turns.c.id) & (turn_facts.c.number == 0), isouter=True)
        .where(turns.c.conversation_id.in_(its_conversations))
        .order_by(turns.c.at, turns.c.id)
    )
    return _Material(
        facts,
        _by(connection.execute(judged).all(), "turn_id"),
        {
            turn: [row.rating == "up" for row in rows]
            for turn, rows in _by(connection.execute(rated), "turn_id").items()
        },
        _by(connection.execute(every_turn), "conversation_id"),
        {row.id: row for row in connection.execute(_conversations(its_conversations))},
    )


def _conversations(ids: Select[tuple[ConversationId]]) -> Select[Any]:
    """Each with who had a part in what was said, and when the last word was written."""

    def wrote(author: Author) -> Any:  # noqa: ANN401 - a SQL expression
        return func.sum(case((messages.c.author == author, 1), else_=0))

    return (
        select(
            conversations.c.id,
            conversations.c.status,
            conversations.c.satisfaction,
            func.max(messages.c.at).label("last_at"),
            wrote(Author.SUPERVISOR).label("persons"),
            wrote(Author.SUPERVISOR_FOR_ASSISTANT).label("helped"),
        )
        .join(messages, messages.c.conversation_id == conversations.c.id)
        .where(conversations.c.id.in_(ids))
        .group_by(conversations.c.id, conversations.c.status, conversations.c.satisfaction)
    )


def _by(rows: Iterable[Any], column: str) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return dict(found)


def _keys(row: Row[Any], asked: FiguresAsked) -> list[Key]:
    at = aware(row.at).astimezone(UTC)
    period = at.replace(minute=0, second=0, microsecond=0)
    if asked.grain is Grain.DAY:
        period = period.replace(hour=0)
    match asked.grouping:
        case Grouping.INTENT:
            return [(period, row.intent)]
        case Grouping.SITUATION:
            return [(period, row.situation)]
        case Grouping.MODEL:
            return [(period, row.model)] if row.number == 0 else []
        case _:
            return [(period, None)] if row.number == 0 else []


def _ended(material: _Material, asked: FiguresAsked) -> dict[Key, list[Row[Any]]]:
    """Conversations where their last decided turn is. One whose last turn is outside the span is not in it."""
    last = {
        conversation_id: decided[-1].id
        for conversation_id, rows in material.turns_of.items()
        if (decided := [row for row in rows if row.delivery])
    }
    found: dict[Key, dict[str, Row[Any]]] = defaultdict(dict)
    for row in material.facts:
        conversation = material.conversations.get(row.conversation_id)
        if conversation is not None and last.get(row.conversation_id) == row.turn_id:
            for key in _keys(row, asked):
                found[key][conversation.id] = conversation
    return {key: list(those.values()) for key, those in found.items()}


def _figures(
    key: Key, rows: Sequence[Row[Any]], ended: Sequence[Row[Any]], material: _Material, now: datetime
) -> Figures:
    asked = list({row.turn_id: row for row in rows}.values())
    deliveries = Counter(row.delivery for row in asked)
    verdicts = [verdict for row in asked for verdict in material.verdicts.get(row.turn_id, ())]
    judged = Counter(verdict.verdict for verdict in verdicts)
    distances = [verdict.edit_distance for verdict in verdicts if verdict.edit_distance is not None]
    thumbs = [up for row in asked for up in material.thumbs.get(row.turn_id, ())]
    answers = [conversation.satisfaction for conversation in ended if conversation.satisfaction is not None]
    settled = Counter(_by_whom(conversation) for conversation in ended if _is_settled(conversation, material, now))
    times = sorted(row.ms for row in asked)
    return Figures(
        period=key[0],
        group=key[1],
        turns=len(asked),
        sent=deliveries[Delivery.SEND],
        held=deliveries[Delivery.HOLD],
        handed_off=deliveries[Delivery.HAND_OFF],
        reasons=dict(Counter(reason for row in asked for reason in row.reasons)),
        approved=judged[Verdict.APPROVE],
        edited=judged[Verdict.EDIT],
        rejected=judged[Verdict.REJECT],
        edit_distance=_mean(distances),
        thumbs_up=sum(thumbs),
        thumbs_down=len(thumbs) - sum(thumbs),
        satisfaction=_mean(answers),
        satisfaction_answers=len(answers),
        by_bot_alone=settled["bot"],
        with_help=settled["help"],
        by_person=settled["person"],
        missed_hand_offs=sum(_was_missed(row, material) for row in asked),
        needless_hand_offs=judged[Verdict.APPROVE] + sum(bool(row.handed_back) for row in asked),
        p50_ms=_percentile(times, 0.5),
        p95_ms=_percentile(times, 0.95),
    )


def _by_whom(conversation: Row[Any]) -> str:
    return "person" if conversation.persons else "help" if conversation.helped else "bot"


def _is_settled(conversation: Row[Any], material: _Material, now: datetime) -> bool:
    if conversation.status == ConversationStatus.RESOLVED:
        return True
    pending = (*WAITING, TurnStatus.OPEN)
    waits = any(row.status in pending for row in material.turns_of.get(conversation.id, ()))
    return not waits and aware(conversation.last_at) <= now - QUIET_AFTER


def _was_missed(row: Row[Any], material: _Material) -> bool:
    alone = row.delivery == Delivery.SEND and row.turn_id not in material.verdicts
    if not alone:
        return False
    if False in material.thumbs.get(row.turn_id, ()):
        return True
    siblings = material.turns_of.get(row.conversation_id, [])
    place = next((index for index, other in enumerate(siblings) if other.id == row.turn_id), len(siblings))
    following = siblings[place + 1] if place + 1 < len(siblings) else None
    if following is None:
        return False
    without_the_bot = following.delivery is None and following.status != TurnStatus.OPEN
    return without_the_bot or bool(_GIVEN_UP & set(following.reasons or ()))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that so large a share does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
