"""Stage two: candidates for each case, the verifier's word on each, and the best one.

Approved replies of the very situation come first. Only when none of them clears the threshold does the model draft,
under a grammar that admits the offered slots and no digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.evidence import DraftContext
from app.domain.facts import FactKind, slot_values
from app.domain.hard_rules import Offer, hard_rules, supports_of
from app.domain.ids import ConversationId
from app.domain.playbook import Family
from app.domain.relevance import beside_the_point
from app.domain.reply import ApprovalEstimate, Candidate, Flag, FlagReason, Origin, Severity
from app.domain.retrieval import InteractionStatus, PolicyPassage
from app.domain.text import tidy
from app.domain.turn import PromptSent, RefinedDraft, ShadowedDraft
from app.errors import DeadlineExceeded, ModelDown
from app.pipeline.clarify import clarifying_question
from app.pipeline.drafting import Judged, at_its_best, written
from app.pipeline.gather import Case, Gathered
from app.pipeline.grammar import reply_grammar
from app.pipeline.parts import Parts, Turn
from app.pipeline.verify import approval, fit_of
from app.ports import ChatCompletion, ChatRequest
from app.prompts.values import answer_values

_REPEATED = 0.5
"""What a reply that this conversation has had already is worth beside a fresh one."""
_DRAFT_TOKENS = 110


@dataclass(frozen=True, slots=True)
class Answered:
    """A case with its candidates; the chosen one is marked."""

    case: Case
    offer: Offer | None
    candidates: tuple[Candidate, ...]
    prompts: tuple[PromptSent, ...] = ()
    degradations: tuple[str, ...] = ()
    refined: RefinedDraft | None = None

    @property
    def body(self) -> str:
        """What the reply is made of: the refined text where it took the draft's place, else the best candidate."""
        return self.refined.text if self.refined and self.refined.delivered else self.candidates[0].text

    @property
    def chosen(self) -> Candidate | None:
        """The best candidate that breaks no hard rule, None when there is none."""
        return next((candidate for candidate in self.candidates if candidate.chosen), None)


def answer(turn: Turn, gathered: Gathered, parts: Parts) -> tuple[Answered, ...]:
    """Candidates for every case."""
    return tuple(_answer_case(turn, case, parts) for case in gathered.cases)


def offer_of(case: Case, parts: Parts) -> Offer | None:
    """What a reply to this case may build on; None when the playbook has no situation for it."""
    if case.rule is None:
        return None
    return Offer(
        case.rule,
        slot_values(case.facts),
        case.signs,
        supports_of(case.rule, parts.knowledge.texts(case.rule.policies)),
    )


def _answer_case(turn: Turn, case: Case, parts: Parts) -> Answered:
    if (question := clarifying_question(turn, case, parts)) is not None:
        return Answered(case, None, (question,))
    offer = offer_of(case, parts)
    if offer is None:
        return Answered(case, None, ())
    candidates = _approved(turn, case, offer, parts)
    prompts: tuple[PromptSent, ...] = ()
    degradations: tuple[str, ...] = ()
    if not any(_clears(candidate, parts.policy.send_threshold) for candidate in candidates):
        drafts, prompts, degradations = _drafted(turn, case, offer, parts)
        candidates = (*candidates, *drafts)
    return Answered(case, offer, _choose(candidates), prompts, degradations)


def _approved(turn: Turn, case: Case, offer: Offer, parts: Parts) -> tuple[Candidate, ...]:
    answers_anything = case.entry is not None and case.entry.family is Family.TALK
    found = []
    for hit in case.past:
        others = (other.interaction.reply for other in case.past if other is not hit)
        past = hit.interaction
        estimate = approval(
            intent_confidence=case.confidence,
            fit=1.0 if answers_anything else fit_of(hit.score),
            provisional=past.status is InteractionStatus.PROVISIONAL,
            beside_the_point=beside_the_point(case.request.masked, past.question, past.reply, others),
        )
        if hit.interaction.id in turn.state.used_interactions:
            estimate = ApprovalEstimate(round(estimate.probability * _REPEATED, 3), f"{estimate.basis}; used before")
        found.append(
            Candidate(
                situation=offer.rule.key,
                text=hit.interaction.reply,
                origin=Origin.APPROVED,
                source=hit.interaction.id,
                retrieval_score=round(hit.score, 3),
                violations=hard_rules(hit.interaction.reply, offer, parts.playbook, parts.voice),
                estimate=estimate,
            )
        )
    return tuple(found)


def shadowed(item: Answered, conversation: ConversationId, parts: Parts) -> ShadowedDraft | None:
    """What the version in shadow drafts where the model was asked for drafts; None when there is nothing of it."""
    if parts.shadow is None or item.offer is None or not item.prompts:
        return None
    _, request = _asked(conversation, item.case, item.offer, parts)
    try:
        completions = parts.shadow.in_shadow(replace(request, n=1, patient=True, surprise=False))
    except (ModelDown, DeadlineExceeded) as error:
        parts.degradations.count(error.code)
        return None
    for draft in (replace(each, text=tidy(each.text)) for each in completions[:1]):
        return ShadowedDraft(draft.text, draft.version, _violations(draft, item.offer, parts))
    return None


