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
    """The placeholders of an answer template for a situation of the playbook; an unknown one is empty.

    `slots` are those that can be filled, `shown` the facts that may be read (N, M, T), `question` is masked text.
    """
    policy = "\n".join(f"{passage.title}: {passage.text}" for passage in passages)
    return prompt_values(rule.means, rule.next_steps, policy, rule.must_mention, slots, shown, question)


def prompt_values(
    means: str,
    steps: Iterable[str],
    policy: str,
    must: Iterable[str],
    slots: Iterable[str],
    shown: Mapping[str, str],
    question: str,
) -> dict[str, str]:
    """The placeholders, from the parts of any situation."""
    return {
        **shown,
        "QUESTION": question,
        "SITUATION": means,
        "STEPS": "; ".join(steps),
        "POLICY": policy,
        "SLOTS": ", ".join(f"{{{name}}}" for name in sorted(set(slots) - ALWAYS_OFFERED)) or "none",
        "MUST": ", ".join(f"{{{name}}}" for name in must),
    }
