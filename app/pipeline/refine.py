"""Stage three: polish for the brand's voice.

An approved reply is in the brand's voice because a person approved it, so only a draft gives way to its refined text:
where the slots are kept, no hard rule is broken, and the meaning check finds that both say the same, either way round.
Else the draft stays as it is. In shadow the refined text is recorded beside any reply, never in its place.
"""

from collections import Counter
from dataclasses import replace

from app.domain.facts import slots_in
from app.domain.hard_rules import hard_rules
from app.domain.ids import ConversationId
from app.domain.reply import Flag, FlagReason, Origin, Severity
from app.domain.text import tidy
from app.domain.turn import PromptSent, RefinedDraft
from app.errors import DeadlineExceeded, ModelDown, WeightsError
from app.pipeline.answer import Answered
from app.pipeline.parts import Parts
from app.ports import ChatRequest

SAME_ENOUGH = 0.8
"""From which probability a refined text is taken to say what the draft said."""
_TOKENS = 130


def wants_refining(item: Answered) -> bool:
    """Whether the reply would be made of a draft of the model's."""
    return item.chosen is not None and item.chosen.origin is Origin.DRAFTED


def with_refined_draft(item: Answered, conversation: ConversationId, parts: Parts) -> Answered:
    """The case with its chosen draft refined; as it was when there is nothing to refine, or nobody to check it."""
    if not wants_refining(item) or parts.meaning is None:
        return item
    refined, prompt = refine(item, conversation, parts, patient=False)
    if refined is not None:
        refined = replace(refined, delivered=not refined.problems and refined.text != item.candidates[0].text)
    return replace(item, refined=refined, prompts=(*item.prompts, prompt) if prompt else item.prompts)


def refine(
    item: Answered, conversation: ConversationId, parts: Parts, *, patient: bool = True
) -> tuple[RefinedDraft | None, PromptSent | None]:
    """What the model makes of the best body, with what is wrong with it; None when there is nothing to refine."""
    if parts.model is None or not item.candidates or item.offer is None:
        return None, None
    draft = item.candidates[0].text
    template = parts.prompts["refine"]
    messages = template.render({"DRAFT": draft})
    prompt = PromptSent(template.key, parts.model.version, "\n\n".join(message.content for message in messages))
    request = ChatRequest(
        messages=messages,
        max_tokens=_TOKENS,
        timeout_s=parts.policy.refine_timeout_s,
        task=template.task,
        conversation=conversation,
        patient=patient,
    )
    try:
        completion = parts.model.complete(request)[0]
    except (ModelDown, DeadlineExceeded) as error:
        parts.degradations.count(error.code)
        return None, prompt
    prompt = replace(prompt, model=completion.version or prompt.model)
    text = tidy(completion.text)
    problems = list(hard_rules(text, item.offer, parts.playbook, parts.voice))
    if Counter(slots_in(text)) != Counter(slots_in(draft)):
        problems.append(Flag(FlagReason.UNKNOWN_SLOT, Severity.HOLD, "the slots are not the draft's"))
    if not completion.finished:
        problems.append(Flag(FlagReason.CUT_OFF, Severity.HOLD, "the refined text was cut off"))
    same = _same(draft, text, parts) if not problems else None
    if same is not None and same < SAME_ENOUGH:
        detail = f"the refined text may not say what the draft said ({same:.2f})"
        problems.append(Flag(FlagReason.CHANGED_MEANING, Severity.HOLD, detail))
    return RefinedDraft(text, prompt.model, delivered=False, problems=tuple(problems), same=same), prompt


def _same(draft: str, text: str, parts: Parts) -> float | None:
    """None when nothing is there to ask; 0 when asking failed, so that the draft stays."""
    if parts.meaning is None:
        return None
    if text == draft:
        return 1.0
    try:
        return parts.meaning.says_the_same(draft, text)
    except WeightsError as error:
        parts.degradations.count(error.code)
        return 0.0
