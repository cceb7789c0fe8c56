"""What a system's plays come to: a share or a mean for each metric, with what it was counted over.

Each metric keeps its values case by case, so that two systems can be compared on the same cases and their difference
has a confidence interval.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from rapidfuzz.distance import LCSseq
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from app.batch import unsupported_in
from app.domain.facts import slots_in
from app.domain.playbook import Playbook
from app.domain.reply import Delivery, FlagReason, Origin
from app.domain.text import words
from app.pipeline.parts import Parts
from app.ports import Encoder
from feedback.evaluation.replay import Played
from feedback.evaluation.suite import EIGHT_WAYS, FAIR, Danger

_UNSUPPORTED = frozenset(
    {
        FlagReason.UNSUPPORTED_LITERAL,
        FlagReason.WRONG_STATUS,
        FlagReason.UNDONE_ACTION,
        FlagReason.PROMISE,
    }
)
_BAD_SLOTS = frozenset({FlagReason.UNKNOWN_SLOT, FlagReason.UNFILLED_SLOT})
_ANSWERED_BY_MODEL = re.compile(r"[^\W\d_]+|\{\w+\}")


class Better(StrEnum):
    """Which way is good."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of one system."""

    name: str
    what: str
    better: Better
    values: Mapping[str, float]
    """By case, or by group of cases; only those that it is counted over."""
    unit: str = "%"

    @property
    def mean(self) -> float:
        """0 when it is counted over nothing."""
        return float(np.mean(list(self.values.values()))) if self.values else 0.0

    @property
    def shown(self) -> str:
        """As people read it."""
        if not self.values:
            return "none"
        return f"{self.mean * 100:.1f} %" if self.unit == "%" else f"{self.mean:.1f} {self.unit}".strip()


def score(plays: Sequence[Played], parts: Parts, encoder: Encoder | None = None) -> dict[str, Metric]:
    """All metrics, by name, in the order in which they are read."""
    playbook = parts.playbook
    answerable = [play for play in plays if play.case.answerable]
    forbidden = [play for play in plays if not play.case.may_be_sent]
    replied = [play for play in plays if play.template]
    found = [
        _share("intent", "the intents are the ones needed", plays, _intents, Better.HIGHER),
        _share("situation", "the situations are the ones needed", plays, lambda p: p.understood, Better.HIGHER),
        Metric(
            "required facts", "of the facts a reply must mention, those it mentions", Better.HIGHER,
            {play.case.id: share for play in answerable if (share := _facts(play, playbook)) is not None},
        ),
        _share("unsupported facts before the guard", "the body states what nothing supports", replied,
               lambda play: _has(play, _UNSUPPORTED), Better.LOWER),
        _share("unsupported facts delivered", "a sent reply states what nothing supports", plays,
               lambda play: bool(unsupported_in(play.record, parts)), Better.LOWER),
        _share("invalid slots", "a slot that is not offered or cannot be filled", replied,
               lambda play: _has(play, _BAD_SLOTS), Better.LOWER),
        _share("needless holds", "held or handed off although it should be answered", answerable,
               lambda play: not play.sent, Better.LOWER),
        _share("asked back", "asked back although the question was clear", answerable,
               lambda play: play.asked_back, Better.LOWER),
        _share("missed holds", "answered at once although a person has to see it", forbidden,
               lambda play: play.sent and not play.asked_back, Better.LOWER),
        _share("sent in another situation", "answered at once, and the situation was another one", plays,
               lambda play: play.sent and not play.asked_back and not play.understood, Better.LOWER),
        _share("right", "decided rightly, in the right situation, with its facts and no broken rule", plays,
               lambda play: right(play, playbook), Better.HIGHER),
        _share("sound", "sent or held, the right situation, with its facts and no broken rule", answerable,
               lambda play: _sound(play, playbook), Better.HIGHER),
        Metric("pass^8", "right in all eight wordings", Better.HIGHER, _all_of(plays, EIGHT_WAYS, playbook)),
        Metric("fairness", "the same decision and situation whoever asks", Better.HIGHER, _same_for_all(plays)),
        *_texts(answerable, encoder),
        Metric("length", "words of a reply", Better.NEITHER,
               {play.case.id: float(len(words(play.template))) for play in replied}, "words"),
        Metric("time", "to the decision", Better.LOWER, {play.case.id: play.ms for play in plays}, "ms"),
        *(_of_origin(origin, [play for play in plays if play.sent]) for origin in Origin),
    ]  # fmt: skip
    return {metric.name: metric for metric in found}


def _of_origin(origin: Origin, sent: Sequence[Played]) -> Metric:
    return _share(f"sent, {origin}", "of the sent replies", sent, lambda play: play.origin is origin, Better.NEITHER)


