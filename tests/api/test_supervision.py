"""What agents do, and how the customer's stream shows it."""

from typing import Any

import httpx
import pytest

from tests.api.house import Customer, Sse, refused, starts

WHERE = "where is my parcel?"
DRAFT = "Hi Samuel,\nYour order LF-30001 has not been packed yet."
ROOT = "/v1/supervision"


class Desk:
    """One agent at work on one customer's conversation."""

    def __init__(self, agent: httpx.Client, customer: Customer) -> None:
        self._agent, self._customer = agent, customer
        self._path = f"{ROOT}/conversations/{customer.id}"

    def turn(self, held: Sse, what: str, **body: Any) -> httpx.Response:  # noqa: ANN401
        """`approve`, `edit`, `reject`: of the draft that waits, unless another is named."""
        whole = {"draft_id": self.draft_id()} | body
        return self._agent.post(f"{ROOT}/turns/{held.data['turn_id']}/{what}", json=whole)

    def draft_id(self) -> str:
        """The draft that waits, as the list names it."""
        return next((str(item["draft_id"]) for item in self.waiting() if item["draft_id"]), "none")

    def does(self, what: str, **body: Any) -> httpx.Response:  # noqa: ANN401
        """`take-over`, `messages`, `hand-back`, `resolve`."""
        return self._agent.post(f"{self._path}/{what}", json=body)

    def transcript(self) -> dict[str, Any]:
        """The conversation as agents see it."""
        seen: dict[str, Any] = self._agent.get(self._path).json()
        return seen

    def waiting(self) -> list[dict[str, Any]]:
        """What waits in this conversation."""
        items = self._agent.get(f"{ROOT}/waiting", params={"limit": 200}).json()["items"]
        return [item for item in items if item["conversation_id"] == self._customer.id]


@pytest.fixture
def desk(sam: httpx.Client, samuel: Customer) -> Desk:
    return Desk(sam, samuel)


@pytest.fixture
def other_desk(ada: httpx.Client, samuel: Customer) -> Desk:
    return Desk(ada, samuel)


@pytest.fixture
def held(samuel: Customer) -> Sse:
    """A reply of his that waits for a decision."""
    event = samuel.asks(WHERE)
    assert event.kind == "reply.held"
    return event


def since(customer: Customer, event: Sse) -> list[tuple[str, Any]]:
    """What his stream has told since."""
    assert event.id is not None
    return [
        (each.kind, each.data.get("message", dict(each.data)))
        for each in customer.told()[event.id :]
        if each.kind != "reply.sentence"
    ]


def test_a_held_reply_waits_with_the_words_the_draft_and_the_reasons(held: Sse, desk: Desk) -> None:
    [item] = desk.waiting()

    assert (item["turn_id"], item["status"], item["customer_id"]) == (held.data["turn_id"], "held", "C-4")
    assert [asked["text"] for asked in item["asked"]] == [WHERE]
    assert item["draft"] == DRAFT
    assert item["reasons"] == ["the playbook has a person check track_order/processing"]
    assert (item["situations"], item["action"], item["agent"]) == (["track_order/processing"], None, None)


def test_a_hand_off_waits_with_what_the_customer_wants_done(samuel: Customer, desk: Desk) -> None:
    samuel.asks("cancel my order")
    assert samuel.asks("yes please").kind == "handoff.started"

    [item] = desk.waiting()

    assert (item["status"], item["action"]) == ("with_person", "cancel_order")
    assert item["reasons"] == ["the customer accepted the offer to pass it on"]
    handoff = item["handoff"]
    assert (handoff["wants"], handoff["title"]) == ("cancel my order", "Cancel the order")
    assert handoff["steps"][0] == "Check that order LF-30001 is not packed yet."
    assert handoff["stands"][0]["text"].startswith("LF-30001 · ")


def test_who_asks_for_a_person_before_asking_anything_waits_too(samuel: Customer, desk: Desk) -> None:
    samuel.post("person")
    [item] = desk.waiting()
    assert (item["status"], item["asked"], item["draft"]) == ("with_person", [], None)
    assert (item["handoff"]["wants"], item["handoff"]["action"]) == ("", "other")


