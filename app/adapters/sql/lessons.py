"""Lessons in SQL, and the decisions that come from elsewhere to be learnt from."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rapidfuzz.distance import Levenshtein
from sqlalchemy import Connection, Engine, Row, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from app.adapters.sql.audit import done
from app.adapters.sql.database import writing
from app.adapters.sql.interactions import interaction_of, row_of
from app.adapters.sql.rows import RECORD, annotation_of, aware
from app.adapters.sql.schema import annotations, interactions, lessons, messages, ratings, turn_facts, turns
from app.domain.audit import AuditAction
from app.domain.ids import InteractionId
from app.domain.lessons import (
    FIRM_AFTER_USES,
    LEARNT_FROM,
    Learnt,
    LearntReply,
    Lesson,
    LessonOutcome,
    Taught,
    Votes,
    status_after,
)
from app.domain.reply import Delivery
from app.domain.retrieval import Interaction, InteractionStatus
from app.domain.supervision import Annotation, Verdict
from app.errors import NotFound

_IN_FAVOUR = (LessonOutcome.LEARNT, LessonOutcome.CONFIRMED)


class SqlAnnotationInbox:
    """Fills the role of `AnnotationInbox`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, annotation: Annotation, draft: str, source: str) -> None:
        """Keeps it, or replaces the one of its id where it says something else now. Raises NotFound."""
        distance = None if annotation.text is None else Levenshtein.normalized_distance(draft, annotation.text)
        values = {
            "verdict": annotation.verdict,
            "draft": draft,
            "text": annotation.text,
            "reason": annotation.reason,
            "by": annotation.by,
            "text_in_slots": annotation.text_in_slots,
            "use_again": annotation.use_again,
            # An edit that came in slots cannot be held against a draft with values.
            "edit_distance": 0.0 if annotation.verdict is Verdict.APPROVE else distance,
            "source": source,
        }
        with writing(self._engine) as connection:
            turn = select(turns.c.id).where(turns.c.id == annotation.turn_id, turns.c.record.is_not(None))
            if connection.execute(turn).first() is None:
                raise NotFound(f"turn {annotation.turn_id}")
            of_it = annotations.c.id == annotation.id
            known = connection.execute(select(annotations).where(of_it).with_for_update()).first()
            if known is None:
                fresh = {"id": annotation.id, "turn_id": annotation.turn_id, "at": annotation.at, **values}
                connection.execute(insert(annotations).values(fresh))
                return
            if known.turn_id != annotation.turn_id:
                raise NotFound(f"annotation {annotation.id} is about another turn")
            if known.withdrawn_at is None and all(getattr(known, name) == value for name, value in values.items()):
                return
            changed = {"at": annotation.at, "withdrawn_at": None, "revision": annotations.c.revision + 1, **values}
            connection.execute(update(annotations).where(of_it).values(changed))

    def withdraw(self, annotation_id: str, at: datetime, by: str = "") -> None:
        """Takes it back. Raises NotFound."""
        with writing(self._engine) as connection:
            of_it = annotations.c.id == annotation_id
            if connection.execute(select(annotations.c.id).where(of_it)).first() is None:
                raise NotFound(f"annotation {annotation_id}")
            changed = {"withdrawn_at": at, "revision": annotations.c.revision + 1}
            taken_back = connection.execute(
                update(annotations).where(of_it, annotations.c.withdrawn_at.is_(None)).values(changed)
            )
            if taken_back.rowcount and by:
                done(connection, by, AuditAction.WITHDRAW, f"annotation {annotation_id}", at)


