"""Policy pages in Markdown: front matter with facts, passages cut at headings, slots filled with the facts."""

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from app.domain.facts import fill_slots, slots_in
from app.domain.ids import PageId
from app.domain.retrieval import PolicyPage, PolicyPassage
from app.domain.text import tidy
from app.errors import ConfigurationError, PlaybookError
from app.playbook.loader import fingerprint
from app.playbook.source import Source

_HEADING = re.compile(r"^##+ +(.+)$", re.MULTILINE)


class _FrontMatter(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    title: str
    facts: dict[str, str] = {}


def read_pages(folder: Path) -> tuple[list[PolicyPage], list[PolicyPassage]]:
    """Every `*.md` below `folder` with its passages. Raises ConfigurationError naming the file."""
    bodies: list[tuple[_FrontMatter, str, Path]] = []
    ids: dict[str, Path] = {}
    owners: dict[str, Path] = {}
    for path in sorted(folder.glob("*.md")):
        front, body = _read(path)
        if front.id in ids:
            raise ConfigurationError(f"{path}: the page {front.id} is in {ids[front.id]} already")
        ids[front.id] = path
        for fact in front.facts:
            if fact in owners:
                raise ConfigurationError(f"{path}: the fact {fact} is defined in {owners[fact]} already")
            owners[fact] = path
        bodies.append((front, body, path))
    if not bodies:
        raise ConfigurationError(f"{folder}: there are no policy pages here")
    values = {name: value for front, _, _ in bodies for name, value in front.facts.items()}
    pages, passages = [], []
    for front, body, path in bodies:
        if unknown := set(slots_in(body)) - set(values):
            raise ConfigurationError(f"{path}: no page defines {', '.join(sorted(unknown))}")
        page = _page(front, fill_slots(body, values))
        pages.append(page)
        passages += _passages(page)
    return pages, passages


def _read(path: Path) -> tuple[_FrontMatter, str]:
    try:
        parts = path.read_text(encoding="utf-8").split("---\n", 2)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    if len(parts) != len(("before", "front matter", "body")) or parts[0].strip():
        raise ConfigurationError(f"{path}: does not begin with front matter between two lines of ---")
    try:
        # A line in place of the opening ---, so that lines are counted as in the file.
        front = Source(path, f"{parts[0]}\n{parts[1]}").parse(_FrontMatter)
    except PlaybookError as error:
        raise ConfigurationError(error.detail) from error
    return front, parts[2].strip()


def _page(front: _FrontMatter, text: str) -> PolicyPage:
    facts: Mapping[str, str] = front.facts
    version = fingerprint([front.title, text, facts])
    return PolicyPage(PageId(front.id), front.title, text, facts, version)


def _passages(page: PolicyPage) -> list[PolicyPassage]:
    """The text under each heading; what stands before the first one belongs to the page's title."""
    heads = list(_HEADING.finditer(page.text))
    starts = [0, *(head.end() for head in heads)]
    ends = [*(head.start() for head in heads), len(page.text)]
    titles = [page.title, *(f"{page.title}: {head[1].strip()}" for head in heads)]
    found = []
    for number, (start, end, title) in enumerate(zip(starts, ends, titles, strict=True)):
        if text := tidy(page.text[start:end]):
            found.append(PolicyPassage(f"{page.id}#{number}", page.id, title, text, page.version))
    return found
