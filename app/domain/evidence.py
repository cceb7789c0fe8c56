"""What can be seen in a draft without understanding it: whether it is put together of phrases that people wrote,
whether each slot stands where such a slot stands, how much of it the situation bears out, whether it stutters.

These are the features of the learned verifier; each is a number between 0 and about 1, named for what it shows.
"""

import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.text import sentences, stems, words

_TOKEN = re.compile(r"\{\w+\}|[\w'-]+|[.,;:?]")
_NEGATIONS = frozenset(
    {"not", "no", "cannot", "can't", "never", "nothing", "without", "longer", "isn't", "nor", "unable"}
)
_SORRY = re.compile(r"\bsorry\b", re.IGNORECASE)
_BEGIN, _END = "<", ">"
_LONG_REPLY = 70
_FEW, _MANY = 2, 3


@dataclass(frozen=True, slots=True)
class DraftContext:
    """What a draft had to be made from."""

    means: str
    steps: Sequence[str]
    policy: str
    question: str
    must: Sequence[str]
    offered: Collection[str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The runs of two and three words in replies that people wrote, hashed; slots count as words, by their kind."""

    known: Collection[int]

    @classmethod
    def of(cls, replies: Iterable[str]) -> "Phrases":
        """From the replies themselves."""
        return cls(frozenset(key for reply in replies for key in _runs(reply, _FEW) + _runs(reply, _MANY)))

    def unknown(self, text: str, length: int) -> float:
        """The share of the runs of so many words that nobody wrote before."""
        runs = _runs(text, length)
        return sum(run not in self.known for run in runs) / len(runs) if runs else 1.0

    def worst(self, text: str, length: int) -> float:
        """The same for the worst sentence."""
        return max((self.unknown(sentence, length) for sentence in sentences(text)), default=1.0)

    def strange_slots(self, text: str) -> float:
        """The share of slots that stand after a word, or before one, where no slot of the kind stood before."""
        tokens = [_BEGIN, *_tokens(text), _END]
        places = [place for place, token in enumerate(tokens) if token.startswith("{")]
        pairs = [(tokens[p - 1], tokens[p]) for p in places] + [(tokens[p], tokens[p + 1]) for p in places]
        return sum(_key(pair) not in self.known for pair in pairs) / len(pairs) if pairs else 0.0


FEATURES = (
    "unknown pairs", "unknown triples", "worst sentence", "strange slots", "nothing behind it", "worst support",
    "of what is the case", "of the next step", "of the question", "negations", "stutter", "sorry", "length",
    "sentences", "slots twice", "unsure words", "unsure at worst", "unlike the others",
)  # fmt: skip


def evidence(
    text: str, context: DraftContext, phrases: Phrases, others: Sequence[str] = (), surprise: Sequence[float] = ()
) -> dict[str, float]:
    """Feature → value. `others` are the drafts beside it, `surprise` is minus log p of its tokens."""
    told = " ".join((context.means, *context.steps, context.policy))
    behind = _behind(context)
    own = stems(text)
    tokens = _tokens(text)
    runs = Counter(_runs(text, _MANY))
    slots = Counter(token for token in re.findall(r"\{\w+\}", text))
    per_sentence = [_without(stems(sentence), behind) for sentence in sentences(text)]
    values = (
        phrases.unknown(text, _FEW),
        phrases.unknown(text, _MANY),
        phrases.worst(text, _MANY),
        phrases.strange_slots(text),
        _without(own, behind),
        max(per_sentence, default=1.0),
        _covered(stems(context.means), own),
        max((_covered(stems(step), own) for step in context.steps), default=1.0),
        _covered(stems(context.question), own),
        abs(_negations(text) - _negations(told)) / 3,
        sum(count - 1 for count in runs.values()) / max(1, len(tokens)),
        max(0, len(_SORRY.findall(text)) - 1) / 2,
        len(tokens) / _LONG_REPLY,
        len(sentences(text)) / 4,
        float(sum(count - 1 for count in slots.values())),
        min(1.0, sum(surprise) / len(surprise)) if surprise else 0.3,
        min(1.0, max(surprise) / 6) if surprise else 0.4,
        1 - sum(alike(text, other) for other in others) / len(others) if others else 0.5,
    )
    return dict(zip(FEATURES, values, strict=True))


def backed_by(text: str, context: DraftContext) -> float:
    """The share of the longer words of `text` that the situation, its steps and policy, or the question hold."""
    return 1 - _without(stems(text), _behind(context))


def alike(one: str, other: str) -> float:
    """The share of the words of either that both texts hold."""
    ours, theirs = set(words(one)), set(words(other))
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 1.0


def told_in_words(values: Mapping[str, float], pulls: Mapping[str, float]) -> str:
    """The feature that pulls a draft down most, for a supervisor; `pulls` are the contributions, negative ones pull."""
    worst = min(pulls, key=lambda name: pulls[name], default="")
    return f"{worst} {values[worst]:.2f}" if worst and pulls[worst] < 0 else ""


def _behind(context: DraftContext) -> frozenset[str]:
    told = " ".join((context.means, *context.steps, context.policy))
    return stems(told) | stems(context.question) | _SMALL


def _tokens(text: str) -> list[str]:
    """Words in lower case; a slot by its kind, which is the last word of its name: {refund_days} is a {days}."""
    found = _TOKEN.findall(text)
    return [f"{{{token[1:-1].rsplit('_', 1)[-1]}}}" if token.startswith("{") else token.lower() for token in found]


def _runs(text: str, length: int) -> list[int]:
    tokens = [_BEGIN, *_tokens(text), _END]
    return [_key(tokens[start : start + length]) for start in range(len(tokens) - length + 1)]


def _key(run: Sequence[str]) -> int:
    return zlib.crc32(" ".join(run).encode())


def _without(own: frozenset[str], behind: frozenset[str]) -> float:
    return len(own - behind) / len(own) if own else 0.0


def _covered(wanted: frozenset[str], own: frozenset[str]) -> float:
    return len(wanted & own) / len(wanted) if wanted else 1.0


def _negations(text: str) -> int:
    return sum(word in _NEGATIONS or word.endswith("n't") for word in words(text))


_SMALL = stems(
    "sorry please your yours would have been that this then with from once until after before about when here there "
    "will want open choose select send tell order account back look still only also what which can could pass colleague"
)
"""Words that any reply may use whatever the situation says."""
