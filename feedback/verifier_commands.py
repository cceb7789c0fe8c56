"""The commands that make sheets of drafts to be judged, and train the verifier on what readers said."""

import os
import platform
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.adapters.intent_head import OFF_TOPIC, LinearIntentHead
from app.adapters.learned_verifier import LearnedVerifier
from app.bootstrap import INTENT_HEAD, VERIFIER, for_the_head, load_encoder, policy_of, shipped_calibration
from app.pipeline.grammar import reply_grammar
from app.playbook.loader import SHIPPED, load_playbook
from app.ports import ChatCompletion
from app.settings import Settings
from app.stores import open_stores
from feedback.answer_commands import rules_of, served
from feedback.dataset.pairs import evenly
from feedback.dataset.questions import PAST_DIR, handwritten, past_questions
from feedback.dataset.snapshot import HELD_OUT, DatasetSnapshot, Split, read_snapshot
from feedback.evaluation.ablations import measure_variant, variants
from feedback.evaluation.drafts import context_of, drafts_for, with_shortened
from feedback.evaluation.model_classifier import classify_by_model
from feedback.training.intent import IntentRecipe, read_corpus
from feedback.training.judged import JudgedGroup, SheetDraft, SheetGroup, read_judged
from feedback.training.verifier import (
    Carried,
    Example,
    VerifierRecipe,
    VerifierScores,
    WrittenReply,
    judged_examples,
    learnt_phrases,
    made_examples,
    measure,
    train_verifier,
    write_verifier,
)

console = Console()


class Asked(StrEnum):
    """Which questions of a data set are drafted for."""

    HELD_OUT = "held-out"
    TRAIN = "train"


_CANDIDATES = 6
TRAINING_QUESTIONS = 400
"""For which drafts are made to be learnt from, unless another number is asked for."""
_SERVED: Literal["Q8_0"] = "Q8_0"
_SMALLER: Literal["Q4_0"] = "Q4_0"


def write_sheet(dataset: Path, adapter: Path, drafts: int, out: Path, asked: Asked, count: int | None) -> None:
    """Drafts for held-out questions, as a turn would ask for them, ready to be judged, each followed by what a turn
    would leave of it; or for questions to learn from, to make pairs of. `count` questions, evenly over the situations;
    None: all of them."""
    settings = Settings()
    stores = open_stores(settings)
    rules = rules_of(settings, stores)
    stores.engine.dispose()
    snapshot = read_snapshot(dataset)
    splits: tuple[Split, ...] = HELD_OUT if asked is Asked.HELD_OUT else ("train",)
    examples = [example for split in splits for example in snapshot.examples(split)]
    if count is not None:
        examples = evenly(examples, count)
    verifier = LearnedVerifier(VERIFIER) if asked is Asked.HELD_OUT else None
    unfinished = out.with_suffix(".unfinished")
    clean = total = 0
    with served(settings, adapter) as (_, tuned), unfinished.open("w", encoding="utf-8") as target:
        for example in track(examples, description="Drafting", console=console):
            written = drafts_for(tuned, example, rules, reply_grammar, n=drafts, seed=total)
            if verifier is not None:
                written = with_shortened(written, rules, verifier)
            context = context_of(example)
            group = SheetGroup(
                id=example.id,
                situation=example.situation,
                split=example.split,
                model=adapter.name,
                means=context.means,
                steps=list(context.steps),
                policy=context.policy,
                question=context.question,
                must=list(context.must),
                offered=sorted(context.offered),
                drafts=[
                    SheetDraft(
                        text=draft.text,
                        surprise=[round(value, 2) for value in draft.surprise],
                        finished=draft.finished,
                        problems=list(draft.problems),
                    )
                    for draft in written
                ],
            )
            target.write(group.model_dump_json() + "\n")
            clean += sum(draft.clean for draft in written)
            total += len(written)
    unfinished.replace(out)
    console.print(f"{total} drafts for {len(examples)} questions in {out}; {clean} of them break no rule.")


def train_on_judged(dataset: Path, out: Path) -> None:
    """Trains the verifier, measures it on situations it has not seen, and writes it with its card."""
    recipe = VerifierRecipe()
    snapshot = read_snapshot(dataset)
    written = [
        WrittenReply(example.situation, example.reply, context_of(example)) for example in snapshot.examples("train")
    ]
    groups, phrases = read_judged(), learnt_phrases(written)
    judged = judged_examples(groups, phrases)
    made = made_examples(_one_each(written), recipe)
    scores = measure(groups, judged, made, recipe)
    fitted = train_verifier(judged, made, recipe)
    write_verifier(out, fitted, phrases, {"dataset": snapshot.name, "judged": len(judged), "made": len(made)})
    ms = _milliseconds(groups, LearnedVerifier(out))
    console.print(_table(scores, ms))
    (out / "MODEL_CARD.md").write_text(_card(snapshot, recipe, scores, judged, ms), encoding="utf-8")
    console.print(f"{out}: trained on {len(judged)} judged and {len(made)} made replies.")


