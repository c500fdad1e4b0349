"""Alerts that share an incident: who is paged when, what is told when, and that none is lost."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ShiftedClock
from bot.domain import commands as c
from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.effects import PagePerson, PostThread, due
from bot.domain.incident import Incident, Status, Via
from bot.domain.intake import fired
from bot.domain.route import Handling, Placement, Route
from bot.domain.timeline import EntryKind
from bot.domain.timers import due_command
from bot.ports import Store
from bot.references import ById
from bot.service import Desk
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from tests.examples import MINUTE, NOW, PAYMENTS, ROSTER, actor, alert, triggered

SECOND = timedelta(seconds=1)
GROUPED = Handling(group_by=("alertname",), group_wait=30 * SECOND, group_interval=5 * MINUTE)


def configuration(handling: Handling) -> Configuration:
    return Configuration(
        roster=ROSTER,
        services={PAYMENTS.id: PAYMENTS},
        default_service=PAYMENTS.id,
        routes=(Route(matchers=(), service=PAYMENTS.id, handling=handling),),
    )


def of(host: str, state: AlertState = AlertState.FIRING, severity: Severity = Severity.SEV2) -> Alert:
    told = alert(state, fingerprint=host)
    return replace(
        told, title=f"Down on {host}", severity=severity, labels={"alertname": "Down", "host": host}
    )


class Scene:
    """A desk and a climber on one database, with a clock that obeys."""

    def __init__(self, store: Store, handling: Handling) -> None:
        self.store, self.clock = store, ShiftedClock()
        self.in_force = configuration(handling)
        self.desk = Desk(store, self.clock, lambda: self.in_force, lambda: None)
        self.climber = Climber(store, self.clock, lambda: self.in_force, lambda: None, Crowd(self.clock))
        self._requests = 0

    async def told(self, *alerts: Alert) -> list[Incident | None]:
        self._requests += 1
        taken = await self.desk.ingest(f"request {self._requests}", alerts)
        return [each.incident for each in taken]

    async def later(self, span: timedelta) -> None:
        self.clock.advance(span)
        for _ in range(4):
            await self.climber.tick()

    async def open(self) -> list[Incident]:
        return await self.desk.open_incidents()

    async def only(self) -> Incident:
        (found,) = await self.open()
        return found

    async def entries(self, incident: Incident) -> list[EntryKind]:
        return [each.kind for each in (await self.desk.timeline(ById(id=incident.id)))[1]]


async def test_alerts_with_the_same_labels_share_an_incident_and_end_it_together(store: Store) -> None:
    scene = Scene(store, GROUPED)

    await scene.told(of("a"), of("b"))
    await scene.told(of("c"))
    group = await scene.only()
    await scene.told(of("a", AlertState.CLEARED), of("b", AlertState.CLEARED))

    assert group.alerts.firing == 3
    assert (await scene.only()).alerts.firing == 1
    await scene.told(of("c", AlertState.CLEARED))
    assert await scene.open() == []


async def test_the_first_page_waits_for_the_others_of_its_group(store: Store) -> None:
    scene = Scene(store, GROUPED)
    await scene.told(of("a"))

    await scene.later(29 * SECOND)
    waiting = await scene.only()
    await scene.later(2 * SECOND)

    assert waiting.paging.at is None
    assert (await scene.only()).paging.people == ("Ann",)


async def test_sev1_waits_for_nobody_unless_that_is_said(store: Store) -> None:
    scene = Scene(store, GROUPED)

    await scene.told(of("a", severity=Severity.SEV1))
    await scene.later(SECOND)

    assert (await scene.only()).paging.people == ("Ann",)


async def test_a_sev1_that_joins_a_group_that_waits_ends_the_waiting(store: Store) -> None:
    scene = Scene(store, GROUPED)
    await scene.told(of("a"))

    await scene.told(of("b", severity=Severity.SEV1))
    await scene.later(SECOND)

    assert (await scene.only()).paging.people == ("Ann",)


async def test_what_clears_while_the_group_waits_pages_nobody(store: Store) -> None:
    scene = Scene(store, GROUPED)

    await scene.told(of("a"))
    await scene.told(of("a", AlertState.CLEARED))
    await scene.later(5 * MINUTE)

    assert await scene.open() == []


@pytest.mark.parametrize(("severity", "status"), [("sev2", "acknowledged"), ("sev1", "triggered")])
async def test_a_new_alert_of_an_acknowledged_group_pages_only_when_it_is_worse(
    store: Store, severity: str, status: str
) -> None:
    scene = Scene(store, GROUPED)
    await scene.told(of("a"))
    await scene.later(MINUTE)
    found = await scene.only()
    await scene.desk.handle("ack", ById(id=found.id), c.Acknowledge(by=actor("ann"), via=Via.CARD))

    await scene.told(of("b", severity=Severity(severity)))

    after = await scene.only()
    assert after.status == status
    assert EntryKind.ALERT in await scene.entries(after)


async def test_a_route_that_is_changed_leaves_alerts_with_their_incidents(store: Store) -> None:
    scene = Scene(store, GROUPED)
    await scene.told(of("a"), of("b"))

    scene.in_force = configuration(Handling())
    await scene.told(of("a"), of("b", AlertState.CLEARED), of("c"))

    group, alone = sorted(await scene.open(), key=lambda each: each.number)
    assert (group.alerts.firing, group.alerts.signals) == (1, 4)
    assert alone.dedup_key == "alertmanager|c"
    scene.in_force = configuration(GROUPED)
    await scene.told(of("c", AlertState.CLEARED))
    assert [each.id for each in await scene.open()] == [group.id]


async def test_what_still_fires_is_said_again_and_wakes_nobody(store: Store) -> None:
    scene = Scene(store, Handling(repeat_interval=4 * 60 * MINUTE))
    await scene.told(of("a"))
    await scene.later(MINUTE)
    found = await scene.only()
    await scene.desk.handle(
        "ack",
        ById(id=found.id),
        c.Snooze(by=actor("ann"), via=Via.CARD, until=scene.clock.now() + timedelta(hours=23)),
    )

    for _ in range(3):
        await scene.later(4 * 60 * MINUTE)
        await scene.climber.tick()

    after = await scene.only()
    assert (await scene.entries(after)).count(EntryKind.STILL_FIRING) == 3
    assert after.status is Status.ACKNOWLEDGED
    await scene.told(of("a", AlertState.CLEARED))
    await scene.later(timedelta(days=1))
    assert await scene.open() == []


# the same, without a database


def seen(incident: Incident, host: str, now: datetime) -> tuple[Incident, list[PostThread]]:
    told = of(host)
    placement = Placement(service=PAYMENTS.id, severity=Severity.SEV2, handling=GROUPED)
    decision = decide(incident, c.AlertSeen(alert=told, severity=Severity.SEV2, placement=placement), now)
    return decision.incident, [each for each in decision.effects if isinstance(each, PostThread)]


def begun() -> Incident:
    told = of("first")
    placement = Placement(service=PAYMENTS.id, severity=Severity.SEV2, handling=GROUPED)
    new = replace(triggered(), escalation=None, alerts=replace(triggered().alerts, firing=0), entries=0)
    return fired(new, c.AlertSeen(alert=told, severity=Severity.SEV2, placement=placement)).incident


@given(gaps=st.lists(st.integers(0, 900), max_size=30))
def test_new_alerts_are_told_at_most_once_an_interval_and_none_is_left_out(gaps: list[int]) -> None:
    incident, now, times = begun(), NOW, set[datetime]()
    for number, gap in enumerate(gaps):
        now += gap * SECOND
        incident, (thread,) = seen(incident, f"h{number}", now)
        at = due(thread, now)
        assert at >= now, "every new alert is told"
        assert at <= now + 5 * MINUTE + 3 * SECOND
        times.add(thread.at or now)

    ordered = sorted(times)
    assert all(b - a >= 5 * MINUTE for a, b in pairwise(ordered))
    assert incident.alerts.firing == len(gaps) + 1


@given(steps=st.lists(st.integers(0, 100_000), min_size=1, max_size=20))
def test_a_repeat_is_said_once_however_late_or_often_the_clock_looks(steps: list[int]) -> None:
    every = timedelta(hours=4)
    incident = replace(begun(), gathering=None)
    placement = Placement(
        service=PAYMENTS.id, severity=Severity.SEV2, handling=Handling(repeat_interval=every)
    )
    told = c.AlertSeen(alert=of("first"), severity=Severity.SEV2, placement=placement)
    incident = fired(replace(incident, escalation=None), told).incident
    incident = replace(incident, escalation=None, unpaged=True)
    now, said = NOW, list[datetime]()
    for step in steps:
        now += step * SECOND
        while (command := due_command(incident, ROSTER, now)) is not None:
            decision = decide(incident, command, now)
            assert decide(decision.incident, command, now).changed is False, "a stale tick changes nothing"
            assert not [each for each in decision.effects if isinstance(each, PagePerson)]
            incident = decision.incident
            said += [now for each in decision.entries if each.kind is EntryKind.STILL_FIRING]

    assert len(said) == len(set(said))
    assert len(said) <= (now - NOW) // every
