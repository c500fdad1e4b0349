"""`tocsin check --online`: what Slack and Jira would refuse at night is told by day, with what to do."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.clock import SystemClock
from bot.sandbox.jira.model import FieldDef
from bot.sandbox.jira.seed import BOT_EMAIL, BOT_TOKEN
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.slack import seed
from bot.sandbox.slack.server import SlackServer
from handlers.manifest import manifest
from tests.cli.program import CONFIGURATION, Ended, Program

WITH_TICKETS = CONFIGURATION.replace(
    "ladder: ops}", "ladder: ops, ticket: {project: OPS, type: Incident, priorities: {sev1: Highest}}}"
)


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(seed.seed(manifest("socket", None)), SystemClock()) as server:
        yield server


@pytest.fixture
async def jira() -> AsyncIterator[JiraServer]:
    async with JiraServer(SystemClock()) as server:
        yield server


@pytest.fixture
def online(tocsin: Program, slack: SlackServer, jira: JiraServer) -> Program:
    """The program with settings that reach the local Slack and Jira."""
    tocsin.configure(WITH_TICKETS)
    tocsin.settings |= {
        "TOCSIN_SLACK__BOT_TOKEN": seed.BOT_TOKEN,
        "TOCSIN_SLACK__APP_TOKEN": seed.APP_TOKEN,
        "TOCSIN_SLACK__API_URL": slack.api_url,
        "TOCSIN_JIRA__URL": jira.url,
        "TOCSIN_JIRA__EMAIL": BOT_EMAIL,
        "TOCSIN_JIRA__TOKEN": BOT_TOKEN,
        "TOCSIN_JIRA__FLAVOUR": "cloud",
    }
    return tocsin


async def checked(program: Program) -> Ended:
    """The check's result. Each problem tells what to do, and no secret."""
    ended = await program("check", "--online", "--json")
    for problem in ended.document:
        assert problem["message"]
        assert problem["remedy"]
    for secret in (seed.BOT_TOKEN, seed.APP_TOKEN, BOT_TOKEN):
        assert secret not in ended.out + ended.err
    return ended


def told(ended: Ended) -> list[tuple[object, object]]:
    """Where, and what."""
    return [(problem["path"], problem["message"]) for problem in ended.document]


async def test_what_is_well_passes_and_says_whom_it_asks(online: Program) -> None:
    ended = await checked(online)

    assert (ended.code, ended.document) == (0, [])
    assert "Asking Slack and Jira" in ended.err


async def test_every_refusal_is_told_at_once(online: Program, slack: SlackServer, jira: JiraServer) -> None:
    seed.add_channel(slack.world, "elsewhere", "ann")
    app = next(app for app in slack.world.apps.values() if "commands" in app.scopes)
    app.scopes.discard("reactions:write")
    app.scopes.discard("commands")
    project = jira.site.projects["OPS"]
    team = FieldDef(id="customfield_10042", name="Team", required=True)
    types = tuple(replace(each, screen=(*each.screen, team)) for each in project.types)
    jira.site.projects["OPS"] = replace(project, types=types)
    online.configure(WITH_TICKETS.replace("#incidents", "#elsewhere").replace("Highest", "Urgent"))

    ended = await checked(online)

    assert ended.code == 2
    assert ("slack.scopes", "the app was not granted the scope commands") in told(ended)
    assert ("services.checkout.channel", "the bot is not in #elsewhere") in told(ended)
    fields = [path for path, _ in told(ended)]
    assert "services.checkout.ticket.fields.customfield_10042" in fields
    assert "services.checkout.ticket.priorities.sev1" in fields


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("TOCSIN_SLACK__BOT_TOKEN", "xoxb-parakeet-wrong", "Slack refused: invalid_auth"),
        ("TOCSIN_SLACK__API_URL", "http://127.0.0.1:9/api", "Slack can't be reached"),
        ("TOCSIN_JIRA__TOKEN", "parakeet-wrong", "Jira does not accept the token"),
        ("TOCSIN_JIRA__URL", "http://127.0.0.1:9", "Jira cannot be asked (jira_unreachable)"),
    ],
)
async def test_a_wrong_setting_is_told(online: Program, setting: str, value: str, words: str) -> None:
    online.settings[setting] = value

    ended = await checked(online)

    assert ended.code == 2
    assert words in ended.out
    assert "parakeet" not in ended.out + ended.err


async def test_an_unknown_project_is_told(online: Program) -> None:
    online.configure(WITH_TICKETS.replace("project: OPS", "project: NOPE"))

    ended = await checked(online)

    assert told(ended) == [("services.checkout.ticket.project", "There is no project NOPE for us.")]
