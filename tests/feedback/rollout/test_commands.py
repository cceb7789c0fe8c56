"""The commands that release a version, as an operator meets them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app.domain.ids import ModelVersionId
from app.domain.rollout import GateVerdict, ModelState
from app.inference.requantize import served_gguf
from app.inference.weights import SMOLLM2, fetch
from app.settings import Settings
from app.stores import Stores, open_stores
from feedback import cli, suite_commands
from feedback.rollout import commands
from tests.adapter_files import write_adapter
from tests.builders import NOW, PASSED
from tests.feedback.evaluation.reports import report, scored

MODELS = Path(os.environ.get("HANDRAIL_TEST_MODELS", Path(__file__).parents[3] / "var" / "models"))
SAM = ("--by", "Sam", "--why", "it reads better")
runner = CliRunner()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    fetch(SMOLLM2.name, MODELS)
    folder = tmp_path_factory.mktemp("adapters")
    first, second = (write_adapter(folder / f"{seed}.gguf", served_gguf(MODELS), seed) for seed in (1, 2))
    return first, second


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(MODELS)
    monkeypatch.setenv("HANDRAIL_DATA_DIR", str(tmp_path / "data"))
    for module in (cli, commands, suite_commands):
        monkeypatch.setattr(module, "console", Console(highlight=False, width=240))


@pytest.fixture
def stores() -> Iterator[Stores]:
    opened = open_stores(Settings())
    yield opened
    opened.engine.dispose()


def run(*arguments: str, exit_code: int = 0) -> str:
    result = runner.invoke(cli.app, arguments)
    assert result.exit_code == exit_code, result.output
    return " ".join(result.output.split())


def fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Runs the console script, which has to end with 1; what it printed."""
    monkeypatch.setattr(cli, "console", Console(highlight=False, width=240))
    monkeypatch.setattr("sys.argv", ["handrail-feedback", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    shown = capsys.readouterr().out
    assert "Traceback" not in shown
    return shown


def registered(stores: Stores, file: Path, verdict: GateVerdict | None = PASSED) -> ModelVersionId:
    said = run("register", str(file), "--task", "answer", "--dataset", "05b558105abe", "--by", "Ada")
    number = ModelVersionId(said.split()[0])
    if verdict is not None:
        stores.models.keep_verdict(number, verdict)
    return number


def test_a_version_goes_all_the_way_and_back_and_the_table_tells_who_and_why(
    stores: Stores, files: tuple[Path, Path]
) -> None:
    former, version = (registered(stores, file) for file in files)
    run("promote", former, "--to", "live", *SAM)
    assert "is shadow" in run("promote", version, "--to", "shadow", *SAM)
    assert "is canary for 10 % of the conversations" in run("promote", version, "--to", "canary", *SAM)
    assert "for 40 %" in run("promote", version, "--to", "canary", "--share", "40", *SAM)
    assert "40 %" in run("versions")
    said = run("promote", version, "--to", "live", *SAM)
    assert said.startswith(f"{former} is retired. {version} is live.")
    said = run("rollback", "--by", "Ada", "--why", "customers complain")
    assert said.startswith(f"{version} is rolled back. {former} is live.")

    shown = run("versions", "--task", "answer")
    for piece in (
        "rolled back",
        "05b558105abe",
        "passed answers.v1",
        "Ada: customers complain",
        "Sam: it reads better",
    ):
        assert piece in shown


def test_a_roll_back_without_a_name_means_the_version_that_was_let_at_customers_last(
    stores: Stores, files: tuple[Path, Path]
) -> None:
    live, canary = (registered(stores, file) for file in files)
    run("promote", live, "--to", "live", *SAM)
    run("promote", canary, "--to", "canary", *SAM)
    assert run("rollback", *SAM).startswith(f"{canary} is rolled back.")
    assert "the model answers without an adapter" in run("rollback", *SAM)
    states = {version.id: version.state for version in stores.models.versions()}
    assert states == {canary: ModelState.ROLLED_BACK, live: ModelState.ROLLED_BACK}


def test_the_version_to_roll_back_may_be_named(stores: Stores, files: tuple[Path, Path]) -> None:
    live, canary = (registered(stores, file) for file in files)
    run("promote", live, "--to", "live", *SAM)
    run("promote", canary, "--to", "canary", *SAM)
    assert run("rollback", live, *SAM).startswith(f"{live} is rolled back.")


def test_a_version_that_did_not_pass_the_gate_is_refused_in_words(
    stores: Stores, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unjudged = registered(stores, files[0], None)
    shown = fails(monkeypatch, capsys, "promote", unjudged, "--to", "live", *SAM)
    assert "has not been held against the gate" in shown
    failed = GateVerdict(passed=False, suite="answers.v1", against="", failures=("worse on refunds",), at=NOW)
    stores.models.keep_verdict(unjudged, failed)
    shown = fails(monkeypatch, capsys, "promote", unjudged, "--to", "canary", *SAM)
    assert "failed the gate on answers.v1 (worse on refunds)" in shown
    assert "failed answers.v1: worse on refunds" in run("versions")


def test_a_corrupt_file_is_refused_in_words_and_leaves_nothing(
    stores: Stores,
    files: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    corrupt = tmp_path / "corrupt.gguf"
    corrupt.write_bytes(files[0].read_bytes()[:5000])
    shown = fails(monkeypatch, capsys, "register", str(corrupt), "--dataset", "05b558105abe")
    assert "corrupt.gguf is damaged or no GGUF" in shown
    assert stores.models.versions() == []
    assert list(Settings().adapters_dir.iterdir()) == []


def test_what_is_not_there_or_there_already_is_said(
    stores: Stores, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "There is no version yet" in run("versions")
    assert "answers customers" in fails(monkeypatch, capsys, "rollback", *SAM)
    assert "no model version" in fails(monkeypatch, capsys, "promote", "answer@nothing", "--to", "live", *SAM)
    number = registered(stores, files[0])
    shown = fails(monkeypatch, capsys, "register", str(files[0]), "--dataset", "05b558105abe")
    assert f"{number} is registered already" in shown


@pytest.mark.parametrize("command", [("promote", "answer@1", "--to", "live"), ("rollback",)])
def test_nothing_moves_without_who_and_why(command: tuple[str, ...]) -> None:
    run(*command, exit_code=2)


def measured(folder: Path, version: str, *, missed: float, right: float) -> Path:
    """A report of a version, with every metric that the shipped gate watches."""
    made = report(version, missed, right)
    made.versions["adapter"] = version
    for metric in ("unsupported facts delivered", "sent in another situation"):
        made.systems["whole chain"][metric] = scored(0.0, "lower")
    made.systems["drafts only"]["sound"] = made.systems["drafts only"]["right"]
    for metric in ("invalid slots", "unsupported facts before the guard"):
        made.systems["drafts only"][metric] = scored(0.0, "lower")
    return made.write(folder / version)


def test_the_gates_verdict_opens_the_way_for_a_good_version(
    stores: Stores, files: tuple[Path, Path], tmp_path: Path
) -> None:
    version = registered(stores, files[0], verdict=None)
    live = measured(tmp_path, "live", missed=0.0, right=0.4)
    said = run("gate", str(measured(tmp_path, version, missed=0.0, right=0.9)), str(live))
    assert "It may go live." in said
    assert f"Kept with {version}." in said
    assert "is live" in run("promote", version, "--to", "live", *SAM)


def test_the_gates_verdict_stops_a_damaged_version(
    stores: Stores,
    files: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    version = registered(stores, files[0], verdict=None)
    live = measured(tmp_path, "live", missed=0.0, right=0.4)
    said = run("gate", str(measured(tmp_path, version, missed=0.1, right=0.1)), str(live), exit_code=1)
    assert "missed holds: 0.000 became 0.100" in said
    assert "It may not go live." in said
    assert "missed holds" in fails(monkeypatch, capsys, "promote", version, "--to", "live", *SAM)


def test_a_verdict_on_a_version_that_nobody_registered_is_said_and_not_kept(tmp_path: Path) -> None:
    live = measured(tmp_path, "live", missed=0.0, right=0.4)
    said = run("gate", str(measured(tmp_path, "answer@00000000", missed=0.0, right=0.9)), str(live))
    assert "answer@00000000 is not registered" in said
