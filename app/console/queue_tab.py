"""The queue: what waits for a person, one item whole, and what can be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import gradio as gr

from app.console import queue_view, words
from app.console.acts import Outcome
from app.console.conversations_tab import ConversationsTab
from app.console.desk import QUIET, Desk, OneByOne, changed, hidden_button, html, in_order, may_decide, who
from app.console.header import header
from app.console.markup import NOTHING, Html, tag
from app.console.preview import preview
from app.console.why_tab import WhyTab
from app.domain.ids import InteractionId
from app.domain.people import Person
from app.domain.slotting import slotted
from app.domain.supervision import UseAgain, WaitingTurn

_EVERY_S = 3.0
"""How often the page looks by itself: times grow, and colleagues open things."""
_CLAIM_AGAIN = timedelta(seconds=45)
_TOLD_FOR = timedelta(seconds=12)
_EYES = timedelta(seconds=2)
_CHANGED = Outcome(done=False, words="The customer wrote again and the draft has just changed. Please look once more.")
_CHANGED_EDIT = Outcome(
    done=False, words="The customer wrote again. Nothing was sent; if your words still fit, send them once more."
)
_BEGUN_ANEW = Outcome(done=False, words="The page has just begun anew. Nothing was sent; please look once more.")

_GONE = Outcome(done=False, words="That one was dealt with just now. Nothing was sent; here is the next.")
_SEEN = "(looking, seen) => [looking, document.querySelector('#queue-list [aria-current]')?.dataset.pick ?? '']"
"""Says which item the page shows: by the time a click arrives, the next may have been put in its place."""

Update = dict[Any, Any]
"""Component → its new value; what is not in it stays as it is."""


@dataclass
class Looking:
    """What one open page shows; Gradio keeps it."""

    turn: str = ""
    draft: str | None = None
    begun_on: str | None = None
    """The draft that the edit began with."""
    place: int = 0
    """Where in the list it stood, for whatever comes next."""
    acting: str = ""
    """`edit` or `reject` while its box is open."""
    shown: dict[str, str] = field(default_factory=dict)
    """Name → hash of what the page has, so that only what changed is sent."""
    told_until: datetime | None = None
    claimed_at: datetime | None = None
    newer_at: datetime | None = None
    """When the draft became another one under her eyes."""
    again: int = 0
    picked_at: float = 0.0
    """By the page's clock: a click that comes late is not the last one."""
    one_by_one: OneByOne = field(default_factory=OneByOne)


