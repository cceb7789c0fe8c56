"""Learnt: what the assistant has learnt from decisions, and how to take it back."""

from typing import Any

import gradio as gr

from app.console.desk import QUIET, Desk, html, may_decide, who
from app.console.learnt_view import learnt_list
from app.console.markup import NOTHING, Html, tag
from app.domain.people import Person

_MOST = 100


class LearntTab:
    """The tab's components, and what happens in them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        with gr.Column(elem_id="learnt", elem_classes="scroll"):
            self.told = html("", elem_id="learnt-told")
            self.list = html("", elem_id="learnt-list", picks=True)

    def connect(self, tab: gr.Tab) -> None:
        """What happens when."""
        shown = [self.told, self.list]
        tab.select(self.read, None, shown, **QUIET)
        self.list.select(self.take_back, None, shown, trigger_mode="multiple", **QUIET)

    def read(self, request: gr.Request) -> list[Any]:
        """As it stands now."""
        return [NOTHING, self._list(who(request))]

    def take_back(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """A decision does not count any more."""
        person = who(request)
        outcome = self.desk.acts.take_back(person, str(event.id))
        told = tag("p", outcome.words, role="status", cls="told" if outcome.done else "told kept")
        # It is gone from the list at once; that the assistant forgets it takes a moment.
        return [told, self._list(person, without=str(event.id) if outcome.done else "")]

    def _list(self, person: Person, without: str = "") -> Html:
        house = self.desk.house
        found = [each for each in house.lessons.learnt_replies(_MOST) if each.lesson.annotation_id != without]
        return learnt_list(found, self.desk.team, house.now(), may_decide=may_decide(person))
