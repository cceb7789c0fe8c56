"""Conversations as HTML: the list, one thread, what colleagues noted."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from app.console import words
from app.console.markup import NOTHING, Html, joined, tag
from app.domain.conversation import Author, Conversation, ConversationStatus, HandlingMode, Message
from app.domain.desk import ConversationLine, Note
from app.domain.ids import MessageId, TurnId

Shown = Callable[[str], str]
"""A colleague's name as it is shown."""


def conversation_list(
    lines: Sequence[tuple[ConversationLine, str]], chosen: str, now: datetime, shown: Shown = str
) -> Html:
    """Each with its customer's name, the last written in first."""
    if not lines:
        return tag("div", tag("p", "Nothing found.", cls="empty-title"), tag("p", "Try fewer words."), cls="empty")
    return tag(
        "ul",
        joined(_line(line, name, chosen, now, shown) for line, name in lines),
        cls="rows",
        aria_label="Conversations",
    )


def _line(line: ConversationLine, name: str, chosen: str, now: datetime, shown: Shown) -> Html:
    before = "" if line.last_author in (Author.CUSTOMER, None) else f"{_short(line.last_author)}: "
    marks = [
        tag("span", words.CONVERSATION[line.status], cls=f"pill {line.status.value}"),
        tag("span", f"for {shown(line.assigned_to)}", cls="why") if line.assigned_to else None,
        tag("span", words.handled(line, shown), cls="owner") if line.mode is HandlingMode.MANUAL else None,
    ]
    return tag(
        "li",
        tag(
            "button",
            tag(
                "span",
                tag("span", name, cls="name"),
                tag("span", line.unread, cls="unread", title="Not read yet") if line.unread else None,
                tag("span", words.moment(line.last_at, now), cls="time"),
                cls="line",
            ),
            tag("span", f"{before}{line.last_text}" or "Nothing written yet", cls="said"),
            tag("span", joined(marks, " "), cls="marks"),
            cls="row",
            type="button",
            data_pick=line.id,
            aria_current="true" if line.id == chosen else None,
        ),
    )


def _short(author: Author) -> str:
    return {Author.SUPERVISOR: "Colleague"}.get(author, "Assistant")


def conversation_head(conversation: Conversation, name: str, shown: Shown = str) -> Html:
    """Whose it is, how it stands, who answers."""
    number = conversation.customer_id if conversation.customer_id and conversation.customer_id != name else None
    about = (
        number,
        words.CONVERSATION[conversation.status],
        words.handled(conversation, shown),
        _satisfied(conversation),
    )
    return tag(
        "header",
        tag("div", tag("h2", name), tag("p", joined((each for each in about if each), " · "), cls="sub")),
        cls="item-head",
    )


def _satisfied(conversation: Conversation) -> str | None:
    if conversation.satisfaction is None or conversation.status is not ConversationStatus.RESOLVED:
        return None
    return f"rated {conversation.satisfaction} of 5"


def thread(messages: Sequence[Message], turns: Mapping[MessageId, TurnId], now: datetime) -> Html:
    """All that was said; from each of the assistant's replies a way to why it was said."""
    if not messages:
        return tag("p", "Nothing was written yet.", cls="quiet")
    return tag("ol", joined(_message(each, turns.get(each.id), now) for each in messages), cls="thread")


def _message(message: Message, turn: TurnId | None, now: datetime) -> Html:
    assistants = message.author in (Author.ASSISTANT, Author.SUPERVISOR_FOR_ASSISTANT)
    why = (
        tag("button", "Why?", type="button", cls="link", data_pick=turn, data_act="why")
        if turn and assistants
        else None
    )
    side = "customer" if message.author is Author.CUSTOMER else "ours"
    kind = "by-person" if message.author is Author.SUPERVISOR else side
    return tag(
        "li",
        tag(
            "p",
            tag("b", words.author(message.author, message.author_name)),
            tag("time", words.moment(message.at, now)),
            why,
            cls="by",
        ),
        tag("p", message.text, cls="bubble"),
        cls=f"{side} {kind}",
    )


def notes(written: Sequence[Note], now: datetime, shown: Shown = str) -> Html:
    """What colleagues told each other; the customer never sees it."""
    if not written:
        return tag("p", "No notes yet.", cls="quiet")
    return tag(
        "ul",
        joined(
            tag(
                "li",
                tag("p", tag("b", shown(note.by)), tag("time", words.moment(note.at, now)), cls="by"),
                tag("p", note.text),
            )
            for note in written
        ),
        cls="notes",
    )


def suggestions(found: Sequence[tuple[str, str]]) -> Html:
    """Replies that fit what is typed, each with where it comes from; a click takes one."""
    if not found:
        return NOTHING
    return tag(
        "ul",
        joined(
            tag(
                "li",
                tag("button", tag("span", where, cls="where"), tag("span", words_), type="button", data_pick=index),
            )
            for index, (where, words_) in enumerate(found)
        ),
        cls="suggestions",
        aria_label="Replies that fit",
    )
