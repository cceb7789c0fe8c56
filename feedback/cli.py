"""`handrail-feedback`: the learning side's command line, and its composition root."""

import errno
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from app.bootstrap import ANSWER_ADAPTER, CALIBRATION, MEANING, REFINE_ADAPTER, VERIFIER
from app.errors import HandrailError
from feedback.annotation.commands import measure_annotation, reviews, setup_annotation, sync, worker
from feedback.evaluation import reading
from feedback.judge_commands import judge, perplexity
from feedback.rollout.commands import promote, register, rollback, versions

SHIPPED_HEAD = Path("app/models/intent")
RUNS = Path("var/runs")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Learn from people: train and evaluate.")
console = Console()


class Task(StrEnum):
    """What can be trained and evaluated."""

    INTENT = "intent"
    ANSWER = "answer"
    REFINE = "refine"
    MEANING = "meaning"
    VERIFIER = "verifier"
    INJECTION = "injection"
    TOXICITY = "toxicity"
    ATTACKS = "attacks"
    PII = "pii"
    CALIBRATION = "calibration"


TaskOption = Annotated[Task, typer.Option(help="What to train or evaluate.")]
DataOption = Annotated[Path | None, typer.Option(help="Folder of the public corpora.", exists=True, file_okay=False)]
HeadOption = Annotated[Path, typer.Option(help="Folder of the head.")]


@app.callback()
def _group() -> None:
    """Keep `train` a command of its own while there are few."""


@app.command()
def train(
    task: TaskOption = Task.INTENT,
    data: DataOption = None,
    out: HeadOption = SHIPPED_HEAD,
    dataset: Annotated[Path | None, typer.Option(help="answer: folder of a data set.", file_okay=False)] = None,
    run: Annotated[Path | None, typer.Option(help="Folder of the run, to go on from; one a task if empty.")] = None,
    epochs: Annotated[float, typer.Option(min=0.01, help="answer: how often each example is seen.")] = 1.3,
    minutes: Annotated[float | None, typer.Option(min=1, help="answer: end this call after so long.")] = None,
    *,
    tune: Annotated[bool, typer.Option(help="intent: tune a copy of the encoder first, some minutes.")] = False,
    begin_from: Annotated[Path | None, typer.Option(help="answer: an adapter to go on from.", exists=True)] = None,
    preferences: Annotated[Path | None, typer.Option(help="answer: folder of pairs.", file_okay=False)] = None,
) -> None:
    """Train the intent head or a detector and write it with its card (without --data from the hand-written texts
    alone), or a LoRA adapter that writes replies, from a data set or from preference pairs, in steps that can be
    resumed."""
    if task in (Task.ATTACKS, Task.PII):
        raise typer.BadParameter(f"nothing is trained for {task}; evaluate it")
    # torch, peft and scikit-learn take seconds to import, so each task brings its own commands.
    if task is Task.CALIBRATION:
        raise typer.BadParameter("estimates are calibrated by handrail-feedback calibrate")
    if task is Task.INTENT:
        from feedback.intent_commands import train_intents  # noqa: PLC0415

        train_intents(data, out, tune=tune)
    elif task is Task.MEANING:
        from feedback.refine_commands import train_meaning_check  # noqa: PLC0415

        train_meaning_check(MEANING if out == SHIPPED_HEAD else out)
    elif task is Task.INJECTION or task is Task.TOXICITY:
        from feedback.detector_commands import MODELS, train_detector_of  # noqa: PLC0415

        train_detector_of(task.value, data, MODELS / task.value if out == SHIPPED_HEAD else out)
    elif task is Task.ANSWER and preferences is not None:
        from feedback.preference_commands import train_preferences  # noqa: PLC0415

        train_preferences(preferences, run or RUNS / "preferences", epochs, minutes, begin_from)
    elif dataset is None:
        raise typer.BadParameter("name the data set with --dataset")
    elif task is Task.VERIFIER:
        from feedback.verifier_commands import train_on_judged  # noqa: PLC0415

        train_on_judged(dataset, VERIFIER if out == SHIPPED_HEAD else out)
    else:
        from feedback.answer_commands import train_adapter  # noqa: PLC0415

        what: Literal["answer", "refine"] = "refine" if task is Task.REFINE else "answer"
        train_adapter(what, dataset, run or RUNS / what, epochs, minutes, begin_from)


