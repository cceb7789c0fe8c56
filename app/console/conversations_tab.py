"""All conversations: find one, follow it live, take it over, write, hand it back; notes and who looks after it."""

from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from app.console import conversation_view as view
from app.console.acts import Outcome
from app.console.desk import QUIET, Desk, OneByOne, changed, hidden_button, html, in_order, may_decide, who
from app.console.markup import NOTHING, tag
from app.console.suggest import Suggestion, candidates, fitting
from app.console.why_tab import WhyTab
from app.domain.conversation import Conversation, ConversationStatus, HandlingMode
from app.domain.desk import ConversationFilter
from app.domain.ids import ConversationId
from app.domain.people import Person
from app.errors import NotFound

_EVERY_S = 3.0
_PAGE = 50
_NOBODY = "Nobody"
_LONGEST_SEARCH, _LONGEST_NOTE = 200, 2000

Update = dict[Any, Any]


@dataclass
class Watching:
    """What one open page shows; Gradio keeps it."""

    conversation: str = ""
    text: str = ""
    which: str = "all"
    shown: dict[str, str] = field(default_factory=dict)
    found: list[Suggestion] = field(default_factory=list)
    offered: list[Suggestion] = field(default_factory=list)
    suggested_for: str = ""
    read_up_to: int = -1
    again: int = 0
    picked_at: float = 0.0
    one_by_one: OneByOne = field(default_factory=OneByOne)


