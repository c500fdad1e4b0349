"""What came of a delivery, and what follows from it, in one transaction."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar, cast

import pytest
from prometheus_client.registry import CollectorRegistry

from bot.domain import commands as c
from bot.domain.effects import (
    Announce,
    CommentTicket,
    Effect,
    Lane,
    MoveTicket,
    OpenTicket,
    PageChannel,
    PagePerson,
    RefreshCard,
)
from bot.domain.ids import LadderId, ScheduleId
from bot.domain.incident import Incident, TicketState, Via
from bot.domain.ladder import ChannelTarget, Ladder, ScheduleTarget
from bot.domain.service import Service
from bot.domain.timeline import Entry, EntryKind
from bot.errors import DeliveryError, NotLookedUp, Outcome, Vanished
from bot.metrics import Metrics
from bot.ports import Claim, Job, Receipt, Store, Tx
from bot.workers.ledger import Ledger
from tests.examples import MINUTE, NOW, PAYMENTS, actor, rung, to
from tests.store.stories import LEASE, SECOND, claim, climb, declare, note, obey, paged
from tests.store.world import SetClock

T = TypeVar("T")
GONE = DeliveryError(Outcome.REJECTED, "channel_not_found")
REFUSED = DeliveryError(Outcome.NOT_SENT, "refused")
GONE_FOR_EVER = Vanished(Outcome.REJECTED, "deleted")
UNSURE = DeliveryError(Outcome.UNKNOWN, "late")


class Bells:
    """Alarms as they were raised and cleared."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def raised(self, kind: str, text: str) -> None:
        self.heard.append((kind, text))

    def cleared(self, kind: str) -> None:
        self.heard.append((kind, "cleared"))


