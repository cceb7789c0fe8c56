"""Reads prompt templates and renders them.

A template is a file `name.vN.md`: front matter (name, version), then sections headed `[section]`. `[system]` comes
first and never varies, so that a server can keep its prefix cached. A section may be there several times with the facts
it needs, `[customer: N M T]`; the first one whose facts are all known is used, so a missing fact selects a variant
without it and can never appear as "None". Placeholders are written `$QUESTION`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from app.errors import ConfigurationError
from app.ports import ChatMessage

SHIPPED = Path(__file__).parent / "templates"
_HEAD = re.compile(r"^\[([a-z]+)(?::([^\]]*))?\]\s*$", re.MULTILINE)


class _FrontMatter(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Section:
    """One variant of one section."""

    name: str
    needs: tuple[str, ...]
    template: Template


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """One version of one prompt."""

    name: str
    version: int
    sections: tuple[Section, ...]

    @property
    def key(self) -> str:
        """Such as "answer.order.v1"."""
        return f"{self.name}.v{self.version}"

    @property
    def task(self) -> str:
        """Such as "answer", of "answer.order": what a model is trained for."""
        return self.name.split(".", 1)[0]

    def render(self, values: Mapping[str, str]) -> tuple[ChatMessage, ...]:
        """The messages, each section in its fullest variant that `values` can fill; empty values count as unknown.

        Raises ConfigurationError when no variant of a section can be filled."""
        known = {name: value for name, value in values.items() if value}
        texts: dict[str, str] = {}
        for name in dict.fromkeys(section.name for section in self.sections):
            variants = [section for section in self.sections if section.name == name]
            section = next((variant for variant in variants if set(variant.needs) <= set(known)), None)
            if section is None:
                raise ConfigurationError(f"prompt {self.key}: no variant of [{name}] can do without what is missing")
            texts[name] = section.template.substitute(known)
        system = texts.pop("system")
        user = "\n".join(text for text in texts.values() if text)
        return (ChatMessage("system", system), ChatMessage("user", user))


def load_prompts(folder: Path = SHIPPED) -> dict[str, PromptTemplate]:
    """Name → its newest version. Raises ConfigurationError naming the file."""
    newest: dict[str, PromptTemplate] = {}
    for path in sorted(folder.glob("*.md")):
        template = _read(path)
        if template.name not in newest or newest[template.name].version < template.version:
            newest[template.name] = template
    return newest


def _read(path: Path) -> PromptTemplate:
    before, *parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if before or len(parts) != len(("front matter", "body")):
        raise ConfigurationError(f"{path}: does not begin with front matter between two lines of ---")
    try:
        front = _FrontMatter.model_validate(yaml.safe_load(parts[0]))
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"{path}: the front matter is wrong: {error}") from error
    template = PromptTemplate(front.name, front.version, tuple(_sections(parts[1])))
    if f"{template.key}.md" != path.name:
        raise ConfigurationError(f"{path}: is named for another prompt than {template.key}")
    if not any(section.name == "system" for section in template.sections):
        raise ConfigurationError(f"{path}: has no [system] section")
    for section in template.sections:
        if unnamed := set(section.template.get_identifiers()) - set(section.needs):
            raise ConfigurationError(f"{path}: [{section.name}] uses {sorted(unnamed)} without naming them")
    return template


def _sections(body: str) -> list[Section]:
    heads = list(_HEAD.finditer(body))
    ends = [head.start() for head in heads[1:]] + [len(body)]
    return [
        Section(head[1], tuple((head[2] or "").split()), Template(body[head.end() : end].strip()))
        for head, end in zip(heads, ends, strict=True)
    ]
