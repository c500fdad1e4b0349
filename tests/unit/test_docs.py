"""What the pages around the product say is so: commands, settings, examples, links and tables."""

import ast
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer.main
from pydantic import BaseModel, SecretStr
from ruamel.yaml import YAML

from bot.__main__ import app
from bot.config.environment import variables
from bot.config.load import parse
from bot.config.starter import starter
from bot.metrics import Metrics
from bot.render import replies
from bot.settings import JiraSettings, Settings, SlackSettings, SmtpSettings, WebhookSettings
from handlers import oncall_orders as on
from handlers import orders as o
from handlers.alerts import PARSERS
from handlers.grammar import VERBS, Grammar
from handlers.manifest import EVENTS, SCOPES
from handlers.oncall_grammar import VERBS as ON_CALL_VERBS
from handlers.webhooks.sources import SOURCES
from handlers.words import Zoned
from tests.unit.test_house import ROOT, tracked

GRAMMAR = Grammar(zoned=Zoned(now=datetime(2026, 11, 23, 9, tzinfo=UTC), zone=ZoneInfo("UTC")))
SETTINGS = Settings(
    slack=SlackSettings(bot_token=SecretStr("xoxb-1"), app_token=SecretStr("xapp-1")),
    jira=JiraSettings(url="https://example.atlassian.net", email="a@example.com", token=SecretStr("t")),
    smtp=SmtpSettings(host="mail.example.com", sender="tocsin@example.com"),
    webhook=WebhookSettings(secret=SecretStr("a secret of the receiver's")),
)
COMMAND: Any = typer.main.get_command(app)  # Click's own types are Typer's business
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
SUFFIXES = (".py", ".md", ".yaml", ".toml", ".json")


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(kind: str) -> list[Any]:
    """Every fenced block of that kind, named by its page and its line."""
    fence = re.compile(rf"^( *)```{kind}\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
    return [
        pytest.param(
            re.sub(f"^{found[1]}", "", found[2], flags=re.MULTILINE),
            id=f"{name(page)}:{page.read_text()[: found.start()].count(chr(10)) + 1}",
        )
        for page in pages()
        for found in fence.finditer(page.read_text())
    ]


def table(page: str, first: str) -> list[list[str]]:
    """The rows of the table whose first column has that title."""
    text = (ROOT / page).read_text()
    body = text[text.index(f"\n| {first} |") + 1 :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in body.splitlines()[2:]]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_an_example_of_the_configuration_is_valid(text: str) -> None:
    yaml = YAML(typ="safe", pure=True)
    whole = yaml.load(starter()) | yaml.load(text)
    content = "\n".join(_section(text if key in yaml.load(text) else starter(), key) for key in whole)

    parse(content.encode(), "example", SETTINGS, PARSERS, frozenset(SOURCES))


def _section(text: str, key: str) -> str:
    """The lines of one section, as they were written."""
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(f"{key}:"))
    rest = (number for number, line in enumerate(lines) if number > begin and re.match(r"[a-z]", line))
    return "\n".join(lines[begin : next(rest, len(lines))])


@pytest.mark.parametrize("text", blocks("sh"))
def test_the_commands_of_an_example_exist(text: str) -> None:
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if assigned := re.match(r"(TOCSIN_[A-Z_]+)=", line):
            assert _is_setting(assigned[1]), line
        elif words[:1] == ["make"]:
            assert {word for word in words[1:] if "=" not in word} <= TARGETS, line
        elif "tocsin" in {Path(word).name for word in words[:-1]}:
            _understood(words[[Path(word).name for word in words].index("tocsin") + 1 :], line)


def _is_setting(variable: str) -> bool:
    part, _, field = variable.partition("__")
    if part not in variables():
        return False
    parts: dict[str, type[BaseModel]] = {"SLACK": SlackSettings, "JIRA": JiraSettings, "SMTP": SmtpSettings}
    return not field or field.lower() in parts[part.removeprefix("TOCSIN_")].model_fields


