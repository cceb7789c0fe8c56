"""Asks back when it is not clear what is wanted: between two topics, or for other words.

Asking once is what a good agent does; asking twice in a row is not, so the second unclear message goes to a person.
What might be urgent (a danger, a wish for a person) is never answered with a question.
"""

from app.domain import extraction
from app.domain.facts import fill_slots
from app.domain.reply import ApprovalEstimate, Candidate, Delivery, Origin
from app.pipeline.gather import OFF_TOPIC, Case
from app.pipeline.parts import Parts, Turn

REPHRASE = "notices.rephrase"
"""Source of the candidate that asks for other words: the turn counts as not answered."""

_UNSURE = 0.5
"""Confidence below which an intent is not acted on."""
_SURELY_FOREIGN = 0.85
"""Confidence from which a question is declined as none of the shop's business."""
_IN_PLAY = 0.25
"""Probability from which the second intent is worth asking about."""
_BETWEEN_TWO = 0.75
"""What the two likeliest intents must share for a question between them to make sense."""
_PERHAPS_URGENT = 0.15
"""Probability of an intent that the playbook hands to a person, from which no question is asked."""
_ASKED_BACK = 0.7
"""The estimate for asking: a supervisor seldom minds one question, and seldom likes it best."""


def clarifying_question(turn: Turn, case: Case, parts: Parts) -> Candidate | None:
    """The question to ask back, None when it is clear enough or asking would be wrong."""
    if case.records_down or turn.state.failed_attempts or _perhaps_urgent(case, parts):
        return None
    wordless = extraction.is_wordless(case.request.text)
    certain = 1.0 if wordless else _SURELY_FOREIGN if case.intent == OFF_TOPIC else _UNSURE
    if case.confidence >= certain:
        return None
    return _between_two(case, parts) or Candidate(
        situation="",
        text=parts.notices.rephrase,
        origin=Origin.COMPOSED,
        source=REPHRASE,
        estimate=ApprovalEstimate(_ASKED_BACK, f"it is unclear what is asked ({case.intent} {case.confidence:.2f})"),
        chosen=True,
    )


def _between_two(case: Case, parts: Parts) -> Candidate | None:
    ranked = case.request.prediction.ranked
    if case.intent == OFF_TOPIC or len(ranked) < len(("first", "second")):
        return None
    (first, most), (second, less) = ranked[:2]
    if less < _IN_PLAY or most + less < _BETWEEN_TWO or OFF_TOPIC in (first, second):
        return None
    titles = {"first_topic": parts.playbook.intents[first].title, "second_topic": parts.playbook.intents[second].title}
    return Candidate(
        situation="",
        text=fill_slots(parts.notices.which_topic, titles),
        origin=Origin.COMPOSED,
        source="notices.which_topic",
        estimate=ApprovalEstimate(round(most + less, 3), "a question between the two likeliest intents"),
        chosen=True,
    )


def _perhaps_urgent(case: Case, parts: Parts) -> bool:
    return any(
        probability >= _PERHAPS_URGENT
        and (entry := parts.playbook.intents.get(intent)) is not None
        and any(rule.decision is Delivery.HAND_OFF for rule in entry.situations)
        for intent, probability in case.request.prediction.ranked
    )
