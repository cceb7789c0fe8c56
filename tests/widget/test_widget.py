"""The widget without a browser: its own tests run on Node, and what it weighs is counted."""

import gzip
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

HERE = Path(__file__).parent
WIDGET = HERE.parent.parent / "app" / "widget"
MOST_BYTES = 20_000


@pytest.mark.parametrize("module", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_the_widgets_own_tests_pass(module: str) -> None:
    node, _ = compute_driver_executable()  # the Node that comes with playwright, so that none has to be installed
    result = subprocess.run(
        [node, "--test", str(HERE / module)], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stdout[-4000:]


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it"])
def test_all_that_a_page_loads_is_small(language: str) -> None:
    """Compressed as one stream; a page loads the words of one language."""
    loaded = [path for path in sorted(WIDGET.glob("*.js")) if not path.name.startswith("words-")]
    loaded.append(WIDGET / f"words-{language}.js")
    assert len(gzip.compress(b"".join(path.read_bytes() for path in loaded), 9)) <= MOST_BYTES


def test_every_language_has_the_same_words() -> None:
    def names(path: Path) -> list[str]:
        return [line.split(":", 1)[0].strip() for line in path.read_text(encoding="utf-8").splitlines() if ": " in line]

    languages = sorted(WIDGET.glob("words-*.js"))
    assert len(languages) == 5
    assert {tuple(names(path)) for path in languages} == {tuple(names(languages[0]))}


def test_text_is_never_made_into_markup() -> None:
    for path in (*WIDGET.glob("*.js"), *(WIDGET.parent / "shop").glob("*.js")):
        source = path.read_text(encoding="utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert way not in source, f"{path.name} uses {way}"
