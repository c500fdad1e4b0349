"""The sandbox's Jira takes and refuses what a Jira takes and refuses, as the real client sees it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
from jira import JIRA

from bot.clock import ShiftedClock
from bot.sandbox.jira import Flavour, JiraServer
from bot.sandbox.jira.model import FieldDef, Option, Transition
from bot.sandbox.jira.seed import RESOLUTION
from tests.sandbox.jira_clients import Client, client, errors, incident


@pytest.fixture(params=list(Flavour))
async def server(request: pytest.FixtureRequest) -> AsyncIterator[JiraServer]:
    async with JiraServer(ShiftedClock(), flavour=request.param) as server:
        yield server


@pytest.fixture
async def jira(server: JiraServer) -> AsyncIterator[Client]:
    async with client(server) as one:
        yield one


async def test_an_issue_is_created_with_exactly_one_request(server: JiraServer, jira: Client) -> None:
    fields = incident(labels=["tocsin", "tocsin-1"], priority={"name": "High"}, description="*hot*")

    made = await jira.ask(lambda client: client.create_issue(fields=fields, prefetch=False))

    (issue,) = server.issues("OPS")
    assert (made.key, issue.summary, issue.priority) == ("OPS-1", "API down", "High")
    assert issue.labels == ("tocsin", "tocsin-1")
    assert issue.status.name == "To Do"
    assert [(call.method, call.status) for call in server.journal.calls] == [("POST", 201)]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"project": {"key": "NOPE"}}, "project"),
        ({"issuetype": {"name": "Epic"}}, "issuetype"),
        ({"summary": ""}, "summary"),
        ({"summary": "a\nb"}, "summary"),
        ({"summary": "x" * 256}, "summary"),
        ({"priority": {"name": "P1"}}, "priority"),
        ({"labels": ["two words"]}, "labels"),
        ({"labels": ["x" * 256]}, "labels"),
        ({"components": [{"name": "nowhere"}]}, "components"),
        ({"description": "x" * 32768}, "description"),
        ({"description": {"type": "doc"}}, "description"),
        ({"customfield_10050": "x"}, "customfield_10050"),
        ({"security": {"name": "Private"}}, "security"),
        ({"assignee": {"emailAddress": "ann@example.com"}}, "assignee"),
    ],
)
async def test_a_field_that_jira_refuses_is_named_and_nothing_is_created(
    server: JiraServer, jira: Client, changed: dict[str, object], field: str
) -> None:
    fields = incident() | changed

    error = await jira.refused(lambda client: client.create_issue(fields=fields, prefetch=False))

    assert error.status_code == 400
    assert set(errors(error)) == {field}
    assert server.issues() == []


async def test_a_summary_may_have_255_characters(server: JiraServer, jira: Client) -> None:
    await jira.ask(lambda client: client.create_issue(fields=incident("x" * 255), prefetch=False))

    assert len(server.issue("OPS-1").summary) == 255


async def test_all_refused_fields_are_named_at_once(server: JiraServer, jira: Client) -> None:
    team = FieldDef(id="customfield_10060", name="Team", required=True)
    server.site.change_screen("OPS", "Incident", add=[team], remove=["priority"])
    fields = incident(priority={"name": "High"}, labels=["a b"])

    error = await jira.refused(lambda client: client.create_issue(fields=fields, prefetch=False))

    assert errors(error) == {
        "customfield_10060": "Team is required.",
        "priority": "Field 'priority' cannot be set. It is not on the appropriate screen, or unknown.",
        "labels": "The label 'a b' contains spaces which is invalid.",
    }


async def test_the_create_screen_tells_what_is_required(server: JiraServer, jira: Client) -> None:
    options = (Option(id="1", name="red"), Option(id="2", name="blue"))
    colour = FieldDef(id="customfield_1", name="Colour", kind="option", required=True, allowed=options)
    server.site.change_screen("OPS", "Incident", add=[colour])
    cloud = server.site.flavour is Flavour.CLOUD

    types = await jira.ask(lambda client: client._get_json("issue/createmeta/OPS/issuetypes"))
    screen = await jira.ask(lambda client: client._get_json("issue/createmeta/OPS/issuetypes/10001"))

    kinds = types["issueTypes" if cloud else "values"]
    fields = {one["fieldId"]: one for one in screen["fields" if cloud else "values"]}
    assert [kind["name"] for kind in kinds] == ["Incident", "Task"]
    assert fields["customfield_1"]["required"]
    assert [one["value"] for one in fields["customfield_1"]["allowedValues"]] == ["red", "blue"]
    assert fields["priority"]["allowedValues"][0]["name"] == "Highest"


async def test_the_old_createmeta_is_gone(server: JiraServer, jira: Client) -> None:
    error = await jira.refused(lambda client: client._get_json("issue/createmeta"))

    assert error.status_code == (410 if server.site.flavour is Flavour.CLOUD else 404)


async def test_only_transitions_from_the_present_status_are_there(server: JiraServer, jira: Client) -> None:
    server.create("OPS", "Incident", "API down")

    first = await jira.ask(lambda client: client.transitions("OPS-1"))
    await jira.ask(lambda client: client.transition_issue("OPS-1", "31"))
    last = await jira.ask(lambda client: client.transitions("OPS-1"))
    error = await jira.refused(lambda client: client.transition_issue("OPS-1", "11"))

    assert [way["to"]["name"] for way in first] == ["In Progress", "Done"]
    assert [(way["name"], way["to"]["statusCategory"]["key"]) for way in last] == [("Reopen", "new")]
    assert error.status_code == 400
    assert server.issue("OPS-1").resolution == "Done"


async def test_a_transition_wants_the_required_fields_of_its_screen(server: JiraServer, jira: Client) -> None:
    operations = server.site.projects["OPS"]
    screen = (replace(RESOLUTION, required=True),)
    close = Transition(id="51", name="Close", target="Done", screen=screen)
    server.site.change_project(replace(operations, transitions=(close,)))
    server.create("OPS", "Incident", "API down")

    shown = await jira.ask(lambda client: client.transitions("OPS-1", expand="transitions.fields"))
    error = await jira.refused(lambda client: client.transition_issue("OPS-1", "51"))
    fields = {"resolution": {"name": "Duplicate"}}
    await jira.ask(lambda client: client.transition_issue("OPS-1", "51", fields=fields))

    assert shown[0]["fields"]["resolution"]["required"]
    assert errors(error) == {"resolution": "Resolution is required."}
    assert server.issue("OPS-1").resolution == "Duplicate"


async def test_comments_can_be_read_newest_first(server: JiraServer, jira: Client) -> None:
    server.create("OPS", "Incident", "API down")
    for text in ("one", "two", "three"):
        await jira.ask(partial(JIRA.add_comment, issue="OPS-1", body=text, is_internal=True))

    latest = await jira.ask(lambda client: client.comments("OPS-1", max_results=2, order_by="-created"))

    assert [comment.body for comment in latest] == ["three", "two"]
    assert all(comment.internal for comment in server.issue("OPS-1").comments)


async def test_a_remote_link_with_the_same_global_id_is_replaced(server: JiraServer, jira: Client) -> None:
    server.create("OPS", "Incident", "API down")

    def put(title: str) -> int:
        body = {"globalId": "tocsin:1", "object": {"url": "http://x.test/", "title": title}}
        url = jira.jira._get_url("issue/OPS-1/remotelink")
        status: int = jira.jira._session.post(url, json=body).status_code
        return status

    statuses = [await jira.ask(lambda _: put("first")), await jira.ask(lambda _: put("second"))]

    (link,) = server.issue("OPS-1").remote_links
    assert statuses == [201, 200]
    assert link.document["object"] == {"url": "http://x.test/", "title": "second"}


async def test_properties_come_with_the_issue_and_leave_no_trace_in_its_dates(
    server: JiraServer, jira: Client
) -> None:
    body = {"fields": incident(), "properties": [{"key": "tocsin", "value": {"incident": "1"}}]}
    await jira.ask(lambda client: client._session.post(client._get_url("issue"), json=body))
    before = server.issue("OPS-1").updated

    await jira.ask(lambda client: client.add_issue_property("OPS-1", "more", [1, 2]))

    assert server.issue("OPS-1").properties == {"tocsin": {"incident": "1"}, "more": [1, 2]}
    assert server.issue("OPS-1").updated == before


async def test_an_issue_is_assigned_by_the_id_of_its_flavour_only(server: JiraServer, jira: Client) -> None:
    server.create("OPS", "Incident", "API down")
    ann = server.site.person("ann")
    cloud = server.site.flavour is Flavour.CLOUD
    right = {"accountId": ann.account_id} if cloud else {"name": "ann"}
    wrong = {"name": "ann"} if cloud else {"accountId": ann.account_id}

    def put(body: dict[str, str]) -> object:
        return jira.jira._session.put(jira.jira._get_url("issue/OPS-1/assignee"), json=body)

    error = await jira.refused(lambda _: put(wrong))
    await jira.ask(lambda _: put(right))

    assert set(errors(error)) == {"assignee"}
    assert server.issue("OPS-1").assignee == ann.account_id


async def test_people_are_found_by_address(server: JiraServer, jira: Client) -> None:
    name = "query" if server.site.flavour is Flavour.CLOUD else "username"

    found = await jira.ask(lambda client: client._get_json("user/search", params={name: "bob@example.com"}))

    assert [one["displayName"] for one in found] == ["Bob"]


async def test_labels_are_added_without_losing_those_of_others(server: JiraServer, jira: Client) -> None:
    server.create("OPS", "Incident", "API down")
    server.edit("OPS-1", {"labels": ["mine"]})
    body = {"update": {"labels": [{"add": "yours"}]}}

    await jira.ask(lambda client: client._session.put(client._get_url("issue/OPS-1"), json=body))

    assert server.issue("OPS-1").labels == ("mine", "yours")


async def test_linking_two_issues_twice_makes_one_link(server: JiraServer, jira: Client) -> None:
    server.create("OPS", "Incident", "one")
    server.create("OPS", "Incident", "two")
    for _ in range(2):
        await jira.ask(lambda client: client.create_issue_link("Relates", "OPS-1", "OPS-2"))

    assert [link.other for link in server.issue("OPS-1").links] == ["OPS-2"]
    assert [link.other for link in server.issue("OPS-2").links] == ["OPS-1"]


async def test_a_watcher_is_named_by_a_bare_string(server: JiraServer, jira: Client) -> None:
    server.create("OPS", "Incident", "API down")
    bob = server.site.person("bob")
    who = bob.account_id if server.site.flavour is Flavour.CLOUD else bob.name

    await jira.ask(lambda client: client._session.post(client._get_url("issue/OPS-1/watchers"), json=who))

    assert server.issue("OPS-1").watchers == (bob.account_id,)


async def test_a_deleted_issue_is_not_there(server: JiraServer, jira: Client) -> None:
    server.create("OPS", "Incident", "API down")
    server.delete("OPS-1", by="bob")

    error = await jira.refused(lambda client: client.issue("OPS-1"))

    assert error.status_code == 404
    assert [event.kind for event in server.journal.of("OPS-1")] == [
        "jira:issue_created",
        "jira:issue_deleted",
    ]


async def test_the_client_recognises_the_flavour(server: JiraServer, jira: Client) -> None:
    info = await jira.ask(lambda client: client.server_info())

    assert info["deploymentType"] == server.site.flavour
