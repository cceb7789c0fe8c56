"""Which version of the model wrote what: named in the record, the same for a conversation, unheard in shadow."""

from dataclasses import replace

from app.adapters.memory import ScriptedChat
from app.domain.reply import FlagReason
from app.errors import DependencyDown, ModelDown
from app.ports import ChatCompletion, ChatRequest
from tests.pipeline.chain import MAYA, Talk, build_parts, talk

LATE = "Your order {order_id} is {days_late} late, and it is now expected on {delivery_date}."


class Versions(ScriptedChat):
    """A model whose conversations are answered by versions of their own."""

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        name = f"{request.task} for {request.conversation}"
        return [replace(completion, version=name) for completion in super().complete(request)]


class Shadow:
    """A `ShadowModel` that says what it is told to, or is down."""

    def __init__(self, *said: str, down: DependencyDown | None = None) -> None:
        self._said = said
        self._down = down
        self.requests: list[ChatRequest] = []

    def in_shadow(self, request: ChatRequest) -> list[ChatCompletion]:
        self.requests.append(request)
        if self._down is not None:
            raise self._down
        return [ChatCompletion(text, True, 1, 0, 1, version="the next one") for text in self._said]


def asks(shadow: Shadow, *, approved: bool = False) -> Talk:
    """Maya, to a chain with this in shadow and without stage three."""
    past = None if approved else ()
    model = Versions(lambda _: LATE)
    return talk(MAYA, replace(build_parts(interactions=past, model=model, refine_in_shadow=False), shadow=shadow))


def test_the_record_names_the_version_that_wrote_the_draft_of_this_conversation() -> None:
    conversation = talk(MAYA, build_parts(interactions=(), model=Versions(lambda _: LATE)))
    record = conversation.says("where is my parcel")
    wrote = f"answer for {conversation.id}"
    assert record.versions["model"] == wrote
    assert record.situations[0].prompts[0].model == wrote
    assert record.situations[0].candidates[0].source == f"{wrote} answer.order.v1"


def test_a_turn_that_asked_no_model_names_the_one_that_would_have_answered() -> None:
    record = talk(MAYA, build_parts(model=Versions(lambda _: LATE, version="live"))).says("where is my parcel")
    assert record.versions["model"] == "live"


def test_what_polishes_a_reply_is_named_too() -> None:
    conversation = talk(MAYA, build_parts(model=Versions(lambda _: LATE), refine_in_shadow=True))
    record = conversation.assistant.refine_after(conversation.outcome("where is my parcel"))
    refined = record.situations[0].refined
    assert refined is not None
    assert refined.model == f"refine for {conversation.id}"


def test_a_version_in_shadow_drafts_after_the_reply_and_nothing_of_it_is_delivered() -> None:
    shadow = Shadow(f"{LATE} I have refunded you.")
    conversation = asks(shadow)
    outcome = conversation.outcome("where is my parcel")
    assert shadow.requests == []

    record = conversation.assistant.refine_after(outcome)

    draft = record.situations[0].shadowed
    assert draft is not None
    assert (draft.text, draft.version) == (f"{LATE} I have refunded you.", "the next one")
    assert FlagReason.UNDONE_ACTION in {flag.reason for flag in draft.violations}
    assert record.delivered == outcome.record.delivered
    assert record.situations[0].candidates == outcome.record.situations[0].candidates
    assert conversation.store.turn(record.id) == record
    (request,) = shadow.requests
    assert (request.n, request.task, request.conversation) == (1, "answer", conversation.id)
    assert request.patient, "customers come first"
    assert request.grammar is not None


def test_where_no_draft_was_asked_for_none_is_made_in_shadow() -> None:
    shadow = Shadow(LATE)
    conversation = asks(shadow, approved=True)
    outcome = conversation.outcome("where is my parcel")
    assert conversation.assistant.refine_after(outcome) is outcome.record
    assert shadow.requests == []


def test_a_turn_is_as_it_was_when_no_version_is_in_shadow_or_it_is_down() -> None:
    for shadow in (Shadow(), Shadow(down=ModelDown("gone"))):
        conversation = asks(shadow)
        outcome = conversation.outcome("where is my parcel")
        assert conversation.assistant.refine_after(outcome) is outcome.record
    assert conversation.assistant.parts.degradations.counts == {"model_down": 1}
