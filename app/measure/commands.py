"""handrail measure: what the service as a whole bears, each figure with its conditions."""

import asyncio
import os
import platform
import resource
import secrets
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.errors import ConfigurationError
from app.measure import kills as kills_
from app.measure import load
from app.measure.child import light_service
from app.settings import Settings

app = typer.Typer(help="Measure the service as a whole: crashes, idle streams, many at once.", no_args_is_help=True)
console = Console(highlight=False)

Seed = Annotated[int, typer.Option(help="Seed of every random choice.")]
_KEY = "a key for a service that lives for one measurement"
_HARD_FILES = 8192


@app.command()
def kills(
    number: Annotated[int, typer.Option(min=1, help="How often the service is killed.")] = 200,
    conversations: Annotated[int, typer.Option(min=1, help="Conversations that are written to meanwhile.")] = 20,
    supervisors: Annotated[int, typer.Option(min=0, help="Who decide what is held meanwhile.")] = 0,
    seed: Seed = 1,
) -> None:
    """Kill the service (kill -9) at random points, and count what was lost or answered twice: exit 1 for any."""
    tokens = [secrets.token_urlsafe(24) for _ in range(supervisors)]
    environment = {"HANDRAIL_SHOP_JWT_KEY": _KEY}
    if tokens:  # with them everything is held that can be
        named = ",".join(f"Supervisor {place}:{token}" for place, token in enumerate(tokens))
        environment |= {"HANDRAIL_AGENT_TOKENS": named, "HANDRAIL_SEND_THRESHOLD": "1.0"}
    with light_service(Settings(), **environment) as child, Progress(console=console) as progress:
        task = progress.add_task("kills", total=number)
        toll = asyncio.run(kills_.rounds(child, number, conversations, seed, lambda: progress.advance(task), tokens))
    table = Table("what", "how many", title=f"{number} kills under {conversations} conversations, seed {seed}")
    for what, count in (
        ("messages accepted", toll.accepted),
        ("requests sent again", toll.sent_again),
        ("conversations begun", toll.started),
        ("turns", toll.turns),
        *((f"turns now {status}", count) for status, count in sorted(toll.endings.items())),
        ("accepted messages lost", len(toll.lost)),
        ("accepted messages kept twice", len(toll.doubled)),
        ("accepted messages without an answer, a hold or a hand-off", len(toll.unanswered)),
        ("turns answered twice", len(toll.answered_twice)),
        ("event streams with a gap", len(toll.gaps)),
        ("decisions of supervisors that were said to be done", toll.decided),
        ("decisions that were done although the service died before it said so", toll.decided_later),
        ("decisions lost", len(toll.decisions_lost)),
        ("decisions made or delivered twice", len(toll.decisions_doubled)),
    ):
        table.add_row(what, str(count))
    console.print(table)
    console.print(f"{toll.seconds:.0f} s. {_conditions()}")
    if not toll.clean:
        raise typer.Exit(1)


