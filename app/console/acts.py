"""What a supervisor does in the console, with kind words for whatever comes of it; none of it fails loudly."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from app.console.house import Board, ConsoleHouse, Team
from app.domain.ids import ConversationId, TurnId
from app.domain.people import Person
from app.domain.supervision import UseAgain
from app.errors import (
    AlreadyDecided,
    AlreadyTaken,
    Conflict,
    CustomerWrote,
    HandrailError,
    InvalidInput,
    NotAllowed,
    NotTakenOver,
)

log = logging.getLogger(__name__)

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act."""

    done: bool
    words: str


_NO_REPLY = Outcome(done=False, words="There is nothing to send yet.")


@dataclass(frozen=True)
class KindActs:
    """The acts of supervisors, as the console's buttons need them."""

    house: ConsoleHouse
    board: Board
    team: Team

    def approve(self, who: Person, turn: str, draft: str) -> Outcome:
        """Sends a held reply as it stands."""
        return self._decide(turn, lambda: self.house.acts.approve(who, TurnId(turn), draft), "Sent as it stood.")

    def edit(self, who: Person, turn: str, draft: str, text: str, use_again: UseAgain) -> Outcome:
        """Sends other words in place of a held reply."""
        if not text.strip():
            return _NO_REPLY
        again = use_again is UseAgain.EVERY_SUCH_CASE
        return self._decide(
            turn,
            lambda: self.house.acts.edit(who, TurnId(turn), draft, text, use_again=use_again),
            "Sent, and kept for cases like this one." if again else "Your reply is sent.",
        )

    def reject(self, who: Person, turn: str, draft: str, reason: str) -> Outcome:
        """Drops a held reply; the supervisor has the conversation from here on."""
        return self._decide(
            turn,
            lambda: self.house.acts.reject(who, TurnId(turn), draft, reason[:_LONGEST_REASON]),
            "Dropped. The conversation is yours now.",
        )

    def take_over(self, who: Person, conversation: str) -> Outcome:
        """The supervisor answers from here on."""
        return self.kindly(
            lambda: self.house.acts.take_over(who, ConversationId(conversation)),
            "The conversation is yours. The customer sees your name.",
        )

    def hand_back(self, who: Person, conversation: str) -> Outcome:
        """The assistant answers from here on."""
        return self.kindly(
            lambda: self.house.acts.hand_back(who, ConversationId(conversation)), "The assistant answers from here on."
        )

    def resolve(self, who: Person, conversation: str) -> Outcome:
        """Nothing is open any more."""
        return self.kindly(
            lambda: self.house.acts.resolve(who, ConversationId(conversation)),
            "Resolved. The customer is asked how it went.",
        )

    def say(self, who: Person, conversation: str, text: str) -> Outcome:
        """A message in the supervisor's own name."""
        if not text.strip():
            return _NO_REPLY
        return self.kindly(lambda: self.house.acts.say(who, ConversationId(conversation), text), "Sent.")

    def assign(self, who: Person, conversation: str, to: str | None) -> Outcome:
        """Somebody looks after it; None: nobody."""
        words = f"{self.team.shown(to)} looks after it." if to else "Nobody looks after it now."
        return self.kindly(lambda: self.house.acts.assign(who, ConversationId(conversation), to), words)

    def note(self, who: Person, conversation: str, text: str) -> Outcome:
        """A note for colleagues."""
        if not text.strip():
            return Outcome(done=False, words="There is nothing to keep yet.")
        return self.kindly(
            lambda: self.house.acts.add_note(who, ConversationId(conversation), text), "Kept for your colleagues."
        )

    def add_ready_reply(self, who: Person, title: str, text: str) -> Outcome:
        """A reply that the team uses again."""
        return self.kindly(lambda: self.house.acts.add_canned_reply(who, title, text), "Added for the team.")

    def remove_ready_reply(self, who: Person, title: str) -> Outcome:
        """A reply that the team does not use any more."""
        found = next((each for each in self.house.canned.canned_replies() if each.title == title), None)
        if found is None:
            return Outcome(done=False, words="Choose the reply to remove.")
        return self.kindly(lambda: self.house.acts.remove_canned_reply(who, found.id), "Removed.")

    def take_back(self, who: Person, annotation: str) -> Outcome:
        """A decision does not count any more, and nothing that was learnt from it is said again."""
        return self.kindly(
            lambda: self.house.acts.take_back(who, annotation), "Taken back. The reply before it is used again."
        )

    def claim(self, who: Person, turn: TurnId) -> None:
        """Shows colleagues who has it open; that it is gone meanwhile is no trouble."""
        with suppress(HandrailError):
            self.house.acts.claim(who, turn)

    def release(self, who: Person, turn: TurnId) -> None:
        """Shows that nobody has it open."""
        with suppress(HandrailError):
            self.house.acts.release(who, turn)

    def kindly(self, act: Callable[[], object], words: str) -> Outcome:
        """Does it, and says what came of it."""
        try:
            act()
        except HandrailError as error:
            return self._told(error)
        finally:
            self.board.stale()
        return Outcome(done=True, words=words)

    def _decide(self, turn: str, act: Callable[[], None], words: str) -> Outcome:
        try:
            act()
        except AlreadyDecided:
            self.board.stale()
            return Outcome(done=False, words=self._too_late(TurnId(turn)))
        except HandrailError as error:
            return self._told(error)
        finally:
            self.board.stale()
        return Outcome(done=True, words=words)

    def _too_late(self, turn: TurnId) -> str:
        """Why the draft that was seen does not wait any more."""
        waiting = next((item for item in self.board.waiting() if item.turn_id == turn), None)
        if waiting is not None and waiting.decidable:
            return "The customer wrote again, so there is a new draft. Nothing was sent; please look at it."
        decided = self.house.annotations.annotations_of(turn)
        if decided:
            return f"{self.team.shown(decided[-1].annotation.by)} was a moment quicker. Nothing was sent twice."
        if waiting is not None and waiting.agent:
            return f"{self.team.shown(waiting.agent)} has taken this conversation over. Nothing was sent."
        return "This reply is not waiting any more. Nothing was sent."

    def _told(self, error: HandrailError) -> Outcome:
        words = error.safe_message
        if isinstance(error, AlreadyTaken):
            words = f"{self.team.shown(error.detail.removeprefix('by '))} has this conversation already."
        elif isinstance(error, NotTakenOver):
            words = "Take the conversation over first, then write."
        elif isinstance(error, CustomerWrote):
            words = "The customer has just written. Please look again."
        elif isinstance(error, NotAllowed):
            words = "You can look at everything here. Doing this needs another role."
        elif not isinstance(error, Conflict | InvalidInput):
            log.error("%s: %s", error.code, error.detail)
        return Outcome(done=False, words=words)
