"""The command that measures how much personal data is recognised."""

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from feedback.evaluation.personal import read_marked, recognised

console = Console()


def evaluate_personal(data: Path | None) -> None:
    """Recall of each kind, by the guard of replies and by the mask of the customer's words."""
    if data is None:
        raise typer.BadParameter("name the folder of the public corpora with --data")
    sentences = read_marked(data)
    result = recognised(sentences)
    table = Table("kind", "there", "found by the guard", "held by any guard", "masked in a message")
    for kind in result.kinds:
        shares = (f"{count / max(1, kind.there):.0%}" for count in (kind.found, kind.held, kind.masked))
        table.add_row(kind.kind, str(kind.there), *shares)
    console.print(table)
    console.print(
        f"{len(sentences)} sentences of Presidio's synthetic data. The guard found {result.finds} things, of which "
        f"{result.right / max(1, result.finds):.1%} are marked as personal data of some kind."
    )
