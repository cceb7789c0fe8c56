"""What a supervisor has written, as it would be kept for others: values turned back into slots, for her to confirm."""

from app.console import words
from app.console.markup import Html, joined, tag, text
from app.domain.facts import SLOT_PATTERN
from app.domain.slotting import Slotted
from app.domain.turn import TurnRecord


def preview(slotted: Slotted, record: TurnRecord) -> Html:
    """The text with its slots by name, and what would be said to every customer as it is."""
    policies = " ".join(passage.text for situation in record.situations for passage in situation.passages).casefold()
    known = f"{policies} {record.proposed.template.casefold() if record.proposed else ''}"
    loose = [literal.text for literal in slotted.literals if literal.text.casefold() not in known]
    loose = list(dict.fromkeys(loose))
    warning = (
        tag(
            "p",
            joined((tag("b", each) for each in loose), ", "),
            text(f" {'stands' if len(loose) == 1 else 'stand'} in no record: said to everybody as written."),
            cls="loose",
        )
        if loose
        else None
    )
    return tag(
        "section",
        tag("h3", "How it is kept"),
        tag("p", in_words(slotted.text), cls="kept-text"),
        warning,
        cls="preview",
    )


def in_words(slotted: str) -> Html:
    """A text in slots, with each slot by its name."""
    pieces: list[object] = []
    end = 0
    for match in SLOT_PATTERN.finditer(slotted):
        pieces += [slotted[end : match.start()], tag("span", words.readable(match[1]).lower(), cls="slot")]
        end = match.end()
    return joined([*pieces, slotted[end:]])
