"""The commands that train and measure the head that recognises intents."""

import os
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from app.adapters.encoder import MiniLmEncoder
from app.adapters.intent_head import OFF_TOPIC, LinearIntentHead
from app.bootstrap import TUNED, for_the_head
from app.ports import Encoder
from app.settings import Settings
from feedback.dataset.questions import PAST_DIR, Labelled, as_served, bitext, clinc150, handwritten, past_questions
from feedback.evaluation.intent import (
    BenchmarkScores,
    IntentScores,
    ScopeScores,
    milliseconds_per_message,
    run_benchmarks,
    score_intents,
    score_scope,
)
from feedback.training.intent import IntentCorpus, IntentRecipe, for_the_encoder, read_corpus, train_intent_head
from feedback.training.intent_card import Measured, write_card, write_head

console = Console()

_REMEMBERED = 100_000
"""Vectors kept while training and measuring: every question is needed more than once."""


def train_intents(data: Path | None, out: Path, *, tune: bool) -> None:
    """Fits the head and writes it with its card; `tune`: the encoder beside it too."""
    if data is None:
        console.print("No --data: training from the hand-written questions alone.")
    start = time.perf_counter()
    recipe = IntentRecipe()
    corpus = read_corpus(handwritten(), past_questions(PAST_DIR), data, recipe)
    tuned = None
    if tune:
        from feedback.training.encoder import EncoderRecipe, tune_encoder  # noqa: PLC0415 - peft takes seconds

        folder = Settings().models_dir / "minilm-l6-v2"
        tuned = tune_encoder(folder, *for_the_encoder(corpus, recipe), EncoderRecipe(), console.print)
        tuned.write(out / TUNED)
    encoder = for_the_head(Settings(), _encoder(), out, remembered=_REMEMBERED)
    trained = train_intent_head(encoder, corpus, recipe, encoder_tuned=(out / TUNED).exists())
    write_head(trained, out)
    measured = _measure(LinearIntentHead(encoder, out), corpus, data)
    seconds = time.perf_counter() - start
    now = datetime.now(UTC)
    write_card(out, trained, corpus, recipe, measured, data=data, trained_at=now, seconds=seconds, tuned=tuned)
    console.print(_table(measured, None))
    console.print(f"intent: {len(trained.labels)} intents written to {out} in {seconds:.0f} s.")


def evaluate_intents(data: Path | None, head: Path, *, confusions: bool, tuned: bool) -> None:
    """The head on held-out questions and, with `data`, on Bitext and the public benchmarks."""
    encoder = _encoder()
    corpus = read_corpus(handwritten(), past_questions(PAST_DIR), None, IntentRecipe())
    looked_at = for_the_head(Settings(), encoder, head, remembered=_REMEMBERED)
    classifier = LinearIntentHead(looked_at, head)
    latency = milliseconds_per_message(classifier, [question.text for question in corpus.held_out])
    measured = _measure(classifier, corpus, data)
    tune = _tuned_for if tuned else None
    console.print(_table(measured, run_benchmarks(encoder, data, tune) if data is not None else None))
    for name, scores in (
        ("hand-written", measured.held_out),
        ("past", measured.past_held_out),
        ("Bitext", measured.bitext_test),
    ):
        for true, said, count in scores.confusions if confusions and scores is not None else ():
            console.print(f"{name}: {true} taken for {said}, {count}")
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "scikit-learn", "numpy"))
    console.print(f"intent: {latency:.1f} ms for one message, encoding and prediction. Head {classifier.version}.")
    console.print(f"Encoder {encoder.version}. {os.cpu_count()} cores, Python {platform.python_version()}, {versions}.")


def _encoder() -> MiniLmEncoder:
    return MiniLmEncoder(Settings().models_dir / "minilm-l6-v2", threads=None, remembered=_REMEMBERED)


def _tuned_for(questions: Sequence[Labelled]) -> Encoder:
    """The encoder beside a copy tuned on these questions, by the product's recipe without typing mistakes."""
    from feedback.training.encoder import BENCHMARK, tune_encoder  # noqa: PLC0415 - peft takes seconds

    settings = Settings()
    with TemporaryDirectory() as folder:
        recipe = BENCHMARK
        tuned = tune_encoder(
            settings.models_dir / "minilm-l6-v2", questions, [1.0] * len(questions), recipe, console.print
        )
        tuned.write(Path(folder) / TUNED)
        console.print(f"tuned on {len(questions)} questions in {tuned.seconds / 60:.1f} minutes")
        return for_the_head(settings, _encoder(), Path(folder), remembered=_REMEMBERED)


def _measure(head: LinearIntentHead, corpus: IntentCorpus, data: Path | None) -> Measured:
    held_out = score_intents(head, corpus.held_out)
    past = score_intents(head, corpus.past_held_out) if corpus.past_held_out else None
    if data is None:
        return Measured(held_out, past, None, None)
    foreign = as_served(Labelled(question.text, OFF_TOPIC) for question in clinc150(data, "oos_test"))
    ours = np.array([question.intent != OFF_TOPIC for question in corpus.held_out])
    scope = score_scope(held_out.in_scope[ours], score_intents(head, foreign).in_scope)
    return Measured(held_out, past, score_intents(head, as_served(bitext(data, "test"))), scope)


def _table(measured: Measured, benchmarks: BenchmarkScores | None) -> Table:
    table = Table("measured on", "questions", "what", "result")
    _add_intents(table, "hand-written, held out", measured.held_out)
    if measured.past_held_out is not None:
        _add_intents(table, "past questions, held out", measured.past_held_out)
    if measured.bitext_test is not None:
        _add_intents(table, "Bitext test", measured.bitext_test)
    if measured.scope is not None:
        _add_scope(table, measured.scope)
    if benchmarks is not None:
        table.add_row("BANKING77 test", "3080", "accuracy, 77 intents", f"{benchmarks.banking77_accuracy:.2%}")
        table.add_row("CLINC150 test", "4500", "accuracy, 150 intents", f"{benchmarks.clinc150_accuracy:.2%}")
        top, ours = benchmarks.clinc150_auroc_top_probability, benchmarks.clinc150_auroc_scope_score
        table.add_row("CLINC150 oos test", "5500", "AUROC, top probability", f"{top:.3f}")
        table.add_row("CLINC150 oos test", "5500", "AUROC, in-scope score", f"{ours:.3f}")
    return table


def _add_intents(table: Table, name: str, scores: IntentScores) -> None:
    table.add_row(name, str(scores.questions), "accuracy", f"{scores.accuracy:.2%}")
    table.add_row(name, str(scores.questions), "calibration error", f"{scores.calibration_error:.3f}")
    table.add_row(name, str(scores.questions), "AURC", f"{scores.aurc:.4f}")


def _add_scope(table: Table, scope: ScopeScores) -> None:
    name = "hand-written vs CLINC150 oos test"
    table.add_row(name, "", "AUROC, in-scope score", f"{scope.auroc:.3f}")
    table.add_row(name, "", f"own questions below {scope.threshold}", f"{scope.known_lost:.1%}")
    table.add_row(name, "", f"foreign questions above {scope.threshold}", f"{scope.foreign_kept:.1%}")
