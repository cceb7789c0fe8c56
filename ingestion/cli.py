"""handrail-ingest: bring in the demo shop, past replies and policy pages; rebuild and verify the index."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.adapters.chroma_index import ChromaIndex
from app.bootstrap import load_encoder, open_records
from app.domain.customer import Product
from app.domain.playbook import Playbook
from app.domain.retrieval import PolicyPage
from app.errors import CrmDown, HandrailError
from app.playbook.loader import SHIPPED, load_playbook
from app.playbook.phrases import load_voice
from app.settings import Settings
from app.stores import open_stores
from ingestion.demo import shop
from ingestion.demo.crm import CAST
from ingestion.load import Loader

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
console = Console(stderr=True, highlight=False)


def progress(line: str) -> None:
    """One line about what is happening now."""
    console.print(f"[dim]·[/dim] {line}")


@contextmanager
def open_loader(settings: Settings) -> Iterator[Loader]:
    """The loader on the settings' database, records and index."""
    stores = open_stores(settings)
    records = open_records(settings)
    encoder = load_encoder(settings, progress)
    index = ChromaIndex(settings.index_dir, encoder, stores.interactions.by_id, stores.knowledge.passages)
    folder = settings.playbook_dir or SHIPPED

    def read_playbook(pages: Sequence[PolicyPage]) -> Playbook:
        return load_playbook(folder, {page.id: frozenset(page.facts) for page in pages})

    try:
        products: Sequence[Product] | None = records.products()
    except CrmDown as error:
        progress(f"The catalogue cannot be read, so product texts are not watched: {error.detail}")
        products = None
    try:
        yield Loader(
            interactions=stores.interactions,
            knowledge=stores.knowledge,
            index=index,
            voice=load_voice(folder),
            read_playbook=read_playbook,
            products=products,
            progress=progress,
        )
    finally:
        index.close()
        records.close()
        stores.engine.dispose()


@app.command("demo")
def bring_demo(
    seed: Annotated[int, typer.Option(help="The same seed gives the same shop.")] = shop.SEED,
    *,
    read: Annotated[bool, typer.Option("--read", help="For developers: the replies were read anew.")] = False,
) -> None:
    """The demo shop: customers and orders, policy pages, past replies. Does only what is not done yet."""
    settings = Settings()
    if settings.crm_url.get_secret_value():
        console.print("HANDRAIL_CRM_URL names a shop of your own, so the demo shop stays out.")
        return
    stores = open_stores(settings)
    today = datetime.now(UTC).date()
    written = shop.write_records(settings.crm_store_url, stores.knowledge, seed=seed, today=today)
    stores.engine.dispose()
    if written:
        progress(f"Wrote {written['customers']} customers and {written['orders']} orders")
    with open_loader(settings) as loader:
        pages = loader.bring_knowledge(settings.knowledge_dir or shop.POLICIES)
        if read:
            shop.keep_approved_for(loader.versions())
        replies = loader.bring_interactions(shop.INTERACTIONS, shop.approved_for())
        _mend_index(loader)
    console.print(f"The demo shop is in place ({pages} pages and {replies} past replies were new).")
    console.print(_cast())


@app.command()
def interactions(source: Annotated[Path, typer.Argument(exists=True)]) -> None:
    """Past questions with approved replies: a folder of YAML files, one of them, or JSON lines."""
    with open_loader(Settings()) as loader:
        fresh = loader.bring_interactions(source)
        _mend_index(loader)
    console.print(f"{fresh} new replies.")


@app.command()
def knowledge(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Policy pages in Markdown. Replies that rest on a page that changed rest until they are checked again."""
    with open_loader(Settings()) as loader:
        pages = loader.bring_knowledge(folder)
        _mend_index(loader)
    console.print(f"{pages} pages brought in.")


@app.command()
def reindex() -> None:
    """Rebuild the whole index from the database."""
    with open_loader(Settings()) as loader:
        replies, passages = loader.reindex()
    console.print(f"{replies} replies and {passages} passages can be found.")


@app.command()
def recheck(
    *,
    approve: Annotated[bool, typer.Option("--approve", help="Approve the ones listed, as they are.")] = False,
    situation: Annotated[str, typer.Option(help="Only this situation, such as get_refund/window_open.")] = "",
) -> None:
    """List replies that rest because something they rest on has changed; with --approve, put them back to work."""
    with open_loader(Settings()) as loader:
        items = [item for item in loader.resting() if situation in ("", item.situation)]
        if not approve:
            table = Table("situation", "reply", "rests on", show_lines=True)
            now = loader.versions()
            for item in items:
                changed = [name for name, version in item.rests_on.items() if now.get(name) != version]
                table.add_row(item.situation, item.reply, ", ".join(changed))
            Console().print(table)
            console.print(f"{len(items)} replies rest. Read them, then run this again with --approve.")
            return
        approved, refused = loader.recheck(items)
        for key, reasons in refused.items():
            console.print(f"[yellow]{key} stays at rest:[/yellow] {'; '.join(reasons)}")
    console.print(f"{len(approved)} replies are back at work, {len(refused)} stay at rest.")


@app.command()
def verify() -> None:
    """Hold the index against the database; exit 1 when they differ."""
    with open_loader(Settings()) as loader:
        rows = _compared(loader)
        resting = len(loader.resting())
    table = Table("what", "in the database", "in the index")
    for what, there, found in rows:
        table.add_row(what, str(there), str(found))
    Console().print(table)
    console.print(f"{resting} replies rest.")
    if any(there != found for _, there, found in rows):
        console.print("They differ. handrail-ingest reindex rebuilds the index.")
        raise typer.Exit(1)


def _cast() -> Table:
    """Whom a visitor can be, to see what happens."""
    table = Table("customer", "who", title="Some of the demo shop's customers")
    for member in CAST:
        table.add_row(member.customer_id, f"{member.first_name}: {member.line}")
    return table


def _mend_index(loader: Loader) -> None:
    """Rebuilds an index that an interrupted import, or anything else, has left apart from the database."""
    if not _matches(loader):
        loader.reindex()


def _compared(loader: Loader) -> list[tuple[str, int, int]]:
    """What can be found, how many there are in the database, how many in the index. Raises IndexDown."""
    usable = sum(1 for item in loader.interactions.all_interactions() if item.usable)
    return [
        ("replies", usable, loader.index.count()),
        ("passages", len(loader.knowledge.passages()), loader.index.count_passages()),
    ]


def _matches(loader: Loader) -> bool:
    """Whether the index holds what the database says it should; a damaged one does not."""
    try:
        return all(there == found for _, there, found in _compared(loader))
    except HandrailError:
        return False


def main() -> None:
    """The console script: errors of ours are one clear line, not a traceback."""
    try:
        app()
    except HandrailError as error:
        console.print(f"[red]{error.code}:[/red] {error.detail}")
        sys.exit(1)


if __name__ == "__main__":
    main()