@app.command()
def evaluate(
    task: TaskOption = Task.INTENT,
    data: DataOption = None,
    head: HeadOption = SHIPPED_HEAD,
    *,
    confusions: Annotated[bool, typer.Option(help="List what is taken for what.")] = False,
    tuned: Annotated[bool, typer.Option(help="intent: tune the encoder for each benchmark, 10 minutes each.")] = False,
    adapter: Annotated[Path, typer.Option(help="answer: the adapter.", exists=True)] = ANSWER_ADAPTER,
    name: Annotated[str, typer.Option(help="answer: what the report is called.")] = "live",
    out: Annotated[Path, typer.Option(help="answer: folder of the report.", file_okay=False)] = Path("var/evaluation"),
    only: Annotated[list[str] | None, typer.Option(help="answer: play only these; the gate needs two.")] = None,
    live: Annotated[Path | None, typer.Option(help="answer: a report to stand beside it.", exists=True)] = None,
    drafted: Annotated[int, typer.Option(min=1, help="answer: most cases to draft for alone.")] = 220,
) -> None:
    """Measure the intent head or a detector on held-out texts and, with --data, on public corpora; for `--task answer`,
    the whole chain and what it is compared with on the frozen suite; for `--task attacks`, whether an attack works with
    what detects them switched off; for `--task pii`, how much personal data is recognised."""
    if task is Task.ANSWER:
        from feedback.suite_commands import evaluate_suite  # noqa: PLC0415

        evaluate_suite(name, adapter, out, live, drafted, only or ())
    elif task is Task.MEANING:
        from feedback.refine_commands import evaluate_meaning  # noqa: PLC0415

        evaluate_meaning(MEANING)
    elif task is Task.REFINE:
        from feedback.refine_commands import evaluate_refining  # noqa: PLC0415

        evaluate_refining(REFINE_ADAPTER if adapter == ANSWER_ADAPTER else adapter, drafted)
    elif task is Task.CALIBRATION:
        from feedback.calibration_commands import evaluate_calibration  # noqa: PLC0415

        evaluate_calibration(_named(data), CALIBRATION, out)
    elif task is Task.INTENT:
        from feedback.intent_commands import evaluate_intents  # noqa: PLC0415

        evaluate_intents(data, head, confusions=confusions, tuned=tuned)
    elif task is Task.INJECTION or task is Task.TOXICITY:
        from feedback.detector_commands import MODELS, evaluate_detector  # noqa: PLC0415

        evaluate_detector(task.value, data, MODELS / task.value if head == SHIPPED_HEAD else head)
    elif task is Task.ATTACKS:
        from feedback.attack_commands import evaluate_attacks  # noqa: PLC0415

        if not evaluate_attacks(data):
            raise typer.Exit(1)
    elif task is Task.PII:
        from feedback.personal_commands import evaluate_personal  # noqa: PLC0415

        evaluate_personal(data)
    else:
        raise typer.BadParameter("the verifier is measured when it is trained")


@app.command()
def calibrate(
    data: DataOption = None,
    out: Annotated[Path, typer.Option(help="Folder of the calibration.", file_okay=False)] = CALIBRATION,
    *,
    with_decisions: Annotated[bool, typer.Option(help="What supervisors decided too.")] = False,
) -> None:
    """Learn from judged replies how far estimates can be trusted: which share of what is sent from which estimate on is
    wrong. The service reads it when it starts."""
    from feedback.calibration_commands import calibrate as learn  # noqa: PLC0415

    learn(_named(data), out, with_decisions=with_decisions)


def _named(data: Path | None) -> Path:
    if data is None:
        raise typer.BadParameter("name the folder of the public corpora with --data")
    return data