class ConversationsTab:
    """The tab's components, and what happens in them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.looking = gr.State(Watching())
        self.wanted = gr.State("")
        self.turn = gr.State("")
        with gr.Row(elem_id="conversations", elem_classes="desk"):
            with gr.Column(elem_id="conversations-side", elem_classes="side"):
                with gr.Column(elem_classes="finder"):
                    self.search = gr.Textbox(
                        label="Search", placeholder="Search words or a customer number", elem_id="c-search",
                        max_length=_LONGEST_SEARCH, container=False, show_label=False,
                        html_attributes=gr.InputHTMLAttributes(spellcheck=False),
                    )  # fmt: skip
                    self.which = gr.Radio(
                        [("All", "all"), ("Waiting", "waiting"), ("Mine", "mine"), ("Resolved", "resolved")],
                        value="all", label="Which", elem_id="c-which", container=False, show_label=False,
                    )  # fmt: skip
                self.list = html("", elem_id="conversations-list", picks=True, elem_classes="scroll")
            with gr.Column(elem_id="conversation", elem_classes="work"):
                self.told = html("", elem_id="conversation-told")
                self.head = html("", elem_id="conversation-head")
                self.thread = html("", elem_id="conversation-thread", picks=True, elem_classes="scroll")
                with gr.Row(elem_id="conversation-acts", elem_classes="acts"):
                    self.take = gr.Button("Take over", variant="primary", elem_id="c-take", visible=False)
                    self.back = gr.Button("Hand back", elem_id="c-back", visible=False)
                    self.resolve = gr.Button("Resolve", elem_id="c-resolve", visible=False)
                with gr.Column(elem_id="composer", elem_classes="box", visible=False) as self.composer:
                    self.suggested = html("", elem_id="c-suggested", picks=True)
                    self.text = gr.Textbox(
                        label="Write as yourself", lines=3, max_lines=10, elem_id="c-text",
                        max_length=desk.house.settings.max_message_chars,
                    )  # fmt: skip
                    with gr.Row(elem_classes="acts"):
                        self.send = gr.Button("Send", variant="primary", elem_id="c-send")
                        self.canned = gr.Dropdown(
                            [], label="Ready replies", elem_id="c-canned", container=False, show_label=False, value=None
                        )
            with gr.Column(elem_id="conversation-beside", elem_classes="beside scroll", visible=False) as self.beside:
                self.assigned = gr.Dropdown([(_NOBODY, "")], value="", label="Looked after by", elem_id="c-assigned")
                html(tag("h3", "Notes for colleagues"))
                self.notes = html("", elem_id="conversation-notes")
                with gr.Column(visible=False) as self.noting:
                    self.note = gr.Textbox(label="Add a note", lines=2, elem_id="c-note", max_length=_LONGEST_NOTE)
                    self.keep = gr.Button("Keep note", elem_id="c-keep")
                with gr.Accordion("Ready replies of the team", open=False, visible=False) as self.team:
                    self.title = gr.Textbox(label="Name", elem_id="c-title", max_length=80)
                    self.ready = gr.Textbox(label="Reply", lines=3, elem_id="c-ready", max_length=_LONGEST_NOTE)
                    self.add = gr.Button("Add", elem_id="c-add")
                    self.old = gr.Dropdown([], value=None, label="Remove one", elem_id="c-old")
                    self.remove = gr.Button("Remove", elem_id="c-remove")
        self.outputs = [
            self.looking, self.list, self.told, self.head, self.thread, self.take, self.back, self.resolve,
            self.composer, self.suggested, self.text, self.canned, self.beside, self.assigned, self.notes, self.noting,
            self.team, self.note, self.old,
        ]  # fmt: skip

    def connect(self, page: gr.Blocks, tab: gr.Tab, tabs: gr.Tabs, why: WhyTab) -> None:
        """What happens when."""
        mine: dict[str, Any] = {"outputs": self.outputs, **QUIET}
        timer = gr.Timer(_EVERY_S, active=False)
        timer.tick(self.look, [self.looking], **mine)
        hidden_button("c-look").click(self.look, [self.looking], trigger_mode="always_last", **mine)
        tab.select(self.look, [self.looking], **mine).then(lambda: gr.Timer(active=True), None, [timer], **QUIET)
        page.load(self.look, [self.looking], **mine)
        self.search.change(self.find, [self.looking, self.search, self.which], trigger_mode="always_last", **mine)
        self.which.change(self.find, [self.looking, self.search, self.which], **mine)
        self.list.select(self.pick, [self.looking], trigger_mode="multiple", **mine)
        self.thread.select(self.ask_why, None, [why.wanted], **QUIET).then(
            why.open_wanted, [why.wanted], [tabs, *why.outputs], **QUIET
        )
        self.take.click(self.taken, [self.looking], **mine)
        self.back.click(self.handed_back, [self.looking], **mine)
        self.resolve.click(self.resolved, [self.looking], **mine)
        self.send.click(self.said, [self.looking, self.text], **mine)
        self.text.change(self.suggest, [self.looking, self.text], [self.suggested], trigger_mode="always_last", **QUIET)
        self.suggested.select(self.use, [self.looking], [self.text], **QUIET)
        self.canned.input(self.use_canned, [self.looking, self.canned], [self.text, self.canned], **QUIET)
        self.assigned.input(self.assign, [self.looking, self.assigned], **mine)
        self.keep.click(self.noted, [self.looking, self.note], **mine)
        self.add.click(
            self.added, [self.looking, self.title, self.ready], [*self.outputs, self.title, self.ready], **QUIET
        )
        self.remove.click(self.removed, [self.looking, self.old], **mine)

    @in_order
    def look(self, looking: Watching, request: gr.Request) -> Update:
        """What has changed since the page was told."""
        return self._look(looking, who(request))

    @in_order
    def find(self, looking: Watching, text: str, which: str, request: gr.Request) -> Update:
        """Other conversations are listed."""
        looking.text, looking.which = text[:_LONGEST_SEARCH].strip(), which
        looking.again = max(looking.again, 2)  # a look that was under way may answer after this one
        return self._look(looking, who(request))

    @in_order
    def pick(self, looking: Watching, event: gr.EventData, request: gr.Request) -> Update:
        """Another conversation is opened."""
        person = who(request)
        if event.at < looking.picked_at:
            return {self.looking: looking}
        looking.picked_at = event.at
        self._open(looking, str(event.id))
        return self._look(looking, person) | {self.text: "", self.told: NOTHING}

    @in_order
    def open_wanted(self, looking: Watching, wanted: str, request: gr.Request) -> list[Any]:
        """The conversation that another tab wants to see, in front; nothing happens when it wants none."""
        if not wanted:
            return [gr.skip()] * (1 + len(self.outputs))
        self._open(looking, wanted)
        update = self._look(looking, who(request)) | {self.text: "", self.told: NOTHING}
        return [gr.Tabs(selected="conversations"), *(update.get(each, gr.skip()) for each in self.outputs)]

    def ask_why(self, event: gr.EventData) -> str:
        """The turn behind a reply."""
        return str(event.id)

    @in_order
    def taken(self, looking: Watching, request: gr.Request) -> Update:
        """The supervisor answers from here on."""
        person = who(request)
        return self._after(looking, person, self.desk.acts.take_over(person, looking.conversation))

    @in_order
    def handed_back(self, looking: Watching, request: gr.Request) -> Update:
        """The assistant answers from here on."""
        person = who(request)
        return self._after(looking, person, self.desk.acts.hand_back(person, looking.conversation))

    @in_order
    def resolved(self, looking: Watching, request: gr.Request) -> Update:
        """Nothing is open any more."""
        person = who(request)
        return self._after(looking, person, self.desk.acts.resolve(person, looking.conversation))

    @in_order
    def said(self, looking: Watching, text: str, request: gr.Request) -> Update:
        """A message in the supervisor's own name."""
        person = who(request)
        outcome = self.desk.acts.say(person, looking.conversation, text or "")
        return self._after(looking, person, outcome) | ({self.text: ""} if outcome.done else {})

    def suggest(self, looking: Watching, typed: str, request: gr.Request) -> Any:  # noqa: ANN401 - HTML
        """Replies that fit what is typed."""
        who(request)
        looking.offered = fitting((typed or "")[:_LONGEST_NOTE], looking.found)
        return view.suggestions(looking.offered)

    def use(self, looking: Watching, event: gr.EventData) -> Any:  # noqa: ANN401 - a text or nothing
        """A suggested reply is taken."""
        number = str(event.id)
        if number.isdigit() and int(number) < len(looking.offered):
            return looking.offered[int(number)][1]
        return gr.skip()

    def use_canned(self, looking: Watching, title: str | None) -> tuple[Any, Any]:
        """A ready reply is taken."""
        found = next((reply for where, reply in looking.found if where == f"Ready: {title}"), None)
        plain = next((each.text for each in self.desk.house.canned.canned_replies() if each.title == title), None)
        chosen = found or plain
        return (chosen if chosen is not None else gr.skip()), gr.update(value=None)

    @in_order
    def assign(self, looking: Watching, to: str, request: gr.Request) -> Update:
        """Somebody looks after it."""
        person = who(request)
        return self._after(looking, person, self.desk.acts.assign(person, looking.conversation, to or None))

    @in_order
    def noted(self, looking: Watching, text: str, request: gr.Request) -> Update:
        """A note for colleagues."""
        person = who(request)
        outcome = self.desk.acts.note(person, looking.conversation, text or "")
        return self._after(looking, person, outcome) | ({self.note: ""} if outcome.done else {})

    @in_order
    def added(self, looking: Watching, title: str, text: str, request: gr.Request) -> Update:
        """A ready reply for the team."""
        person = who(request)
        outcome = self.desk.acts.add_ready_reply(person, title or "", text or "")
        if not outcome.done:
            return self._after(looking, person, outcome)
        looking.suggested_for = ""
        return self._after(looking, person, outcome) | {self.title: "", self.ready: ""}

    @in_order
    def removed(self, looking: Watching, title: str | None, request: gr.Request) -> Update:
        """A ready reply that the team does not want any more."""
        person = who(request)
        outcome = self.desk.acts.remove_ready_reply(person, title or "")
        looking.suggested_for = ""
        return self._after(looking, person, outcome)

    def _open(self, looking: Watching, conversation: str) -> None:
        looking.conversation, looking.suggested_for, looking.read_up_to = conversation, "", -1
        looking.found, looking.offered = [], []
        looking.shown = {"list": looking.shown.get("list", "")}

    def _after(self, looking: Watching, person: Person, outcome: Outcome) -> Update:
        told = tag("p", outcome.words, cls="told" if outcome.done else "told kept", role="status")
        return self._look(looking, person) | {self.told: told}

    def _look(self, looking: Watching, person: Person) -> Update:
        now = self.desk.house.now()
        lines = self.desk.house.desk.search(self._filter(looking, person), person.name, limit=_PAGE).items
        named = [(line, self.desk.names.of(line.customer_id)) for line in lines]
        whole: dict[str, Any] = {"list": view.conversation_list(named, looking.conversation, now, self.desk.team.shown)}
        extra: Update = {}
        conversation = self._conversation(looking)
        if conversation is None:
            whole |= {"head": _NONE_OPEN, "thread": NOTHING, "take": False, "back": False, "resolve": False}
            whole |= {"composer": False, "beside": False}
        else:
            whole |= self._opened(looking, person, conversation)
            extra = self._beside(looking, person)
        if looking.again:
            looking.again -= 1
            looking.shown.clear()
        return {self.looking: looking} | changed(self, looking.shown, whole) | extra

    def _opened(self, looking: Watching, person: Person, conversation: Conversation) -> dict[str, Any]:
        house, now = self.desk.house, self.desk.house.now()
        messages = house.conversations.messages(conversation.id)
        if len(messages) != looking.read_up_to:
            house.desk.mark_read(conversation.id, person.name)
            looking.read_up_to = len(messages)
        decides = may_decide(person)
        manual = conversation.mode is HandlingMode.MANUAL
        hers = manual and conversation.agent == person.name
        return {
            "head": view.conversation_head(
                conversation, self.desk.names.of(conversation.customer_id), self.desk.team.shown
            ),
            "thread": view.thread(messages, house.desk.turn_by_message(conversation.id), now),
            "take": decides and not (manual and conversation.agent is not None),
            "back": decides and hers,
            "resolve": decides and conversation.status is not ConversationStatus.RESOLVED,
            "composer": decides and hers,
            "beside": True,
            "noting": decides,
            "team": decides,
            "notes": view.notes(house.desk.notes(conversation.id), now, self.desk.team.shown),
        }

    def _beside(self, looking: Watching, person: Person) -> Update:
        """What is looked up once, when a conversation is opened or somebody has answered in it."""
        key = f"{looking.conversation} {looking.read_up_to}"
        if looking.suggested_for == key:
            return {}
        looking.suggested_for = key
        house = self.desk.house
        canned = house.canned.canned_replies()
        turns = house.desk.turns_of(ConversationId(looking.conversation))
        try:
            record = house.records.turn(turns[-1].id) if turns else None
        except NotFound:
            record = None
        ready = [(f"Ready: {each.title}", each.text) for each in canned]
        looking.found = candidates(record, house.assistant.parts.interactions, ready) if may_decide(person) else []
        looking.offered = fitting("", [each for each in looking.found if not each[0].startswith("Ready")])
        people = [each.person.name for each in house.people.supervisors() if each.active and may_decide(each.person)]
        lines = house.desk.search(ConversationFilter(), person.name, limit=_PAGE).items
        line = next((each for each in lines if each.id == looking.conversation), None)
        assigned = (line.assigned_to if line else None) or ""
        return {
            self.suggested: view.suggestions(looking.offered),
            self.canned: gr.update(choices=[each.title for each in canned], value=None, visible=bool(canned)),
            self.old: gr.update(choices=[each.title for each in canned], value=None),
            self.assigned: gr.update(choices=[(_NOBODY, ""), *people], value=assigned, interactive=may_decide(person)),
        }

    def _filter(self, looking: Watching, person: Person) -> ConversationFilter:
        number = looking.text.upper() if looking.text.upper().startswith("C-") else None
        return ConversationFilter(
            status=_STATUS.get(looking.which),
            agent=person.name if looking.which == "mine" else None,
            customer_id=number,
            text="" if number else looking.text,
        )

    def _conversation(self, looking: Watching) -> Conversation | None:
        if not looking.conversation:
            return None
        try:
            return self.desk.house.conversations.conversation(ConversationId(looking.conversation))
        except NotFound:
            return None


_STATUS = {"waiting": ConversationStatus.PENDING, "resolved": ConversationStatus.RESOLVED}
_NONE_OPEN = tag(
    "div",
    tag("h2", "Choose a conversation"),
    tag("p", "It opens here, and stays up to date by itself."),
    cls="all-done",
)
