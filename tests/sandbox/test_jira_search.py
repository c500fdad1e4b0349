"""Searching the sandbox's Jira: what JQL finds, what it refuses, and how far the index lags behind."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.sandbox.jira import Flavour, JiraServer
from tests.sandbox.jira_clients import Client, client


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture(params=list(Flavour))
async def server(request: pytest.FixtureRequest, clock: ShiftedClock) -> AsyncIterator[JiraServer]:
    async with JiraServer(clock, flavour=request.param) as server:
        server.create("OPS", "Incident", "API down")
        server.create("OPS", "Task", "Tidy the API")
        server.create("OPS", "Incident", 'Quotes " and \\')
        server.edit("OPS-1", {"labels": ["tocsin", "tocsin-1"]})
        server.edit("OPS-3", {"labels": ['odd"\\label'], "priority": {"name": "Low"}})
        server.move("OPS-1", "In Progress")
        server.close("OPS-2")
        server.assign("OPS-1", "bob")
        yield server


@pytest.fixture
async def jira(server: JiraServer) -> AsyncIterator[Client]:
    async with client(server) as one:
        yield one


async def found(jira: Client, jql: str) -> list[str]:
    issues = await jira.ask(lambda client: client.search_issues(jql, fields="summary"))
    return [issue.key for issue in issues]


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ('labels = "tocsin-1"', ["OPS-1"]),
        ('labels = "unheard-of"', []),
        (r'labels = "odd\"\\label"', ["OPS-3"]),
        ('project = "OPS" ORDER BY created ASC', ["OPS-1", "OPS-2", "OPS-3"]),
        ("project = OPS AND status = Done", ["OPS-2"]),
        ("project = OPS AND statusCategory != Done ORDER BY key", ["OPS-1", "OPS-3"]),
        ("issuetype = Incident AND NOT labels = tocsin", ["OPS-3"]),
        ("key IN (OPS-1, ops-2) ORDER BY key DESC", ["OPS-2", "OPS-1"]),
        ("project = OPS AND (status = Done OR labels IN (tocsin, x)) ORDER BY key", ["OPS-1", "OPS-2"]),
        ("project = OPS AND labels IS EMPTY", ["OPS-2"]),
        ("assignee = EMPTY AND project = OPS ORDER BY key", ["OPS-2", "OPS-3"]),
        ("labels NOT IN (tocsin)", ["OPS-3"]),
        ("summary ~ api ORDER BY priority DESC, key ASC", ["OPS-1", "OPS-2"]),
        ("project = OPS AND updated >= -15m AND created <= now() ORDER BY id", ["OPS-1", "OPS-2", "OPS-3"]),
        ("project = OPS AND created > 2999-01-01", []),
        ("reporter = currentUser()", []),
    ],
)
async def test_a_query_finds_what_it_says(jira: Client, jql: str, keys: list[str]) -> None:
    assert await found(jira, jql) == keys


@pytest.mark.parametrize(
    ("jql", "said"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("status = Closed", "The value 'Closed' does not exist for the field 'status'."),
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it."),
        ("key = OPS-99", "An issue with key 'OPS-99' does not exist for field 'key'."),
        ("project = INT", "'INT' is a reserved JQL word."),
        ("project = OPS AND", "Expecting a field name but got 'end of query'."),
        ('labels = "open', "The quoted string has not been completed"),
        ("project OPS", "Expecting operator but got 'OPS'."),
        ("project = OPS labels = x", "Expecting either 'OR' or 'AND' but got 'labels'."),
        ("labels ~ x", "The operator '~' is not supported by the 'labels' field."),
        ("created > yesterday", "Date value 'yesterday' for field 'created' is invalid."),
    ],
)
async def test_a_query_that_makes_no_sense_is_explained(jira: Client, jql: str, said: str) -> None:
    error = await jira.refused(lambda client: client.search_issues(jql))

    assert error.status_code == 400
    assert said in (error.text or "")


async def test_all_pages_are_found(server: JiraServer, jira: Client) -> None:
    for number in range(130):
        server.create("OPS", "Task", f"Number {number}")

    issues = await jira.ask(lambda client: client.search_issues("project = OPS", maxResults=False))

    assert len({issue.key for issue in issues}) == 133


async def test_each_flavour_has_only_its_own_search(server: JiraServer, jira: Client) -> None:
    cloud = server.site.flavour is Flavour.CLOUD
    path = "search" if cloud else "search/jql"

    error = await jira.refused(lambda client: client._get_json(path, params={"jql": "project = OPS"}))

    assert error.status_code == (410 if cloud else 404)


async def test_cloud_refuses_a_query_without_bounds(server: JiraServer, jira: Client) -> None:
    def everything() -> object:
        return jira.jira.search_issues("ORDER BY created")

    if server.site.flavour is Flavour.CLOUD:
        assert "Unbounded" in str((await jira.refused(lambda _: everything())).text)
    else:
        assert await found(jira, "ORDER BY created") == ["OPS-1", "OPS-2", "OPS-3"]


async def test_the_index_lags_behind_and_the_issue_itself_does_not(
    server: JiraServer, jira: Client, clock: ShiftedClock
) -> None:
    clock.advance(timedelta(minutes=1))
    server.site.index_lag = timedelta(seconds=10)
    server.create("OPS", "Incident", "Fresh")
    server.move("OPS-1", "Done")

    young = await found(jira, "summary ~ fresh")
    stale = await found(jira, 'status = "In Progress"')
    now = await jira.ask(lambda client: client.issue("OPS-1", fields="status"))
    clock.advance(timedelta(seconds=10))
    later = await found(jira, "summary ~ fresh")

    assert (young, stale, now.fields.status.name) == ([], ["OPS-1"], "Done")
    assert later == ["OPS-4"]
    assert await found(jira, 'status = "In Progress"') == []
