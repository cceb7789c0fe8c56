"""What supervisors do: each act checks who may, does it, tells whom it concerns, and leaves a line in the audit log.

HTTP and the console both act through here, so that neither can do what the other may not.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from app.domain.audit import AuditAction
from app.domain.conversation import Author, Message
from app.domain.desk import CannedReply, Claim, Note
from app.domain.ids import ConversationId, MessageId, TurnId
from app.domain.others import not_hers, own_words
from app.domain.people import Person, Right
from app.domain.slotting import slotted
from app.domain.supervision import Annotation, UseAgain, Verdict
from app.domain.turn import TurnRecord
from app.errors import CrmDown, InvalidInput, OthersData
from app.pipeline.assistant import checked
from app.ports import (
    AnnotationInbox,
    CannedReplies,
    Clock,
    ConversationDesk,
    ConversationStore,
    CustomerRecords,
    IdGenerator,
    KnowledgeStore,
    SupervisionStore,
    TurnRecords,
)
from app.supervision.rights import Rights

_LONGEST_TITLE = 100
_EDIT = AuditAction.EDIT


@dataclass(frozen=True, slots=True)
class Acts:
    """Everything a supervisor can do in conversations."""

    supervision: SupervisionStore
    conversations: ConversationStore
    records: TurnRecords
    desk: ConversationDesk
    canned: CannedReplies
    inbox: AnnotationInbox
    knowledge: KnowledgeStore
    customers: CustomerRecords
    rights: Rights
    clock: Clock
    ids: IdGenerator
    told: Callable[[ConversationId], None]
    """Something happened in this conversation: its customer's page has to hear of it."""
    answer: Callable[[TurnId], None]
    """The assistant has to answer this turn now."""
    longest: int
    """Characters of a message."""

    def approve(self, who: Person, turn_id: TurnId, draft: str) -> None:
        """Sends a held reply as it stands. Raises NotAllowed, NotFound, AlreadyDecided."""
        self._decide(who, AuditAction.APPROVE, self._annotation(who, turn_id, draft, Verdict.APPROVE))

    def edit(
        self,
        who: Person,
        turn_id: TurnId,
        draft: str,
        text: str,
        reason: str | None = None,
        use_again: UseAgain = UseAgain.ONLY_HERE,
    ) -> None:
        """Sends another text in place of a held reply, on the assistant's behalf; it is kept in slots too. Raises
        NotAllowed, NotFound, AlreadyDecided, InvalidInput, and OthersData when it holds what is not this customer's."""
        item = f"turn {turn_id}"
        with self.rights.doing(who, Right.DECIDE, _EDIT, item):
            clean = checked(text, self.longest)
            record = self.records.turn(turn_id)
        found = not_hers(clean, self._hers(record))
        if found:
            kinds = ", ".join(dict.fromkeys(literal.kind.value for literal in found))
            self.rights.refuse(who, _EDIT, item, OthersData(f"not of this customer: {kinds}"), kinds)
        annotation = replace(
            self._annotation(who, turn_id, draft, Verdict.EDIT),
            text=clean,
            reason=reason,
            text_in_slots=slotted(record, clean).text,
            use_again=use_again,
        )
        self._decide(who, _EDIT, annotation)

    def reject(self, who: Person, turn_id: TurnId, draft: str, reason: str | None = None) -> None:
        """Drops a held reply; the supervisor has the conversation from here on. Raises NotAllowed, NotFound,
        AlreadyDecided."""
        annotation = replace(self._annotation(who, turn_id, draft, Verdict.REJECT), reason=reason)
        self._decide(who, AuditAction.REJECT, annotation)

    def take_back(self, who: Person, annotation_id: str) -> None:
        """A decision does not count any more, and what was learnt from it is not said again; what was sent stays sent.
        Raises NotAllowed, NotFound."""
        with self.rights.doing(who, Right.DECIDE, AuditAction.WITHDRAW, f"annotation {annotation_id}"):
            self.inbox.withdraw(annotation_id, self.clock.now(), who.name)

    def claim(self, who: Person, turn_id: TurnId) -> Claim:
        """Shows colleagues who has it open; gives the claim that holds. Raises NotAllowed, NotFound."""
        with self.rights.doing(who, Right.DECIDE, AuditAction.CLAIM, f"turn {turn_id}"):
            return self.supervision.claim(turn_id, who.name, self.clock.now())

    def release(self, who: Person, turn_id: TurnId) -> None:
        """Gives up one's own claim."""
        self.supervision.release(turn_id, who.name)

    def take_over(self, who: Person, conversation_id: ConversationId) -> None:
        """The supervisor answers from here on. Raises NotAllowed, NotFound, AlreadyTaken."""
        with self._in(who, AuditAction.TAKE_OVER, conversation_id):
            self.supervision.take_over(conversation_id, who.name, self.clock.now())
        self.told(conversation_id)

    def say(
        self, who: Person, conversation_id: ConversationId, text: str, client_message_id: str | None = None
    ) -> Message:
        """A message in the supervisor's own name; what waited is answered by it. Raises NotAllowed, NotFound,
        NotTakenOver, AlreadyTaken, MessageConflict, InvalidInput."""
        with self._in(who, AuditAction.SAY, conversation_id):
            words = checked(text, self.longest)
            message = replace(self._message(who, Author.SUPERVISOR, words), client_message_id=client_message_id)
            said = self.supervision.say(conversation_id, message, who.name)
        self.told(conversation_id)
        return said

    def hand_back(self, who: Person, conversation_id: ConversationId) -> None:
        """The assistant answers from here on, and at once what nobody has answered. Raises NotAllowed, NotFound."""
        with self._in(who, AuditAction.HAND_BACK, conversation_id):
            unanswered = self.supervision.hand_back(conversation_id, who.name, self.clock.now())
        for turn_id in unanswered:
            self.answer(turn_id)
        self.told(conversation_id)

    def resolve(self, who: Person, conversation_id: ConversationId) -> None:
        """Nothing is open any more. Raises NotAllowed, NotFound, CustomerWrote."""
        with self._in(who, AuditAction.RESOLVE, conversation_id):
            self.supervision.resolve(conversation_id, who.name, self.clock.now())
        self.told(conversation_id)

    def assign(self, who: Person, conversation_id: ConversationId, to: str | None) -> None:
        """Makes it somebody's to look after, or nobody's. Raises NotAllowed, NotFound."""
        with self._in(who, AuditAction.ASSIGN, conversation_id):
            self.desk.assign(conversation_id, to, who.name, self.clock.now())

    def add_note(self, who: Person, conversation_id: ConversationId, text: str) -> Note:
        """For supervisors alone. Raises NotAllowed, NotFound, InvalidInput."""
        with self._in(who, AuditAction.NOTE, conversation_id):
            words = checked(text, self.longest)
            note = Note(self.ids.new("note"), conversation_id, who.name, words, self.clock.now())
            self.desk.add_note(note)
        return note

    def add_canned_reply(self, who: Person, title: str, text: str) -> CannedReply:
        """Raises NotAllowed, NameTaken, InvalidInput."""
        with self.rights.doing(who, Right.DECIDE, AuditAction.ADD_CANNED_REPLY, "canned replies"):
            named = " ".join(title.split())
            if not named or len(named) > _LONGEST_TITLE or not named.isprintable():
                raise InvalidInput(f"a title has 1 to {_LONGEST_TITLE} characters")
            words = checked(text, self.longest)
            reply = CannedReply(self.ids.new("canned"), named, words, who.name, self.clock.now())
            self.canned.add_canned_reply(reply)
        return reply

    def remove_canned_reply(self, who: Person, reply_id: str) -> None:
        """Raises NotAllowed, NotFound."""
        item = f"canned reply {reply_id}"
        with self.rights.doing(who, Right.DECIDE, AuditAction.REMOVE_CANNED_REPLY, item):
            self.canned.remove_canned_reply(reply_id, who.name, self.clock.now())

    def _decide(self, who: Person, action: AuditAction, annotation: Annotation) -> None:
        with self.rights.doing(who, Right.DECIDE, action, f"turn {annotation.turn_id}"):
            message = self._message(who, Author.SUPERVISOR_FOR_ASSISTANT, annotation.text or "")
            conversation_id = self.supervision.decide(annotation, message)
        self.told(conversation_id)

    def _annotation(self, who: Person, turn_id: TurnId, draft: str, verdict: Verdict) -> Annotation:
        return Annotation(self.ids.new("annotation"), turn_id, draft, verdict, who.name, self.clock.now())

    def _message(self, who: Person, author: Author, text: str) -> Message:
        return Message(MessageId(self.ids.new("msg")), author, text, self.clock.now(), who.shown)

    def _hers(self, record: TurnRecord) -> list[str]:
        """What this customer's replies may hold. While the records cannot be read, only what the turn knew of them."""
        hers = [message.text for message in self.conversations.messages(record.conversation_id)]
        hers += [fact.value for situation in record.situations for fact in situation.facts]
        hers += [page.text for page in self.knowledge.pages()]
        hers += [value for page in self.knowledge.pages() for value in page.facts.values()]
        hers += [record.proposed.text] if record.proposed else []
        if record.customer_id is not None:
            try:
                context = self.customers.customer(record.customer_id)
            except CrmDown:
                context = None
            hers += own_words(context) if context else ()
        return hers

    def _in(self, who: Person, action: AuditAction, conversation_id: ConversationId) -> AbstractContextManager[None]:
        return self.rights.doing(who, Right.DECIDE, action, f"conversation {conversation_id}")
