"""The README can fail: every setting, command and path in it exists, and every setting and command is in it."""

import re
from pathlib import Path

import pytest
import typer.main

import app.cli
import feedback.cli
import ingestion.cli
from app.settings import settings_table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = {"handrail": app.cli.app, "handrail-ingest": ingestion.cli.app, "handrail-feedback": feedback.cli.app}


def commands(program: str) -> set[str]:
    group = typer.main.get_command(PROGRAMS[program])
    return set(getattr(group, "commands", {}))


def test_the_table_of_settings_is_the_one_that_the_code_gives() -> None:
    assert settings_table() in README


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_in_the_readme_exists(program: str) -> None:
    named = re.findall(rf"`{program} ([a-z-]+)", README)
    assert named
    assert set(named) <= commands(program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_is_in_the_readme(program: str) -> None:
    named = set(re.findall(r"[`/] ?`?([a-z-]+)", README)) | set(re.findall(rf"{program} ([a-z-]+)", README))
    assert commands(program) <= named


def test_every_link_to_a_file_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_make_target_in_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
