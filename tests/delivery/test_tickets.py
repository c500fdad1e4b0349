"""Tickets of incidents, against a Jira whose search lags behind and whose answers get lost."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.delivery.failures import Withheld
from bot.delivery.jira.tracker import JiraTracker
from bot.delivery.tickets import Tickets
from bot.domain.commands import TicketMoved, TicketOpened
from bot.domain.effects import CommentTicket, MoveTicket, OpenTicket
from bot.domain.incident import Incident, Status, TicketState, TicketStatus
from bot.domain.people import SYSTEM
from bot.domain.timeline import Entry, EntryKind
from bot.errors import DeliveryError, Outcome
from bot.ports import Job
from bot.sandbox.jira import Flavour, JiraServer, Mode
from tests.delivery.effects import a_job, again, an_incident
from tests.delivery.test_jira_tracker import options
from tests.examples import NOW

OPEN = OpenTicket(key="ticket:01k")
MOVE = MoveTicket(key="move:01k")
COMMENT = CommentTicket(key="comment:01k:3", entry=3)
CARD = "https://example-co.slack.com/archives/C0INCIDENT1/p1"
MINUTES = timedelta(minutes=1)


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
async def server(clock: ShiftedClock) -> AsyncIterator[JiraServer]:
    async with JiraServer(clock, flavour=Flavour.CLOUD) as server:
        yield server


@pytest.fixture
async def tracker(server: JiraServer, clock: ShiftedClock) -> AsyncIterator[JiraTracker]:
    tracker = JiraTracker(options(server), clock)
    yield tracker
    server.heal()
    await tracker.stop()


@pytest.fixture
def carrier(tracker: JiraTracker, clock: ShiftedClock) -> Tickets:
    return Tickets(tracker, clock)


def with_ticket(**changes: object) -> Incident:
    known = TicketStatus(state=TicketState.OPEN, key="OPS-1", url="https://jira/browse/OPS-1")
    return an_incident(**{"ticket": known, **changes})


def opened(clock: ShiftedClock, **changes: object) -> Job:
    job = a_job(OPEN, clock, an_incident(**changes))
    return replace(job, claim=replace(job.claim, lease=timedelta(seconds=60)))


async def fails(carrier: Tickets, job: Job) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await carrier.carry(job)
    return caught.value


async def doubtful(carrier: Tickets, job: Job) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await carrier.look_up(job)
    return caught.value


async def test_an_incident_becomes_one_ticket_that_links_to_its_card(
    carrier: Tickets, server: JiraServer, clock: ShiftedClock
) -> None:
    receipt = await carrier.carry(opened(clock, permalink=CARD))

    (issue,) = server.issues()
    assert issue.summary == "INC-7: API error rate 38%"
    assert f"tocsin-{an_incident().id}" in issue.labels
    assert CARD in str(issue.remote_links)
    assert isinstance(receipt.answer, TicketOpened)
    assert (receipt.answer.key, receipt.answer.url) == ("OPS-1", f"{server.url}/browse/OPS-1")


async def test_a_ticket_that_cannot_be_linked_is_a_ticket_all_the_same(
    carrier: Tickets, server: JiraServer, clock: ShiftedClock
) -> None:
    server.fail(Mode.ERROR, path="remotelink", status=500)

    receipt = await carrier.carry(opened(clock, permalink=CARD))

    assert isinstance(receipt.answer, TicketOpened)


async def test_an_incident_that_has_its_ticket_gets_no_second_one(
    carrier: Tickets, server: JiraServer, clock: ShiftedClock
) -> None:
    await carrier.carry(a_job(OPEN, clock, with_ticket()))

    assert server.issues() == []


@pytest.mark.row("F77")
async def test_a_lost_answer_leads_to_the_ticket_that_was_made(
    carrier: Tickets, server: JiraServer, clock: ShiftedClock
) -> None:
    server.site.index_lag = timedelta(seconds=40)
    server.fail(Mode.LOSE_RESPONSE, method="POST", times=1)
    job = opened(clock, permalink=CARD)
    lost = await fails(carrier, job)
    clock.advance(timedelta(seconds=5))
    early = await doubtful(carrier, again(job, clock))
    clock.advance(timedelta(seconds=40))

    found = await carrier.look_up(again(job, clock, attempt=3))

    assert (lost.outcome, early.outcome, early.reason) == (
        Outcome.UNKNOWN,
        Outcome.UNKNOWN,
        "not confirmed yet",
    )
    assert early.retry_after is not None
    assert timedelta(seconds=5) < early.retry_after <= timedelta(seconds=10)
    assert found is not None
    assert isinstance(found.answer, TicketOpened)
    assert found.answer.key == "OPS-1"
    assert CARD in str(server.issue("OPS-1").remote_links)
    assert len(server.issues()) == 1


@pytest.mark.row("F77")
async def test_another_ticket_is_made_only_after_minutes_and_several_look_ups(
    carrier: Tickets, server: JiraServer, clock: ShiftedClock
) -> None:
    server.fail(Mode.RESET_BEFORE, method="POST", times=1)
    job = opened(clock)
    await fails(carrier, job)
    clock.advance(4 * MINUTES)
    within = await doubtful(carrier, again(job, clock, attempt=6))
    clock.advance(1 * MINUTES)
    too_few = await doubtful(carrier, again(job, clock, attempt=2))

    certain = await carrier.look_up(again(job, clock, attempt=3))

    assert within.retry_after is not None
    assert within.retry_after <= MINUTES
    assert too_few.retry_after == timedelta(seconds=5)
    assert certain is None


@pytest.mark.row("F77")
async def test_the_minutes_count_from_the_last_attempt_and_not_from_the_first(
    carrier: Tickets, server: JiraServer, clock: ShiftedClock
) -> None:
    job = opened(clock)
    clock.advance(10 * MINUTES)
    server.fail(Mode.RESET_AFTER, method="POST", times=1)
    server.site.index_lag = timedelta(seconds=40)
    await fails(carrier, again(job, clock, attempt=20, uncertain=False))
    doubted_at = clock.now()

    error = await doubtful(carrier, again(job, clock, attempt=21, doubted_at=doubted_at))

    assert error.reason == "not confirmed yet"


@pytest.mark.row("F77")
async def test_another_process_counts_the_minutes_from_the_same_attempt(
    tracker: JiraTracker, server: JiraServer, clock: ShiftedClock
) -> None:
    job = opened(clock)
    clock.advance(10 * MINUTES)
    doubted_at = clock.now()
    other = Tickets(tracker, clock)

    clock.advance(4 * MINUTES)
    error = await doubtful(other, again(job, clock, attempt=9, doubted_at=doubted_at))
    clock.advance(1 * MINUTES)

    assert error.reason == "not confirmed yet"
    assert await other.look_up(again(job, clock, attempt=10, doubted_at=doubted_at)) is None


async def test_a_service_without_tickets_is_a_rejection(carrier: Tickets, clock: ShiftedClock) -> None:
    incident = an_incident()
    incident = replace(incident, service=replace(incident.service, ticket=None))

    error = await fails(carrier, a_job(OPEN, clock, incident))

    assert (error.outcome, error.reason) == (Outcome.REJECTED, "service_wants_no_ticket")


@pytest.mark.parametrize(
    ("status", "column"),
    [
        (Status.ACKNOWLEDGED, "In Progress"),
        (Status.RESOLVED, "Done"),
        (Status.TRIGGERED, "To Do"),
    ],
)
async def test_the_ticket_follows_the_incident(
    carrier: Tickets, server: JiraServer, clock: ShiftedClock, status: Status, column: str
) -> None:
    server.create("OPS", "Incident", "API down")
    if status is Status.TRIGGERED:
        server.move("OPS-1", "In Progress")

    receipt = await carrier.carry(a_job(MOVE, clock, with_ticket(status=status)))

    assert server.issue("OPS-1").status.name == column
    assert receipt.answer == TicketMoved(status=column)


async def test_a_note_is_commented_once_also_when_the_first_answer_was_lost(
    carrier: Tickets, server: JiraServer, clock: ShiftedClock
) -> None:
    server.create("OPS", "Incident", "API down")
    server.fail(Mode.LOSE_RESPONSE, method="POST", times=1)
    note = Entry(seq=3, at=NOW, kind=EntryKind.NOTE, by=SYSTEM, facts={"text": "rolled back {code}"})
    job = a_job(COMMENT, clock, with_ticket(), entries=(note,))
    lost = await fails(carrier, job)

    assert await carrier.look_up(again(job, clock)) is None
    await carrier.carry(again(job, clock))

    (comment,) = server.issue("OPS-1").comments
    assert lost.outcome is Outcome.UNKNOWN
    assert "rolled back" in comment.body


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (TicketState.PENDING, Outcome.NOT_SENT),
        (TicketState.UNAVAILABLE, Outcome.NOT_SENT),
        (TicketState.FAILED, Outcome.REJECTED),
        (TicketState.NONE, Outcome.REJECTED),
    ],
)
async def test_without_a_ticket_a_move_waits_as_long_as_there_can_be_one(
    carrier: Tickets, clock: ShiftedClock, state: TicketState, outcome: Outcome
) -> None:
    error = await fails(carrier, a_job(MOVE, clock, an_incident(ticket=TicketStatus(state=state))))

    assert error.outcome is outcome
    assert isinstance(error, Withheld) == (outcome is Outcome.NOT_SENT)
