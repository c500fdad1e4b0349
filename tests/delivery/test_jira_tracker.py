"""The tracker on Jira, both flavours, when all is well or when Jira says plainly no."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.clock import ShiftedClock
from bot.delivery.jira.options import JiraOptions
from bot.delivery.jira.tracker import JiraTracker
from bot.domain.alert import Severity
from bot.errors import DeliveryError, Outcome
from bot.ports import TicketDraft
from bot.sandbox.jira import Flavour, JiraServer
from bot.sandbox.jira.model import FieldDef, Option, Status, Transition
from bot.sandbox.jira.seed import RESOLUTION

MARKER = "tocsin-01j8z3"
PRIORITIES = {Severity.SEV1: "Highest", Severity.SEV2: "High"}


def draft(**changes: object) -> TicketDraft:
    plain = TicketDraft(
        marker=MARKER,
        project="OPS",
        issue_type="Incident",
        summary="API down",
        description="h3. What happened",
        priority="High",
        labels=("tocsin", "two words"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # the tests choose fields by name


def options(server: JiraServer, **changes: object) -> JiraOptions:
    cloud = server.site.flavour is Flavour.CLOUD
    plain = JiraOptions(
        url=server.url, token=server.token, email=server.email if cloud else None, time_limit=1.0
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # the tests choose options by name


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture(params=list(Flavour))
async def server(request: pytest.FixtureRequest, clock: ShiftedClock) -> AsyncIterator[JiraServer]:
    async with JiraServer(clock, flavour=request.param) as server:
        yield server


@pytest.fixture
async def tracker(server: JiraServer, clock: ShiftedClock) -> AsyncIterator[JiraTracker]:
    tracker = JiraTracker(options(server), clock)
    yield tracker
    await tracker.stop()


async def test_a_ticket_is_made_with_one_request(server: JiraServer, tracker: JiraTracker) -> None:
    ticket = await tracker.create(draft(components=("api",), summary="line\none"))

    (issue,) = server.issues()
    assert (ticket.key, ticket.url, ticket.dropped) == ("OPS-1", f"{server.url}/browse/OPS-1", ())
    assert issue.labels == (MARKER, "tocsin", "two-words")
    assert issue.properties == {"tocsin": {"marker": MARKER}}
    assert (issue.summary, issue.priority, issue.components) == ("line one", "High", ("api",))
    assert [(call.method, call.path) for call in server.journal.calls] == [("POST", "/rest/api/2/issue")]


async def test_a_long_summary_is_shortened_to_what_jira_takes(
    server: JiraServer, tracker: JiraTracker
) -> None:
    await tracker.create(draft(summary="x" * 300, description="y" * 40_000))

    assert len(server.issue("OPS-1").summary) == 255


async def test_optional_fields_that_jira_refuses_are_dropped_and_named(
    server: JiraServer, tracker: JiraTracker
) -> None:
    server.site.change_screen("OPS", "Incident", remove=["priority"])

    ticket = await tracker.create(draft(fields={"customfield_77": "x"}, components=("nowhere",)))

    assert ticket.dropped == ("components", "customfield_77", "priority")
    assert [call.status for call in server.journal.calls] == [400, 201]
    assert len(server.issues()) == 1


async def test_a_security_level_is_never_dropped(server: JiraServer, tracker: JiraTracker) -> None:
    with pytest.raises(DeliveryError) as caught:
        await tracker.create(draft(security="Private"))

    assert (caught.value.outcome, caught.value.reason) == (Outcome.REJECTED, "jira_400: security")
    assert server.issues() == []
    assert len(server.journal.calls) == 1


async def test_a_ticket_can_be_restricted(server: JiraServer, tracker: JiraTracker) -> None:
    operations = server.site.projects["OPS"]
    server.site.change_project(replace(operations, security_levels=(Option(id="10010", name="Private"),)))
    server.site.change_screen("OPS", "Incident", add=[FieldDef(id="security", name="Security Level")])

    await tracker.create(draft(security="Private"))

    assert server.issue("OPS-1").security == "Private"


async def test_the_marker_is_never_dropped(server: JiraServer, tracker: JiraTracker) -> None:
    server.site.change_screen("OPS", "Incident", remove=["labels", "priority"])

    with pytest.raises(DeliveryError, match="labels, priority"):
        await tracker.create(draft())

    assert server.issues() == []


@pytest.mark.row("F78")
async def test_a_new_required_field_is_a_rejection_that_names_it(
    server: JiraServer, tracker: JiraTracker
) -> None:
    team = FieldDef(id="customfield_10060", name="Team", required=True)
    server.site.change_screen("OPS", "Incident", add=[team])

    with pytest.raises(DeliveryError) as caught:
        await tracker.create(draft())

    assert (caught.value.outcome, caught.value.reason) == (Outcome.REJECTED, "jira_400: customfield_10060")
    assert len(server.journal.calls) == 1


@pytest.mark.row("F78")
async def test_an_archived_project_is_a_rejection(server: JiraServer, tracker: JiraTracker) -> None:
    server.site.change_project(replace(server.site.projects["OPS"], archived=True))

    with pytest.raises(DeliveryError) as caught:
        await tracker.create(draft())

    assert (caught.value.outcome, caught.value.reason) == (Outcome.REJECTED, "jira_400: project")


async def test_the_oldest_ticket_with_the_marker_is_found(server: JiraServer, tracker: JiraTracker) -> None:
    await tracker.create(draft())
    await tracker.create(draft())
    await tracker.create(draft(marker="tocsin-other"))

    found = await tracker.find(MARKER, "OPS")

    assert found is not None
    assert (found.key, found.status) == ("OPS-1", "To Do")
    assert await tracker.find("tocsin-unknown", "OPS") is None


@pytest.mark.row("A36")
@pytest.mark.parametrize("marker", ['x" OR project = "HR', "back\\", 'quote"', "it's", "a, b) OR (c"])
async def test_a_marker_cannot_widen_the_search(
    server: JiraServer, tracker: JiraTracker, marker: str
) -> None:
    await tracker.create(draft())

    assert await tracker.find(marker, "OPS") is None


@pytest.mark.row("A36")
@pytest.mark.parametrize("project", ["ops", 'OPS" OR project = "HR', "OPS/../HR", ""])
async def test_a_malformed_project_is_never_sent(
    server: JiraServer, tracker: JiraTracker, project: str
) -> None:
    for attempt in (tracker.find(MARKER, project), tracker.create(draft(project=project))):
        with pytest.raises(DeliveryError, match="malformed"):
            await attempt

    assert [call.path for call in server.journal.calls if "serverInfo" not in call.path] == []


@pytest.mark.parametrize("target", ["Done", "done", "DONE", "Resolve"])
async def test_a_ticket_is_moved_by_status_category_or_transition(
    server: JiraServer, tracker: JiraTracker, target: str
) -> None:
    server.create("OPS", "Incident", "API down")

    moved = await tracker.move("OPS-1", target, None)

    assert (moved.status, moved.changed) == ("Done", True)
    assert server.issue("OPS-1").status.name == "Done"


@pytest.mark.parametrize("target", ["In Progress", "in progress", "indeterminate"])
async def test_a_ticket_that_is_there_already_is_left_alone(
    server: JiraServer, tracker: JiraTracker, target: str
) -> None:
    server.create("OPS", "Incident", "API down")
    server.move("OPS-1", "In Progress")

    moved = await tracker.move("OPS-1", target, None)

    assert (moved.status, moved.changed) == ("In Progress", False)
    assert server.journal.asked("POST") == []


async def test_a_resolution_is_filled_when_the_screen_asks(server: JiraServer, tracker: JiraTracker) -> None:
    screen = (replace(RESOLUTION, required=True),)
    close = Transition(id="51", name="Close", target="Done", screen=screen)
    server.site.change_project(replace(server.site.projects["OPS"], transitions=(close,)))
    server.create("OPS", "Incident", "API down")

    with pytest.raises(DeliveryError, match="Close requires: resolution"):
        await tracker.move("OPS-1", "done", None)
    await tracker.move("OPS-1", "done", "Won't Do")

    assert server.issue("OPS-1").resolution == "Won't Do"


async def test_a_resolution_is_not_sent_to_a_screen_without_one(
    server: JiraServer, tracker: JiraTracker
) -> None:
    server.create("OPS", "Incident", "API down")

    moved = await tracker.move("OPS-1", "done", "Won't Do")

    assert moved.changed


@pytest.mark.row("F80")
async def test_a_missing_transition_is_a_rejection_that_names_the_others(
    server: JiraServer, tracker: JiraTracker
) -> None:
    server.create("OPS", "Incident", "API down")

    with pytest.raises(DeliveryError) as caught:
        await tracker.move("OPS-1", "Closed", None)

    assert caught.value.outcome is Outcome.REJECTED
    assert caught.value.reason == (
        "jira_no_transition to Closed; available: Start Progress (to In Progress), Resolve (to Done)"
    )


async def test_a_category_that_could_mean_two_statuses_is_not_guessed(
    server: JiraServer, tracker: JiraTracker
) -> None:
    operations = server.site.projects["OPS"]
    waiting = Status(id="10009", name="Waiting", category="indeterminate")
    wait = Transition(id="61", name="Wait", target="Waiting")
    server.site.change_project(
        replace(
            operations, statuses=(*operations.statuses, waiting), transitions=(*operations.transitions, wait)
        )
    )
    server.create("OPS", "Incident", "API down")

    with pytest.raises(DeliveryError, match=r"available: Start Progress.*Wait"):
        await tracker.move("OPS-1", "indeterminate", None)


async def test_configured_steps_lead_where_no_transition_does(
    server: JiraServer, clock: ShiftedClock
) -> None:
    operations = server.site.projects["OPS"]
    ways = tuple(
        replace(way, sources=("In Progress",)) if way.id == "31" else way for way in operations.transitions
    )
    server.site.change_project(replace(operations, transitions=ways))
    server.create("OPS", "Incident", "API down")
    tracker = JiraTracker(options(server, paths={"Done": ("Start Progress", "Resolve")}), clock)

    moved = await tracker.move("OPS-1", "done", None)
    await tracker.stop()

    assert moved.status == "Done"
    assert [change.after for change in server.issue("OPS-1").history if change.field == "status"] == [
        "In Progress",
        "Done",
    ]


@pytest.mark.row("F80")
async def test_a_deleted_ticket_is_not_found(server: JiraServer, tracker: JiraTracker) -> None:
    server.create("OPS", "Incident", "API down")
    server.delete("OPS-1")

    for attempt in (
        tracker.move("OPS-1", "done", None),
        tracker.comment("OPS-1", "x", "m", check_first=False, internal=False),
        tracker.link("OPS-1", "g", "https://x.test/", "t"),
    ):
        with pytest.raises(DeliveryError) as caught:
            await attempt
        assert (caught.value.outcome, caught.value.reason) == (Outcome.REJECTED, "jira_404_not_found")


async def test_a_comment_is_said_once_when_it_is_looked_for(server: JiraServer, tracker: JiraTracker) -> None:
    server.create("OPS", "Incident", "API down")
    for number in range(3):
        await tracker.comment("OPS-1", f"note {number}", f"m-{number}", check_first=False, internal=True)

    await tracker.comment("OPS-1", "note 1", "m-1", check_first=True, internal=True)
    await tracker.comment("OPS-1", "note 3", "m-3", check_first=True, internal=False)

    comments = server.issue("OPS-1").comments
    assert [comment.body for comment in comments] == [f"note {n}\n\n~m-{n}~" for n in range(4)]
    assert [comment.internal for comment in comments] == [True, True, True, False]


async def test_a_long_comment_keeps_its_marker(server: JiraServer, tracker: JiraTracker) -> None:
    server.create("OPS", "Incident", "API down")

    await tracker.comment("OPS-1", "x" * 40_000, "m-1", check_first=False, internal=False)

    (comment,) = server.issue("OPS-1").comments
    assert len(comment.body) == 32_767
    assert comment.body.endswith("m-1~")


async def test_a_link_with_the_same_id_is_changed(server: JiraServer, tracker: JiraTracker) -> None:
    server.create("OPS", "Incident", "API down")

    await tracker.link("OPS-1", "tocsin:1", "https://x.test/", "first")
    await tracker.link("OPS-1", "tocsin:1", "https://x.test/", "second")

    (link,) = server.issue("OPS-1").remote_links
    assert link.document["object"] == {"url": "https://x.test/", "title": "second"}


@pytest.mark.parametrize("key", ["OPS-1/../../myself", "ops-1", "", "OPS-1?x=1", "OPS-1\n"])
async def test_a_malformed_key_is_never_sent(server: JiraServer, tracker: JiraTracker, key: str) -> None:
    with pytest.raises(DeliveryError, match="malformed"):
        await tracker.move(key, "done", None)

    assert server.journal.calls == []


async def test_preflight_is_content_with_a_fresh_project(server: JiraServer, tracker: JiraTracker) -> None:
    assert await tracker.preflight("OPS", "Incident", PRIORITIES) == []


async def test_preflight_names_everything_that_is_missing(server: JiraServer, tracker: JiraTracker) -> None:
    team = FieldDef(id="customfield_10060", name="Team", required=True)
    server.site.change_screen("OPS", "Incident", add=[team], remove=["labels"])

    findings = await tracker.preflight("OPS", "Incident", {**PRIORITIES, Severity.SEV3: "P3"})

    assert {finding.path for finding in findings} == {
        "jira.fields.customfield_10060",
        "jira.labels",
        "jira.priorities.sev3",
    }
    assert any("Team (customfield_10060)" in finding.message for finding in findings)
    assert any("Highest, High, Medium" in finding.remedy for finding in findings)


@pytest.mark.parametrize(
    ("project", "kind", "path", "remedy"),
    [("HR", "Incident", "jira.project", "key"), ("OPS", "Bug", "jira.issue_type", "Incident, Task")],
)
async def test_preflight_says_what_to_choose_instead(
    tracker: JiraTracker, project: str, kind: str, path: str, remedy: str
) -> None:
    (finding,) = await tracker.preflight(project, kind, PRIORITIES)

    assert finding.path == path
    assert remedy in finding.remedy


async def test_preflight_does_not_mind_that_closed_tickets_stay_closed(
    server: JiraServer, tracker: JiraTracker
) -> None:
    server.create("OPS", "Incident", "Long ago")
    server.close("OPS-1")
    server.site.change_project(replace(server.site.projects["OPS"], transitions=()))

    assert await tracker.preflight("OPS", "Incident", PRIORITIES) == []


async def test_preflight_tells_when_our_tickets_cannot_be_moved(
    server: JiraServer, tracker: JiraTracker
) -> None:
    await tracker.create(draft())
    server.site.change_project(replace(server.site.projects["OPS"], transitions=()))

    (finding,) = await tracker.preflight("OPS", "Incident", PRIORITIES)

    assert finding.path == "jira.transitions"
