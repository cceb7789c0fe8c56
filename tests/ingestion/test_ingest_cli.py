"""handrail-ingest as an operator meets it: what is printed, what is changed, and what a mistake looks like."""

import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app.adapters.memory_encoder import HashingEncoder
from app.settings import Settings
from ingestion import cli
from ingestion.demo import shop
from tests.ingestion.small_shop import REPLIES, RETURN_REPLIES, Files

runner = CliRunner()
PRODUCT_REPLIES = 1
"""Of a product that the demo's catalogue does not hold."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def _small_shop(files: Files, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_DATA_DIR", str(data))
    monkeypatch.setenv("HANDRAIL_PLAYBOOK_DIR", str(files.playbook))
    monkeypatch.setenv("HANDRAIL_KNOWLEDGE_DIR", str(files.pages))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(cli, "load_encoder", lambda *_: HashingEncoder())
    monkeypatch.setattr(cli, "console", Console(stderr=True, highlight=False, width=200))
    # The catalogue's own test covers products; here there is none to be read.
    (files.past / "product_question.yaml").unlink()


def run(*arguments: str, exit_code: int = 0) -> str:
    result = runner.invoke(cli.app, arguments)
    assert result.exit_code == exit_code, result.output
    return " ".join(result.output.split())


def bring(files: Files) -> None:
    run("knowledge", str(files.pages))
    run("interactions", str(files.past))


def fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Runs the console script, which has to end with 1; the last lines that it printed."""
    monkeypatch.setattr("sys.argv", ["handrail-ingest", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    return shown


def test_pages_and_replies_are_brought_in_once(files: Files) -> None:
    assert "2 pages brought in." in run("knowledge", str(files.pages))
    assert f"{REPLIES - PRODUCT_REPLIES} new replies." in run("interactions", str(files.past))
    assert "0 pages brought in." in run("knowledge", str(files.pages))
    assert "0 new replies." in run("interactions", str(files.past))


def test_verify_agrees_with_what_was_brought_in(files: Files) -> None:
    bring(files)
    shown = run("verify")
    assert "0 replies rest." in shown
    assert "They differ" not in shown


def test_verify_says_when_the_index_is_lost_and_reindex_rebuilds_it(files: Files, data: Path) -> None:
    bring(files)
    shutil.rmtree(data / "index")

    assert "They differ. handrail-ingest reindex rebuilds the index." in run("verify", exit_code=1)
    assert f"{REPLIES - PRODUCT_REPLIES} replies and 3 passages can be found." in run("reindex")
    run("verify")


def test_reindex_rebuilds_an_index_that_is_damaged(
    files: Files, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(files)
    (data / "index" / "chroma.sqlite3").write_bytes(b"no database" * 1000)

    assert "index_down: Chroma:" in fails(monkeypatch, capsys, "verify")
    run("reindex")
    run("verify")


def test_recheck_lists_what_rests_and_puts_it_back_with_approve(files: Files) -> None:
    bring(files)
    files.shorten_returns()
    assert f"{RETURN_REPLIES} replies rest until they are checked again" in run("knowledge", str(files.pages))

    listed = run("recheck")
    assert "check_refund_policy/policy" in listed
    assert "policy:returns" in listed
    assert f"{RETURN_REPLIES} replies rest. Read them" in listed
    assert f"{RETURN_REPLIES} replies rest." in run("verify")

    approved = run("recheck", "--approve")
    assert "“30” stands nowhere" in approved
    assert "1 replies are back at work, 1 stay at rest." in approved
    assert "1 replies rest." in run("verify")


def test_recheck_can_be_held_to_one_situation(files: Files) -> None:
    bring(files)
    files.shorten_returns()
    run("knowledge", str(files.pages))
    assert "0 replies are back at work, 0 stay at rest." in run(
        "recheck", "--approve", "--situation", "track_order/late"
    )
    assert "1 replies are back at work" in run("recheck", "--approve", "--situation", "check_refund_policy/policy")


def test_a_source_that_is_wrong_is_one_clear_line_and_nothing_is_brought_in(
    files: Files, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("knowledge", str(files.pages))
    files.edit("past/track_order.yaml", "is late.", "is late!")

    shown = fails(monkeypatch, capsys, "interactions", str(files.past))

    assert "configuration: 1 problems, nothing was brought in:" in shown
    assert "track_order.yaml: late, pair 1: no exclamation marks" in shown
    assert "replies rest" in run("verify")


def test_a_playbook_that_is_wrong_is_one_clear_line(
    files: Files, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files.edit("playbook/intents/track_order.yaml", "shipment: late", "shipment: tardy")
    shown = fails(monkeypatch, capsys, "knowledge", str(files.pages))
    assert "playbook: " in shown
    assert "track_order.yaml, line 7" in "".join(shown.splitlines())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "does not exist" in run("knowledge", str(tmp_path / "nowhere"), exit_code=2)


def test_without_a_catalogue_the_rest_is_brought_in_and_that_is_said(files: Files) -> None:
    assert "The catalogue cannot be read, so product texts are not watched" in run("knowledge", str(files.pages))


def test_the_demo_shop_is_put_in_place_once_and_mended_when_its_index_is_damaged(
    files: Files, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days: list[object] = []

    def write_records(url: str, *_: object, seed: int, today: object) -> dict[str, int] | None:
        days.append(today)
        return {"customers": 3, "orders": 5} if len(days) == 1 else None

    bring(files)
    with cli.open_loader(Settings()) as loader:
        versions = json.dumps(loader.versions())
    shutil.rmtree(data)
    monkeypatch.setattr(shop, "write_records", write_records)
    monkeypatch.setattr(shop, "INTERACTIONS", files.past)
    monkeypatch.setattr(shop, "approved_for", lambda: json.loads(versions))

    first = run("demo")
    assert "Wrote 3 customers and 5 orders" in first
    assert f"(2 pages and {REPLIES - PRODUCT_REPLIES} past replies were new)" in first
    assert "C-0001" in first

    again = run("demo")
    assert "(0 pages and 0 past replies were new)" in again
    assert "Wrote" not in again
    assert "Indexing" not in again

    (data / "index" / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    assert "Indexing" in run("demo")
    run("verify")