def test_of_those_who_began_to_wait_together_who_wants_a_person_comes_first(
    http: httpx.Client, sam: httpx.Client
) -> None:
    for _ in range(2):
        starts(http).post("person")
    items = sam.get(f"{ROOT}/waiting", params={"limit": 200}).json()["items"]
    urgency = [(item["status"] == "held", item["since"]) for item in items]
    assert urgency == sorted(urgency)
    assert sam.get(f"{ROOT}/waiting", params={"limit": 1}).json()["items"] == items[:1]
    for limit in ("0", "201", "many", ""):
        refused(sam.get(f"{ROOT}/waiting", params={"limit": limit}), 422, "invalid_input")


def test_an_approved_reply_is_sent_as_it_stands_and_as_the_assistants(samuel: Customer, held: Sse, desk: Desk) -> None:
    assert desk.turn(held, "approve").status_code == 200

    [(kind, message)] = since(samuel, held)
    assert (kind, message["text"], message["author"], message["author_name"]) == (
        "reply.completed",
        DRAFT,
        "assistant",
        None,
    )
    assert (samuel.sees()["status"], samuel.sees()["mode"]) == ("open", "auto")
    assert desk.waiting() == []


def test_an_edited_reply_is_sent_in_its_place(samuel: Customer, held: Sse, desk: Desk) -> None:
    text = "Your order is packed <b>tomorrow</b>."
    assert desk.turn(held, "edit", text=f"\x00{text}\n", reason="it\x00 was vague").status_code == 200

    [(kind, message)] = since(samuel, held)
    assert (kind, message["text"], message["author"], message["author_name"]) == (
        "reply.completed",
        text,
        "assistant",
        None,
    )
    assert DRAFT not in str(samuel.sees())


def test_a_rejected_reply_is_not_sent_and_the_agent_has_the_conversation(
    samuel: Customer, held: Sse, desk: Desk
) -> None:
    assert desk.turn(held, "reject", reason="it is wrong").status_code == 200

    assert since(samuel, held) == [("handling.changed", {"mode": "manual", "agent": "Sam"})]
    assert (samuel.sees()["status"], samuel.sees()["mode"], samuel.sees()["agent"]) == ("pending", "manual", "Sam")
    [item] = desk.waiting()
    assert (item["status"], item["agent"]) == ("with_person", "Sam")


@pytest.mark.parametrize(
    ("what", "body", "status", "code"),
    [
        ("edit", {}, 422, "invalid_input"),
        ("edit", {"text": ""}, 422, "invalid_input"),
        ("edit", {"text": " \x00 "}, 422, "empty_message"),
        ("edit", {"text": "x" * 4001}, 422, "invalid_input"),
        ("edit", {"text": "x", "reason": "x" * 1001}, 422, "invalid_input"),
        ("edit", {"text": "x", "by": "Ada"}, 422, "invalid_input"),
        ("reject", {}, 422, "invalid_input"),
        ("reject", {"reason": ""}, 422, "invalid_input"),
        ("approve", {"text": "x"}, 422, "invalid_input"),
        ("approve", {"draft_id": None}, 422, "invalid_input"),
        ("approve", {"draft_id": "another"}, 409, "already_decided"),
    ],
    ids=str,
)
def test_a_decision_that_is_not_whole_decides_nothing(
    samuel: Customer, held: Sse, desk: Desk, what: str, body: dict[str, Any], status: int, code: str
) -> None:
    refused(desk.turn(held, what, **body), status, code)
    assert since(samuel, held) == []


@pytest.mark.parametrize("second", ["approve", "edit", "reject"])
def test_what_is_decided_is_not_decided_again(
    samuel: Customer, held: Sse, desk: Desk, other_desk: Desk, second: str
) -> None:
    desk.turn(held, "approve")
    bodies = {"approve": {}, "edit": {"text": "another"}, "reject": {"reason": "late"}}

    refused(other_desk.turn(held, second, **bodies[second]), 409, "already_decided")

    assert [kind for kind, _ in since(samuel, held)] == ["reply.completed"]


def test_a_draft_that_was_dropped_because_he_wrote_again_is_not_sent(samuel: Customer, held: Sse, desk: Desk) -> None:
    seen = desk.draft_id()
    assert samuel.asks("hello").kind == "reply.held"

    for what, body in (("approve", {}), ("edit", {"text": "x"}), ("reject", {"reason": "x"})):
        refused(desk.turn(held, what, draft_id=seen, **body), 409, "already_decided")

    assert DRAFT not in str(samuel.sees())
    assert desk.turn(held, "approve").status_code == 200, "the one that waits now"


