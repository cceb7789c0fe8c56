"""Why: everything behind one reply."""

from typing import Any

import gradio as gr

from app.console import words
from app.console.desk import QUIET, Desk, html, who
from app.console.markup import Html, joined, tag
from app.console.why_view import why
from app.domain.ids import ConversationId, InteractionId, TurnId
from app.domain.turn import TurnRecord
from app.errors import NotFound

_EMPTY = tag(
    "div",
    tag("h2", "Why was that said?"),
    tag("p", "Choose “Why?” beside a reply in the queue or in a conversation. All that led to it opens here."),
    cls="all-done",
)
_NOT_YET = tag("div", tag("h2", "Not decided yet"), tag("p", "The assistant is still at work on it."), cls="all-done")


class WhyTab:
    """The tab's components, and what happens in them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.wanted = gr.State("")
        with gr.Row(elem_id="why", elem_classes="desk"):
            with gr.Column(elem_id="why-side", elem_classes="side"):
                self.turns = html("", elem_id="why-turns", picks=True, elem_classes="scroll")
            with gr.Column(elem_id="why-whole", elem_classes="work scroll"):
                self.whole = html(_EMPTY, elem_id="why-record")
        self.outputs = [self.turns, self.whole]

    def connect(self, page: gr.Blocks) -> None:  # noqa: ARG002 - every tab is connected alike
        """What happens when."""
        self.turns.select(self.pick, None, self.outputs, **QUIET)

    def pick(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """Another turn of the same conversation."""
        who(request)
        return list(self._shown(str(event.id)))

    def open_wanted(self, wanted: str, request: gr.Request) -> list[Any]:
        """The turn that another tab wants explained, in front."""
        who(request)
        if not wanted:
            return [gr.skip()] * 3
        return [gr.Tabs(selected="why"), *self._shown(wanted)]

    def record(self, record: TurnRecord) -> Html:
        """A record whole, also one that is kept nowhere."""
        ids = [InteractionId(each.interaction_id) for situation in record.situations for each in situation.retrieved]
        past = {str(key): value for key, value in self.desk.house.interactions.by_id(ids).items()}
        house = self.desk.house
        return why(record, past, house.annotations.annotations_of(record.id), house.now(), self.desk.team.shown)

    def _shown(self, turn: str) -> tuple[Html, Html]:
        try:
            record = self.desk.house.records.turn(TurnId(turn))
        except NotFound:
            return tag("div"), _NOT_YET
        return self._turns(record), self.record(record)

    def _turns(self, record: TurnRecord) -> Html:
        """The other turns of its conversation."""
        now = self.desk.house.now()
        rows = [
            tag(
                "li",
                tag(
                    "button",
                    tag(
                        "span",
                        tag(
                            "span",
                            words.DELIVERY[line.delivery] if line.delivery else words.STATUS[line.status],
                            cls="name",
                        ),
                        tag("span", words.moment(line.at, now), cls="time"),
                        cls="line",
                    ),
                    tag(
                        "span",
                        words.ORIGIN[line.origin].capitalize() if line.origin else words.STATUS[line.status],
                        cls="said",
                    ),
                    cls="row",
                    type="button",
                    data_pick=line.id,
                    aria_current="true" if line.id == record.id else None,
                ),
            )
            for line in self.desk.house.desk.turns_of(ConversationId(record.conversation_id))
        ]
        name = self.desk.names.of(record.customer_id)
        return tag("div", tag("h3", f"Turns with {name}"), tag("ul", joined(rows), cls="rows"))
