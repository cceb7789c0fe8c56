"""The commands of the Label Studio loop."""

import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.adapters.system import SystemClock
from app.domain.review import QueueState, ReviewState, Standing
from app.settings import Settings
from app.stores import Stores, open_stores
from feedback.annotation.agreement import alpha
from feedback.annotation.label_studio import LabelStudio
from feedback.annotation.loop import Loop, Pass, while_parent_lives, work

console = Console(highlight=False)


def setup_annotation(
    webhook_url: Annotated[str, typer.Option(help="Where Label Studio reaches Handrail; empty: this machine.")] = "",
) -> None:
    """Make the project in Label Studio, or bring it up to date: label config, webhook. It can be repeated."""
    settings = Settings()
    url = webhook_url or f"http://{settings.host}:{settings.port}/v1/webhooks/label-studio"
    secret = settings.label_studio_webhook_secret.get_secret_value()
    with open_loop(settings) as (loop, _):
        project, fresh = loop.projects.set_up(url, secret)
    where = f"{settings.label_studio_url.rstrip('/')}/projects/{project.id}/"
    console.print(f"The project is {'made' if fresh else 'up to date'}: {where}")
    if not secret:
        console.print("HANDRAIL_LABEL_STUDIO_WEBHOOK_SECRET is not set, so there is no webhook: we look ourselves.")


def sync(
    *, whole: Annotated[bool, typer.Option("--whole", help="Walk through everything, not only what changed.")] = False
) -> None:
    """One pass: flagged turns to Label Studio, annotations back, what is settled to the learning side."""
    with open_loop(Settings()) as (loop, _):
        try:
            console.print(in_words(loop.once(whole=whole)))
        finally:
            loop.let_go()


def worker(
    *, with_parent: Annotated[bool, typer.Option("--with-parent", help="Stop when the parent process ends.")] = False
) -> None:
    """Keep doing what `sync` does, until it is told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        if with_parent:
            stack.enter_context(while_parent_lives(stop))
        loop, _ = stack.enter_context(open_loop(Settings()))
        work(loop, stop, console.print)


def reviews(*, retry: Annotated[bool, typer.Option("--retry", help="Try again what was given up.")] = False) -> None:
    """How the loop stands: what waits, what is settled, what cannot be used and why, how far annotators agree."""
    stores = open_stores(Settings())
    try:
        if retry:
            console.print(f"{stores.review_outbox.revive(SystemClock().now())} turns are tried again.")
        counts = stores.review_annotations.counts()
        table = Table("what", "how many")
        for queue, words in _QUEUE.items():
            table.add_row(words, str(counts.queue.get(queue, 0)))
        for review, words in _REVIEWS.items():
            table.add_row(words, str(counts.reviews.get(review, 0)))
        for standing, words in _STANDINGS.items():
            table.add_row(words, str(counts.annotations.get(standing, 0)))
        for reason, number in counts.quarantined_because.items():
            table.add_row(f"  {reason}", str(number))
        table.add_row("webhook calls to be taken in", str(counts.calls_waiting))
        table.add_row("webhook calls refused", str(counts.calls_refused))
        console.print(table)
        console.print(_agreement(stores))
    finally:
        stores.engine.dispose()


def measure_annotation(
    turns: Annotated[int, typer.Option(min=10, help="Flagged turns, and then annotations.")] = 1000,
    kills: Annotated[int, typer.Option(min=0, help="How often the writer is killed.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the random choices.")] = 1,
) -> None:
    """Count on a real Label Studio what is lost or comes twice: the writer is killed at random moments, Label Studio is
    killed twice, every webhook is dropped. Nothing of the installation's own data is touched."""
    from feedback.annotation.measure import measure  # noqa: PLC0415 - the other commands do without the chain

    with tempfile.TemporaryDirectory(prefix="handrail-annotation-", ignore_cleanup_errors=True) as folder:
        result = measure(Settings(), Path(folder), turns, kills, seed, console.print)
    console.print(
        f"{result.turns} flagged turns, the writer killed {result.kills} times, Label Studio {result.restarts} times: "
        f"{result.tasks} tasks, {result.missing} missing, {result.doubled} doubled ({result.copies_removed} copies had "
        f"been made and were removed again); {result.deliver_s:.0f} s"
    )
    console.print(
        f"{result.annotated} annotations ({result.changed} changed later, {result.deleted} deleted) with every webhook "
        f"dropped ({result.calls_received} came): {result.kept} kept, {len(result.lost)} lost, "
        f"{len(result.twice)} twice, "
        f"{len(result.wrong)} not as they were said last, {len(result.not_withdrawn)} deleted ones left; "
        f"{result.annotate_s:.0f} s"
    )
    if not result.clean:
        raise typer.Exit(1)


@contextmanager
def open_loop(settings: Settings) -> Iterator[tuple[Loop, Stores]]:
    """The loop on the installation's own database. Raises ConfigurationError."""
    tool = LabelStudio(settings.label_studio_url, settings.label_studio_token.get_secret_value())
    with ExitStack() as stack:
        stack.callback(tool.close)
        stores = open_stores(settings)
        stack.callback(stores.engine.dispose)
        yield Loop(settings, stores, SystemClock(), tool), stores


def in_words(done: Pass) -> str:
    """What one pass did, in a line."""
    out, heard, looked = done.delivered, done.heard, done.looked
    return (
        f"Tasks: {out.made} made, {out.changed} changed, {out.refused} refused, {out.removed} copies removed, "
        f"{out.queued_again} lost and queued again. "
        f"Annotations: {heard.annotations} by webhook, {looked.annotations} by looking, "
        f"{heard.withdrawn + looked.withdrawn} withdrawn. Turns looked at again: {done.settled}."
    )


def _agreement(stores: Stores) -> str:
    verdicts: dict[str, dict[str, str]] = {}
    for each in stores.review_annotations.counted():
        if each.turn_id and each.opinion:
            verdicts.setdefault(each.turn_id, {})[each.by] = each.opinion.verdict.value
    several = [list(said.values()) for said in verdicts.values() if len(said) > 1]
    value = alpha(several)
    shown = f"{value:.2f}" if value is not None else "cannot be told yet"
    return f"Agreement on the verdict (Krippendorff's alpha) over {len(several)} turns with several annotators: {shown}"


_QUEUE = {
    QueueState.WAITING: "turns on their way",
    QueueState.DELIVERED: "turns in Label Studio",
    QueueState.DEAD: "turns given up",
}
_REVIEWS = {
    ReviewState.OPEN: "to be annotated",
    ReviewState.DISAGREED: "for an adjudicator",
    ReviewState.SETTLED: "settled",
}
_STANDINGS = {
    Standing.COUNTED: "annotations that count",
    Standing.WITHDRAWN: "annotations withdrawn",
    Standing.QUARANTINED: "annotations that cannot be used",
}
