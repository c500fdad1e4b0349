"""Storms of alerts: one incident takes them all, none is lost, and nobody is paged for each."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.effects import Lane, PagePerson
from bot.domain.incident import Incident, Reason, Status, Via
from bot.domain.route import Handling, Limit
from bot.domain.timeline import EntryKind
from bot.ports import Store, Tx
from bot.references import ById
from tests.examples import MINUTE, actor
from tests.store.test_alert_groups import SECOND, Scene, of

LIMITED = Handling(limit=Limit(most=5, per=2 * MINUTE, route="r"))


def many(count: int, *, start: int = 0, severity: Severity = Severity.SEV2) -> list[Alert]:
    return [of(f"h{number}", severity=severity) for number in range(start, start + count)]


async def storm_of(scene: Scene) -> Incident:
    (found,) = [each for each in await scene.open() if each.gathering and each.gathering.storm]
    return found


async def pages(scene: Scene) -> Counter[tuple[str, str]]:
    """Whom new pages go to, and how often, for which incident; each person by one way."""

    def work(tx: Tx) -> Counter[tuple[str, str]]:
        claims = tx.claim(
            Lane.PAGE, scene.clock.now(), scene.clock.monotonic(), 10_000, timedelta(seconds=15)
        )
        return Counter(
            (claim.effect.person, str(claim.incident))
            for claim in claims
            if isinstance(claim.effect, PagePerson) and claim.effect.number == 0 and claim.attempt == 1
        )

    return await scene.store.write(work)


async def signals(scene: Scene) -> int:
    now = scene.clock.now()

    def work(tx: Tx) -> int:
        found = tx.signals(now - timedelta(days=1), now + timedelta(days=1), limit=10_000)
        return len({each.alert.fingerprint for each in found})

    return await scene.store.read(work)


@pytest.mark.row("F83")
async def test_what_is_more_than_the_limit_goes_to_one_storm_that_takes_over_the_rest(store: Store) -> None:
    scene = Scene(store, LIMITED)

    await scene.told(*many(5))
    before = await scene.open()
    await scene.told(*many(300, start=5))

    storm = await storm_of(scene)
    assert len(before) == 5
    assert [each.id for each in await scene.open()] == [storm.id]
    assert storm.alerts.firing == 305
    assert storm.gathering
    assert storm.gathering.storm
    assert (storm.gathering.storm.total, storm.gathering.storm.top(3)) == (305, [("Down", 305)])
    assert await signals(scene) == 305, "every alert is stored"
    ended = await scene.desk.find(ById(id=before[0].id))
    assert ended.resolution
    assert ended.resolution.reason is Reason.DUPLICATE
    assert storm.key in ended.resolution.summary


@pytest.mark.row("F83")
async def test_in_a_storm_a_person_is_paged_once_a_rung(store: Store) -> None:
    scene = Scene(store, LIMITED)

    for batch in range(5):
        await scene.told(*many(100, start=batch * 100))
        await scene.later(2 * SECOND)
    storm = await storm_of(scene)
    first = await pages(scene)
    await scene.later(5 * MINUTE)

    assert first == {("ann", storm.id): 1}
    assert await pages(scene) == {("bob", storm.id): 1}


async def test_a_storm_ends_by_itself_when_it_is_calm_and_its_alerts_are_over(store: Store) -> None:
    scene = Scene(store, LIMITED)
    await scene.told(*many(20))
    storm = await storm_of(scene)

    await scene.told(*(replace(each, state=AlertState.CLEARED) for each in many(20)))
    during = await storm_of(scene)
    await scene.later(2 * MINUTE)
    await scene.later(2 * MINUTE + SECOND)

    assert during.open, "more may come"
    assert during.alerts.firing == 0
    ended = await scene.desk.find(ById(id=storm.id))
    assert ended.resolution
    assert ended.resolution.reason is Reason.SELF_CLEARED
    assert EntryKind.STORM_OVER in await scene.entries(ended)
    await scene.told(of("new"))
    assert (await scene.only()).title == "Down on new", "new alerts have their own incidents again"


async def test_a_storm_goes_on_as_long_as_too_much_comes(store: Store) -> None:
    scene = Scene(store, LIMITED)
    await scene.told(*many(20))

    for batch in range(1, 6):
        await scene.later(2 * MINUTE + SECOND)
        await scene.told(*many(20, start=100 * batch))

    storm = await scene.only()
    assert storm.alerts.firing == 120
    assert (await scene.entries(storm)).count(EntryKind.STORM) == 1


async def test_a_few_alerts_after_the_storm_have_their_own_incidents_while_it_is_still_open(
    store: Store,
) -> None:
    scene = Scene(store, LIMITED)
    await scene.told(*many(20))
    await scene.later(2 * MINUTE)
    await scene.later(2 * MINUTE + SECOND)

    await scene.told(of("late"), of("h3"))

    assert len(await scene.open()) == 2
    assert (await storm_of(scene)).alerts.signals == 21, "what fires in the storm stays with it"


async def test_a_second_storm_pages_those_who_had_acknowledged_the_first(store: Store) -> None:
    scene = Scene(store, LIMITED)
    await scene.told(*many(20))
    await scene.later(SECOND)
    storm = await storm_of(scene)
    await scene.desk.handle("ack", ById(id=storm.id), c.Acknowledge(by=actor("ann"), via=Via.CARD))
    await scene.told(*many(20, start=50))
    quiet = await storm_of(scene)
    await scene.later(2 * MINUTE)
    await scene.later(2 * MINUTE + SECOND)

    await scene.told(*many(20, start=100))

    assert quiet.status is Status.ACKNOWLEDGED, "more of the same storm wakes nobody"
    again = await storm_of(scene)
    assert again.id == storm.id
    assert again.status is Status.TRIGGERED
    assert len(await scene.open()) == 1


@pytest.mark.row("A28")
async def test_sev1_does_not_drown_in_a_storm_of_others(store: Store) -> None:
    scene = Scene(store, LIMITED)
    await scene.told(*many(50, severity=Severity.SEV3))

    await scene.told(*many(2, start=500, severity=Severity.SEV1))
    await scene.later(SECOND)

    worst = [each for each in await scene.open() if each.severity is Severity.SEV1]
    assert sorted(each.title for each in worst) == ["Down on h500", "Down on h501"]
    assert all(each.paging.people == ("Ann",) for each in worst)
    await scene.told(*many(50, start=600, severity=Severity.SEV1))
    storms = [each for each in await scene.open() if each.gathering]
    assert sorted(each.severity for each in storms) == ["sev1", "sev3"]
    assert len(await scene.open()) == 2


async def test_what_somebody_has_acknowledged_is_not_taken_over(store: Store) -> None:
    scene = Scene(store, LIMITED)
    await scene.told(of("mine"))
    await scene.later(SECOND)
    mine = await scene.only()
    await scene.desk.handle("ack", ById(id=mine.id), c.Acknowledge(by=actor("ann"), via=Via.CARD))

    await scene.told(*many(20))

    assert {each.id for each in await scene.open()} == {mine.id, (await storm_of(scene)).id}


async def test_below_the_limit_nothing_is_different(store: Store) -> None:
    scene = Scene(store, LIMITED)

    for number in range(12):
        await scene.told(of(f"h{number}"))
        await scene.later(31 * SECOND)

    assert len(await scene.open()) == 12
    assert [each.number for each in sorted(await scene.open(), key=lambda each: each.number)] == list(
        range(1, 13)
    )


@pytest.mark.row("F82")
async def test_the_same_alert_again_and_again_is_no_storm(store: Store) -> None:
    scene = Scene(store, LIMITED)

    for _ in range(10):
        await scene.told(*[of("same")] * 100)
    await scene.later(SECOND)

    found = await scene.only()
    assert found.alerts.signals == 1000
    assert found.gathering is None
    assert await pages(scene) == {("ann", found.id): 1}


@pytest.mark.row("F83")
async def test_a_sev1_unlike_all_in_an_acknowledged_storm_pages_by_itself(store: Store) -> None:
    scene = Scene(store, LIMITED)
    sev1 = Severity.SEV1
    await scene.told(*many(8, severity=sev1))
    storm = await storm_of(scene)
    await scene.told(called("Also down", severity=sev1))
    assert len(await scene.open()) == 1, "nobody has it yet: they are paged for all of it"
    wish = c.Acknowledge(by=actor("ann"), via=Via.CARD)
    await scene.desk.handle("a", ById(id=storm.id), wish)
    await pages(scene)

    told = await scene.told(called("Payments down", severity=sev1), *many(3, start=90, severity=sev1))

    assert [incident == storm.key for incident in keys(told)] == [False, True, True, True]
    await scene.later(SECOND)
    assert told[0]
    assert {mark for _, mark in await pages(scene)} == {told[0].id}
    again = await scene.told(
        called("Payments down", "again", severity=sev1), called("Payments down", severity=sev1)
    )
    assert keys(again) == [storm.key, keys(told)[0]], "its name is known by now"
    others = await scene.told(*[called(f"Thing {number} down", severity=sev1) for number in range(20)])
    assert keys(others).count(storm.key) == 16, "not a page for each"
    assert (await storm_of(scene)).status is Status.ACKNOWLEDGED


@pytest.mark.row("F83")
@pytest.mark.parametrize("routed", [True, False])
async def test_what_no_route_limits_has_the_usual_limit(store: Store, routed: bool) -> None:
    scene = Scene(store, Handling())
    usual = Limit(most=5, per=2 * MINUTE, route="defaults")
    scene.in_force = replace(scene.in_force, routes=scene.in_force.routes if routed else (), limit=usual)

    await scene.told(*many(300, severity=Severity.SEV3))

    assert (await scene.only()).alerts.firing == 300


async def test_a_route_may_say_that_nothing_is_a_storm(store: Store) -> None:
    scene = Scene(store, Handling(limit=Limit(most=0, per=MINUTE, route="r")))
    scene.in_force = replace(scene.in_force, limit=Limit(most=5, per=2 * MINUTE, route="defaults"))

    await scene.told(*many(30))

    assert len(await scene.open()) == 30


async def test_a_limit_leaves_no_hole_in_the_numbers_of_incidents(store: Store) -> None:
    scene = Scene(store, LIMITED)
    await scene.told(*many(3))
    await scene.told(*many(300, start=3))
    await scene.told(*many(4, start=1000, severity=Severity.SEV1))

    assert sorted(each.number for each in await scene.open()) == [6, 7, 8, 9, 10]


def keys(told: list[Incident | None]) -> list[str]:
    return [incident.key if incident else "" for incident in told]


def called(name: str, mark: str = "one", severity: Severity = Severity.SEV2) -> Alert:
    told = of(f"{name} {mark}", severity=severity)
    return replace(told, title=name, labels={**told.labels, "alertname": name})