@app.command()
def questions(
    data: Annotated[Path, typer.Option(help="Folder of the public corpora.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="Where the JSON lines go.")],
    count: Annotated[int, typer.Option(min=1)] = 300,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Write test questions, each with a random demo customer, for `handrail ask --file`."""
    console.print(f"{reading.write_questions(data, out, count=count, seed=seed)} questions written to {out}.")


@app.command()
def read(
    records: Annotated[Path, typer.Option(help="What `handrail ask --out` wrote.", exists=True)],
    page: Annotated[Path | None, typer.Option(help="Write a page for reading here.")] = None,
    judgements: Annotated[Path | None, typer.Option(help="Add up these judgements.", exists=True)] = None,
    count: Annotated[int, typer.Option(min=1, help="Turns to read.")] = 100,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Print turns for a person to read, or add up what a person said of them."""
    turns = reading.sample(records, count=count, seed=seed)
    if page is not None:
        page.write_text(reading.page(turns), encoding="utf-8")
        console.print(f"{len(turns)} turns to read in {page}.")
    if judgements is not None:
        found = reading.read_judgements(judgements)
        total = reading.add_up(found)
        table = Table("of", "how many", "what", "share")
        table.add_row(f"{total.answerable} answerable", str(total.answerable_sent), "sent", f"{total.sent_share:.0%}")
        table.add_row(f"{total.sent} sent", str(total.good), "a good agent would send", f"{total.good_share:.0%}")
        table.add_row(f"{total.sent} sent", str(total.wrong), "wrong", "")
        console.print(table)
        if rows := reading.stale(found, turns):
            console.print(f"The reply has changed since it was judged, read again: rows {rows}")


@app.command("build-dataset")
def build_dataset(
    out: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("var/datasets"),
    rows: Annotated[int, typer.Option(min=1, help="Most examples a situation.")] = 14,
    task: Annotated[Task, typer.Option(help="answer or refine.")] = Task.ANSWER,
) -> None:
    """Make a data set: of what is approved now, questions in situations and replies in slots; or, to learn refining,
    rough drafts and what they should have been."""
    from feedback.answer_commands import build, build_refining  # noqa: PLC0415

    if task is Task.REFINE:
        build_refining(out)
    elif task is Task.ANSWER:
        build(out, rows)
    else:
        raise typer.BadParameter("there are data sets for answer and for refine")


@app.command()
def drafts(
    dataset: Annotated[Path, typer.Option(help="Folder of a data set.", exists=True, file_okay=False)],
    adapter: Annotated[Path | None, typer.Option(help="An adapter in GGUF; empty: the model alone.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Held-out examples of each kind.")] = 60,
    page: Annotated[Path | None, typer.Option(help="Write the drafts here, for reading.")] = None,
) -> None:
    """Have the model write replies by itself to held-out questions, and hold them against the hard rules."""
    from feedback.answer_commands import measure_drafts  # noqa: PLC0415

    measure_drafts(dataset, adapter, count, page)


@app.command()
def gate(
    candidate: Annotated[Path, typer.Argument(help="Its report.", exists=True)],
    live: Annotated[Path, typer.Argument(help="The report of what is live.", exists=True)],
) -> None:
    """Say whether a candidate may go live: two reports on one suite, held against the thresholds of the gate."""
    from feedback.suite_commands import compare  # noqa: PLC0415

    if not compare(candidate, live).passed:
        raise typer.Exit(1)


@app.command()
def cycle(
    least: Annotated[int, typer.Option(min=1, help="New lessons that make a round.")] = 100,
    epochs: Annotated[float, typer.Option(min=0.01, help="How often each example is seen.")] = 1.0,
    minutes: Annotated[float | None, typer.Option(min=1, help="End training after so long.")] = None,
    drafted: Annotated[int, typer.Option(min=40, help="Most cases to draft for alone.")] = 70,
) -> None:
    """Go one round when people have taught enough that is new: data set, training from what is live, evaluation, gate,
    and a version in shadow. A round that was killed goes on."""
    from feedback.cycle_commands import Round  # noqa: PLC0415
    from feedback.cycle_commands import cycle as go_round  # noqa: PLC0415

    go_round(Round(Path("var/datasets"), RUNS, Path("var/evaluation"), least, epochs, minutes, drafted))


@app.command("label-efficiency")
def label_efficiency(
    data: Annotated[Path, typer.Option(help="Folder of the public corpora.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="Where figures and plots go.", file_okay=False)] = Path("var/selection"),
    seeds: Annotated[int, typer.Option(min=2, max=5, help="Repetitions.")] = 5,
    steps: Annotated[int, typer.Option(min=2, help="Measurements on the way.")] = 8,
) -> None:
    """Measure how many labels an intent head needs when they are chosen, and when they are drawn at random."""
    from feedback.selection.commands import label_efficiency as measure  # noqa: PLC0415

    measure(data, out, seeds, steps)


@app.command()
def sheet(
    dataset: Annotated[Path, typer.Option(help="Folder of a data set.", exists=True, file_okay=False)],
    adapter: Annotated[Path, typer.Option(help="An adapter in GGUF.", exists=True)],
    out: Annotated[Path, typer.Option(help="Where the sheet goes.")],
    drafts: Annotated[int, typer.Option(min=1, max=6, help="Drafts for each question.")] = 2,
    split: Annotated[
        Literal["held-out", "train"], typer.Option(help="Questions that are held out, or those to learn from.")
    ] = "held-out",
    count: Annotated[
        int | None, typer.Option(min=1, help="Questions, evenly over the situations; train: 400 unless said.")
    ] = None,
) -> None:
    """Write a sheet of drafts: on held-out questions for people to judge, which trains the verifier; on training
    questions for `build-pairs`."""
    from feedback.verifier_commands import TRAINING_QUESTIONS, Asked, write_sheet  # noqa: PLC0415

    asked = Asked(split)
    write_sheet(dataset, adapter, drafts, out, asked, count or (TRAINING_QUESTIONS if asked is Asked.TRAIN else None))


@app.command("build-pairs")
def build_pairs(
    dataset: Annotated[Path, typer.Option(help="Folder of a data set.", exists=True, file_okay=False)],
    sheet: Annotated[Path, typer.Option(help="Drafts on training questions, see `sheet`.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder of the pairs.", file_okay=False)] = Path("var/pairs"),
    below: Annotated[float, typer.Option(min=0, max=1, help="Reject drafts that the verifier estimates lower.")] = 0.1,
    *,
    edits: Annotated[bool, typer.Option(help="Supervisors' edits too.")] = True,
) -> None:
    """Make preference pairs: approved replies against the model's own drafts that are not to be sent, and what
    supervisors wrote against the drafts that they edited."""
    from feedback.preference_commands import make_pairs  # noqa: PLC0415

    make_pairs(dataset, sheet, out, below, edits=edits)


@app.command()
def ablate(
    dataset: Annotated[Path, typer.Option(help="Folder of a data set.", exists=True, file_okay=False)],
    adapter: Annotated[Path, typer.Option(help="An adapter in GGUF.", exists=True)],
    count: Annotated[int, typer.Option(min=1, help="Held-out questions.")] = 30,
) -> None:
    """Draft with one thing changed at a time (the grammar, the number of drafts, the verifier, the weights), and have
    the model pick intents in the encoder's place."""
    from feedback.verifier_commands import ablate as measure  # noqa: PLC0415
    from feedback.verifier_commands import ablate_classifier  # noqa: PLC0415

    measure(dataset, adapter, count)
    ablate_classifier(adapter, count)


for command in (judge, perplexity, register, versions, promote, rollback):
    app.command()(command)
for annotating in (setup_annotation, sync, worker, reviews, measure_annotation):
    app.command()(annotating)


def main() -> None:
    """Entry point: an operator's mistake is one line and exit code 1, not a traceback."""
    try:
        app()
    except HandrailError as error:
        console.print(f"[red]{error.detail}[/red]", highlight=False)
        raise SystemExit(1) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        console.print("[red]The disk is full. Nothing was half-written; make room and run it again.[/red]")
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
