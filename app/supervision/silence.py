"""Resolves conversations that have fallen silent, so that lists show what is still going on."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.domain.ids import ConversationId
from app.ports import Clock, SilentConversations

_EVERY = timedelta(minutes=1)


class Silence:
    """Looks once a minute for conversations without a word for long; never takes one in which a turn waits."""

    def __init__(
        self,
        conversations: SilentConversations,
        after: timedelta,
        clock: Clock,
        told: Callable[[ConversationId], None],
    ) -> None:
        """`told` is called with each that was resolved. Nothing is where `after` is no time at all."""
        self._conversations = conversations
        self._after = after
        self._clock = clock
        self._told = told
        self._looked_at: datetime | None = None

    def resolve(self) -> None:
        """Resolves those that are silent now, if it is time to look."""
        now = self._clock.now()
        if not self._after or (self._looked_at is not None and now < self._looked_at + _EVERY):
            return
        self._looked_at = now
        before = now - self._after
        for conversation_id in self._conversations.silent(before):
            if self._conversations.resolve_silent(conversation_id, before, now):
                self._told(conversation_id)