def _understood(words: list[str], line: str) -> None:
    """Whether the command line knows the command and all its options."""
    if not words or words[0] in {".", "-t"} or line.startswith("docker compose"):
        return
    command, parents = COMMAND, []
    while words and words[0] in getattr(command, "commands", {}):
        parents.append(command)
        command, *words = command.commands[words[0]], *words[1:]
    unknown = [word for word in words if hasattr(command, "commands") and not word.startswith("-")]
    assert parents, f"there is no such command: {line}"
    assert not unknown, line
    options = {option for parameter in command.params for option in parameter.opts}
    asked = {word.split("=")[0] for word in words if word.startswith("--")}
    assert asked <= options, line


@pytest.mark.parametrize("text", blocks("python"))
def test_an_example_in_python_can_be_imported(text: str) -> None:
    tree = ast.parse(text)

    exec(compile(tree, "example", "exec"), {})  # the examples of our own pages


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    files = {link.partition("#")[0] for link in links if not link.startswith(("http", "#"))}

    assert {link for link in files if not (page.parent / link).exists()} == set()


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = re.findall(r"[`\"<>(](?:\.\./)*((?:bot|handlers|tests|docs)/[\w./-]+)", page.read_text())
    paths = {path.rstrip(".") for path in named}

    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_every_picture_is_under_version_control() -> None:
    shown = set(re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text()))

    assert shown <= {name(file) for file in tracked("docs/pictures/*.png")}


def commands() -> Iterator[tuple[str, o.Order]]:
    for row in table("README.md", "command"):
        command, _, text = code(row[0])[0].partition(" ")
        yield text, GRAMMAR.on_call(text) if command == "/oncall" else GRAMMAR.incident(text)


def test_the_table_of_commands_has_every_verb_and_no_other() -> None:
    verbs = {code(row[0])[0].split()[1] for row in table("README.md", "command") if " " in code(row[0])[0]}

    assert verbs == {*VERBS, *ON_CALL_VERBS} - {""}


def test_every_command_of_the_table_is_understood_as_it_is_meant() -> None:
    orders = dict(commands())

    assert all(type(order) is not o.Help for text, order in orders.items() if "help" not in text)
    declared = orders["declare DB is slow sev2"]
    assert isinstance(declared, o.DeclareNow)
    assert declared.severity
    asked = orders["who primary at tomorrow 09:00"]
    assert isinstance(asked, on.WhoIsOnCall)
    assert (asked.schedule, asked.at is not None) == ("primary", True)
    promised = orders["ack INC-42 1h"]
    assert isinstance(promised, o.Ack)
    assert promised.until


def test_the_help_shows_commands_that_are_understood() -> None:
    text = replies.help_text("oncall").text
    asked = next(line for line in code(text) if " who " in line)

    order = GRAMMAR.on_call(asked.removeprefix("/oncall "))

    assert isinstance(order, on.WhoIsOnCall)
    assert order.at is not None


def test_the_table_of_the_command_line_is_whole() -> None:
    told = {code(row[0])[0].removeprefix("tocsin ") for row in table("docs/operating.md", "command")}

    assert told == set(COMMAND.commands)


def test_the_table_of_metrics_is_whole_and_right() -> None:
    told = {code(row[0])[0]: (row[1], tuple(code(row[2]))) for row in table("docs/operating.md", "name")}

    measured = {
        (f"{metric._name}_total" if metric._type == "counter" else metric._name): (
            metric._type,
            metric._labelnames,
        )
        for metric in vars(Metrics()).values()
        if hasattr(metric, "_labelnames")
    }
    assert told == measured


def test_the_table_of_scopes_is_the_manifests() -> None:
    told = [code(row[0])[0] for row in table("docs/slack.md", "scope")]

    assert told == sorted(SCOPES)
    assert all(f"`{event}`" in (ROOT / "docs/slack.md").read_text() for event in EVENTS)