@app.command()
def streams(
    number: Annotated[int, typer.Option(min=1, help="Idle event streams.")] = 2000,
    messages: Annotated[int, typer.Option(min=1, help="Messages sent to random ones, one at a time.")] = 200,
    seed: Seed = 1,
) -> None:
    """Hold idle event streams open, and time how long a message takes to reach one of them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_HARD_FILES, hard), hard))
    with light_service(Settings()) as child, Progress(console=console) as progress:
        task = progress.add_task("streams", total=number)
        result = asyncio.run(load.idle_streams(child, number, messages, seed, lambda: progress.advance(task)))
    grown = result.memory_after_mb - result.memory_before_mb
    console.print(f"{number} idle streams on one process, opened in {result.opened_s:.1f} s")
    console.print(
        f"memory {result.memory_before_mb:.0f} MB before, {result.memory_after_mb:.0f} MB after: "
        f"{grown / number * 1024:.0f} kB a stream and its conversation"
    )
    console.print(
        f"a message to one of them, from the request to its event: p50 {load.share(result.delivery_ms, 50):.1f} ms, "
        f"p99 {load.share(result.delivery_ms, 99):.1f} ms over {len(result.delivery_ms)} messages"
    )
    console.print(_conditions())


@app.command()
def conversations(
    number: Annotated[int, typer.Option(min=1, help="Conversations at once.")] = 50,
    messages: Annotated[int, typer.Option(min=1, help="Messages in each.")] = 10,
    pause: Annotated[float, typer.Option(min=0, help="Seconds between an answer and the next message.")] = 5.0,
    seed: Seed = 1,
) -> None:
    """Hold many conversations at once on the light chain: what our own code adds to a turn."""
    with light_service(Settings()) as child:
        result = asyncio.run(load.conversations_at_once(child, number, messages, pause, seed))
    console.print(
        f"{number} conversations at once, {messages} messages each, about {pause:g} s between an answer and the next "
        f"message: {len(result.reply_ms) / result.seconds:.1f} turns a second"
    )
    console.print(
        f"from the request to the whole reply on the event stream: p50 {load.share(result.reply_ms, 50):.0f} ms, "
        f"p99 {load.share(result.reply_ms, 99):.0f} ms over {len(result.reply_ms)} turns"
    )
    console.print(_conditions())


@app.command("guards")
def measure_guards(
    turns: Annotated[int, typer.Option(min=8, help="Turns, each with a message of its own.")] = 80,
) -> None:
    """Time each guard and all of them together, on the demo shop."""
    from app.bootstrap import open_assistant  # noqa: PLC0415 - the other measurements do without models
    from app.measure.guards import measured  # noqa: PLC0415

    with open_assistant(Settings(), console.print, with_model=False) as assistant:
        costs = measured(assistant.parts_now(), turns)
    table = Table("guard", "p50", "p95", title=f"Milliseconds over {turns} turns")
    for name in costs.ms:
        found = costs.p50_p95(name)
        table.add_row(name, *(("absent", "") if found is None else (f"{value:.2f}" for value in found)))
    console.print(table)
    console.print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}. The message's "
        "vector is there from understanding it; bodies and retrieved texts that were seen before are, too."
    )


@app.command(name="console")
def console_page(
    waiting: Annotated[int, typer.Option(min=1, max=300, help="Conversations that wait in the queue.")] = 200,
    times: Annotated[int, typer.Option(min=1, help="How often each thing is measured.")] = 20,
) -> None:
    """Open the console in a real browser with a full queue, and time what a supervisor waits for."""
    try:
        from app.measure import console as console_  # noqa: PLC0415 - the browser's driver is for development
    except ModuleNotFoundError as error:
        raise ConfigurationError("this needs Playwright: pip install -e '.[dev]'") from error
    environment = {"HANDRAIL_SHOP_JWT_KEY": _KEY, "HANDRAIL_SEND_THRESHOLD": "1.0"}
    with light_service(Settings(), **environment) as child, Progress(console=console) as progress:
        task = progress.add_task("console", total=3 * times)
        seen = console_.measured(child, waiting, times, lambda: progress.advance(task))
    console.print(f"{seen.waiting} conversations wait, one supervisor at the console in Chromium")
    for what, found in (
        ("from the decision to hold until the line is in the page", seen.appeared_ms),
        ("from a click on a line until its draft is in the page", seen.opened_ms),
        ("from a click on Approve until the line is gone", seen.decided_ms),
    ):
        p50, p95 = load.share(found, 50), load.share(found, 95)
        console.print(f"{what}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {max(found):.0f} ms over {len(found)}")
    console.print(_conditions())


def _conditions() -> str:
    return (
        f"Light chain (words instead of models), SQLite with synchronous=FULL, client on the same machine. "
        f"{os.cpu_count()} cores, Python {platform.python_version()}."
    )
