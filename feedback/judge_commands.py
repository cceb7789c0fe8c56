"""The commands that have a model judge drafts, and that measure how surprising approved replies are to ours."""

import os
import platform
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.adapters.chat_completions import OpenAIChat
from app.inference.requantize import served_gguf
from app.inference.weights import SMOLLM2, fetch
from app.settings import Settings
from feedback.dataset.rows import read_rows
from feedback.dataset.snapshot import HELD_OUT, read_snapshot
from feedback.training.judged import SheetGroup, read_judged

console = Console()

JUDGE_KEY = "HANDRAIL_JUDGE_API_KEY"
_TIMEOUT_S = 120.0


def judge(
    sheet: Annotated[Path, typer.Option(help="A sheet of drafts.", exists=True)],
    base_url: Annotated[str, typer.Option(help="Any OpenAI-compatible endpoint.")],
    model: Annotated[str, typer.Option(help="The model to ask there.")],
    out: Annotated[Path, typer.Option(help="Where the judgements go.")],
) -> None:
    """Have a model judge the drafts of a sheet by filling in a form, and compare it with readers where they judged the
    same drafts. The endpoint's key is read from HANDRAIL_JUDGE_API_KEY."""
    from feedback.evaluation.judging import agreement, judged_by  # noqa: PLC0415 - scikit-learn takes a second

    client = OpenAIChat(base_url, api_key=os.environ.get(JUDGE_KEY, ""), model=model, version=model)
    groups = list(read_rows(sheet, SheetGroup))
    drafts = sum(draft.finished and not draft.problems for group in groups for draft in group.drafts)
    unfinished = out.with_suffix(".unfinished")
    said, unread = [], 0
    try:
        with unfinished.open("w", encoding="utf-8") as target:
            for one in track(judged_by(client, groups, _TIMEOUT_S), total=drafts, console=console):
                if one is None:
                    unread += 1
                    continue
                said.append(one)
                target.write(one.model_dump_json() + "\n")
    finally:
        client.close()
    unfinished.replace(out)
    counts = Counter(one.verdict for one in said)
    console.print(f"{len(said)} judged: {dict(counts)}; {unread} forms could not be read. {out}")
    found = agreement(said, read_judged())
    if found is None:
        console.print("No reader has judged these drafts, so nothing says what the judge is worth.")
        return
    console.print(
        f"Readers judged {found.both} of them: the same verdict {found.same:.0%}, kappa {found.kappa:.2f}; "
        f"of what the judge would send, readers would send {found.good_of_its_good:.0%}."
    )


def perplexity(
    dataset: Annotated[Path, typer.Option(help="Folder of a data set.", exists=True, file_okay=False)],
    adapter: Annotated[Path, typer.Option(help="An adapter in GGUF.", exists=True)],
    count: Annotated[int, typer.Option(min=1, help="Most replies of each kind.")] = 60,
) -> None:
    """How surprising held-out approved replies are to the model alone and with an adapter; lower is better."""
    from feedback.evaluation.perplexity import perplexity as measure  # noqa: PLC0415 - torch and peft take seconds
    from feedback.training.export import read_adapter  # noqa: PLC0415

    settings = Settings()
    fetch(SMOLLM2.name, settings.models_dir)
    weights = served_gguf(settings.models_dir, settings.worker_quantization)
    snapshot = read_snapshot(dataset)
    table = Table("model", "held out", "replies", "perplexity")
    with TemporaryDirectory() as folder:
        for name, start in (("alone", None), ("with the adapter", read_adapter(adapter, weights))):
            for split in HELD_OUT:
                examples = list(snapshot.examples(split))[:: max(1, snapshot.splits.get(split, 0) // count)][:count]
                found = measure(weights, start, examples, Path(folder), console.print)
                table.add_row(name, split.removeprefix("held_out_"), str(found.replies), f"{found.perplexity:.2f}")
    console.print(table)
    console.print(
        f"Data set {snapshot.name}, weights {settings.worker_quantization} read into torch. "
        f"{os.cpu_count()} cores, Python {platform.python_version()}."
    )
