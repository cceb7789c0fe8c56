"""What the chain does without one of the things it leans on: less, visibly, and never an invented answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from app.adapters.crm_memory import MemoryCustomerRecords
from app.adapters.fallback_index import FallbackIndex
from app.adapters.memory import NoInteractions, ScriptedChat
from app.domain.evidence import DraftContext
from app.domain.ids import CustomerId
from app.domain.reply import ApprovalEstimate, Delivery, FlagReason, Origin
from app.domain.retrieval import InteractionStatus, PolicyPassage, RetrievedInteraction
from app.errors import DeadlineExceeded, DependencyDown, IndexDown, ModelDown
from app.ports import ChatCompletion
from tests.pipeline.chain import MAYA, PASSAGES, PLAYBOOK, approved, build_parts, lexical, talk

LATE = "Your order {order_id} is {days_late} late, and it is now expected on {delivery_date}."


class BrokenIndex(NoInteractions):
    """An index whose every search fails."""

    def search(
        self, question: str, *, situation: str | None = None, intent: str | None = None, limit: int = 5
    ) -> list[RetrievedInteraction]:
        raise IndexDown("switched off")

    def search_passages(self, question: str, *, pages: Sequence[str] = (), limit: int = 3) -> list[PolicyPassage]:
        raise IndexDown("switched off")

    def replace_passages(self, passages: Sequence[PolicyPassage]) -> None:
        raise IndexDown("switched off")

    def count_passages(self) -> int:
        raise IndexDown("switched off")


def test_without_the_records_nothing_personal_is_said_and_a_person_takes_over() -> None:
    parts = build_parts()
    assert isinstance(parts.records, MemoryCustomerRecords)
    parts.records.down = True

    record = talk(MAYA, parts).says("where is LF-10482?")

    assert record.delivered.startswith("I cannot see our order records at the moment")
    assert record.decision.delivery is Delivery.HAND_OFF
    assert [flag.reason for flag in record.decision.reasons if flag.reason is FlagReason.CRM_DOWN]
    assert record.degradations == ("crm_down",)
    assert parts.degradations.counts == {"crm_down": 1}
    assert record.situations[0].facts == ()


def test_without_the_records_questions_about_the_shop_are_still_answered() -> None:
    parts = build_parts()
    assert isinstance(parts.records, MemoryCustomerRecords)
    parts.records.down = True

    record = talk(MAYA, parts).says("what delivery options are there?")

    assert record.decision.delivery is Delivery.SEND
    assert record.delivered.startswith("Standard delivery takes")


def test_when_the_records_come_back_the_next_turn_has_them() -> None:
    parts = build_parts()
    assert isinstance(parts.records, MemoryCustomerRecords)
    conversation = talk(MAYA, parts)
    parts.records.down = True
    conversation.says("where is my parcel")
    parts.records.down = False

    record = conversation.says("where is my parcel")

    assert record.degradations == ()
    assert "LF-10482" in record.delivered


def test_a_customer_that_the_records_do_not_know_is_no_stranger_without_a_sign_in() -> None:
    record = talk(CustomerId("C-404")).says("where is my parcel")

    assert record.decision.delivery is Delivery.HAND_OFF
    assert "sign in" not in record.delivered


def test_without_the_vector_index_replies_are_found_by_their_words() -> None:
    words = lexical([approved("track_order/late", LATE, "where is my parcel")])
    index = FallbackIndex(BrokenIndex(), words)
    parts = replace(build_parts(), interactions=index, passages=index)

    record = talk(MAYA, parts).says("where is my parcel")

    assert record.decision.delivery is Delivery.SEND
    assert "LF-10482 is 3 days late" in record.delivered
    assert index.falls == 2
    assert index.last_failure == "switched off"


def test_without_any_index_nothing_is_invented() -> None:
    parts = replace(build_parts(), interactions=BrokenIndex(), passages=BrokenIndex())

    record = talk(MAYA, parts).says("where is my parcel")

    assert record.decision.delivery is Delivery.HAND_OFF
    assert record.proposed is None
    assert record.degradations == ("index_down",)
    assert parts.degradations.counts == {"index_down": 1}


@pytest.mark.parametrize("error", [ModelDown("gone"), DeadlineExceeded("slow")])
def test_without_the_model_approved_replies_still_answer(error: DependencyDown) -> None:
    record = talk(MAYA, build_parts(model=ScriptedChat([error]))).says("where is my parcel")

    assert record.decision.delivery is Delivery.SEND
    assert record.origin is Origin.APPROVED


@pytest.mark.parametrize(("error", "code"), [(ModelDown("gone"), "model_down"), (DeadlineExceeded("slow"), "deadline")])
def test_without_the_model_and_an_approved_reply_a_person_takes_over(error: DependencyDown, code: str) -> None:
    parts = build_parts(interactions=(), model=ScriptedChat([error]))

    record = talk(MAYA, parts).says("where is my parcel")

    assert record.decision.delivery is Delivery.HAND_OFF
    assert record.decision.reasons[0].reason is FlagReason.NO_CANDIDATE
    assert record.degradations == (code,)
    assert record.delivered.startswith("I am handing this over to a colleague")


def test_the_model_is_asked_only_when_no_approved_reply_is_good_enough() -> None:
    model = ScriptedChat(lambda _: LATE)
    talk(MAYA, build_parts(model=model)).says("where is my parcel")
    assert model.requests == []

    talk(MAYA, build_parts(interactions=(), model=model, drafts=1)).says("where is my parcel")
    assert len(model.requests) == 1


def test_the_prompt_shows_counts_and_the_names_of_slots_and_never_a_value() -> None:
    model = ScriptedChat(lambda _: LATE)

    talk(MAYA, build_parts(interactions=(), model=model)).says("I am Maya Okafor, where is LF-10482?")

    request = model.requests[0]
    prompt = "\n".join(message.content for message in request.messages)
    assert "bought from our store 5 times in the past six months and ordered the same product 1 times" in prompt
    assert "delayed by 3 days" in prompt
    assert "{order_id}" in prompt
    assert request.grammar is not None
    for secret in ("Maya", "Okafor", "10482", "March", "northway"):
        assert secret not in prompt


def test_a_good_draft_is_held_until_drafts_may_send() -> None:
    drafts = ScriptedChat(lambda _: LATE)
    held = talk(MAYA, build_parts(interactions=(), model=drafts)).says("where is my parcel")
    assert held.decision.delivery is Delivery.HOLD
    assert FlagReason.UNVERIFIED_DRAFT in {flag.reason for flag in held.flags}
    assert held.origin is Origin.DRAFTED

    parts = build_parts(interactions=(), model=drafts, drafts_may_send=True)
    unverified = talk(MAYA, replace(parts, verifier=None)).says("where is my parcel")
    assert unverified.decision.delivery is Delivery.HOLD
    sent = talk(MAYA, replace(parts, verifier=ByLength())).says("where is my parcel")
    assert "LF-10482 is 3 days late" in sent.delivered


def test_the_draft_that_the_verifier_likes_best_is_chosen_and_its_word_counts_with_the_intents() -> None:
    longer = f"{LATE} A colleague can ask the carrier where the parcel for {{order_id}} is."
    drafts = ScriptedChat([longer.replace("{days_late} late", "late by {days_late}"), LATE])
    parts = replace(build_parts(interactions=(), model=drafts, drafts_may_send=True, drafts=2), verifier=ByLength())
    record = talk(MAYA, parts).says("where is my parcel")
    chosen = record.situations[0].chosen
    assert chosen is not None
    assert (chosen.text, chosen.estimate) == (LATE, ApprovalEstimate(round(0.97 * 0.97, 3), "short"))
    assert len(record.situations[0].candidates) == 2
    assert [(request.n, request.temperature > 0, request.surprise) for request in drafts.requests] == [
        (1, False, True),
        (1, True, True),
    ]


def test_where_the_likeliest_draft_will_do_no_other_is_asked_for() -> None:
    drafts = ScriptedChat(lambda _: LATE)
    parts = replace(build_parts(interactions=(), model=drafts, drafts_may_send=True, drafts=6), verifier=ByLength())
    assert talk(MAYA, parts).says("where is my parcel").decision.delivery is Delivery.SEND
    assert len(drafts.requests) == 1


def test_a_model_that_fails_after_its_first_draft_leaves_that_one() -> None:
    longer = f"{LATE} A colleague can ask the carrier where the parcel for {{order_id}} is."
    drafts = ScriptedChat([longer, ModelDown("gone")])
    parts = replace(build_parts(interactions=(), model=drafts, drafts=3), verifier=Unsure())
    record = talk(MAYA, parts).says("where is my parcel")
    assert [candidate.text for candidate in record.situations[0].candidates] == [longer]
    assert record.degradations == ("model_down",)


def test_a_sentence_that_a_draft_did_not_need_is_left_out_and_the_record_says_so() -> None:
    drafts = ScriptedChat(lambda _: f"{LATE} I have refunded you.")
    parts = replace(build_parts(interactions=(), model=drafts, drafts_may_send=True), verifier=ByLength())
    record = talk(MAYA, parts).says("where is my parcel")
    chosen = record.situations[0].chosen
    assert chosen is not None
    assert chosen.text == LATE
    assert chosen.source.endswith(", shortened")


class ByLength:
    """A `Verifier` that likes it no longer than need be."""

    version = "by length"

    def estimate(self, drafts: Sequence[ChatCompletion], context: DraftContext) -> list[ApprovalEstimate]:
        return [ApprovalEstimate(0.97 if draft.text == LATE else 0.1, "short") for draft in drafts]


class Unsure:
    """A `Verifier` that likes the longest best, and that little."""

    version = "unsure"

    def estimate(self, drafts: Sequence[ChatCompletion], context: DraftContext) -> list[ApprovalEstimate]:
        return [ApprovalEstimate(len(draft.text) / 10_000, "long") for draft in drafts]


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        ("Your order LF-10482 is {days_late} late, expected on {delivery_date}.", FlagReason.MISSING_FACT),
        (f"{LATE} I have refunded you.", FlagReason.UNDONE_ACTION),
        (f"{LATE} It comes tomorrow.", FlagReason.UNSUPPORTED_LITERAL),
        (f"{LATE} Your refund of {{refund_amount}} is here.", FlagReason.UNKNOWN_SLOT),
        (f"{LATE} And {'so on ' * 120}", FlagReason.CUT_OFF),
        ("", FlagReason.MISSING_FACT),
    ],
)
def test_a_draft_that_breaks_a_rule_is_held_even_when_drafts_may_send(draft: str, reason: FlagReason) -> None:
    parts = build_parts(interactions=(), model=ScriptedChat(lambda _: draft), drafts_may_send=True, send_threshold=0.05)

    record = talk(MAYA, parts).says("where is my parcel")

    assert record.decision.delivery is Delivery.HOLD
    assert reason in {flag.reason for flag in record.flags}


RULE = PLAYBOOK.rule("track_order/late")
assert RULE is not None


@pytest.mark.parametrize(
    ("rests_on", "used"),
    [
        ({"playbook:track_order/late": RULE.version}, True),
        ({"playbook:track_order/late": "an older one"}, False),
        ({"playbook:track_order/gone": RULE.version}, False),
        ({"policy:tracking": "an older one"}, False),
        ({"product:P-404": "one that is gone"}, False),
    ],
)
def test_an_approved_reply_rests_when_something_it_rests_on_has_changed(rests_on: dict[str, str], used: bool) -> None:
    past = [approved("track_order/late", LATE, rests_on=rests_on)]

    assert (talk(MAYA, build_parts(interactions=past)).says("where is my parcel").origin is Origin.APPROVED) is used


@pytest.mark.parametrize("status", [InteractionStatus.RESTING, InteractionStatus.WITHDRAWN])
def test_a_reply_that_rests_or_is_withdrawn_is_not_found(status: InteractionStatus) -> None:
    past = [approved("track_order/late", LATE, status=status)]

    assert talk(MAYA, build_parts(interactions=past)).says("where is my parcel").proposed is None


def test_a_reply_about_one_product_is_not_used_for_another() -> None:
    about_tents = [approved("product_question/in_stock", "{product}: {product_details}", product_id="P-4")]

    record = talk(MAYA, build_parts(interactions=about_tents)).says("tell me about the kettle")

    assert record.situations[0].key == "product_question/in_stock"
    assert record.situations[0].candidates == ()


@pytest.mark.parametrize(
    ("script", "problems"),
    [
        (lambda _: LATE.replace("Your order", "Order"), False),
        (lambda _: "Order {order_id} is {days_late} late, sorry.", True),
        (lambda _: f"{LATE} I have refunded it.", True),
    ],
)
def test_a_refined_reply_is_recorded_in_shadow_and_never_delivered(
    script: Callable[[object], str], problems: bool
) -> None:
    conversation = talk(MAYA, build_parts(model=ScriptedChat(script), refine_in_shadow=True))
    outcome = conversation.outcome("where is my parcel")

    record = conversation.assistant.refine_after(outcome)

    refined = record.situations[0].refined
    assert refined is not None
    assert bool(refined.problems) is problems
    assert not refined.delivered
    assert record.delivered == outcome.record.delivered
    assert conversation.store.turn(record.id) == record


def test_no_passage_is_needed_for_a_situation_without_pages() -> None:
    assert PASSAGES
    assert talk(MAYA).says("hello").situations[0].passages == ()
