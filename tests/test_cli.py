"""The commands, with a chain that needs no weights: what is printed, and what becomes of a mistake."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app import cli
from app.errors import ConfigurationError
from app.pipeline.assistant import Assistant
from app.settings import Settings, settings_table
from tests.pipeline.chain import MAYA, talk

runner = CliRunner()


@pytest.fixture(autouse=True)
def _chain_without_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def open_assistant(settings: Settings, progress: Callable[[str], None]) -> Iterator[Assistant]:
        yield talk().assistant

    monkeypatch.setattr(cli, "open_assistant", open_assistant)


def run(*arguments: str, text: str = "") -> str:
    result = runner.invoke(cli.app, arguments, input=text, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


@pytest.fixture(autouse=True)
def _printed_where_the_runner_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "console", Console(highlight=False, width=200))
    monkeypatch.setattr(cli, "errors", Console(highlight=False, width=200, stderr=True))


def test_ask_prints_the_reply() -> None:
    assert "Your order LF-10482 is 3 days late" in run("ask", "where is my parcel", "--customer", MAYA)


def test_ask_says_why_a_reply_was_not_sent() -> None:
    shown = run("ask", "cancel LF-99999 and pay me a refund", "--customer", "C-404")

    assert "handed to a person" in shown


def test_explain_shows_the_whole_record() -> None:
    shown = run("ask", "where is LF-10482", "--customer", MAYA, "--explain")

    for piece in ("track_order/late", "shipment=late", "asked (masked) where is [order]", "order_id=LF-10482", "sent"):
        assert piece in shown


def test_markup_in_a_message_is_printed_as_it_is() -> None:
    assert "[/red][bold]" in run("ask", "[/red][bold] where is my parcel", "--explain")


def test_a_chat_lasts_until_an_empty_line_and_may_change_the_customer() -> None:
    shown = run("chat", text=f"where is my parcel\n/as {MAYA}\nwhere is my parcel\n\n")

    assert "Please sign in" in shown
    assert "You are C-1." in shown
    assert "LF-10482 is 3 days late" in shown


def test_a_chat_survives_a_message_it_cannot_take() -> None:
    shown = run("chat", text=f"{'x' * 5000}\nhello\n\n")

    assert "That message is too long." in shown
    assert "Hello, what can I do for you?" in shown


def test_a_file_of_questions_becomes_a_file_of_records(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"text": "hello"}\n', encoding="utf-8")

    run("ask", "--file", str(source), "--out", str(target))

    assert "what can I do for you" in target.read_text(encoding="utf-8")


def test_a_file_needs_a_place_for_the_records(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("", encoding="utf-8")

    result = runner.invoke(cli.app, ["ask", "--file", str(source)])

    assert result.exit_code == 2
    assert "--out" in result.output


def test_settings_are_listed_as_the_readme_has_them() -> None:
    assert " ".join(settings_table().split()) in run("settings")


def test_models_are_listed_and_verified(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HANDRAIL_DATA_DIR", str(tmp_path))

    assert "missing" in run("models", "list")
    result = runner.invoke(cli.app, ["models", "verify"])
    assert result.exit_code == 1
    assert "missing" in result.output


def test_an_error_of_ours_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ConfigurationError("claims.yaml, line 3: wrong")

    monkeypatch.setattr(cli, "app", fail)
    monkeypatch.setattr(cli, "errors", Console(stderr=True, width=200))

    with pytest.raises(SystemExit) as stopped:
        cli.main()

    assert stopped.value.code == 1
    shown = capsys.readouterr().err
    assert shown == "configuration: claims.yaml, line 3: wrong\n"
