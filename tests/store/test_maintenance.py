"""Maintenance and inhibition keep nothing quiet that they are not for, and end when they are over."""

from dataclasses import replace
from datetime import time, timedelta

from bot.domain.alert import AlertState, Severity
from bot.domain.commands import Acknowledge, Resolve, Unacknowledge
from bot.domain.incident import Status, Via
from bot.domain.inhibition import Inhibition
from bot.domain.recurring import Recurring
from bot.domain.route import Handling, Limit, Route
from bot.domain.silence import SilenceKind
from bot.matchers import matcher
from bot.ports import Store
from bot.service import ById
from tests.examples import PAYMENTS, actor
from tests.store.test_quiet import CONFIGURATION, disk
from tests.store.test_quiet_keeper import MINUTE, Kept

GROUPED = replace(
    CONFIGURATION,
    routes=(Route(matchers=(), service=PAYMENTS.id, handling=Handling(group_by=("team",))),),
)


async def test_maintenance_of_one_host_stops_no_ladder_of_a_group_with_others(store: Store) -> None:
    night = Kept(store, GROUPED)
    hosts = [disk(fingerprint=host, host=host) for host in ("db-1", "web-1")]
    await night.told(*hosts)
    await night.desk.silencing.begin("m", night.wanted(kind=SilenceKind.MAINTENANCE))

    await night.pass_(timedelta(seconds=1))
    assert (await night.only()).status is Status.TRIGGERED

    await night.told(disk(AlertState.CLEARED, fingerprint="web-1", host="web-1"))
    await night.pass_(timedelta(seconds=1))
    assert (await night.only()).snoozed, "all that fires now is of that host"


async def test_an_alert_that_maintenance_is_not_for_wakes_an_incident_that_it_keeps_quiet(
    store: Store,
) -> None:
    night = Kept(store, GROUPED)
    await night.told(disk())
    await night.desk.silencing.begin("m", night.wanted(kind=SilenceKind.MAINTENANCE))
    await night.pass_(timedelta(seconds=1))
    before = await night.only()
    assert before.snoozed

    assert await night.told(disk(fingerprint="web", host="web-1")) == ["added"]

    after = await night.only()
    assert (after.status, after.snoozed, after.epoch) == (Status.TRIGGERED, False, before.epoch + 1)
    await night.pass_(MINUTE)
    assert (await night.only()).status is Status.TRIGGERED
    wish = Acknowledge(by=actor("ann"), via=Via.CARD)
    await night.desk.handle("a", ById(id=after.id), wish)
    assert await night.told(disk(fingerprint="web2", host="web-2")) == ["added"]
    assert (await night.only()).status is Status.ACKNOWLEDGED, "a person has it"


async def test_a_storm_is_hushed_by_services_alone(store: Store) -> None:
    limit = Limit(most=1, per=2 * MINUTE, route="r")
    route = Route(matchers=(), service=PAYMENTS.id, handling=Handling(limit=limit))
    night = Kept(store, replace(CONFIGURATION, routes=(route,)))
    await night.told(*[disk(fingerprint=f"f{number}") for number in range(4)])
    await night.desk.silencing.begin("m", night.wanted(kind=SilenceKind.MAINTENANCE))
    await night.pass_(timedelta(seconds=1))
    assert (await night.only()).status is Status.TRIGGERED

    wanted = night.wanted(kind=SilenceKind.MAINTENANCE, conditions=(), services=(PAYMENTS.id,))
    await night.desk.silencing.begin("n", wanted)
    await night.pass_(timedelta(seconds=1))
    assert (await night.only()).snoozed


async def test_a_cause_that_a_person_has_resolved_keeps_nothing_quiet(store: Store) -> None:
    rule = Inhibition(source=(matcher("alertname=Down"),), target=(matcher("host=db-1"),))
    night = Kept(store, replace(CONFIGURATION, inhibitions=(rule,)))
    (cause,) = await night.taken(disk(fingerprint="cause", host="web", alertname="Down"))
    assert cause.incident
    assert await night.told(disk()) == ["muted"]

    wish = Resolve(by=actor("ann"), via=Via.CARD, summary="expected")
    await night.desk.handle("r", ById(id=cause.incident.id), wish)
    await night.pass_(MINUTE)

    (incident,) = await night.desk.open_incidents()
    assert incident.labels["host"] == "db-1"
    assert await night.told(disk(fingerprint="other")) == ["opened"]


def always(night: Kept, **changes: object) -> Recurring:
    now = night.clock.now()
    window = Recurring(
        name="w",
        services=(PAYMENTS.id,),
        days=frozenset(range(7)),
        begin=time((now.hour - 2) % 24),
        end=time((now.hour + 12) % 24),
        zone="UTC",
    )
    return replace(window, **changes)  # type: ignore[arg-type]  # a test's shorthand


async def test_maintenance_that_is_taken_out_of_the_file_lets_go_at_once(store: Store) -> None:
    night = Kept(store)
    await night.told(disk(fingerprint="before"))
    night.configuration = replace(CONFIGURATION, maintenance=(always(night),))
    await night.pass_(timedelta(seconds=1))
    assert (await night.only()).snoozed
    assert await night.told(disk()) == ["muted"]

    night.configuration = CONFIGURATION
    await night.pass_(timedelta(seconds=1))

    assert {each.status for each in await night.desk.open_incidents()} == {Status.TRIGGERED}
    assert len(await night.open()) == 2


async def test_what_was_taken_out_of_the_file_while_nobody_ran_lets_go(store: Store) -> None:
    night = Kept(store)
    night.configuration = replace(CONFIGURATION, maintenance=(always(night),))
    assert await night.told(disk()) == ["muted"]

    night.configuration = CONFIGURATION
    await night.pass_(timedelta(seconds=1))

    assert len(await night.open()) == 1


async def test_sev1_pages_in_maintenance_of_the_file_unless_it_says_otherwise(store: Store) -> None:
    night = Kept(store)
    severe = replace(disk(), severity=Severity.SEV1)
    night.configuration = replace(CONFIGURATION, maintenance=(always(night),))
    assert await night.told(severe) == ["opened"]
    await night.pass_(timedelta(seconds=1))
    assert (await night.only()).status is Status.TRIGGERED

    night.configuration = replace(CONFIGURATION, maintenance=(always(night, sev1=True),))
    await night.pass_(timedelta(seconds=1))
    assert (await night.only()).snoozed
    assert await night.told(replace(severe, fingerprint="b")) == ["muted"]


async def test_a_ladder_that_was_begun_by_hand_stays_so_for_all_of_a_long_maintenance(store: Store) -> None:
    night = Kept(store)
    await night.told(disk())
    wanted = night.wanted(kind=SilenceKind.MAINTENANCE, until=night.clock.now() + timedelta(days=7))
    await night.desk.silencing.begin("m", wanted)
    await night.pass_(timedelta(seconds=1))
    await night.desk.handle(
        "u", ById(id=(await night.only()).id), Unacknowledge(by=actor("ann"), via=Via.CARD)
    )

    night.clock.advance(timedelta(days=4))
    await store.write(lambda tx: tx.sweep(night.clock.now()))
    await night.keeper.look()

    assert (await night.only()).status is Status.TRIGGERED