class QueueTab:
    """The tab's components, and what happens in them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.looking = gr.State(Looking())
        self.seen = gr.Textbox(visible=False)
        with gr.Row(elem_id="queue", elem_classes="desk"):
            with gr.Column(elem_id="queue-side", elem_classes="side"):
                self.list = html("", elem_id="queue-list", picks=True, elem_classes="scroll")
                html(_KEYS, elem_id="queue-keys")
            with gr.Column(elem_id="queue-item", elem_classes="work"):
                self.told = html("", elem_id="queue-told")
                self.head = html("", elem_id="queue-head")
                self.draft = html("", elem_id="queue-draft")
                with gr.Row(elem_id="queue-acts", elem_classes="acts"):
                    self.approve = gr.Button("Approve", variant="primary", elem_id="q-approve", visible=False)
                    self.edit = gr.Button("Edit", elem_id="q-edit", visible=False)
                    self.reject = gr.Button("Reject", elem_id="q-reject", visible=False)
                    self.take = gr.Button("Take over", elem_id="q-take", visible=False)
                    self.why = gr.Button("Why?", elem_id="q-why", elem_classes="quiet-button", visible=False)
                with gr.Column(elem_id="queue-edit", elem_classes="box", visible=False) as self.edit_box:
                    self.text = gr.Textbox(
                        label="What the customer gets", lines=5, max_lines=14, elem_id="q-text", max_length=4000
                    )
                    self.preview = html("", elem_id="q-preview")
                    self.again = gr.Radio(
                        [
                            ("Only here", UseAgain.ONLY_HERE.value),
                            ("In every such case", UseAgain.EVERY_SUCH_CASE.value),
                        ],
                        value=UseAgain.ONLY_HERE.value,
                        label="Use again",
                        elem_id="q-again",
                    )
                    with gr.Row(elem_classes="acts"):
                        self.send = gr.Button("Send", variant="primary", elem_id="q-send")
                        self.cancel_edit = gr.Button("Cancel", elem_id="q-cancel-edit")
                with gr.Column(elem_id="queue-reject", elem_classes="box", visible=False) as self.reject_box:
                    self.because = gr.Radio(
                        list(words.REJECTED_BECAUSE),
                        value=words.REJECTED_BECAUSE[0],
                        label="What is not right?",
                        elem_id="q-because",
                    )
                    self.more = gr.Textbox(label="Anything to add", lines=1, elem_id="q-more", max_length=250)
                    with gr.Row(elem_classes="acts"):
                        self.drop = gr.Button("Reject and answer myself", variant="stop", elem_id="q-drop")
                        self.cancel_reject = gr.Button("Cancel", elem_id="q-cancel-reject")
            with gr.Column(elem_id="queue-evidence", elem_classes="beside scroll"):
                self.evidence = html("", elem_id="queue-behind")

    def connect(
        self, page: gr.Blocks, top: gr.HTML, tabs: gr.Tabs, conversations: ConversationsTab, why: WhyTab
    ) -> None:
        """What happens when."""
        self.top = top
        self._wanted = conversations.wanted
        outputs = [
            self.looking, top, self.list, self.told, self.head, self.draft, self.evidence, self.approve, self.edit,
            self.reject, self.take, self.why, self.edit_box, self.reject_box, self.text, self.preview, self.again,
        ]  # fmt: skip
        mine: dict[str, Any] = {"outputs": outputs, **QUIET}
        page.load(self.look, [self.looking], **mine)
        gr.Timer(_EVERY_S).tick(self.look, [self.looking], **mine)
        hidden_button("q-look").click(self.look, [self.looking], trigger_mode="always_last", **mine)
        self.list.select(self.pick, [self.looking], trigger_mode="multiple", **mine)
        self.approve.click(self.approved, [self.looking, self.seen], js=_SEEN, **mine)
        self.edit.click(self.editing, [self.looking], **mine)
        self.send.click(self.edited, [self.looking, self.text, self.again], **mine)
        self.text.change(self.as_slots, [self.looking, self.text], [self.preview], trigger_mode="always_last", **QUIET)
        self.reject.click(self.rejecting, [self.looking], **mine)
        for cancel in (self.cancel_edit, self.cancel_reject):
            cancel.click(self.put_away, [self.looking], **mine)
        opened = [tabs, *conversations.outputs]
        self.take.click(
            self.taken, [self.looking, self.seen], [conversations.wanted, *outputs], js=_SEEN, **QUIET
        ).then(conversations.open_wanted, [conversations.looking, conversations.wanted], opened, **QUIET)
        self.drop.click(
            self.rejected, [self.looking, self.because, self.more], [conversations.wanted, *outputs], **QUIET
        ).then(conversations.open_wanted, [conversations.looking, conversations.wanted], opened, **QUIET)
        self.why.click(lambda looking: looking.turn, [self.looking], [why.wanted], **QUIET).then(
            why.open_wanted, [why.wanted], [tabs, *why.outputs], **QUIET
        )

    @in_order
    def look(self, looking: Looking, request: gr.Request) -> Update:
        """What has changed since the page was told."""
        return self._look(looking, who(request))

    @in_order
    def pick(self, looking: Looking, event: gr.EventData, request: gr.Request) -> Update:
        """Another item is opened."""
        person = who(request)
        if event.at < looking.picked_at:
            return {self.looking: looking}
        looking.picked_at = event.at
        self._leave(looking, person)
        looking.turn, looking.draft, looking.acting, looking.claimed_at = str(event.id), None, "", None
        return self._look(looking, person) | self._boxes("")

    @in_order
    def approved(self, looking: Looking, seen: str, request: gr.Request) -> Update:
        """The draft is sent as it stands."""
        person = self._acting(looking, request)
        if not looking.turn:
            return self._after(looking, person, _BEGUN_ANEW)
        if seen != looking.turn:
            return self._after(looking, person, _GONE)
        if self._just_changed(looking):
            return self._after(looking, person, _CHANGED)
        return self._after(looking, person, self.desk.acts.approve(person, looking.turn, looking.draft or ""))

    @in_order
    def editing(self, looking: Looking, request: gr.Request) -> Update:
        """The box with the draft's words is opened."""
        item = self._item(looking)
        if item is None or item.draft is None or item.record is None or not may_decide(who(request)):
            return {self.looking: looking}
        looking.acting, looking.begun_on = "edit", looking.draft
        return {
            self.looking: looking,
            self.text: item.draft,
            self.preview: preview(slotted(item.record, item.draft), item.record),
            self.again: UseAgain.ONLY_HERE.value,
        } | self._boxes("edit")

    def as_slots(self, looking: Looking, written: str, request: gr.Request) -> Html | Update:
        """What is written, as it can be said to others."""
        who(request)
        item = self._item(looking)
        if item is None or item.record is None:
            return NOTHING
        return preview(slotted(item.record, written[:4000]), item.record)

    @in_order
    def edited(self, looking: Looking, written: str, again: str, request: gr.Request) -> Update:
        """Other words are sent in place of the draft."""
        person = self._acting(looking, request)
        if looking.acting != "edit":
            return self._after(looking, person, _BEGUN_ANEW)
        if self._just_changed(looking) or looking.begun_on != looking.draft:
            looking.begun_on = looking.draft
            return self._after(looking, person, _CHANGED_EDIT)
        use_again = next((each for each in UseAgain if each.value == again), UseAgain.ONLY_HERE)
        if written.strip() == (self._draft(looking) or "").strip():
            outcome = self.desk.acts.approve(person, looking.turn, looking.draft or "")
        else:
            outcome = self.desk.acts.edit(person, looking.turn, looking.draft or "", written, use_again)
        return self._after(looking, person, outcome)

    @in_order
    def rejecting(self, looking: Looking, request: gr.Request) -> Update:
        """Asks why."""
        if self._item(looking) is None or not may_decide(who(request)):
            return {self.looking: looking}
        looking.acting = "reject"
        return {self.looking: looking} | self._boxes("reject")

    @in_order
    def rejected(self, looking: Looking, because: str, more: str, request: gr.Request) -> Update:
        """The draft is dropped; the supervisor answers."""
        person, item = self._acting(looking, request), self._item(looking)
        if looking.acting != "reject":
            return self._after(looking, person, _GONE if looking.turn else _BEGUN_ANEW) | {self._wanted: ""}
        reason = ". ".join(part.strip() for part in (because or "", more or "") if part.strip())
        outcome = self.desk.acts.reject(person, looking.turn, looking.draft or "", reason)
        return self._and_open(looking, person, outcome, item)

    @in_order
    def taken(self, looking: Looking, seen: str, request: gr.Request) -> Update:
        """The supervisor answers from here on."""
        person, item = self._acting(looking, request), self._item(looking)
        if item is None or seen != looking.turn:
            return self._after(looking, person, _GONE) | {self._wanted: ""}
        return self._and_open(looking, person, self.desk.acts.take_over(person, item.conversation_id), item)

    @in_order
    def put_away(self, looking: Looking, request: gr.Request) -> Update:
        """An open box is closed."""
        looking.acting = ""
        return self._look(looking, who(request)) | self._boxes("")

    def _acting(self, looking: Looking, request: gr.Request) -> Person:
        """Who acts. The look that the act itself sets off may come before its own words: it says nothing then."""
        looking.told_until = self.desk.house.now() + _TOLD_FOR
        return who(request)

    def _and_open(self, looking: Looking, person: Person, outcome: Outcome, item: WaitingTurn | None) -> Update:
        """And the conversation is opened in the other tab, when it is hers now."""
        opened = item.conversation_id if outcome.done and item is not None else ""
        return self._after(looking, person, outcome) | {self._wanted: opened}

    def _after(self, looking: Looking, person: Person, outcome: Outcome) -> Update:
        if outcome.done:
            looking.turn, looking.draft, looking.acting, looking.claimed_at = "", None, "", None
        looking.told_until = self.desk.house.now() + _TOLD_FOR
        looking.again = 1
        told = tag("p", outcome.words, cls="told" if outcome.done else "told kept", role="status")
        return self._look(looking, person) | self._boxes(looking.acting) | {self.told: told}

    def _look(self, looking: Looking, person: Person) -> Update:
        now = self.desk.house.now()
        items = self.desk.board.waiting()
        item = next((each for each in items if each.turn_id == looking.turn), None)
        told: Update = {}
        if item is None and looking.turn and not looking.told_until:
            gone = "That one is dealt with." + (" Here is the next." if items else "")
            told = {self.told: tag("p", gone, cls="told kept", role="status")}
            looking.told_until = now + _TOLD_FOR
        if item is None and items:
            item = items[min(looking.place, len(items) - 1)]
            looking.turn, looking.draft, looking.claimed_at = item.turn_id, None, None
            if looking.acting:
                looking.acting = ""
                told |= self._boxes("")
        if item is None:
            looking.turn = ""
        else:
            looking.place = items.index(item)
            told |= self._newer_draft(looking, item)
            self._claim(looking, item, person)
        if not told and looking.told_until and now > looking.told_until:
            looking.told_until = None
            told = {self.told: NOTHING}
        if looking.again:
            looking.again -= 1
            looking.shown.clear()
        return {self.looking: looking} | changed(self, looking.shown, self._whole(looking, person, item)) | told

    def _whole(self, looking: Looking, person: Person, item: WaitingTurn | None) -> dict[str, Any]:
        """All that the page shows, by the names of its components."""
        now, items = self.desk.house.now(), self.desk.board.waiting()
        shown: dict[str, Any] = {
            "top": header(self.desk.house.settings.store_name, person, items),
            "list": queue_view.queue_list(items, looking.turn, person.name, now, self.desk.team.shown),
            "head": queue_view.item_head(item, person.name, now, self.desk.team.shown) if item else _ALL_DONE,
            "draft": queue_view.draft(item) if item else NOTHING,
            "evidence": queue_view.evidence(item, self._past(item)) if item else NOTHING,
        }
        decides = item is not None and may_decide(person)
        draft = item is not None and decides and item.decidable and item.draft is not None
        closed = not looking.acting
        return shown | {
            "approve": draft and closed,
            "edit": draft and closed,
            "reject": draft and closed,
            "take": decides and closed,
            "why": item is not None and item.record is not None and closed,
            "edit_box": looking.acting == "edit",
            "reject_box": looking.acting == "reject",
        }

    def _newer_draft(self, looking: Looking, item: WaitingTurn) -> Update:
        if looking.draft is None or looking.draft == item.draft_id:
            looking.draft = item.draft_id
            return {}
        looking.draft, looking.newer_at = item.draft_id, self.desk.house.now()
        looking.told_until = self.desk.house.now() + _TOLD_FOR
        told = "The customer wrote again. Here is how it stands now."
        if looking.acting == "edit" and item.record is not None:
            told = "The customer wrote again, and the draft is another one. Your words are still here."
        return {self.told: tag("p", told, cls="told kept", role="status")}

    def _just_changed(self, looking: Looking) -> bool:
        """Whether a click may still have been meant for the draft before."""
        return looking.newer_at is not None and self.desk.house.now() - looking.newer_at < _EYES

    def _claim(self, looking: Looking, item: WaitingTurn, person: Person) -> None:
        now = self.desk.house.now()
        if not may_decide(person) or (looking.claimed_at and now - looking.claimed_at < _CLAIM_AGAIN):
            return
        looking.claimed_at = now
        self.desk.acts.claim(person, item.turn_id)

    def _leave(self, looking: Looking, person: Person) -> None:
        item = self._item(looking)
        if item is not None and may_decide(person):
            self.desk.acts.release(person, item.turn_id)

    def _item(self, looking: Looking) -> WaitingTurn | None:
        return next((each for each in self.desk.board.waiting() if each.turn_id == looking.turn), None)

    def _draft(self, looking: Looking) -> str | None:
        item = self._item(looking)
        return item.draft if item else None

    def _past(self, item: WaitingTurn) -> Mapping[str, Any]:
        if item.record is None:
            return {}
        ids = [
            InteractionId(each.interaction_id) for situation in item.record.situations for each in situation.retrieved
        ]
        return {str(key): value for key, value in self.desk.house.interactions.by_id(ids).items()}

    def _boxes(self, opened: str) -> Update:
        return {
            self.edit_box: gr.update(visible=opened == "edit"),
            self.reject_box: gr.update(visible=opened == "reject"),
        }


_KEYS = tag(
    "p",
    *(
        tag("span", tag("kbd", key), f" {does}")
        for key, does in (
            ("j", "next"),
            ("k", "back"),
            ("a", "approve"),
            ("e", "edit"),
            ("r", "reject"),
            ("t", "take over"),
        )
    ),
    cls="keys",
)
_ALL_DONE = tag(
    "div",
    tag("h2", "All done"),
    tag("p", "Nobody waits for you. When a reply needs a person, it appears here."),
    cls="all-done",
)
