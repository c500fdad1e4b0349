"""The command line: what it answers, and how it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app

NOWHERE = "postgresql://127.0.0.1:1/tocsin"


@pytest.fixture
def tocsin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    """A terminal in an empty folder, with a Slack token in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_SLACK__BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("TOCSIN_SLACK__APP_TOKEN", "xapp-1")
    return CliRunner()


def test_a_starting_file_is_fine_and_is_never_written_over(tocsin: CliRunner) -> None:
    written, fine = tocsin.invoke(app, ["init"]), tocsin.invoke(app, ["check"])
    Path("tocsin.yaml").write_text("services: {}\n")
    again = tocsin.invoke(app, ["init"])

    assert (written.exit_code, fine.exit_code, again.exit_code) == (0, 0, 2)
    assert Path("tocsin.yaml").read_text() == "services: {}\n"


def test_a_broken_file_ends_with_two_and_one_document_for_machines(tocsin: CliRunner) -> None:
    Path("tocsin.yaml").write_text("services: {}\nladder: {}\n")

    result = tocsin.invoke(app, ["check", "--json"])

    assert result.exit_code == 2
    assert {"file", "line", "path", "message", "remedy"} == set(json.loads(result.stdout)[0])


@pytest.mark.parametrize("command", [["run"], ["migrate"], ["dead-letters"], ["dead-letters", "retry"]])
def test_a_database_that_is_away_is_said_so_without_a_traceback(
    tocsin: CliRunner, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", NOWHERE)
    tocsin.invoke(app, ["init"])

    result = tocsin.invoke(app, command)

    assert result.exit_code == 1
    assert "The database cannot be opened" in said(result)
    assert isinstance(result.exception, SystemExit)


def test_an_empty_database_is_migrated_and_has_no_dead_letters(tocsin: CliRunner) -> None:
    early = tocsin.invoke(app, ["dead-letters"])
    migrated = tocsin.invoke(app, ["migrate"])
    listed = tocsin.invoke(app, ["dead-letters", "--json"])

    assert (early.exit_code, migrated.exit_code, listed.exit_code) == (1, 0, 0)
    assert "tocsin migrate" in said(early)
    assert json.loads(listed.stdout) == []


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_manifest_is_of_its_mode_whatever_the_environment_says_besides(
    tocsin: CliRunner, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("TOCSIN_PUBLIC_URL", "https://tocsin.example.com")

    result = tocsin.invoke(app, ["manifest", "--mode", mode])

    manifest = json.loads(result.stdout)
    assert manifest["settings"]["socket_mode_enabled"] is (mode == "socket")
    assert ("https://tocsin.example.com/slack/events" in result.stdout) is (mode == "http")


def test_a_manifest_for_http_needs_an_address(tocsin: CliRunner) -> None:
    assert tocsin.invoke(app, ["manifest", "--mode", "http"]).exit_code == 2


def said(result: Result) -> str:
    """Everything on the terminal, without its line breaks."""
    return " ".join(result.output.split())
