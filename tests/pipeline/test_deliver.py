"""What a turn leaves for the next one."""

from app.domain.conversation import DialogueState, OpenQuestion
from app.domain.reply import DeliveryDecision
from app.pipeline.deliver import remembered
from app.pipeline.parts import Turn
from tests.builders import NOW, SHOES
from tests.pipeline.chain import MAYA, SAMUEL, TOM, approved, build_parts, talk


def test_a_sent_reply_leaves_its_order_its_intent_and_that_she_was_greeted() -> None:
    conversation = talk(MAYA)
    conversation.says("where is LF-10482")

    state = conversation.state
    assert (state.order_in_focus, state.last_intent, state.greeted) == ("LF-10482", "track_order", True)
    assert (state.failed_attempts, state.open_question) == (0, None)
    assert state.used_interactions == ("track_order/late Your order {order_id",)


def test_a_reply_she_has_had_already_makes_way_for_a_fresh_one() -> None:
    late = "{order_id} is {days_late} late, expected on {delivery_date}."
    past = [approved("track_order/late", f"One: {late}"), approved("track_order/late", f"Two: {late}")]
    conversation = talk(MAYA, build_parts(interactions=past))

    first, second = (conversation.says("where is my parcel").delivered for _ in range(2))

    assert "One: LF-10482" in first
    assert "Two: LF-10482" in second


def test_a_held_reply_leaves_no_question_and_no_greeting_and_counts_as_a_failure() -> None:
    conversation = talk(TOM, build_parts(send_threshold=0.99))
    conversation.says("cancel my order")

    state = conversation.state
    assert (state.open_question, state.offered_orders, state.greeted) == (None, (), False)
    assert state.failed_attempts == 1
    assert state.used_interactions == ()


def test_failures_count_only_in_a_row() -> None:
    conversation = talk(MAYA, build_parts(interactions=()))
    conversation.says("where is my parcel")
    conversation.says("where is my parcel")
    assert conversation.state.failed_attempts == 2

    conversation.says("no thanks")
    assert conversation.state.failed_attempts == 0


def test_a_question_which_leaves_the_orders_in_the_order_of_the_list() -> None:
    conversation = talk(TOM)
    conversation.says("cancel my order")

    state = conversation.state
    assert state.open_question is OpenQuestion.WHICH_ORDER
    assert state.offered_orders == ("LF-20002", "LF-20001")


def test_an_offer_leaves_what_a_person_would_do() -> None:
    conversation = talk(SAMUEL)
    conversation.says("cancel my order")

    assert conversation.state.open_question is OpenQuestion.PASS_TO_PERSON
    assert conversation.state.offered_action == "cancel_order"


def test_a_reply_that_makes_no_offer_leaves_none_open() -> None:
    conversation = talk(MAYA)
    conversation.says("cancel LF-10482")

    assert conversation.state.open_question is None


def test_a_product_spoken_of_stays_in_focus_while_an_order_is_asked_about() -> None:
    conversation = talk(MAYA)
    conversation.says("tell me about the Ridgeline Trail Shoes")
    conversation.says("where is LF-10482")

    assert conversation.state.product_in_focus == SHOES.id
    assert conversation.state.order_in_focus == "LF-10482"


def test_a_bare_answer_closes_the_question_and_keeps_the_focus() -> None:
    state = DialogueState(order_in_focus=None, last_intent="track_order", open_question=OpenQuestion.PASS_TO_PERSON)
    outcome = talk(MAYA).outcome("no thanks")
    turn = Turn(outcome.record.id, outcome.record.conversation_id, MAYA, ("no",), state, NOW)

    after = remembered(turn, (), outcome.record.decision)

    assert (after.open_question, after.last_intent) == (None, "track_order")


def test_only_the_latest_used_replies_are_remembered() -> None:
    used = tuple(f"past_{number}" for number in range(40))
    outcome = talk(MAYA).outcome("where is my parcel")
    state = DialogueState(used_interactions=used)
    turn = Turn(outcome.record.id, outcome.record.conversation_id, MAYA, ("where",), state, NOW)

    after = remembered(turn, outcome.answered, DeliveryDecision(outcome.record.decision.delivery))

    assert len(after.used_interactions) == 30
    assert after.used_interactions[-1].startswith("track_order/late")
