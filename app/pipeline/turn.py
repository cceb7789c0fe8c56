"""One turn, from the customer's words to the decision. `answer_turn` is the picture of the whole product."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from app.domain import extraction
from app.domain.conversation import OpenQuestion
from app.domain.customer import CustomerContext
from app.domain.playbook import About
from app.domain.reply import Delivery, DeliveryDecision, Flag, FlagReason, Reply, Severity
from app.domain.turn import Retrieved, Situation, StageTime, TurnRecord
from app.domain.understanding import Move
from app.errors import CrmDown
from app.pipeline.answer import Answered, answer, shadowed
from app.pipeline.compose import compose, notice
from app.pipeline.decide import decide
from app.pipeline.deliver import what_she_is_told
from app.pipeline.gather import gather, read_customer
from app.pipeline.guard import guard
from app.pipeline.guards.attacks import screened
from app.pipeline.guards.inspection import Inspection
from app.pipeline.parts import Parts, Turn
from app.pipeline.refine import refine, wants_refining, with_refined_draft
from app.pipeline.understand import Understood, understand


@dataclass(slots=True)
class Watch:
    """Times the stages and collects what had to be done without."""

    times: list[StageTime] = field(default_factory=list)
    degradations: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times what runs inside."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.times.append(StageTime(name, round((time.perf_counter() - start) * 1000, 2)))


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """The record, and the working parts that later stages and the next turn's state are made from."""

    record: TurnRecord
    answered: tuple[Answered, ...]
    understood: Understood


def answer_turn(turn: Turn, parts: Parts) -> TurnOutcome:
    """Understand, gather, answer, refine, guard, decide. What runs in shadow follows delivery: `refined_in_shadow`."""
    watch = Watch()
    with watch.stage("records"):
        context = _customer(turn, parts, watch)
    with watch.stage("understand"):
        understood = understand(turn, context, parts)
    if (outcome := _without_answering(turn, understood, parts, watch)) is not None:
        return outcome
    with watch.stage("gather"):
        gathered, left_out = screened(gather(turn, understood, context, parts), parts)
    with watch.stage("answer"):
        answered = answer(turn, gathered, parts)
    if parts.meaning is not None and any(wants_refining(item) for item in answered):
        with watch.stage("refine"):
            answered = tuple(with_refined_draft(item, turn.conversation_id, parts) for item in answered)
    with watch.stage("compose"):
        reply = compose(turn, answered, parts)
    with watch.stage("guard"):
        found = (*left_out, *guard(Inspection(turn, understood.masked, context, answered, reply, parts)))
    with watch.stage("decide"):
        decision, flags = decide(turn, answered, reply, found, parts)
    watch.degradations += [*gathered.degradations, *(name for item in answered for name in item.degradations)]
    return TurnOutcome(_record(turn, understood, answered, reply, decision, flags, parts, watch), answered, understood)


def given_up(turn: Turn, parts: Parts, why: str) -> TurnOutcome:
    """What becomes of a turn that cannot be answered at all: a person gets it. Nothing of the chain is used."""
    flag = Flag(FlagReason.INTERNAL_ERROR, Severity.HAND_OFF, why)
    understood = Understood("", None, (), Move.REQUEST)  # her words stand in the conversation's messages
    decision = DeliveryDecision(Delivery.HAND_OFF, (flag,))
    return TurnOutcome(_record(turn, understood, (), None, decision, (flag,), parts, Watch()), (), understood)


def refined_in_shadow(outcome: TurnOutcome, parts: Parts) -> TurnRecord:
    """The record with what stage three would have made of each body; nothing of it is delivered."""
    watch = Watch()
    situations = list(outcome.record.situations)
    with watch.stage("refine (shadow)"):
        for index, item in enumerate(outcome.answered):
            refined, prompt = refine(item, outcome.record.conversation_id, parts)
            prompts = (*situations[index].prompts, prompt) if prompt else situations[index].prompts
            situations[index] = replace(situations[index], refined=refined, prompts=prompts)
    return replace(outcome.record, situations=tuple(situations), timings=(*outcome.record.timings, *watch.times))


def drafted_in_shadow(outcome: TurnOutcome, record: TurnRecord, parts: Parts) -> TurnRecord:
    """The record with what a version in shadow would have drafted; nothing of it is delivered. The same record when
    there is nothing of it."""
    watch = Watch()
    with watch.stage("answer (shadow)"):
        drafts = [shadowed(item, record.conversation_id, parts) for item in outcome.answered]
    if not any(drafts):
        return record
    situations = tuple(
        replace(situation, shadowed=draft) for situation, draft in zip(record.situations, drafts, strict=True)
    )
    return replace(record, situations=situations, timings=(*record.timings, *watch.times))


