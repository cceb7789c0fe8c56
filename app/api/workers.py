"""Answers turns behind the service: a few at once, none lost. What is not finished when the process ends is in the
database, and is taken up when it starts again."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.domain.conversation import Author
from app.domain.ids import ConversationId, TurnId
from app.pipeline.assistant import Assistant
from app.pipeline.compose import notice
from app.pipeline.deliver import the_wait
from app.pipeline.turn import TurnOutcome
from app.ports import HoldDeadlines

log = logging.getLogger(__name__)

_LOOK_S = 5.0
_ABANDONED = timedelta(seconds=30)
"""Age of an undecided turn that nobody here works on, from which it is taken up: its process may be gone. Working on it
twice would waste time, never answer twice: the decision is kept only once."""
_MOST_IN_SHADOW = 20


class TurnWorkers:
    """Threads that work on turns, and one that refines in shadow what was delivered."""

    def __init__(
        self,
        assistant: Assistant,
        told: Callable[[ConversationId], None],
        size: int,
        holds: HoldDeadlines,
        hold_for: timedelta,
        *,
        sole: bool,
    ) -> None:
        """`told` is called with each conversation in which something was decided. A reply that is held for longer than
        `hold_for` is told to be so. `sole`: no other process works on this database, so what is open at the start was
        left behind."""
        self._assistant = assistant
        self._holds = holds
        self._hold_for = hold_for
        self._told = told
        self._sole = sole
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="turn")
        self._shadow = ThreadPoolExecutor(1, thread_name_prefix="shadow")
        self._in_shadow = threading.Semaphore(_MOST_IN_SHADOW)
        self._lock = threading.Lock()
        self._in_hand: set[TurnId] = set()
        self._again: set[TurnId] = set()
        """Those in hand that were submitted once more: whoever has them may have been about to put them down."""
        self._stop = threading.Event()
        self._keeper = threading.Thread(target=self._take_up, name="turn keeper", daemon=True)

    def start(self) -> None:
        """Takes up what an earlier process left, and begins to look for abandoned turns."""
        now = self._assistant.parts.clock.now()
        for turn_id in self._assistant.memory.turns.open_turns(now if self._sole else now - _ABANDONED):
            self.submit(turn_id)
        self._keeper.start()

    def submit(self, turn_id: TurnId) -> None:
        """Works on a turn soon. A turn that is in hand already is left to the one who has it: a message that joined it
        makes that work begin anew."""
        with self._lock:
            if self._stop.is_set():
                return
            if turn_id in self._in_hand:
                self._again.add(turn_id)
                return
            self._in_hand.add(turn_id)
        self._pool.submit(self._work, turn_id)

    def close(self) -> None:
        """Finishes what is being worked on; what has not begun stays in the database."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._shadow.shutdown(wait=True, cancel_futures=True)
        if self._keeper.is_alive():
            self._keeper.join()

    def _work(self, turn_id: TurnId) -> None:
        outcome = None
        try:
            outcome = self._assistant.work_on(turn_id)
        except Exception:
            log.exception("turn %s could not be kept; it stays open and is taken up again", turn_id)
        finally:
            with self._lock:
                self._in_hand.discard(turn_id)
                again = turn_id in self._again
                self._again.discard(turn_id)
        if again:
            self.submit(turn_id)  # a turn that is decided by now is not begun
        if outcome is not None:
            self._told(outcome.record.conversation_id)
            self._refine(outcome)

    def _refine(self, outcome: TurnOutcome) -> None:
        if self._stop.is_set() or not self._in_shadow.acquire(blocking=False):
            return  # customers come first; a turn that is not refined in shadow is a record less to compare
        try:
            self._shadow.submit(self._refine_one, outcome)
        except RuntimeError:  # the pool has just been shut
            self._in_shadow.release()

    def _refine_one(self, outcome: TurnOutcome) -> None:
        try:
            self._assistant.refine_after(outcome)
        except Exception:
            log.exception("turn %s could not be refined in shadow", outcome.record.id)
        finally:
            self._in_shadow.release()

    def _take_up(self) -> None:
        while not self._stop.wait(_LOOK_S):
            try:
                before = self._assistant.parts.clock.now() - _ABANDONED
                for turn_id in self._assistant.memory.turns.open_turns(before):
                    self.submit(turn_id)
                self.tell_overdue()
            except Exception:
                log.exception("open turns could not be looked up")

    def tell_overdue(self) -> None:
        """Tells the customers whose replies are held beyond the deadline that a person will follow up, and how long
        that may take."""
        parts, memory = self._assistant.parts, self._assistant.memory
        for turn_id in self._holds.overdue(parts.clock.now() - self._hold_for):
            held = memory.conversations.conversation(memory.records.turn(turn_id).conversation_id)
            wait = the_wait(held, parts)
            words = "\n\n".join(part for part in (notice(parts.notices.held_long, parts).text, wait.text) if part)
            told = self._assistant.message(Author.ASSISTANT, words)
            conversation_id = self._holds.tell_overdue(turn_id, told, wait.asks)
            if conversation_id is not None:
                self._told(conversation_id)