def _drafted(
    turn: Turn, case: Case, offer: Offer, parts: Parts
) -> tuple[tuple[Candidate, ...], tuple[PromptSent, ...], tuple[str, ...]]:
    """Drafts with the hard rules' findings; none when drafting is off or the model is down."""
    if parts.model is None or parts.policy.drafts == 0 or case.entry is None:
        return (), (), ()
    template, request = _asked(turn.conversation_id, case, offer, parts)
    prompt = PromptSent(template, parts.model.version, "\n\n".join(message.content for message in request.messages))
    drafts: tuple[Candidate, ...] = ()
    degradations: tuple[str, ...] = ()
    try:
        for completions in written(parts.model, request, parts.policy.drafts):
            drafts = tuple(_candidate(each, completions, template, case, offer, parts) for each in completions)
            wrote = next((each.version for each in completions if each.version), prompt.model)
            prompt = replace(prompt, model=wrote)
            if any(_clears(draft, parts.policy.send_threshold) for draft in drafts):
                break
    except (ModelDown, DeadlineExceeded) as error:
        parts.degradations.count(error.code)
        degradations = (error.code,)
    return drafts, (prompt,), degradations


def _candidate(
    draft: ChatCompletion, beside: Sequence[ChatCompletion], template: str, case: Case, offer: Offer, parts: Parts
) -> Candidate:
    """A draft at its best, with the verifier's word on it times the chance that the situation is the right one."""
    model = parts.model.version if parts.model else ""
    others = [each for each in beside if each is not draft]
    if parts.verifier is None:
        estimate = ApprovalEstimate(_UNTRUSTED, "there is no verifier for drafts")
        judged = Judged(draft, _violations(draft, offer, parts), estimate)
    else:
        context = draft_context(offer, case.request.masked, case.passages)
        judged = at_its_best(draft, others, context, parts.verifier, lambda each: _violations(each, offer, parts))
        probability = round(judged.estimate.probability * case.confidence, 3)
        estimate = ApprovalEstimate(probability, judged.estimate.basis)
    shortened = "" if judged.draft.text == draft.text else ", shortened"
    source = f"{draft.version or model} {template}{shortened}"
    return Candidate(offer.rule.key, judged.draft.text, Origin.DRAFTED, source, None, judged.violations, estimate)


def _asked(conversation: ConversationId, case: Case, offer: Offer, parts: Parts) -> tuple[str, ChatRequest]:
    """Name and version of the template, and what a model is asked for with it."""
    family = case.entry.family if case.entry else Family.TALK
    template = parts.prompts[f"answer.{family}"]
    request = ChatRequest(
        messages=template.render(_prompt_values(case, offer)),
        max_tokens=_DRAFT_TOKENS,
        timeout_s=parts.policy.answer_timeout_s,
        seed=0,
        grammar=reply_grammar(offer.slots, offer.rule.must_mention),
        task=template.task,
        conversation=conversation,
        surprise=parts.verifier is not None,
    )
    return template.key, request


def _violations(completion: ChatCompletion, offer: Offer, parts: Parts) -> tuple[Flag, ...]:
    """What the hard rules find in a draft."""
    violations = hard_rules(completion.text, offer, parts.playbook, parts.voice)
    if not completion.finished:
        violations += (Flag(FlagReason.CUT_OFF, Severity.HOLD, "the draft was cut off"),)
    return violations


def draft_context(offer: Offer, question: str, passages: Sequence[PolicyPassage]) -> DraftContext:
    """What a draft had to be made from, as its prompt told it."""
    policy = " ".join(f"{passage.title}: {passage.text}" for passage in passages[:1])
    return DraftContext(offer.rule.means, offer.rule.next_steps, policy, question, offer.rule.must_mention, offer.slots)


_UNTRUSTED = 0.1
"""Set, not measured: low enough that a draft clears no sensible threshold while nothing verifies it."""


def _prompt_values(case: Case, offer: Offer) -> dict[str, str]:
    shown = {fact.name: fact.value for fact in case.facts if fact.kind is FactKind.SHOWN}
    return answer_values(offer.rule, offer.slots, shown, case.request.masked, case.passages[:1])


def _clears(candidate: Candidate, threshold: float) -> bool:
    return not candidate.violations and candidate.estimate is not None and candidate.estimate.probability >= threshold


def _choose(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Marks the best candidate without a violation, and puts the candidates in order, best first."""
    ranked = sorted(
        candidates,
        key=lambda candidate: (
            bool(candidate.violations),
            -(candidate.estimate.probability if candidate.estimate else 0),
        ),
    )
    if ranked and not ranked[0].violations:
        ranked[0] = replace(ranked[0], chosen=True)
    return tuple(ranked)