def ablate(dataset: Path, adapter: Path, count: int) -> None:
    """Drafting with one thing changed at a time, on held-out questions, on the weights that are served and smaller."""
    snapshot = read_snapshot(dataset)
    examples = [example for split in HELD_OUT for example in snapshot.examples(split)]
    few = examples[:: max(1, len(examples) // count)][:count]
    verifier, threshold = LearnedVerifier(VERIFIER), policy_of(Settings(), shipped_calibration()).send_threshold
    table = Table("weights", "way", "questions", "a draft breaks no rule", "mean estimate", "would be sent", "ms")
    for weights in (_SERVED, _SMALLER):
        settings = Settings(worker_quantization=weights, worker_context=4096)
        stores = open_stores(settings)
        rules = rules_of(settings, stores)
        stores.engine.dispose()
        with served(settings, adapter) as (_, tuned):
            ways = variants(reply_grammar, lambda slots, _: reply_grammar(slots))
            for way in ways if weights == _SERVED else ways[:1]:
                found = measure_variant(way, tuned, few, rules, verifier, threshold)
                shares = (f"{found.clean:.0%}", f"{found.estimate:.2f}", f"{found.sure:.0%}", f"{found.ms:.0f}")
                table.add_row(weights, way.name, str(found.questions), *shares)
    console.print(table)
    console.print(f"Data set {snapshot.name}. {os.cpu_count()} cores, Python {platform.python_version()}.")


def ablate_classifier(adapter: Path, count: int) -> None:
    """The language model as a classifier of requests, alone and with the adapter, beside the encoder's head."""
    settings = Settings(worker_context=4096)
    held_out = read_corpus(handwritten(), past_questions(PAST_DIR), None, IntentRecipe()).held_out
    known = [one for one in held_out if one.intent != OFF_TOPIC]
    few = known[:: max(1, len(known) // count)][:count]
    intents = {name: entry.title for name, entry in load_playbook(settings.playbook_dir or SHIPPED).intents.items()}
    head = LinearIntentHead(for_the_head(settings, load_encoder(settings, console.print)), INTENT_HEAD)
    start = time.perf_counter()
    said = [head.predict([one.text])[0].intent for one in few]
    ms = (time.perf_counter() - start) * 1000 / len(few)
    table = Table("classifier", "questions", "right", "ms a message")
    right = sum(name == one.intent for name, one in zip(said, few, strict=True))
    table.add_row("encoder's head", str(len(few)), f"{right / len(few):.0%}", f"{ms:.0f}")
    with served(settings, adapter) as (base, tuned):
        for name, model, task in (("model alone", base, ""), ("model with the answer adapter", tuned, "answer")):
            found = classify_by_model(model, few, intents, task)
            table.add_row(name, str(found.questions), f"{found.accuracy:.0%}", f"{found.ms:.0f}")
    console.print(table)


def _one_each(written: list[WrittenReply]) -> list[WrittenReply]:
    """Each reply once: the data set pairs it with several questions."""
    return list({one.reply: one for one in written}.values())


def _milliseconds(groups: list[JudgedGroup], verifier: LearnedVerifier) -> float:
    """For six candidates, median of the groups, on one core as numpy takes it."""
    times = []
    for judged in groups:
        drafts: list[ChatCompletion] = (judged.group.completions * _CANDIDATES)[:_CANDIDATES]
        start = time.perf_counter()
        verifier.estimate(drafts, judged.group.context)
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)[len(times) // 2]


def _rows(scores: VerifierScores, ms: float) -> list[tuple[str, str]]:
    return [
        ("judged drafts, of which a reader would send", f"{scores.judged}, {scores.good}"),
        ("AUROC on judged drafts of unseen situations", f"{scores.auroc:.3f}"),
        ("calibration error on them", f"{scores.calibration_error:.3f}"),
        (f"AUROC on {scores.made} made replies, good and spoilt, of unseen situations", f"{scores.made_auroc:.3f}"),
        ("questions with a good draft on top", f"{scores.chosen_good:.0%}"),
        ("the same by chance, and at best", f"{scores.random_good:.0%}, {scores.any_good:.0%}"),
        ("time for six drafts", f"{ms:.1f} ms"),
        *(row for split, each in scores.carried.items() for row in _carried_rows(split.replace("_", " "), each)),
    ]


def _carried_rows(split: str, each: Carried) -> list[tuple[str, str]]:
    return [
        (f"{split}: questions, with a draft that breaks no rule", f"{each.questions}, {each.clean}"),
        (f"{split}: of these, a reader would send the best draft", str(each.best_good)),
        (f"{split}: sent at the threshold, of which a reader would send", f"{each.sent}, {each.sent_good}"),
    ]


def _table(scores: VerifierScores, ms: float) -> Table:
    table = Table("measured", "result")
    for row in _rows(scores, ms):
        table.add_row(*row)
    return table


def _card(
    snapshot: DatasetSnapshot, recipe: VerifierRecipe, scores: VerifierScores, judged: list[Example], ms: float
) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in _rows(scores, ms))
    return f"""# Verifier

How likely a supervisor is to send a draft as it stands: logistic regression on what can be seen in it
(`app/domain/evidence.py`), in the right situation. The hard rules come first; it never sees what they refuse.

| measured by cross-validation over {len({example.situation for example in judged})} situations | result |
|---|---|
{rows}

Learnt from drafts that readers judged (`feedback/training/judged`) and, at {recipe.made_weight} of their weight, from
replies of data set `{snapshot.name}` as they are and spoilt: another situation's reply, slots that changed places, a
fact left out, a promise added. The two are measured apart.

Made {datetime.now(UTC):%Y-%m-%d} by `handrail-feedback train --task verifier`, {os.cpu_count()} cores,
Python {platform.python_version()}; regularisation {recipe.inverse_regularisation}, {recipe.folds} folds.
"""