def test_who_takes_over_writes_in_her_own_name_hands_back_and_the_assistant_answers(
    samuel: Customer, held: Sse, desk: Desk
) -> None:
    assert desk.does("take-over").status_code == 200
    assert desk.does("take-over").status_code == 200
    said = desk.does("messages", text="Hello, Sam here. <i>One</i> moment.")
    assert said.status_code == 201
    assert desk.waiting() == []
    assert desk.does("hand-back").status_code == 200
    assert desk.does("hand-back").status_code == 200

    assert (said.json()["author"], said.json()["author_name"]) == ("supervisor", "Sam")
    taken, (kind, message), back = since(samuel, held)
    assert taken == ("handling.changed", {"mode": "manual", "agent": "Sam"})
    assert (kind, message["text"]) == ("message.created", "Hello, Sam here. <i>One</i> moment.")
    assert (message["author"], message["author_name"]) == ("supervisor", "Sam")
    assert back == ("handling.changed", {"mode": "auto", "agent": None})
    assert samuel.asks("hello").kind == "reply.completed"


def test_handed_back_without_a_word_the_assistant_answers_what_waits(samuel: Customer, desk: Desk) -> None:
    desk.does("take-over")
    samuel.writes("hello")
    last = samuel.sees()["last_event_id"]
    assert desk.does("hand-back").status_code == 200
    with samuel.listens(last) as stream:
        assert [event.kind for event in stream.until("reply.completed") if event.id][-1] == "reply.completed"


def test_while_a_person_has_it_the_assistant_is_silent(samuel: Customer, desk: Desk) -> None:
    desk.does("take-over")
    samuel.writes(WHERE)

    assert samuel.sees()["working"] is False
    assert [event.kind for event in samuel.told()] == ["handling.changed", "message.accepted"]
    [item] = desk.waiting()
    assert [asked["text"] for asked in item["asked"]] == [WHERE]


def test_a_resolved_conversation_is_told_once_and_reopened_by_a_message(
    samuel: Customer, held: Sse, desk: Desk
) -> None:
    assert [desk.does("resolve").status_code for _ in range(2)] == [200, 200]
    assert samuel.sees()["status"] == "resolved"
    assert samuel.post("satisfaction", {"score": 4}).status_code == 204
    samuel.asks("hello")

    assert [kind for kind, _ in since(samuel, held)] == [
        "conversation.resolved",
        "conversation.reopened",
        "message.accepted",
        "reply.completed",
    ]


def test_a_second_agent_finds_it_taken(samuel: Customer, desk: Desk, other_desk: Desk) -> None:
    desk.does("take-over")
    refused(other_desk.does("take-over"), 409, "already_taken")
    refused(other_desk.does("messages", text="Hello"), 409, "already_taken")
    assert samuel.sees()["agent"] == "Sam"


def test_who_has_not_taken_over_does_not_write(samuel: Customer, desk: Desk) -> None:
    refused(desk.does("messages", text="Hello"), 409, "take_over_first")
    samuel.post("person")
    refused(desk.does("messages", text="Hello"), 409, "take_over_first")
    assert samuel.sees()["messages"] == []


def test_the_same_message_of_an_agent_again_is_the_same_message(samuel: Customer, desk: Desk) -> None:
    desk.does("take-over")
    first = desk.does("messages", text="Hello", client_message_id="a-1")
    again = desk.does("messages", text="Hello", client_message_id="a-1")

    assert (again.status_code, again.json()) == (201, first.json())
    assert len(samuel.sees()["messages"]) == 1
    refused(desk.does("messages", text="Good day", client_message_id="a-1"), 409, "message_conflict")
    refused(desk.does("messages", text="Hello", client_message_id="a 1"), 422, "invalid_input")
    refused(desk.does("messages", text="\x00"), 422, "empty_message")


def test_a_transcript_shows_all_and_who_has_it(samuel: Customer, held: Sse, desk: Desk) -> None:
    desk.does("take-over")
    seen = desk.transcript()
    assert (seen["customer_id"], seen["mode"], seen["agent"]) == ("C-4", "manual", "Sam")
    assert seen["messages"] == samuel.sees()["messages"]
