"""Where a person's reply may be mailed when its customer has left: what she is asked, and what she says to it."""

from app.domain import extraction
from app.domain.contact import (
    ASKS_FOR_EMAIL,
    AboutMail,
    address_in,
    hint,
    is_address,
    says_only,
    tries_an_address,
)
from app.domain.conversation import Author, Conversation, ConversationStatus, Message, OpenQuestion
from app.domain.ids import CustomerId, MessageId
from app.domain.understanding import Move
from app.errors import CrmDown
from app.pipeline.compose import notice
from app.pipeline.parts import Parts


def mail_question(conversation: Conversation, parts: Parts) -> tuple[str, OpenQuestion | None]:
    """What she is asked, or told when her address is known already; empty where nothing can be mailed, she does not
    want it, or the question is open."""
    if not parts.mails or conversation.token_hash is None or conversation.state.no_mail:
        return "", None
    if conversation.state.open_question in ASKS_FOR_EMAIL and conversation.status is ConversationStatus.PENDING:
        return "", None  # she has been asked, and may still say
    if conversation.contact is not None:
        return _filled(parts.notices.mail_known, conversation.contact, parts), None
    known = email_of_account(conversation.customer_id, parts)
    if known is not None:
        return _filled(parts.notices.mail_ask_account, known, parts), OpenQuestion.EMAIL_OF_ACCOUNT
    return notice(parts.notices.mail_ask, parts).text, OpenQuestion.EMAIL


def about_mail(conversation: Conversation, text: str, parts: Parts) -> AboutMail | None:
    """What a message says to the question that was open; None when none was, or it speaks of something else."""
    asked = conversation.state.open_question
    if asked not in ASKS_FOR_EMAIL or conversation.status is not ConversationStatus.PENDING:
        return None
    if (address := address_in(text)) is not None:
        words = _filled(parts.notices.mail_kept, address, parts)
        return AboutMail(asked, address, says_only(text, address), _said(words, parts))
    move = extraction.move_in(text)
    if move is Move.DENY:
        words = notice(parts.notices.mail_declined, parts).text
        return AboutMail(asked, None, only=True, said=_said(words, parts), no_mail=True)
    if move is Move.AFFIRM and asked is OpenQuestion.EMAIL_OF_ACCOUNT:
        return _of_account(conversation, asked, parts)
    if move is Move.AFFIRM or tries_an_address(text):
        again = parts.notices.mail_ask if move is Move.AFFIRM else parts.notices.mail_unreadable
        return AboutMail(asked, None, only=True, said=_said(notice(again, parts).text, parts), asks=asked)
    return None


def email_of_account(customer_id: CustomerId | None, parts: Parts) -> str | None:
    """The address in the records; None when nobody is signed in, they hold none, or they cannot be read."""
    if customer_id is None:
        return None
    try:
        context = parts.records.customer(customer_id)
    except CrmDown:
        return None
    email = context.account.email.strip() if context else ""
    return email if is_address(email) else None


def _of_account(conversation: Conversation, asked: OpenQuestion, parts: Parts) -> AboutMail:
    known = email_of_account(conversation.customer_id, parts)
    if known is None:
        words = notice(parts.notices.mail_ask, parts).text
        return AboutMail(asked, None, only=True, said=_said(words, parts), asks=OpenQuestion.EMAIL)
    return AboutMail(asked, known, only=True, said=_said(_filled(parts.notices.mail_kept, known, parts), parts))


def _filled(words: str, address: str, parts: Parts) -> str:
    return notice(words, parts, {"email_hint": hint(address)}).text


def _said(words: str, parts: Parts) -> Message:
    return Message(MessageId(parts.ids.new("msg")), Author.ASSISTANT, words, parts.clock.now())