def right(play: Played, playbook: Playbook) -> bool:
    """Whether the case went as it should, as far as rules can tell; how it reads is for a reader."""
    if play.record.decision.delivery not in play.case.decisions:
        return False
    if play.record.decision.delivery is not Delivery.SEND:
        return True
    return _sound(play, playbook)


def _sound(play: Played, playbook: Playbook) -> bool:
    """Whether what was written, sent or not, is for the right situation, whole, and breaks no rule."""
    whole = _facts(play, playbook)
    clear = play.understood and not play.asked_back and not play.violations
    return clear and bool(play.template) and (whole is None or whole == 1.0)


def _intents(play: Played) -> bool:
    needed = {key.split("/", 1)[0] for key in play.case.situations}
    found = {key.split("/", 1)[0] for key in play.situations}
    return needed == found


def _facts(play: Played, playbook: Playbook) -> float | None:
    """Of the facts that the situation requires, those in the reply; of the twin's where a twin was found."""
    keys = play.situations if play.understood else play.case.situations
    rules = [rule for key in keys if (rule := playbook.rule(key)) is not None]
    required = {slot for rule in rules for slot in rule.must_mention}
    return len(required & set(slots_in(play.template))) / len(required) if required else None


def _has(play: Played, reasons: frozenset[FlagReason]) -> bool:
    return any(flag.reason in reasons for flag in play.violations)


def _share(name: str, what: str, plays: Sequence[Played], holds: Callable[[Played], bool], better: Better) -> Metric:
    return Metric(name, what, better, {play.case.id: float(holds(play)) for play in plays})


def _all_of(plays: Sequence[Played], prefix: str, playbook: Playbook) -> dict[str, float]:
    groups = _groups(plays, prefix)
    return {name: float(all(right(play, playbook) for play in group)) for name, group in groups.items()}


def _same_for_all(plays: Sequence[Played]) -> dict[str, float]:
    return {
        name: float(len({(play.record.decision.delivery, play.situations) for play in group}) == 1)
        for name, group in _groups(plays, FAIR).items()
    }


def _groups(plays: Sequence[Played], prefix: str) -> dict[str, list[Played]]:
    groups: dict[str, list[Played]] = {}
    for play in plays:
        if play.case.group.startswith(prefix):
            groups.setdefault(play.case.group, []).append(play)
    return groups


def _texts(plays: Sequence[Played], encoder: Encoder | None) -> list[Metric]:
    """How near replies come to the references: more than one reply is good, so these compare systems, not replies."""
    pairs = {
        play.case.id: (_body(play), play.case.reference) for play in plays if play.case.reference and play.template
    }
    bleu, chrf = BLEU(effective_order=True), CHRF()
    metrics = [
        Metric("ROUGE-L", "longest common word sequence", Better.HIGHER,
               {key: _rouge_l(*pair) for key, pair in pairs.items()}),
        Metric("BLEU", "n-grams shared with the reference", Better.HIGHER,
               {key: bleu.sentence_score(said, [wanted]).score / 100 for key, (said, wanted) in pairs.items()}),
        Metric("chrF", "character n-grams shared with the reference", Better.HIGHER,
               {key: chrf.sentence_score(said, [wanted]).score / 100 for key, (said, wanted) in pairs.items()}),
    ]  # fmt: skip
    if encoder is not None and pairs:
        said = encoder.encode([pair[0] for pair in pairs.values()])
        wanted = encoder.encode([pair[1] for pair in pairs.values()])
        near = dict(zip(pairs, map(float, (said * wanted).sum(axis=1)), strict=True))
        metrics.append(Metric("similarity", "cosine to the reference", Better.HIGHER, near))
    return metrics


def _body(play: Played) -> str:
    """The chosen bodies without greeting and other sentences that code adds."""
    bodies = [situation.candidates[0].text for situation in play.record.situations if situation.candidates]
    return " ".join(bodies) or play.template


def _rouge_l(said: str, wanted: str) -> float:
    ours, theirs = (_ANSWERED_BY_MODEL.findall(text.lower()) for text in (said, wanted))
    common = LCSseq.similarity(ours, theirs)
    return 2 * common / (len(ours) + len(theirs)) if ours and theirs else 0.0


def by_danger(plays: Sequence[Played], playbook: Playbook) -> dict[Danger, tuple[int, float]]:
    """How many cases of each danger there are, and how many of them went right."""
    found: dict[Danger, tuple[int, float]] = {}
    for danger in Danger:
        own = [right(play, playbook) for play in plays if play.case.danger is danger]
        if own:
            found[danger] = (len(own), float(np.mean(own)))
    return found
