"""Try: ask as any customer, or nobody, two ways side by side; nothing of it is kept."""

from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from app.console import queue_view, trial, words
from app.console.desk import QUIET, Desk, html, who
from app.console.markup import NOTHING, Html, joined, tag
from app.console.why_tab import WhyTab
from app.domain.conversation import DialogueState, TurnStatus
from app.domain.people import Person
from app.domain.supervision import WaitingTurn
from app.domain.turn import TurnRecord
from app.errors import HandrailError

_SIDES = ("left", "right")
_NOBODY = "Nobody: not signed in"
_NONE = "Nothing beside it"
_INTRO = tag(
    "div",
    tag("h2", "Ask as a customer would"),
    tag("p", "Every step runs as for a real customer. Nothing is kept, and nobody is told."),
    cls="all-done",
)


@dataclass
class Trying:
    """What one open page has asked; Gradio keeps it."""

    states: dict[str, DialogueState] = field(default_factory=dict)
    said: list[tuple[str, dict[str, TurnRecord | str]]] = field(default_factory=list)
    customer: str = ""


class TryTab:
    """The tab's components, and what happens in them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.trying = gr.State(Trying())
        with gr.Row(elem_id="try", elem_classes="desk"):
            with gr.Column(elem_id="try-side", elem_classes="side finder"):
                self.customer = gr.Dropdown(
                    [_NOBODY], value=_NOBODY, label="Ask as", allow_custom_value=True, elem_id="t-customer",
                    info="Or write a customer number.",
                )  # fmt: skip
                self.left = gr.Dropdown([], label="Answered", elem_id="t-left")
                self.right = gr.Dropdown([], label="Beside it", elem_id="t-right")
                self.text = gr.Textbox(label="Message", lines=4, elem_id="t-text", max_length=4000)
                with gr.Row(elem_classes="acts"):
                    self.ask = gr.Button("Ask", variant="primary", elem_id="t-ask")
                    self.anew = gr.Button("Begin anew", elem_id="t-anew")
            with gr.Column(elem_id="try-work", elem_classes="work scroll"):
                self.answers = html(_INTRO, elem_id="try-answers")
                with gr.Accordion("Everything behind the last answers", open=False, visible=False) as self.behind:
                    self.whole = html("", elem_id="try-whole")

    def connect(self, page: gr.Blocks, why: WhyTab, customers: list[tuple[str, str]]) -> None:
        """What happens when."""
        self.why = why
        self.customers = customers
        page.load(self.offer, None, [self.customer, self.left, self.right], **QUIET)
        asked = ([self.trying, self.customer, self.left, self.right, self.text],)
        outputs = [self.trying, self.answers, self.whole, self.behind, self.text]
        running = QUIET | {"show_progress": "minimal", "show_progress_on": [self.answers]}
        self.ask.click(self.answer, *asked, outputs, **running)
        self.text.submit(self.answer, *asked, outputs, **running)
        self.anew.click(self.begin_anew, None, outputs, **QUIET)

    def offer(self, request: gr.Request) -> list[Any]:
        """Whom one can be, and how it can be answered."""
        who(request)
        found = [(way.name, way.key) for way in trial.ways(self.desk.house)]
        return [
            gr.update(choices=[_NOBODY, *self.customers], value=self.customers[0][1] if self.customers else _NOBODY),
            gr.update(choices=found, value=trial.AS_SERVED),
            gr.update(choices=[(_NONE, ""), *found[1:]], value=""),
        ]

    def answer(self, trying: Trying, customer: str, left: str, right: str, text: str, request: gr.Request) -> list[Any]:
        """Both ways, one after the other."""
        person = who(request)
        number = "" if customer in (_NOBODY, None) else customer.strip()[:64]
        if number != trying.customer:
            trying = Trying(customer=number)
        answers: dict[str, TurnRecord | str] = {}
        for side, key in zip(_SIDES, (left, right), strict=True):
            if not key:
                continue
            try:
                answer = trial.ask(self.desk.house, text or "", number, key, trying.states.get(side, DialogueState()))
            except HandrailError as error:
                answers[side] = error.safe_message
                continue
            trying.states[side] = answer.state
            answers[side] = answer.record
        trying.said.append(((text or "").strip()[:4000], answers))
        behind = [each for each in answers.values() if isinstance(each, TurnRecord)]
        whole = tag("div", joined(self.why.record(each) for each in behind), cls="pair" if len(behind) > 1 else "")
        return [trying, self._shown(trying, person), whole, gr.update(visible=bool(behind)), ""]

    def begin_anew(self, request: gr.Request) -> list[Any]:
        """A fresh conversation."""
        who(request)
        return [Trying(), _INTRO, NOTHING, gr.update(visible=False), ""]

    def _shown(self, trying: Trying, person: Person) -> Html:
        return joined(
            tag(
                "section",
                tag("p", text, cls="bubble mine"),
                tag("div", joined(_answer(each) for each in answers.values()), cls="pair" if len(answers) > 1 else ""),
                cls=f"tried by-{person.role.value}",
            )
            for text, answers in trying.said[-12:]
        )


def _answer(record: TurnRecord | str) -> Html:
    if isinstance(record, str):
        return tag("div", tag("p", record, cls="told kept"), cls="card")
    item = WaitingTurn(
        record.id, record.conversation_id, record.customer_id, TurnStatus.HELD, record.at, None, (), record
    )
    about = " and ".join(words.situation(each.key) for each in record.situations)
    reasons = [words.reason(flag) for flag in record.decision.reasons]
    return tag(
        "div",
        tag(
            "p",
            tag("span", words.DELIVERY[record.decision.delivery], cls=f"pill {record.decision.delivery.value}"),
            tag("span", about, cls="quiet"),
            tag("span", f"{sum(each.ms for each in record.timings) / 1000:.1f} s", cls="number"),
            cls="by",
        ),
        queue_view.draft(item) if record.proposed else tag("p", record.delivered, cls="draft"),
        tag("ul", joined(tag("li", each) for each in dict.fromkeys(reasons)), cls="reasons-short") if reasons else None,
        cls="card",
    )
