"""Tickets as people and Jira see them: made once, after the page, and in step with the incident."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.demo import alerts
from bot.sandbox.jira.journal import Call
from bot.sandbox.jira.model import FieldDef, Flavour
from bot.sandbox.jira.seed import operations
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.slack.workspace import Message
from tests.harness import CONFIGURATION, BotHarness, Transport, running

INT = replace(operations(), key="INT", name="A reserved word of JQL")


@pytest.fixture(params=["cloud, sqlite over sockets", "data center, postgres over http"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BotHarness]:
    """A running bot beside either flavour of Jira. Nobody is told anything unexpected."""
    cloud = str(request.param).startswith("cloud")
    jira = partial(JiraServer, flavour=Flavour.CLOUD if cloud else Flavour.DATA_CENTER)
    database = None if cloud else request.getfixturevalue("postgres_url")
    transport: Transport = "socket" if cloud else "http"
    async with running(tmp_path, database=database, transport=transport, make_jira=jira) as harness:
        yield harness
        await harness.quiet()
        harness.silence()


def creations(bot: BotHarness) -> list[Call]:
    """Every request that would make a ticket, whatever became of it."""
    return [call for call in bot.jira.journal.asked("POST") if call.path.endswith("/issue")]


async def paged(bot: BotHarness) -> Message:
    """An alert that wakes Ann, whose ticket is not made yet."""
    await bot.alert()
    return bot.page("ann")


async def ticketed(bot: BotHarness) -> Message:
    """An alert that wakes Ann and has its ticket."""
    page = await paged(bot)
    await bot.fast_forward(seconds=3)
    assert bot.ticket().key == "OPS-1"
    return page


async def test_the_ticket_is_made_after_the_page_is_on_its_way(bot: BotHarness) -> None:
    page = await paged(bot)
    assert "creating…" in bot.card().words

    await bot.fast_forward(seconds=3)

    (made,) = creations(bot)
    assert made.at.timestamp() > float(page.ts)
    assert "OPS-1" in bot.card().words
    assert "OPS-1" in bot.thread()


async def test_the_ticket_says_what_is_known_and_links_to_the_card(bot: BotHarness) -> None:
    await ticketed(bot)

    ticket = bot.ticket()
    assert (ticket.issue_type, ticket.priority) == ("Incident", "Highest")
    assert "ApiErrorRateHigh" in ticket.summary
    assert "Checkout" in ticket.description
    assert bot.card().ts.replace(".", "") in str(ticket.remote_links)
    await bot.click(bot.card(), "Acknowledge", by="ann")


async def test_the_ticket_follows_the_incident_to_its_end_and_back(bot: BotHarness) -> None:
    page = await ticketed(bot)
    seen = [bot.ticket().status.name]

    for wish in ("ack INC-1", "resolve INC-1 rolled back", "reopen INC-1 again"):
        await bot.slash(wish, by="ann")
        await bot.fast_forward(seconds=5)
        seen.append(bot.ticket().status.name)

    assert seen == ["To Do", "In Progress", "Done", "To Do"]
    assert "In Progress" not in bot.card().words
    assert page.words
    bot.page("ann")


async def test_a_note_becomes_a_comment_also_when_it_is_older_than_the_ticket(bot: BotHarness) -> None:
    await paged(bot)
    await bot.slash("note INC-1 rolled back to 1.2.3", by="bob")
    await bot.fast_forward(seconds=5)
    await bot.slash("note INC-1 still slow", by="bob")
    await bot.fast_forward(seconds=5)

    bodies = [comment.body for comment in bot.ticket().comments]
    assert len(bodies) == 2
    assert "rolled back to 1" in bodies[0]
    assert "still slow" in bodies[1]


@pytest.mark.row("F76")
async def test_while_jira_is_down_pages_keep_their_times_and_every_ticket_is_made_once_after_it(
    bot: BotHarness,
) -> None:
    bot.jira.refuse()
    begun = bot.clock.now().timestamp()
    for name in ("DiskFull", "QueueGrows", "ApiErrorRateHigh"):
        await bot.alert(alerts.firing(name))
    pages = [bot.page("ann") for _ in range(3)]
    await bot.fast_forward(minutes=1.5)
    assert "unavailable, retrying" in bot.card("DiskFull").words
    await bot.fast_forward(minutes=4)
    for _ in bot.mail.inbox:
        bot.mailed("ann@example.com")  # the first alone, the others together
    late = [bot.page("bob") for _ in range(3)]
    for number in (1, 2, 3):
        await bot.slash(f"resolve INC-{number} rolled back", by="bob")
    await bot.fast_forward(minutes=10)  # by then it is tried as seldom as it ever will be

    await bot.jira.accept()
    await bot.fast_forward(minutes=5)

    assert all(float(page.ts) - begun < 5 for page in pages)
    assert all(300 <= float(page.ts) - begun < 305 for page in late)
    tickets = bot.jira.issues("OPS")
    assert len({ticket.summary for ticket in tickets}) == len(tickets) == 3
    assert {ticket.status.name for ticket in tickets} == {"Done"}
    assert len(creations(bot)) == 3


@pytest.mark.row("F77")
async def test_a_ticket_whose_answer_was_lost_is_found_although_the_search_lags_behind(
    bot: BotHarness,
) -> None:
    bot.jira.site.index_lag = timedelta(minutes=2)
    bot.jira.fail("reset_after", method="POST", path="/issue", times=1)
    await paged(bot)

    await bot.fast_forward(minutes=4)

    assert bot.ticket().key == "OPS-1"
    assert len(creations(bot)) == 1
    assert "OPS-1" in bot.card().words
    bot.mailed("ann@example.com")
    await bot.click(bot.card(), "Acknowledge", by="ann")


@pytest.mark.row("F77")
async def test_a_ticket_that_was_never_made_is_made_after_all(bot: BotHarness) -> None:
    bot.jira.fail("reset_before", method="POST", path="/issue", times=1)
    page = await paged(bot)
    await bot.click(page, "Acknowledge", by="ann")

    await bot.fast_forward(minutes=6)

    assert bot.ticket().key == "OPS-1"
    assert bot.ticket().status.name == "In Progress"


@pytest.mark.row("F78")
async def test_a_new_required_field_is_told_by_name_and_retry_makes_the_ticket(bot: BotHarness) -> None:
    before = bot.jira.site.projects["OPS"]
    team = FieldDef(id="customfield_10042", name="Team", required=True)
    types = tuple(replace(each, screen=(*each.screen, team)) for each in before.types)
    bot.jira.site.projects["OPS"] = replace(before, types=types)
    page = await paged(bot)
    await bot.click(page, "Acknowledge", by="ann")
    await bot.fast_forward(seconds=5)
    assert "failed: jira_400: customfield_10042" in bot.card().words
    assert "customfield_10042" in bot.thread()
    await bot.slash("note INC-1 written without a ticket", by="ann")
    await bot.fast_forward(minutes=10)
    assert len(creations(bot)) == 1
    bot.jira.site.projects["OPS"] = before

    await bot.click(bot.card(), "Retry ticket", by="bob")
    await bot.fast_forward(seconds=5)

    assert "OPS-1" in bot.card().words
    assert "Retry ticket" not in bot.card().words


@pytest.mark.row("F78")
@pytest.mark.parametrize("trouble", ["archived", "forbidden"])
async def test_a_refused_ticket_is_told_and_the_page_goes_out(bot: BotHarness, trouble: str) -> None:
    if trouble == "archived":
        bot.jira.site.projects["OPS"] = replace(bot.jira.site.projects["OPS"], archived=True)
    else:
        bot.jira.fail("forbidden")

    page = await paged(bot)
    await bot.fast_forward(seconds=5)

    assert "failed: jira_40" in bot.card().words
    assert "jira_40" in bot.thread()
    await bot.click(page, "Acknowledge", by="ann")
    assert "Acknowledged" in bot.card().words
    assert bot.jira.issues() == []


@pytest.mark.row("F79")
@pytest.mark.parametrize(("seconds", "waited"), [(40, 40), (3600, 300)])
async def test_jira_is_left_alone_for_as_long_as_it_wishes_but_for_five_minutes_at_most(
    bot: BotHarness, seconds: int, waited: int
) -> None:
    bot.jira.fail("throttle", seconds=seconds, times=1)
    page = await paged(bot)
    await bot.click(page, "Acknowledge", by="ann")
    await bot.fast_forward(seconds=5)
    assert "unavailable, retrying" in bot.card().words

    await bot.fast_forward(minutes=7)

    first, second = creations(bot)
    assert waited <= (second.at - first.at).total_seconds() < waited + 20
    assert bot.ticket().status.name == "In Progress"


@pytest.mark.row("F79")
async def test_a_captcha_is_waited_for_and_told_by_readyz(bot: BotHarness) -> None:
    bot.jira.fail("captcha")
    for name in ("DiskFull", "QueueGrows", "ApiErrorRateHigh"):
        await bot.alert(alerts.firing(name))
        await bot.click(bot.page("ann"), "Acknowledge", by="ann")
    await bot.fast_forward(minutes=1)
    notes = await bot.notes()
    asked = len(creations(bot))
    bot.jira.heal()

    await bot.fast_forward(minutes=10)

    assert notes["jira"] == "jira_captcha"
    assert asked <= 4
    assert len(bot.jira.issues("OPS")) == 3
    assert "jira" not in await bot.notes()


async def test_a_token_that_is_replaced_costs_no_ticket(bot: BotHarness) -> None:
    bot.jira.fail("bad_token")
    page = await paged(bot)
    await bot.click(page, "Acknowledge", by="ann")
    await bot.fast_forward(minutes=5)
    assert "unavailable, retrying" in bot.card().words
    bot.jira.heal()

    await bot.fast_forward(minutes=1)

    assert bot.ticket().status.name == "In Progress"


@pytest.mark.row("F80")
async def test_a_ticket_that_somebody_closed_by_hand_stays_closed_when_the_incident_is_resolved(
    bot: BotHarness,
) -> None:
    await ticketed(bot)
    bot.jira.close("OPS-1", by="cleo")

    await bot.slash("resolve INC-1 rolled back", by="ann")
    await bot.fast_forward(seconds=5)

    assert bot.ticket().status.name == "Done"
    assert "Done" in bot.card().words
    assert not bot.jira.journal.asked("POST", "transitions")


@pytest.mark.row("F80")
async def test_a_missing_transition_is_told_with_those_that_are_there(bot: BotHarness) -> None:
    page = await ticketed(bot)
    project = bot.jira.site.projects["OPS"]
    ways = tuple(way for way in project.transitions if way.target != "In Progress")
    bot.jira.site.projects["OPS"] = replace(project, transitions=ways)

    await bot.click(page, "Acknowledge", by="ann")
    await bot.fast_forward(seconds=5)

    assert "jira_no_transition" in bot.thread()
    assert "Resolve (to Done)" in bot.thread()
    assert "Acknowledged" in bot.card().words
    assert bot.ticket().status.name == "To Do"


@pytest.mark.row("F80")
async def test_a_deleted_ticket_is_told_and_made_again_only_on_command(bot: BotHarness) -> None:
    page = await ticketed(bot)
    bot.jira.delete("OPS-1", by="cleo")

    await bot.click(page, "Acknowledge", by="ann")
    await bot.fast_forward(minutes=10)
    assert "jira_404_not_found" in bot.card().words
    assert bot.jira.issues() == []
    await bot.click(bot.card(), "Retry ticket", by="ann")
    await bot.fast_forward(seconds=5)

    assert bot.ticket().key == "OPS-2"
    assert bot.ticket().status.name == "In Progress"
    assert "OPS-2" in bot.card().words
    assert "OPS-1" not in bot.card().words


@pytest.mark.row("A35")
async def test_what_strangers_write_is_no_markup_in_the_ticket(bot: BotHarness) -> None:
    evil = "[~admin] !http://x.example/y.png! {html}<b>{html} [here|http://evil.example]"
    await bot.slash(f"declare {evil}", by="ann")
    await bot.slash(f"note INC-1 {evil}", by="ann")
    await bot.fast_forward(seconds=5)

    ticket = bot.ticket()
    assert "[~admin]" in ticket.summary
    for text in (ticket.description, *(comment.body for comment in ticket.comments)):
        for live in ("[~admin", "!http", "{html", "[here|"):
            assert live not in text.replace(f"\\{live}", ""), text
    assert ticket.comments
    bot.page("ann")


@pytest.mark.row("A36")
async def test_what_strangers_write_never_stands_in_a_query(tmp_path: Path) -> None:
    jira = partial(JiraServer, projects=[operations(), INT])
    configuration = CONFIGURATION.replace("project: OPS", "project: INT")
    async with running(tmp_path, make_jira=jira, configuration=configuration) as bot:
        bot.jira.fail("reset_after", method="POST", path="/issue", times=1)
        await bot.slash('declare x" OR project = OPS ORDER BY created', by="ann")
        bot.page("ann")

        await bot.fast_forward(seconds=40)

        (ticket,) = bot.jira.issues()
        queries = [str(call.query) + str(call.body) for call in bot.jira.journal.asked("GET", "search")]
        assert ticket.key == "INT-1"
        assert "INT-1" in bot.card().words
        assert queries
        assert all("ORDER BY created ASC" in query and "OPS" not in query for query in queries)
