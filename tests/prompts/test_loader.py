"""Prompt files are read strictly: a mistake is named when they are loaded, not in front of a customer."""

from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.prompts.loader import load_prompts

PROMPT = """\
---
name: greet
version: 2
---
[system]
Be kind.

[customer: NAME]
Greet $NAME.

[customer:]
Greet the customer.
"""


def load(folder: Path, text: str, name: str = "greet.v2.md") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return load_prompts(folder)["greet"].key


def test_a_prompt_is_named_and_numbered(tmp_path: Path) -> None:
    assert load(tmp_path, PROMPT) == "greet.v2"


def test_the_newest_version_of_a_prompt_counts(tmp_path: Path) -> None:
    for number in (2, 10, 9):
        key = load(tmp_path, PROMPT.replace("version: 2", f"version: {number}"), f"greet.v{number}.md")
    assert key == "greet.v10"


def test_the_fullest_variant_that_can_be_filled_is_used(tmp_path: Path) -> None:
    load(tmp_path, PROMPT)
    prompt = load_prompts(tmp_path)["greet"]

    assert prompt.render({"NAME": "Maya"})[1].content == "Greet Maya."
    assert prompt.render({})[1].content == "Greet the customer."
    assert prompt.render({"NAME": ""})[1].content == "Greet the customer."


def test_a_prompt_that_cannot_do_without_a_fact_says_so(tmp_path: Path) -> None:
    load(tmp_path, PROMPT.replace("[customer:]", "[other:]"))

    with pytest.raises(ConfigurationError, match=r"greet\.v2: no variant of \[customer\]"):
        load_prompts(tmp_path)["greet"].render({})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("version: 2", "version: 3", "named for another prompt than greet.v3"),
        ("name: greet", "name: meet", "named for another prompt than meet.v2"),
        ("[system]", "[preface]", r"no \[system\] section"),
        ("[customer: NAME]", "[customer: N]", r"\[customer\] uses \['NAME'\] without naming them"),
        ("---\nname", "name", "front matter"),
        ("name: greet\n", "", "front matter"),
        ("version: 2", "version: two", "front matter"),
        ("name: greet", "name: [greet", "front matter"),
    ],
)
def test_a_mistake_in_a_prompt_file_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"greet\.v2\.md.*{words}"):
        load(tmp_path, PROMPT.replace(old, new))