class Counting:
    """A store, and on whose connections one wrote to it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.paging: list[bool] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        self.paging.append(page)
        return await self._store.write(work, page=page)


class Office:
    """A ledger, what it counted, and how often it rang."""

    def __init__(self, store: Store) -> None:
        self.clock = SetClock(NOW)
        self.metrics = Metrics()
        self.rung = 0
        self.alarms = Bells()
        self.store = Counting(store)
        self.ledger = Ledger(
            cast("Store", self.store), self.clock, self._ring, self.metrics, random.Random(7), self.alarms
        )

    def _ring(self) -> None:
        self.rung += 1

    def counted(self, name: str, **labels: str) -> float:
        registry: CollectorRegistry = self.metrics.registry
        return registry.get_sample_value(f"tocsin_{name}", labels) or 0.0

    async def failed(self, mine: Claim, error: DeliveryError) -> None:
        await self.ledger.failed(Job(claim=mine), error)


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


async def entries(store: Store, incident: Incident) -> Sequence[Entry]:
    return await store.read(lambda tx: tx.timeline(incident.id))


async def now(store: Store, incident: Incident) -> Incident:
    found = await store.read(lambda tx: tx.incident(incident.id))
    assert found is not None
    return found


async def of(store: Store, kind: type[Effect], lane: Lane) -> Claim:
    """The claim of an effect of that kind, due within some seconds."""
    return next(each for each in await claim(store, lane, NOW + 5 * SECOND) if isinstance(each.effect, kind))


async def test_what_was_sent_is_counted_with_how_late_it_was(store: Store, office: Office) -> None:
    await paged(store)
    (page,) = await claim(store)
    assert isinstance(page.effect, PagePerson)
    office.clock.at = NOW + 3 * SECOND
    late = replace(page, effect=replace(page.effect, late=4 * SECOND))

    await office.ledger.sent(Job(claim=late), Receipt())

    assert office.counted("deliveries_total", kind="page_person", outcome="accepted") == 1
    assert office.counted("page_lateness_seconds_sum") == 7
    assert office.counted("fenced_total") == 0
    assert await claim(store, at=NOW + LEASE) == []


async def test_a_page_before_its_time_is_not_late(store: Store, office: Office) -> None:
    await paged(store)
    (page,) = await claim(store)
    office.clock.at = NOW - SECOND

    await office.ledger.sent(Job(claim=page), Receipt())

    assert office.counted("page_lateness_seconds_sum") == 0
    assert office.counted("page_lateness_seconds_count") == 1


async def test_only_pages_are_late(store: Store, office: Office) -> None:
    await store.write(declare)

    await office.ledger.sent(Job(claim=await of(store, RefreshCard, Lane.CHAT)), Receipt())

    assert office.counted("page_lateness_seconds_count") == 0


async def test_whoever_was_fenced_off_is_counted_and_changes_nothing(store: Store, office: Office) -> None:
    incident = await paged(store)
    (slow,) = await claim(store)
    (fast,) = await claim(store, at=NOW + LEASE)

    await office.failed(slow, GONE)
    await office.failed(slow, UNSURE)
    await office.ledger.sent(Job(claim=slow), Receipt())

    assert office.counted("fenced_total") == 3
    assert await store.read(lambda tx: tx.dead_letters()) == []
    assert EntryKind.PAGE_FAILED not in [entry.kind for entry in await entries(store, incident)]
    assert await claim(store, at=NOW + 2 * LEASE - SECOND) == []
    assert fast.attempt == 2


async def test_a_refused_page_is_dead_and_the_next_method_is_due_now(store: Store, office: Office) -> None:
    incident = await paged(store)
    (slack,) = await claim(store)

    await office.failed(slack, GONE)

    (email,) = await claim(store)
    assert isinstance(email.effect, PagePerson)
    assert email.effect.number == 1
    (dead,) = await store.read(lambda tx: tx.dead_letters())
    assert (dead.key, dead.reason) == (slack.effect.key, "channel_not_found")
    told = (await entries(store, incident))[-1]
    assert (told.kind, dict(told.facts)) == (
        EntryKind.PAGE_FAILED,
        {"person": "Ann", "method": "slack", "reason": "channel_not_found"},
    )
    assert (await now(store, incident)).due_at == NOW + 5 * MINUTE, "somebody can still be reached"
    assert (office.rung, office.counted("fenced_total")) == (1, 0)
    assert office.store.paging == [True], "on the connections that are kept for pages"
    assert office.counted("deliveries_total", kind="page_person", outcome="rejected") == 1


async def test_when_no_way_is_left_the_next_rung_is_due_now(store: Store, office: Office) -> None:
    incident = await paged(store)
    for at in (NOW, NOW + MINUTE):
        (page,) = await claim(store, at=at)
        office.clock.at = at
        await office.failed(page, GONE)

    assert (await now(store, incident)).due_at == NOW + MINUTE


async def test_while_another_of_the_rung_is_reached_nobody_is_hurried(store: Store, office: Office) -> None:
    ladder = Ladder(id=LadderId("two"), rungs=(rung(to("ann"), to("bob")), rung(to("cleo"))))
    incident = await opened(store, replace(PAYMENTS, ladder=ladder))
    pages = await claim(store, at=NOW + MINUTE)
    office.clock.at = NOW + MINUTE
    for page in pages:
        if isinstance(page.effect, PagePerson) and page.effect.person == "ann":
            await office.failed(page, GONE)

    assert (await now(store, incident)).due_at == NOW + 5 * MINUTE


async def opened(store: Store, service: Service) -> Incident:
    incident = await store.write(lambda tx: declare(tx, service=service))
    await store.write(climb)
    return incident


@pytest.mark.parametrize("alone", [True, False])
async def test_a_channel_that_takes_no_page_is_not_waited_for(
    store: Store, office: Office, *, alone: bool
) -> None:
    targets = [ChannelTarget(channel="C0ALL"), *([] if alone else [to("ann")])]
    ladder = Ladder(id=LadderId("loud"), rungs=(rung(*targets), rung(to("bob"))))
    incident = await opened(store, replace(PAYMENTS, ladder=ladder))

    await office.failed(await of(store, PageChannel, Lane.PAGE), GONE)

    assert (await now(store, incident)).due_at == (NOW if alone else NOW + 5 * MINUTE)
    told = (await entries(store, incident))[-1]
    assert (told.facts["person"], told.facts["method"]) == ("C0ALL", "slack")


async def test_a_page_that_was_not_sent_is_tried_again_and_the_second_time_by_another_way_too(
    store: Store, office: Office
) -> None:
    await paged(store)
    (first,) = await claim(store)

    await office.failed(first, REFUSED)

    (second,) = await claim(store)
    assert (second.failures, second.uncertain, second.doubted_at) == (1, False, None)
    await office.failed(second, REFUSED)
    pages = await claim(store, at=NOW + SECOND)
    assert sorted(page.effect.number for page in pages if isinstance(page.effect, PagePerson)) == [0, 1]
    assert (office.rung, office.counted("fenced_total")) == (2, 0)


@pytest.mark.parametrize(
    ("kind", "lane", "channel", "what"),
    [
        (PageChannel, Lane.PAGE, "C0ALL", "what was to be said"),
        (Announce, Lane.PAGE, "C0INCIDENTS", "an announcement"),
        (RefreshCard, Lane.CHAT, "C0INCIDENTS", "what was to be said"),
    ],
)
async def test_a_channel_that_refuses_is_told_elsewhere_until_it_takes_something(
    store: Store, office: Office, kind: type[Effect], lane: Lane, channel: str, what: str
) -> None:
    loud = rung(ChannelTarget(channel="C0ALL"), ScheduleTarget(schedule=ScheduleId("gone")))
    ladder = Ladder(id=LadderId("loud"), rungs=(loud, rung(to("bob"))))
    incident = await opened(store, replace(PAYMENTS, ladder=ladder))
    job = Job(claim=await of(store, kind, lane), incident=await now(store, incident))

    await office.ledger.failed(job, GONE_FOR_EVER)
    await office.ledger.failed(job, UNSURE)
    silent = list(office.alarms.heard)
    await office.ledger.failed(job, GONE)
    await office.ledger.sent(job, Receipt())

    assert silent == []
    (raised, text), (cleared, _) = office.alarms.heard
    assert raised == cleared == f"channel: {channel}"
    assert f"so {what} about {incident.key}" in text
    assert office.store.paging == [lane is Lane.PAGE] * 4


async def test_nobody_is_alarmed_by_what_goes_to_no_channel(store: Store, office: Office) -> None:
    incident = await paged(store)
    (page,) = await claim(store)
    job = Job(claim=page, incident=incident)

    await office.ledger.failed(job, GONE)
    await office.ledger.sent(job, Receipt())

    assert office.alarms.heard == []


async def test_what_is_not_a_page_hurries_no_other_way(store: Store, office: Office) -> None:
    await store.write(declare)
    mine = await of(store, RefreshCard, Lane.CHAT)

    await office.failed(replace(mine, failures=5), REFUSED)

    assert await claim(store) == []


async def test_a_page_that_waited_for_long_goes_by_another_way_too(store: Store, office: Office) -> None:
    await paged(store)
    (page,) = await claim(store)
    office.clock.at = NOW + 16 * SECOND

    await office.failed(page, REFUSED)

    assert len(await claim(store, at=NOW + 17 * SECOND)) == 2


async def test_what_may_have_arrived_is_looked_up_and_what_was_only_asked_adds_no_doubt(
    store: Store, office: Office
) -> None:
    await paged(store)
    (first,) = await claim(store)
    await office.failed(first, UNSURE)
    assert await claim(store, at=NOW + SECOND) == []
    (second,) = await claim(store, at=NOW + 2 * SECOND)
    assert (second.uncertain, second.doubted_at) == (True, NOW)

    office.clock.at = NOW + 2 * SECOND
    await office.failed(second, NotLookedUp(Outcome.UNKNOWN, "not now"))

    third = next(each for each in await claim(store, at=NOW + 5 * SECOND) if each.id == first.id)
    assert (third.uncertain, third.doubted_at) == (True, NOW)


async def test_what_may_have_arrived_before_stays_uncertain_when_it_is_not_sent(
    store: Store, office: Office
) -> None:
    await paged(store)
    await claim(store)
    (taken_over,) = await claim(store, at=NOW + LEASE)
    office.clock.at = NOW + LEASE

    await office.failed(taken_over, REFUSED)

    states = [each.uncertain for each in await claim(store, at=NOW + LEASE) if each.id == taken_over.id]
    assert states == [True]


async def test_a_tracker_that_is_away_is_shown_and_one_that_refuses_has_failed(
    store: Store, office: Office
) -> None:
    incident = await store.write(declare)
    away = await of(store, OpenTicket, Lane.TRACKER)
    await office.failed(away, UNSURE)
    first = (await now(store, incident)).ticket
    again = next(each for each in await claim(store, Lane.TRACKER, NOW + MINUTE) if each.id == away.id)

    await office.failed(again, GONE)

    assert (first.state, first.problem) == (TicketState.UNAVAILABLE, "late")
    second = (await now(store, incident)).ticket
    assert (second.state, second.problem) == (TicketState.FAILED, "channel_not_found")


@pytest.mark.parametrize(("kind", "what"), [(MoveTicket, "move ticket"), (CommentTicket, "comment ticket")])
async def test_a_ticket_that_vanished_has_failed_and_other_refusals_are_given_up(
    store: Store, office: Office, kind: type[Effect], what: str
) -> None:
    refused, vanished = [await given_up(store, office, kind, error) for error in (GONE, GONE_FOR_EVER)]

    assert refused == (TicketState.OPEN, EntryKind.GIVEN_UP, {"what": what, "reason": "channel_not_found"})
    assert vanished == (TicketState.FAILED, EntryKind.TICKET, {"problem": "deleted"})


async def given_up(
    store: Store, office: Office, kind: type[Effect], error: DeliveryError
) -> tuple[TicketState, EntryKind, dict[str, str]]:
    """What an incident with a ticket learns when that fails for good."""
    incident = await store.write(declare)

    def happen(*commands: c.Command) -> Callable[[Tx], object]:
        return lambda tx: [obey(tx, incident.id, command) for command in commands]

    await store.write(happen(c.TicketOpened(key="OPS-1", url="https://jira.example/OPS-1")))
    await office.ledger.sent(Job(claim=await of(store, OpenTicket, Lane.TRACKER)), Receipt())
    await store.write(
        happen(note() if kind is CommentTicket else c.Acknowledge(by=actor("ann"), via=Via.CARD))
    )
    await office.failed(await of(store, kind, Lane.TRACKER), error)
    told = (await entries(store, incident))[-1]
    return (await now(store, incident)).ticket.state, told.kind, dict(told.facts)


async def test_a_late_success_of_what_was_taken_over_tells_no_lateness_twice(
    store: Store, office: Office
) -> None:
    await paged(store)
    (page,) = await claim(store)

    await office.ledger.sent(Job(claim=page), Receipt())
    await office.ledger.sent(Job(claim=page), Receipt())

    assert office.counted("fenced_total") == 0
    assert await claim(store, at=NOW + timedelta(seconds=50)) == []
