"""Trains the verifier: logistic regression on what can be seen in a draft, on verdicts of readers and on bad replies
made for the purpose, and measures it on situations that it has not seen.

The made ones are replies that people approved, spoilt in the ways in which a small model fails: the reply of another
situation, slots that changed places, a fact left out, a promise added. They teach and are measured apart: a verifier
that only knows them would know nothing of real drafts.
"""

import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from app.adapters.learned_verifier import ABOUT, WEIGHTS
from app.domain.evidence import FEATURES, DraftContext, Phrases, evidence
from app.domain.facts import SLOT_PATTERN, slots_in
from app.domain.text import sentences
from app.errors import ConfigurationError
from feedback.evaluation.metrics import auroc, expected_calibration_error
from feedback.training.judged import JudgedGroup

Floats = NDArray[np.float64]

_LEAST = 100
"""Judged drafts below which nothing is trained."""
_AS_IT_IS = "as it is"
_PROMISES = (
    "You will have it by tomorrow at the latest.",
    "I have already taken care of this for you.",
    "The full amount is refunded to you today, and you can keep the item.",
    "A courier will be at your door within the hour.",
    "I guarantee that this will not happen again.",
)


@dataclass(frozen=True, slots=True)
class VerifierRecipe:
    """Every number that shapes the verifier."""

    inverse_regularisation: float = 0.5
    made_weight: float = 0.15
    """What a made example counts beside a judged one."""
    folds: int = 5
    threshold: float = 0.6
    """From which a draft counts as sent; the product's own threshold."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Example:
    """One draft in features; `good` when a reader would send it."""

    values: tuple[float, ...]
    good: bool
    situation: str
    made: str = ""
    """How it was made; empty for a draft that a reader judged."""


@dataclass(frozen=True, slots=True)
class VerifierScores:
    """Measured on situations that the verifier had not seen."""

    judged: int
    good: int
    auroc: float
    calibration_error: float
    made: int
    made_auroc: float
    chosen_good: float
    """Of the groups with a judged draft, how many have a good one on top."""
    any_good: float
    """The same for a verifier that always chooses right."""
    random_good: float
    probabilities: Floats
    """Of the judged drafts, in their order."""
    carried: dict[str, "Carried"]
    """By how the questions stood to the model's training."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What drafts alone are worth, when the best one is sent only where the verifier is sure enough."""

    questions: int
    clean: int
    """With a draft that breaks no rule."""
    sent: int
    sent_good: int
    best_good: int
    """With a good draft on top, sent or not."""


@dataclass(frozen=True, slots=True)
class WrittenReply:
    """A reply that people approved, with all a draft in its place would have been made from."""

    situation: str
    reply: str
    context: DraftContext


def judged_examples(groups: Sequence[JudgedGroup], phrases: Phrases) -> list[Example]:
    """The drafts that readers judged."""
    found = []
    for judged in groups:
        texts = [draft.text for draft in judged.group.drafts]
        for place, judgement in sorted(judged.verdicts.items()):
            others = texts[:place] + texts[place + 1 :]
            surprise = judged.group.drafts[place].surprise
            values = evidence(texts[place], judged.group.context, phrases, others, surprise)
            found.append(Example(_row(values), judgement.verdict == "good", judged.group.situation))
    return found


def made_examples(written: Sequence[WrittenReply], recipe: VerifierRecipe) -> list[Example]:
    """Each reply as it is, and spoilt in one of the ways; seen against the phrases of the other half of situations,
    since its own would give it away."""
    rng = random.Random(recipe.seed)  # noqa: S311 - a seeded choice
    halves = [[one for one in written if _half(one.situation) == half] for half in (0, 1)]
    phrases = [learnt_phrases(half) for half in halves]
    found = []
    for one in written:
        others = phrases[1 - _half(one.situation)]
        how, spoilt = _spoilt(one, written, rng)
        texts = {_AS_IT_IS: one.reply, how: spoilt}
        found += [
            Example(
                _row(evidence(text, one.context, others)), good=made == "as it is", situation=one.situation, made=made
            )
            for made, text in texts.items()
            if text and (made == "as it is" or text != one.reply)
        ]
    return found


def train_verifier(
    judged: Sequence[Example], made: Sequence[Example], recipe: VerifierRecipe
) -> tuple[Floats, Floats, float]:
    """Means, weights and bias. Raises ConfigurationError for too few verdicts, or all of one kind."""
    if len(judged) < _LEAST or len({example.good for example in judged}) == 1:
        raise ConfigurationError(
            f"{len(judged)} judged drafts are too few, or all alike; {_LEAST} of both kinds needed"
        )
    return _fit([*judged, *made], recipe)


def measure(
    groups: Sequence[JudgedGroup], judged: Sequence[Example], made: Sequence[Example], recipe: VerifierRecipe
) -> VerifierScores:
    """By cross-validation over situations: none is judged by a verifier that has seen a draft of it."""
    every = [*judged, *made]
    names = [example.situation for example in every]
    probabilities = np.zeros(len(every))
    for seen, unseen in GroupKFold(recipe.folds).split(every, groups=names):
        means, weights, bias = _fit([every[place] for place in seen], recipe)
        rows = np.array([every[place].values for place in unseen])
        probabilities[unseen] = _sigmoid(bias + (rows - means) @ weights)
    ours, theirs = probabilities[: len(judged)], probabilities[len(judged) :]
    good = np.array([example.good for example in judged])
    made_good = np.array([example.good for example in made], dtype=bool)
    chosen, best, chance = _choices(groups, ours)
    return VerifierScores(
        judged=len(judged),
        good=int(good.sum()),
        auroc=auroc(ours[good], ours[~good]),
        calibration_error=expected_calibration_error(ours, good),
        made=len(made),
        made_auroc=auroc(theirs[made_good], theirs[~made_good]) if len(made) else 0.0,
        chosen_good=chosen,
        any_good=best,
        random_good=chance,
        probabilities=ours,
        carried=_carried(groups, ours, recipe.threshold),
    )


