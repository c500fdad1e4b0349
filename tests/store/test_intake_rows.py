"""What many alerts ask at once is answered as for each of them alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.clock import ShiftedClock
from bot.domain.alert import Alert, AlertState
from bot.domain.commands import Resolve
from bot.domain.configuration import Configuration
from bot.domain.incident import Via
from bot.ports import Store
from bot.references import ById
from bot.service import Desk, Ingested
from tests.examples import NOW, PAYMENTS, ROSTER, actor, alert

CONFIGURATION = Configuration(roster=ROSTER, services={PAYMENTS.id: PAYMENTS}, default_service=PAYMENTS.id)
CLEARED = AlertState.CLEARED


def desk(store: Store) -> Desk:
    return Desk(store, ShiftedClock(), lambda: CONFIGURATION, lambda: None)


def named(*fingerprints: str) -> list[Alert]:
    return [alert(fingerprint=each) for each in fingerprints]


def outcomes(taken: Sequence[Ingested]) -> list[str]:
    return [each.outcome for each in taken]


async def test_requests_are_new_once(store: Store) -> None:
    assert await store.write(lambda tx: tx.first_times(["a", "b", "a"], NOW)) == {"a", "b"}
    assert await store.write(lambda tx: tx.first_times(["b", "c"], NOW)) == {"c"}
    assert await store.write(lambda tx: tx.first_times([], NOW)) == set()
    assert not await store.write(lambda tx: tx.first_time("c", NOW))


async def test_numbers_follow_each_other_and_are_given_once(store: Store) -> None:
    first = await store.write(lambda tx: tx.next_numbers(3))
    single = await store.write(lambda tx: tx.next_number())
    more = await store.write(lambda tx: tx.next_numbers(2))

    assert [*first, single, *more] == list(range(first[0], first[0] + 6))
    assert await store.write(lambda tx: tx.next_numbers(0)) == []


async def test_open_incidents_and_the_last_ones_are_found_by_their_keys(store: Store) -> None:
    own = desk(store)
    one, two = await own.ingest("begin", named("one", "two"))
    assert one.incident
    assert two.incident
    await own.ingest("over", [alert(CLEARED, fingerprint="one")])
    keys = ["alertmanager|one", "alertmanager|two", "alertmanager|three"]

    opened = await store.read(lambda tx: tx.open_for_all(keys, NOW))
    last = await store.read(lambda tx: tx.last_for_all(keys))

    assert {key: found.id for key, found in opened.items()} == {keys[1]: two.incident.id}
    assert {key: found.id for key, found in last.items()} == {
        keys[0]: one.incident.id,
        keys[1]: two.incident.id,
    }
    held = await store.read(
        lambda tx: tx.held_all(
            (each.id, "alertmanager", each.dedup_key.partition("|")[2])
            for each in last.values()
            if each.dedup_key
        )
    )
    assert {key[2]: found.state.value for key, found in held.items()} == {"one": "cleared", "two": "firing"}


async def test_several_alerts_of_one_request_are_judged_in_their_order(store: Store) -> None:
    own = desk(store)
    told = [*named("one", "two", "one"), alert(CLEARED, fingerprint="two"), *named("two")]

    taken = await own.ingest("all", told)

    assert outcomes(taken) == ["opened", "opened", "repeated", "cleared", "reopened"]
    incidents = [each.incident.number for each in taken if each.incident]
    assert incidents == [incidents[0], incidents[0] + 1, incidents[0], incidents[0] + 1, incidents[0] + 1]


async def test_what_comes_again_is_known(store: Store) -> None:
    own = desk(store)

    assert outcomes(await own.ingest("r", named("one"))) == ["opened"]
    assert await own.ingest("r", named("one")) == []
    assert outcomes(await own.ingest("s", named("one"))) == ["repeated"]
    assert outcomes(await own.ingest("t", [alert(CLEARED, fingerprint="never")])) == ["ignored"]


async def test_what_is_known_of_an_alert_follows_its_signals(store: Store) -> None:
    own = desk(store)
    (opened,) = await own.ingest("1", [alert(at=NOW)])
    await own.ingest("2", [alert(at=NOW)])
    await own.ingest("3", [alert(CLEARED, at=NOW + timedelta(minutes=1))])
    await own.ingest("4", [alert(at=NOW)])  # late

    key = ("alertmanager", "f1")
    standing = (await store.read(lambda tx: tx.standings([key])))[key]
    assert opened.incident
    assert standing.incident == opened.incident.id
    assert not standing.firing
    assert len(standing.turns) == 2
    far = timedelta(days=1)
    told = await store.read(lambda tx: tx.signals(standing.since - far, standing.since + far))
    assert [signal.outcome for signal in told] == ["opened", "cleared", "ignored"]


async def test_an_incident_that_ended_long_ago_is_left_alone(store: Store) -> None:
    clock = ShiftedClock()
    own = Desk(store, clock, lambda: CONFIGURATION, lambda: None)
    (first,) = await own.ingest("1", [alert()])
    assert first.incident
    wish = Resolve(by=actor("ann"), via=Via.CARD, summary="done")
    await own.handle("2", ById(id=first.incident.id), wish)
    clock.advance(timedelta(days=2))

    (second,) = await own.ingest("3", [alert()])

    assert second.outcome == "opened"
    assert second.incident
    assert second.incident.id != first.incident.id


async def test_more_than_share_a_transaction_are_taken_in_by_several(store: Store) -> None:
    own = desk(store)
    many = named(*(f"{number:04d}" for number in range(450)))

    taken = await own.ingest("many", many)

    assert outcomes(taken) == ["opened"] * 450
    assert len({each.incident.number for each in taken if each.incident}) == 450
    assert await own.ingest("many", many) == []


async def test_a_poisoned_request_takes_nobody_with_it(store: Store) -> None:
    own = desk(store)
    poisoned = replace(alert(fingerprint="bad"), title="\ud800")  # cannot be written as UTF-8

    async def attempt(request: str, told: list[Alert]) -> list[str] | str:
        try:
            return outcomes(await own.ingest(request, told))
        except ValueError as error:
            return type(error).__name__

    results = await asyncio.gather(
        *(attempt(f"r{n}", named(f"f{n}")) for n in range(20)), attempt("bad", [poisoned])
    )

    assert results[:20] == [["opened"]] * 20
    assert results[20] != ["opened"]


async def test_whoever_has_gone_away_makes_nobody_wait(store: Store) -> None:
    own = desk(store)
    async with asyncio.TaskGroup() as group:
        group.create_task(own.ingest("first", named("first")))
        impatient = [group.create_task(own.ingest(f"r{n}", named(f"f{n}"))) for n in range(5)]
        await ShiftedClock().sleep(0)
        for each in impatient:
            each.cancel()

    assert outcomes(await own.ingest("last", named("last"))) == ["opened"]
    opened = await store.read(lambda tx: tx.open_incidents())
    assert {incident.dedup_key for incident in opened} == {"alertmanager|first", "alertmanager|last"}