def _customer(turn: Turn, parts: Parts, watch: Watch) -> CustomerContext | None:
    try:
        return read_customer(turn, parts)
    except CrmDown as error:
        parts.degradations.count(error.code)
        watch.degradations.append(error.code)
        return None


def _without_answering(turn: Turn, understood: Understood, parts: Parts, watch: Watch) -> TurnOutcome | None:
    """Turns that need no search for a reply: a language the bot does not speak, a bare yes or no."""
    notices = parts.notices
    spoken = parts.policy.language
    if understood.language not in (None, spoken):
        text = notices.languages.get(understood.language or "", notices.languages["en"])
        flag = Flag(
            FlagReason.UNSPOKEN_LANGUAGE,
            Severity.HAND_OFF,
            f"written in “{understood.language}”; the bot speaks {spoken}",
        )
        decision = DeliveryDecision(Delivery.HAND_OFF, (flag,))
        reply = notice(text, parts)
    elif understood.move is Move.AFFIRM and turn.state.open_question is OpenQuestion.PASS_TO_PERSON:
        flag = Flag(FlagReason.PERSON_REQUESTED, Severity.HAND_OFF, "the customer accepted the offer to pass it on")
        decision = DeliveryDecision(Delivery.HAND_OFF, (flag,), turn.state.offered_action)
        reply = notice(notices.accepted_offer, parts)
    elif understood.move in (Move.AFFIRM, Move.DENY):
        flag = None
        decision = DeliveryDecision(Delivery.SEND)
        reply = notice(notices.not_done if _expects_action(turn, parts) else notices.declined_offer, parts)
    else:
        return None
    flags = (flag,) if flag else ()
    return TurnOutcome(_record(turn, understood, (), reply, decision, flags, parts, watch), (), understood)


def _expects_action(turn: Turn, parts: Parts) -> bool:
    """Whether she says "do that" to a reply that told her how to do it herself: "all right" would seem a promise."""
    entry = parts.playbook.intents.get(turn.state.last_intent or "")
    acts = entry is not None and entry.about in (About.ORDER, About.ACCOUNT)
    return acts and extraction.wants_it_done(turn.text)


def _record(
    turn: Turn,
    understood: Understood,
    answered: tuple[Answered, ...],
    reply: Reply | None,
    decision: DeliveryDecision,
    flags: tuple[Flag, ...],
    parts: Parts,
    watch: Watch,
) -> TurnRecord:
    versions = {
        "playbook": parts.playbook.version,
        "intent_head": parts.classifier.version,
        "index": parts.index_version,
        "model": _wrote(answered) or (parts.model.version if parts.model else "none"),
        "injection": parts.injection.version if parts.injection else "none",
        "toxicity": parts.toxicity.version if parts.toxicity else "none",
        "sentiment": parts.sentiment.version if parts.sentiment else "none",
    }
    situations = tuple(_situation(item) for item in answered) or tuple(
        Situation(request, None) for request in understood.requests
    )
    return TurnRecord(
        id=turn.id,
        conversation_id=turn.conversation_id,
        customer_id=turn.customer_id,
        at=turn.at,
        asked=understood.masked,
        situations=situations,
        flags=flags,
        decision=decision,
        proposed=reply,
        delivered=what_she_is_told(reply, decision, parts),
        versions=versions,
        timings=tuple(watch.times),
        degradations=tuple(dict.fromkeys(watch.degradations)),
    )


def _wrote(answered: tuple[Answered, ...]) -> str:
    """The versions of the model that were asked in this turn; empty when none was."""
    return ", ".join(dict.fromkeys(prompt.model for item in answered for prompt in item.prompts))


def _situation(item: Answered) -> Situation:
    case = item.case
    return Situation(
        request=case.request,
        key=case.rule.key if case.rule else None,
        signs=dict(case.signs),
        facts=case.facts,
        retrieved=tuple(
            Retrieved(hit.interaction.id, hit.interaction.situation, round(hit.score, 3)) for hit in case.past
        ),
        passages=case.passages,
        candidates=item.candidates,
        prompts=item.prompts,
        refined=item.refined,
    )