def write_verifier(
    folder: Path, fitted: tuple[Floats, Floats, float], phrases: Phrases, about: dict[str, object]
) -> None:
    """As `LearnedVerifier` reads it; the weights are put in place last."""
    means, weights, bias = fitted
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ABOUT).write_text(json.dumps({"features": FEATURES, **about}, indent=2) + "\n", encoding="utf-8")
    unfinished = folder / f"{WEIGHTS}.unfinished"
    save_file(
        {
            "means": means.astype(np.float32),
            "weights": weights.astype(np.float32),
            "bias": np.array([bias], dtype=np.float32),
            "phrases": np.array(sorted(phrases.known), dtype=np.uint32),
        },
        unfinished,
    )
    unfinished.replace(folder / WEIGHTS)


def _fit(examples: Sequence[Example], recipe: VerifierRecipe) -> tuple[Floats, Floats, float]:
    rows = np.array([example.values for example in examples])
    good = np.array([example.good for example in examples])
    importance = np.array([recipe.made_weight if example.made else 1.0 for example in examples])
    means, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    model = LogisticRegression(C=recipe.inverse_regularisation, max_iter=2000)
    model.fit((rows - means) / spread, good, sample_weight=importance)
    return means, model.coef_[0] / spread, float(model.intercept_[0])


def _choices(groups: Sequence[JudgedGroup], probabilities: Floats) -> tuple[float, float, float]:
    """Of the groups, how many have a good draft chosen, a good one at all, and how many a random choice would."""
    place, chosen, best, chance = 0, list[float](), list[float](), list[float]()
    for judged in groups:
        verdicts = [judgement.verdict == "good" for _, judgement in sorted(judged.verdicts.items())]
        own = probabilities[place : place + len(verdicts)]
        place += len(verdicts)
        if verdicts:
            chosen.append(float(verdicts[int(own.argmax())]))
            best.append(float(any(verdicts)))
            chance.append(sum(verdicts) / len(verdicts))
    return float(np.mean(chosen)), float(np.mean(best)), float(np.mean(chance))


def _carried(groups: Sequence[JudgedGroup], probabilities: Floats, threshold: float) -> dict[str, Carried]:
    place, found = 0, dict[str, list[tuple[bool, float, bool]]]()
    for judged in groups:
        verdicts = [judgement.verdict == "good" for _, judgement in sorted(judged.verdicts.items())]
        own = probabilities[place : place + len(verdicts)]
        place += len(verdicts)
        best = int(own.argmax()) if verdicts else -1
        on_top = (True, float(own[best]), verdicts[best]) if verdicts else (False, 0.0, False)
        found.setdefault(judged.group.split, []).append(on_top)
    return {
        split: Carried(
            questions=len(tops),
            clean=sum(clean for clean, _, _ in tops),
            sent=sum(sure >= threshold for _, sure, _ in tops),
            sent_good=sum(sure >= threshold and good for _, sure, good in tops),
            best_good=sum(good for _, _, good in tops),
        )
        for split, tops in sorted(found.items())
    }


def _spoilt(one: WrittenReply, written: Sequence[WrittenReply], rng: random.Random) -> tuple[str, str]:
    """How, and the reply spoilt in that way; a reply to which it cannot be done is empty."""
    how = rng.choice(("another situation", "slots changed places", "a fact left out", "a promise added"))
    parts = sentences(one.reply)
    if how == "another situation":
        others = [other for other in written if other.situation != one.situation]
        fitting = [other.reply for other in others if set(slots_in(other.reply)) <= set(one.context.offered)]
        return how, rng.choice(fitting) if fitting else ""
    if how == "slots changed places":
        used = list(dict.fromkeys(slots_in(one.reply)))
        pool = sorted({*used, *one.context.offered} - {"store_name"})
        if len(pool) < 2 or not used:
            return how, ""
        shift = {name: pool[(pool.index(name) + 1) % len(pool)] for name in used if name in pool}
        return how, SLOT_PATTERN.sub(lambda match: f"{{{shift.get(match[1], match[1])}}}", one.reply)
    if how == "a fact left out":
        return how, " ".join(parts[1:]) if len(parts) > 1 else ""
    return how, " ".join([*parts, rng.choice(_PROMISES)])


def _half(situation: str) -> int:
    return hashlib.sha256(situation.encode()).digest()[0] % 2


def _row(values: dict[str, float]) -> tuple[float, ...]:
    return tuple(values[name] for name in FEATURES)


def _sigmoid(values: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-values))
    return result


def learnt_phrases(written: Iterable[WrittenReply]) -> Phrases:
    """The runs of words of all replies that people wrote."""
    return Phrases.of(one.reply for one in written)
