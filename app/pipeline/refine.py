"""Stage three: polish for the brand's voice. In shadow for now: recorded beside the reply, never in its place.

An approved reply that keeps to the voice has nothing to gain and much to lose, so only drafts would ever be replaced;
a refined text has to keep the slots exactly and break no hard rule, else it counts as failed.
"""

from collections import Counter
from dataclasses import replace

from app.domain.facts import slots_in
from app.domain.hard_rules import hard_rules
from app.domain.ids import ConversationId
from app.domain.reply import Flag, FlagReason, Severity
from app.domain.text import tidy
from app.domain.turn import PromptSent, RefinedDraft
from app.errors import DeadlineExceeded, ModelDown
from app.pipeline.answer import Answered
from app.pipeline.parts import Parts
from app.ports import ChatRequest

_TOKENS = 130


def refine(item: Answered, conversation: ConversationId, parts: Parts) -> tuple[RefinedDraft | None, PromptSent | None]:
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
        patient=True,
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
    return RefinedDraft(text, prompt.model, delivered=False, problems=tuple(problems)), prompt
