"""What fills the placeholders of a prompt, for serving and training alike: a model is asked as it was taught."""

from collections.abc import Iterable, Mapping, Sequence

from app.domain.hard_rules import ALWAYS_OFFERED
from app.domain.playbook import SituationRule
from app.domain.retrieval import PolicyPassage


def answer_values(
    rule: SituationRule,
    slots: Iterable[str],
    shown: Mapping[str, str],
    question: str,
    passages: Sequence[PolicyPassage],
) -> dict[str, str]:
    """The placeholders of an answer template; an unknown one is empty.

    `slots` are those that can be filled, `shown` the facts that may be read (N, M, T), `question` is masked text.
    """
    return {
        **shown,
        "QUESTION": question,
        "SITUATION": rule.means,
        "STEPS": "; ".join(rule.next_steps),
        "POLICY": "\n".join(f"{passage.title}: {passage.text}" for passage in passages),
        "SLOTS": ", ".join(f"{{{name}}}" for name in sorted(set(slots) - ALWAYS_OFFERED)) or "none",
        "MUST": ", ".join(f"{{{name}}}" for name in rule.must_mention),
    }
