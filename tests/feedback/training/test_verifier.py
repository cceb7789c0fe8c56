"""The verifier learns from what readers said, is measured on situations that it has not seen, and is refused when
there is too little to learn from."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.adapters.learned_verifier import ABOUT, WEIGHTS, LearnedVerifier
from app.domain.evidence import DraftContext
from app.errors import ConfigurationError, WeightsError
from app.ports import ChatCompletion
from feedback.training.judged import JUDGEMENTS, SHEET, JudgedGroup, Judgement, SheetDraft, SheetGroup, read_judged
from feedback.training.verifier import (
    VerifierRecipe,
    WrittenReply,
    judged_examples,
    learnt_phrases,
    made_examples,
    measure,
    train_verifier,
    write_verifier,
)

THINGS = ("tent", "kettle", "jacket", "lantern", "hammock", "stove", "blanket", "mug", "chair", "boots")
RECIPE = VerifierRecipe()


def context(thing: str) -> DraftContext:
    return DraftContext(
        f"The {thing} is with the carrier and arrives late.", (f"Follow the {thing} by the link",), "",
        f"where is my {thing}", ("delivery_date",), ("delivery_date", "order_id", "refund_days"),
    )  # fmt: skip


def good(thing: str, number: int) -> str:
    opening = ("It is late", f"The {thing} is late", "The carrier is late", "I see that it is late")[number % 4]
    return f"{opening}, and the {thing} arrives on {{delivery_date}}. Follow the {thing} by the link."


def bad(thing: str, number: int) -> str:
    return (
        f"I am sorry, I am sorry that a voucher was {('eaten', 'painted', 'sung')[number % 3]} {{refund_days}} {thing}."
    )


def groups(count: int = 6) -> list[JudgedGroup]:
    found = []
    for thing in THINGS:
        for number in range(count):
            about = context(thing)
            group = SheetGroup(
                id=f"{thing}-{number}", situation=f"late/{thing}", split="held_out_phrase", model="m",
                means=about.means, steps=list(about.steps), policy="", question=about.question, must=list(about.must),
                offered=sorted(about.offered),
                drafts=[
                    SheetDraft(text=text, surprise=[0.2, 0.4], finished=True, problems=[])
                    for text in (good(thing, number), bad(thing, number))
                ],
            )  # fmt: skip
            verdicts = {
                0: Judgement(id=group.id, draft=0, verdict="good"),
                1: Judgement(id=group.id, draft=1, verdict="poor", why="nonsense"),
            }
            found.append(JudgedGroup(group, verdicts))
    return found


WRITTEN = [
    WrittenReply(f"late/{thing}", good(thing, number), context(thing)) for thing in THINGS for number in range(4)
]
PHRASES = learnt_phrases(WRITTEN)


def test_good_and_bad_drafts_of_unseen_situations_are_told_apart() -> None:
    judged, made = judged_examples(groups(), PHRASES), made_examples(WRITTEN, RECIPE)
    scores = measure(groups(), judged, made, RECIPE)
    assert scores.auroc > 0.95
    assert scores.chosen_good > 0.9
    assert scores.random_good == pytest.approx(0.5)
    assert scores.any_good == 1.0
    assert len(scores.probabilities) == scores.judged == 120
    carried = scores.carried["held_out_phrase"]
    assert (carried.questions, carried.clean) == (60, 60)
    assert carried.best_good >= carried.sent_good >= 0.8 * carried.sent > 0


def test_what_is_written_is_what_is_served(tmp_path: Path) -> None:
    fitted = train_verifier(judged_examples(groups(), PHRASES), made_examples(WRITTEN, RECIPE), RECIPE)
    write_verifier(tmp_path, fitted, PHRASES, {"dataset": "d"})
    verifier = LearnedVerifier(tmp_path)
    drafts = [ChatCompletion(text, True, 0, 0, 0) for text in (good("tent", 0), bad("tent", 0))]
    high, low = verifier.estimate(drafts, context("tent"))
    assert high.probability > 0.7 > 0.3 > low.probability
    assert verifier.version in low.basis
    assert ";" in low.basis
    means, weights, bias = fitted
    assert np.isfinite(means).all()
    assert np.isfinite(weights).all()
    assert np.isfinite(bias)


def test_too_few_verdicts_and_verdicts_of_one_kind_teach_nothing() -> None:
    few = judged_examples(groups(2), PHRASES)
    with pytest.raises(ConfigurationError, match="too few"):
        train_verifier(few, [], RECIPE)
    alike = [example for example in judged_examples(groups(12), PHRASES) if example.good]
    with pytest.raises(ConfigurationError, match="all alike"):
        train_verifier(alike, [], RECIPE)


def test_spoilt_replies_are_named_for_how_they_were_spoilt_and_are_no_longer_themselves() -> None:
    made = made_examples(WRITTEN, RECIPE)
    kinds = {example.made for example in made if not example.good}
    assert kinds <= {"another situation", "slots changed places", "a fact left out", "a promise added"}
    assert len(kinds) >= 3
    assert all(example.made == "as it is" for example in made if example.good)


def test_a_verifier_for_other_features_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    fitted = train_verifier(judged_examples(groups(), PHRASES), [], RECIPE)
    write_verifier(tmp_path, fitted, PHRASES, {})
    (tmp_path / ABOUT).write_text(json.dumps({"features": ["length"]}))
    with pytest.raises(WeightsError, match="other features"):
        LearnedVerifier(tmp_path)
    (tmp_path / WEIGHTS).write_bytes(b"not weights")
    with pytest.raises(WeightsError, match="cannot be read"):
        LearnedVerifier(tmp_path)


def test_sheets_and_judgements_are_joined_and_what_does_not_fit_is_named(tmp_path: Path) -> None:
    [first, second] = groups(1)[:2]
    (tmp_path / f"a{SHEET}").write_text(f"{first.group.model_dump_json()}\n{second.group.model_dump_json()}\n")
    path = tmp_path / f"a{JUDGEMENTS}"
    path.write_text(first.verdicts[1].model_dump_json() + "\n")
    [joined, unjudged] = read_judged(tmp_path)
    assert joined.verdicts[1].why == "nonsense"
    assert unjudged.verdicts == {}
    path.write_text('{"id": "else", "draft": 0, "verdict": "good"}\n')
    with pytest.raises(ConfigurationError, match="not in the sheet: else"):
        read_judged(tmp_path)
    path.write_text(f'{{"id": "{first.group.id}", "draft": 7, "verdict": "good"}}\n')
    with pytest.raises(ConfigurationError, match="2 drafts"):
        read_judged(tmp_path)
    path.write_text('{"id": 3}\n')
    with pytest.raises(ConfigurationError, match="line 1"):
        read_judged(tmp_path)
