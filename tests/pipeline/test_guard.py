"""Each guard fires on what it is there for, stays silent otherwise, and holds the reply when it fails itself."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from app.domain.reply import Delivery, Flag, FlagReason, Reply, Severity
from app.domain.text import sentences
from app.pipeline import guard as guards
from app.pipeline.guard import guard
from app.pipeline.guards.inspection import Guard, Inspection
from app.pipeline.guards.lanes import Lanes
from app.pipeline.parts import Parts
from app.pipeline.turn import TurnOutcome
from tests.pipeline.chain import CUSTOMERS, MAYA, build_parts, talk
from tests.pipeline.inspections import a_turn

PARTS = build_parts()
OUTCOME = talk(MAYA, PARTS).outcome("where is LF-10482?")
assert OUTCOME.record.proposed is not None
GOOD = OUTCOME.record.proposed.text


def inspection(text: str, parts: Parts = PARTS, outcome: TurnOutcome = OUTCOME) -> Inspection:
    reply = Reply(text, text, tuple(sentences(text)))
    return Inspection(a_turn("where is LF-10482?"), "where is [order]?", CUSTOMERS[0], outcome.answered, reply, parts)


def reasons(text: str) -> list[FlagReason]:
    flags = guard(inspection(text))
    assert all(flag.severity is Severity.HOLD for flag in flags)
    return [flag.reason for flag in flags]


def test_a_reply_made_of_facts_and_pages_is_let_through() -> None:
    assert "3 days late" in GOOD
    assert reasons(GOOD) == []


@pytest.mark.parametrize("slot", ["{delivery_date}", "{anything}"])
def test_an_unfilled_slot_is_held(slot: str) -> None:
    assert reasons(f"{GOOD} It comes {slot}.") == [FlagReason.UNFILLED_SLOT]


@pytest.mark.parametrize("piece", ["{Order}", "{ order_id }", "{{", "a } b", "{order_id"])
def test_a_brace_never_reaches_a_customer(piece: str) -> None:
    assert FlagReason.UNFILLED_SLOT in reasons(f"{GOOD} Look at {piece} there.")


@pytest.mark.parametrize(
    "piece",
    [
        "You get $500 back.",
        "You get 20 dollars back.",
        "It comes tomorrow.",
        "It comes on March 9.",
        "It takes two weeks.",
        "It takes 47 days.",
        "Order LF-20002 is fine.",
        "Write to help@evil.example please.",
        "Look at https://evil.example/track please.",
        "Please ask Jonathan about it.",
    ],
)
def test_a_literal_that_stands_nowhere_is_held(piece: str) -> None:
    assert reasons(f"{GOOD} {piece}")[0] is FlagReason.UNSUPPORTED_LITERAL


@pytest.mark.parametrize(
    "piece", ["It comes on Wednesday, March 4.", "We bring LF-10482 to you.", "Call between 8 am and 8 pm Eastern."]
)
def test_a_literal_of_the_records_or_the_pages_is_let_through(piece: str) -> None:
    assert reasons(f"{GOOD} {piece}") == []


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        ("I have cancelled your order.", FlagReason.UNDONE_ACTION),
        ("We have passed it to a colleague.", FlagReason.UNDONE_ACTION),
        ("I am now updating your address.", FlagReason.UNDONE_ACTION),
        ("I promise that it comes.", FlagReason.PROMISE),
        ("You will receive a voucher.", FlagReason.PROMISE),
        ("We will refund you.", FlagReason.PROMISE),
    ],
)
def test_a_deed_or_a_promise_is_held(piece: str, reason: FlagReason) -> None:
    assert reasons(f"{GOOD} {piece}") == [reason]


@pytest.mark.parametrize(
    "piece", ["I can pass this to a colleague.", "A colleague can cancel it.", "Would you like me to pass it on?"]
)
def test_an_offer_is_no_deed(piece: str) -> None:
    assert reasons(f"{GOOD} {piece}") == []


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_reply_is_held(text: str) -> None:
    assert reasons(text) == [FlagReason.EMPTY]


def test_a_reply_that_is_too_long_is_held() -> None:
    most = PARTS.voice.most_characters
    longest = "We look at it and".ljust(most - 1, "y") + "."

    assert reasons(longest) == []
    assert reasons(f"y{longest}") == [FlagReason.TOO_LONG]


@pytest.mark.parametrize("text", ["Your parcel is on", "Your parcel is late,", "It is late. And then"])
def test_a_reply_without_an_end_is_held(text: str) -> None:
    assert reasons(text) == [FlagReason.CUT_OFF]


@pytest.mark.parametrize("text", ["It is late.", "Which one?", 'Choose "Cancel order"', "It is late (so far)."])
def test_a_reply_may_end_as_sentences_end(text: str) -> None:
    assert reasons(text) == []


def test_a_sentence_that_stands_there_twice_is_held() -> None:
    assert reasons("It is late. We are sorry. It is late.") == [FlagReason.REPEATED]


@pytest.mark.parametrize(
    "text",
    [
        "You write replies for a shop's customer service.",
        "As said: say only what situation and policy say. Fine.",
        "SLOTS: the number of the order.",
        "Here it is. SITUATION: The parcel is late.",
    ],
)
def test_what_repeats_our_instructions_is_held(text: str) -> None:
    assert reasons(text) == [FlagReason.PROMPT_LEAK]


def test_a_guard_that_fails_holds_the_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(inspection: Inspection) -> Iterable[Flag]:
        raise RuntimeError("the secret of LF-10482")

    monkeypatch.setattr(guards, "GUARDS", (Guard("broken", broken),))
    parts = build_parts()

    record = talk(MAYA, parts).says("where is my parcel")

    assert record.decision.delivery is Delivery.HOLD
    assert [flag.reason for flag in record.flags] == [FlagReason.GUARD_FAILED]
    assert record.flags[0].detail == "broken: RuntimeError"
    assert "LF-10482" not in record.delivered
    assert parts.degradations.counts == {"guard_failed": 1}


def test_a_guard_that_fails_half_way_keeps_the_others_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(inspection: Inspection) -> Iterable[Flag]:
        yield Flag(FlagReason.TOO_LONG, Severity.HOLD, "found before it failed")
        raise KeyError("half")

    monkeypatch.setattr(guards, "GUARDS", (Guard("half", half), *guards.GUARDS))

    assert reasons(GOOD) == [FlagReason.TOO_LONG, FlagReason.GUARD_FAILED]
    assert FlagReason.PROMISE in reasons(f"{GOOD} I promise that it comes.")


@pytest.fixture
def hanging() -> Iterator[Guard]:
    """A guard that hangs until the test is over."""
    released = threading.Event()

    def hangs(inspection: Inspection) -> Iterable[Flag]:
        released.wait()
        yield Flag(FlagReason.TOO_LONG, Severity.HOLD, "found much too late")

    yield Guard("hanging", hangs, by_model=True)
    released.set()


def test_a_guard_that_hangs_is_left_behind_and_holds_the_reply(hanging: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "GUARDS", (hanging, *guards.GUARDS))
    hurried = replace(PARTS, guard_rules=replace(PARTS.guard_rules, deadline_ms=500))

    flags = guard(inspection(f"{GOOD} I promise that it comes.", hurried))

    assert [flag.reason for flag in flags] == [FlagReason.GUARD_FAILED, FlagReason.PROMISE]
    assert flags[0].detail == "hanging: not done within 500 ms"


def test_guards_that_hang_turn_after_turn_do_not_pile_up(hanging: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def counted(inspection: Inspection) -> Iterable[Flag]:
        begun.append("one more")
        return hanging.look(inspection)

    monkeypatch.setattr(guards, "GUARDS", (replace(hanging, look=counted),))
    one_place = replace(PARTS, guard_rules=replace(PARTS.guard_rules, deadline_ms=50), lanes=Lanes(most=1))

    for _ in range(5):
        assert [flag.reason for flag in guard(inspection(GOOD, one_place))] == [FlagReason.GUARD_FAILED]

    assert begun == ["one more"]


def test_a_number_of_hers_is_echoed_only_for_the_request_that_names_it() -> None:
    unknown = talk(MAYA, PARTS).outcome("where is LF-99999?")
    text = "I cannot find LF-99999 here."

    assert guard(inspection(text, outcome=unknown)) == ()
    assert reasons(text) == [FlagReason.UNSUPPORTED_LITERAL, FlagReason.PERSONAL_DATA]


def test_the_guards_look_at_all_prompts() -> None:
    only_refine = replace(PARTS, prompts={"refine": PARTS.prompts["refine"]})
    text = "Keep every slot exactly as it is and keep the meaning."

    assert [flag.reason for flag in guard(inspection(text, only_refine))] == [FlagReason.PROMPT_LEAK]
