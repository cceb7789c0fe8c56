"""Sends what waits in the outbox: mails to customers who have left, word to colleagues that something new waits."""

import logging
from collections.abc import Callable

from app.domain.desk import Note
from app.domain.facts import fill_slots
from app.domain.ids import MessageId, TurnId
from app.domain.post import Errand, Letter, Outgoing, again_after
from app.domain.voice import Notices
from app.errors import CallFailed, HandrailError, MailDown, MailRefused
from app.ports import Caller, Clock, ConversationStore, IdGenerator, Mail, Outbox

log = logging.getLogger(__name__)

_A_ROUND = 50
"""So many of a kind at most, before it is the other kind's turn."""
_BY = "Handrail"
_NOT_MAILED = "The last answer could not be mailed to this customer. It is in the chat only."
"""The note to supervisors, and who writes it."""


class Post:
    """Takes what is due and sends it, each once as far as anybody can know."""

    def __init__(
        self,
        outbox: Outbox,
        conversations: ConversationStore,
        mail: Mail | None,
        caller: Caller | None,
        *,
        notices: Notices,
        store_name: str,
        link: str,
        clock: Clock,
        ids: IdGenerator,
        count: Callable[[str], None],
    ) -> None:
        """Without `mail` or `caller` what is for them stays where it is. `link` leads to the console; `count` counts
        what was given up."""
        self._outbox = outbox
        self._conversations = conversations
        self._mail = mail
        self._caller = caller
        self._notices = notices
        self._store_name = store_name
        self._link = link
        self._clock = clock
        self._ids = ids
        self._count = count
        self._errands = [*([Errand.CALL] if caller else []), *([Errand.MAIL] if mail else [])]

    def send_due(self) -> None:
        """What is due, calls first, one at a time. Who does not take one is left alone until the next round; what
        fails is tried again later."""
        for errand in self._errands:
            for _ in range(_A_ROUND):
                taken = self._outbox.take(self._clock.now(), [errand], limit=1)
                if not taken or not self._sent(taken[0]):
                    break

    def _sent(self, item: Outgoing) -> bool:
        """False when whoever should have taken it is not there."""
        try:
            sent = self._mailed(item) if item.errand is Errand.MAIL else self._called(item)
        except MailRefused as error:
            self._give_up(item, error)
        except (MailDown, CallFailed) as error:
            self._failed(item, error)
            return False
        except Exception:  # whatever it is, it is tried again until it is given up
            log.exception("%s could not be sent", item.key)
            self._failed(item, HandrailError("it could not be put together"))
        else:
            if sent:
                self._outbox.done(item.key, self._clock.now())
        return True

    def _mailed(self, item: Outgoing) -> bool:
        """False when no mail was needed."""
        conversation = self._conversations.conversation(item.conversation_id)
        if conversation.listened_at is not None and conversation.listened_at > item.made_at:
            self._outbox.not_needed(item.key, self._clock.now(), "her page was open when the reply came")
            return False
        reply = next((m for m in self._conversations.messages(conversation.id) if m.id == MessageId(item.item)), None)
        if conversation.contact is None or reply is None or self._mail is None:
            self._outbox.not_needed(item.key, self._clock.now(), "there is nobody to mail to any more")
            return False
        values = {"store_name": self._store_name, "reply": reply.text}
        self._mail.send(
            Letter(
                id=reply.id,
                to=conversation.contact,
                subject=fill_slots(self._notices.mail_subject, values),
                text=fill_slots(self._notices.mail_body, values),
                at=reply.at,
            )
        )
        return True

    def _called(self, item: Outgoing) -> bool:
        if self._caller is None or not self._outbox.still_waits(TurnId(item.item)):
            self._outbox.not_needed(item.key, self._clock.now(), "it does not wait any more")
            return False
        told = {
            "event": "turn.waits",
            "turn_id": item.item,
            "conversation_id": item.conversation_id,
            **item.content,
            "waiting_since": item.made_at.isoformat(),
            "link": self._link,
        }
        self._caller.call(item.key, told, self._clock.now())
        return True

    def _failed(self, item: Outgoing, error: HandrailError) -> None:
        wait = again_after(item.attempts)
        if wait is None:
            self._give_up(item, error)
        else:
            self._outbox.put_off(item.key, self._clock.now() + wait, error.detail)
            log.warning("%s was not sent (%s), attempt %d", item.key, error.detail, item.attempts)

    def _give_up(self, item: Outgoing, error: HandrailError) -> None:
        now = self._clock.now()
        note = None
        if item.errand is Errand.MAIL:
            note = Note(self._ids.new("note"), item.conversation_id, _BY, _NOT_MAILED, now)
        self._outbox.give_up(item.key, now, error.detail, note)
        self._count(f"{item.errand}_given_up")
        log.error("%s is given up after %d attempts: %s", item.key, item.attempts, error.detail)
