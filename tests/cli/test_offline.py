"""Commands that ask nobody else: version, init, check, manifest, migrate, and wrong usage."""

import json
import re
from importlib.metadata import version

import pytest
from sqlalchemy import create_engine, text

from tests.cli.program import Program

TEN_MISTAKES = """
people:
  ann: {name: Ann Lee, slack: ann, email: ann, zone: Mars/Base}
ladders:
  ops: {rungs: [{targets: [{person: nobody}], wait: 5}]}
services:
  checkout: {name: Checkout, channel: "#incidents", ladder: none, colour: red, ticket: {project: ops}}
channels: [{channel: "#alerts"}]
defaults: {service: other, severity: sev9}
"""
ON_CALL = """
people:
  ann: {name: Ann Lee, email: ann@example.com}
schedules:
  primary: {zone: UTC, layers: [{people: [ann], start: 2026-01-05, handoff: "09:00"}]}
ladders:
  ops: {rungs: [{targets: [{schedule: primary}, {webhook: pager}]}]}
services:
  checkout: {channel: "#incidents", ladder: ops, ticket: {project: OPS}}
webhooks:
  pager: {url: "https://pager.example.com/hook"}
"""


async def test_the_version_is_the_one_installed(tocsin: Program) -> None:
    ended = await tocsin("version")

    assert (ended.code, ended.out.strip()) == (0, version("tocsin"))


async def test_a_file_is_begun_checked_and_never_overwritten(tocsin: Program) -> None:
    begun, checked, again = await tocsin("init"), await tocsin("check"), await tocsin("init")

    assert (begun.code, checked.code, again.code) == (0, 0, 2)
    assert "tocsin check" in begun.out
    assert "The configuration is fine." in checked.out
    assert "tocsin.yaml is there already" in again.err


async def test_ten_mistakes_are_told_at_once_each_with_what_to_do(tocsin: Program) -> None:
    tocsin.configure(TEN_MISTAKES)

    people, machines = await tocsin("check"), await tocsin("check", "--json")

    assert (people.code, machines.code) == (2, 2)
    assert len(machines.document) == 10, machines.out
    assert "10 problems found." in people.out
    assert all(problem["message"] and problem["remedy"] for problem in machines.document)
    assert len({problem["line"] for problem in machines.document}) >= 4


async def test_no_file_and_a_wrong_setting_are_told_together(tocsin: Program) -> None:
    tocsin.settings["TOCSIN_SLAK__BOT_TOKEN"] = "xoxb-secret"

    ended = await tocsin("check", "--json")

    assert ended.code == 2
    assert {problem["file"] for problem in ended.document} == {"environment", "tocsin.yaml"}
    assert "xoxb-secret" not in ended.out + ended.err


async def test_a_file_is_checked_and_looked_into_where_no_secret_is(tocsin: Program) -> None:
    tocsin.settings.clear()
    tocsin.configure(ON_CALL)

    checked, machines = await tocsin("check"), await tocsin("check", "--json")
    shown, strict = await tocsin("oncall", "show"), await tocsin("check", "--strict")

    assert (checked.code, machines.code, shown.code, strict.code) == (0, 0, 0, 2)
    assert "Note: Neither Slack" in checked.out
    assert "Ann Lee" in shown.out
    assert "nobody could be paged" in strict.out


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_the_manifest_is_json_that_slack_takes(tocsin: Program, mode: str) -> None:
    ended = await tocsin("manifest", "--mode", mode, "--url", "https://tocsin.example.com")

    made = json.loads(ended.out)
    assert ended.code == 0
    assert made["settings"]["socket_mode_enabled"] == (mode == "socket")
    assert ("https://tocsin.example.com/slack/events" in ended.out) == (mode == "http")


@pytest.mark.parametrize(
    "arguments",
    [
        ("manifest", "--mode", "http"),
        ("manifest", "--mode", "pigeon"),
        ("check", "--nonsense"),
        ("dead-letters", "resurrect"),
        ("fly",),
    ],
)
async def test_wrong_usage_ends_with_2_and_says_what_is_right(
    tocsin: Program, arguments: tuple[str, ...]
) -> None:
    ended = await tocsin(*arguments)

    assert ended.code == 2
    assert ended.err.strip()
    assert not ended.out


@pytest.fixture(params=["sqlite", "postgres"])
def migrated(request: pytest.FixtureRequest, tocsin: Program) -> str:
    """The address of a database that nobody has migrated yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tocsin.folder / 'data' / 'tocsin.db'}"
    url: str = request.getfixturevalue("postgres_url")
    tocsin.settings["TOCSIN_DATABASE_URL"] = url
    return url


async def test_migrating_twice_changes_nothing_and_a_newer_schema_is_refused(
    tocsin: Program, migrated: str
) -> None:
    first, second = await tocsin("migrate"), await tocsin("migrate")
    engine = create_engine(migrated.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("DELETE FROM mark"))
    engine.dispose()

    newer, letters = await tocsin("migrate"), await tocsin("dead-letters")

    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out
    assert re.search(r"at revision \w+\.", first.out)
    assert (newer.code, letters.code) == (1, 1)
    for ended in (newer, letters):
        assert "schema 9999, which is newer than this program" in ended.err


@pytest.mark.parametrize("command", ["migrate", "dead-letters"])
async def test_a_database_that_cannot_be_reached_is_told_without_its_password(
    tocsin: Program, command: str
) -> None:
    tocsin.settings["TOCSIN_DATABASE_URL"] = "postgresql://tocsin:canary-password@127.0.0.1:9/tocsin"

    ended = await tocsin(command)

    assert ended.code == 1
    assert "The database cannot be opened" in ended.err
    assert "canary-password" not in ended.err


async def test_a_data_folder_that_cannot_be_made_is_told(tocsin: Program) -> None:
    (tocsin.folder / "file").write_text("")
    tocsin.settings["TOCSIN_DATA_DIR"] = "file/data"
    tocsin.configure()

    migrated, run = await tocsin("migrate"), await tocsin("run")

    assert (migrated.code, run.code) == (1, 1)
    for ended in (migrated, run):
        assert "file" in ended.err
        assert "Not a directory" in ended.err