class SqlLessons:
    """Fills the role of `LessonStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def to_learn(self, limit: int) -> list[Taught]:
        """The oldest first."""
        query = (
            select(annotations, turns.c.record)
            .join(turns, turns.c.id == annotations.c.turn_id)
            .where(annotations.c.learnt != annotations.c.revision, turns.c.record.is_not(None))
            .order_by(annotations.c.at, annotations.c.id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [_taught(row) for row in connection.execute(query)]

    def keep(self, taught: Taught, learnt: Sequence[Learnt]) -> bool:
        """All of it or nothing; False when the decision is another by now."""
        annotation_id = taught.annotation.id
        with writing(self._engine) as connection:
            learning = connection.execute(
                update(annotations)
                .where(
                    annotations.c.id == annotation_id,
                    annotations.c.revision == taught.revision,
                    annotations.c.learnt != taught.revision,
                )
                .values(learnt=taught.revision)
            )
            if learning.rowcount == 0:
                return False
            of_it = lessons.c.annotation_id == annotation_id
            before = connection.execute(select(lessons).where(of_it)).all()
            connection.execute(delete(lessons).where(of_it))
            for each in learnt:
                _put(connection, each)
            touched = [key for row in before for key in (row.interaction_id, row.replaces)]
            touched += [key for each in learnt for key in (each.lesson.interaction_id, each.lesson.replaces)]
            _settle(connection, [key for key in touched if key])
        return True

    def in_situation(self, situation: str) -> list[Interaction]:
        """Whatever became of them."""
        query = select(interactions).where(interactions.c.situation == situation).order_by(interactions.c.id)
        with self._engine.connect() as connection:
            return [interaction_of(row) for row in connection.execute(query)]

    def firm_up(self, before: datetime) -> int:
        """How many became firm."""
        query = select(interactions.c.id).where(
            interactions.c.status == InteractionStatus.PROVISIONAL, interactions.c.source.startswith(LEARNT_FROM)
        )
        with writing(self._engine) as connection:
            provisional = [row.id for row in connection.execute(query)]
            return sum(
                _settle(connection, [key], uses=uses)
                for key in provisional
                if (uses := _uses(connection, key, before)) >= FIRM_AFTER_USES
            )

    def index_due(self) -> list[Interaction]:
        """The index has not heard of these."""
        query = select(interactions).where(interactions.c.index_due).order_by(interactions.c.id)
        with self._engine.connect() as connection:
            return [interaction_of(row) for row in connection.execute(query)]

    def indexed(self, told: Sequence[Interaction]) -> None:
        """As they were: one that has changed since stays due."""
        with writing(self._engine) as connection:
            for item in told:
                as_told = (interactions.c.id == item.id, interactions.c.status == item.status.value)
                connection.execute(update(interactions).where(*as_told).values(index_due=False))

    def learnt_replies(self, limit: int) -> list[LearntReply]:
        """The newest first."""
        query = (
            select(lessons, interactions)
            .join(interactions, interactions.c.id == lessons.c.interaction_id)
            .where(lessons.c.outcome == LessonOutcome.LEARNT)
            .order_by(lessons.c.at.desc(), lessons.c.annotation_id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [
                LearntReply(interaction_of(row), _lesson(row), _votes(connection, row.id), _uses(connection, row.id))
                for row in connection.execute(query).all()
            ]

    def lessons_of(self, annotation_id: str) -> list[Lesson]:
        """Request by request."""
        query = select(lessons).where(lessons.c.annotation_id == annotation_id).order_by(lessons.c.number)
        with self._engine.connect() as connection:
            return [_lesson(row) for row in connection.execute(query)]

    def lessons_about(self, interaction_id: str) -> list[Lesson]:
        """The oldest first."""
        about = or_(lessons.c.interaction_id == interaction_id, lessons.c.replaces == interaction_id)
        query = select(lessons).where(about).order_by(lessons.c.at, lessons.c.annotation_id)
        with self._engine.connect() as connection:
            return [_lesson(row) for row in connection.execute(query)]


def _put(connection: Connection, learnt: Learnt) -> None:
    lesson, fresh = learnt.lesson, learnt.fresh
    if fresh is not None:
        connection.execute(insert(interactions).values(**row_of(fresh), index_due=True))
    connection.execute(
        insert(lessons).values(
            annotation_id=lesson.annotation_id,
            number=lesson.number,
            outcome=lesson.outcome,
            why=lesson.why,
            by=lesson.by,
            at=lesson.at,
            interaction_id=lesson.interaction_id,
            replaces=lesson.replaces,
        )
    )


def _settle(connection: Connection, keys: Iterable[str], uses: int = 0) -> int:
    """Brings past replies to where their votes leave them, and after each what it took the place of, which depends on
    it; gives how many changed."""
    changed = 0
    waiting, seen = list(keys), set[str]()
    while waiting:
        key = waiting.pop(0)
        changed += _settle_one(connection, key, 0 if seen else uses)
        seen.add(key)
        replaced = select(lessons.c.replaces).where(lessons.c.interaction_id == key, lessons.c.replaces.is_not(None))
        waiting += [row.replaces for row in connection.execute(replaced) if row.replaces not in seen]
    return changed


def _settle_one(connection: Connection, key: str, uses: int) -> bool:
    of_it = interactions.c.id == key
    row = connection.execute(select(interactions).where(of_it).with_for_update()).first()
    if row is None:
        return False
    now, learnt = InteractionStatus(row.status), row.source.startswith(LEARNT_FROM)
    after = status_after(now, _votes(connection, key), learnt=learnt, uses=uses)
    if after is not now:
        connection.execute(update(interactions).where(of_it).values(status=after, index_due=True))
    return after is not now


def _votes(connection: Connection, key: str) -> Votes:
    about_it = lessons.c.interaction_id == key
    by = {
        row.outcome: row.people
        for row in connection.execute(
            select(lessons.c.outcome, func.count(lessons.c.by.distinct()).label("people"))
            .where(about_it)
            .group_by(lessons.c.outcome)
        )
    }
    in_favour = select(func.count(lessons.c.by.distinct())).where(about_it, lessons.c.outcome.in_(_IN_FAVOUR))
    replacing = select(interactions.c.id).where(
        interactions.c.id.in_(select(lessons.c.interaction_id).where(lessons.c.replaces == key)),
        interactions.c.status != InteractionStatus.WITHDRAWN,
    )
    # One that another has replaced in its turn still keeps the place; one that is disputed gives it back.
    replaced = any(_keeps_its_place(connection, row.id) for row in connection.execute(replacing).all())
    return Votes(
        in_favour=connection.execute(in_favour).scalar_one(),
        against=by.get(LessonOutcome.DISPUTED, 0),
        replaced=replaced,
        taught=LessonOutcome.LEARNT in by,
    )


def _keeps_its_place(connection: Connection, key: str) -> bool:
    row = connection.execute(select(interactions.c.status).where(interactions.c.id == key)).one()
    if row.status != InteractionStatus.SUSPENDED:
        return True
    return connection.execute(select(exists().where(lessons.c.replaces == key))).scalar_one()


def _uses(connection: Connection, key: str, before: datetime | None = None) -> int:
    """How often it was sent, before a moment or so far, and nothing followed that speaks against it."""
    later = aliased(turn_facts)
    rated_down = (
        select(ratings.c.message_id)
        .join(messages, messages.c.id == ratings.c.message_id)
        .where(messages.c.turn_id == turn_facts.c.turn_id, ratings.c.rating == "down")
    )
    needed_a_person = select(later.c.turn_id).where(
        later.c.conversation_id == turn_facts.c.conversation_id,
        later.c.at > turn_facts.c.at,
        later.c.delivery == Delivery.HAND_OFF,
    )
    query = select(func.count(turn_facts.c.turn_id.distinct())).where(
        turn_facts.c.source == key,
        turn_facts.c.delivery == Delivery.SEND,
        ~rated_down.exists(),
        ~needed_a_person.exists(),
    )
    if before is not None:
        query = query.where(turn_facts.c.at < before)
    return int(connection.execute(query).scalar_one())


def _taught(row: Row[tuple[object, ...]]) -> Taught:
    return Taught(
        annotation=annotation_of(row),
        record=RECORD.validate_python(row.record),
        revision=row.revision,
        withdrawn=row.withdrawn_at is not None,
    )


def _lesson(row: Row[tuple[object, ...]]) -> Lesson:
    return Lesson(
        row.annotation_id,
        row.number,
        LessonOutcome(row.outcome),
        row.why,
        row.by,
        aware(row.at),
        InteractionId(row.interaction_id) if row.interaction_id else None,
        InteractionId(row.replaces) if row.replaces else None,
    )
