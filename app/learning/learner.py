"""Learns from decisions as they come, and tells the index."""

import logging
from collections.abc import Callable

from app.domain.lessons import SETTLED_AFTER, Learnt, Lesson, LessonOutcome, Taught
from app.domain.retrieval import PolicyPassage
from app.errors import IndexDown
from app.learning.lesson import Shop, lessons_of
from app.pipeline.parts import Parts
from app.ports import InteractionStore, KnowledgeStore, LessonStore

log = logging.getLogger(__name__)

_AT_ONCE = 50


class Learner:
    """One pass at a time over what nobody has learnt from yet. What fails is tried again by the next pass."""

    def __init__(
        self,
        lessons: LessonStore,
        interactions: InteractionStore,
        knowledge: KnowledgeStore,
        parts_now: Callable[[], Parts],
    ) -> None:
        self._lessons = lessons
        self._interactions = interactions
        self._knowledge = knowledge
        self._parts_now = parts_now

    def learn(self) -> int:
        """Learns from the decisions that wait, the oldest first; gives how many there were. The index hears of what
        changed, now or, when it is down, by a later pass."""
        waiting = self._lessons.to_learn(_AT_ONCE)
        if waiting:
            shop = self._shop()
            for taught in waiting:
                self._lessons.keep(taught, self._read(taught, shop))
        self._tell_index()
        return len(waiting)

    def settle(self) -> int:
        """Makes firm what has been used often enough without trouble; gives how many became so."""
        return self._lessons.firm_up(self._parts_now().clock.now() - SETTLED_AFTER)

    def _read(self, taught: Taught, shop: Shop) -> list[Learnt]:
        try:
            return lessons_of(taught, shop)
        except Exception:  # one decision that cannot be read must not keep the others waiting
            log.exception("nothing could be learnt from decision %s", taught.annotation.id)
            annotation = taught.annotation
            why = "it could not be read"
            return [Learnt(Lesson(annotation.id, 0, LessonOutcome.REFUSED, why, annotation.by, annotation.at))]

    def _tell_index(self) -> None:
        changed = self._lessons.index_due()
        if not changed:
            return
        try:
            self._parts_now().interactions.upsert(changed)
        except IndexDown as error:
            log.warning("the index does not know yet what was learnt: %s", error.detail)
            return
        self._lessons.indexed(changed)

    def _shop(self) -> Shop:
        parts = self._parts_now()
        passages: dict[str, list[PolicyPassage]] = {}
        for passage in self._knowledge.passages():
            passages.setdefault(passage.page_id, []).append(passage)
        return Shop(
            playbook=parts.playbook,
            voice=parts.voice,
            passages=passages,
            version=parts.version_of,
            interaction=lambda key: self._interactions.by_id([key]).get(key),
            in_situation=self._lessons.in_situation,
        )
