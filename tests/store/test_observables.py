"""Observables in the store: seen in which incidents, which of them were false positives, and for how long."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.alert import Alert
from bot.domain.commands import Reopen, Resolve
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.ids import IncidentId
from bot.domain.incident import Reason, Via
from bot.domain.observable import Kind, Observable, Sighting, own_of
from bot.intake.arrival import Brought
from bot.intake.sitting import Sitting
from bot.ports import Store, Tx
from tests.examples import NOW, PAYMENTS, ROSTER, actor, alert

CONFIGURATION = Configuration(roster=ROSTER, services={PAYMENTS.id: PAYMENTS}, default_service=PAYMENTS.id)
ADDRESS = Observable(Kind.IPV4, "203.0.113.7")


def names(fingerprint: str, text: str = "from 203.0.113.7") -> Alert:
    return replace(alert(fingerprint=fingerprint), description=text)


async def take(
    store: Store, *alerts: Alert, at: datetime = NOW, configuration: Configuration = CONFIGURATION
) -> list[IncidentId]:
    def work(tx: Tx) -> list[IncidentId]:
        (taken,) = Sitting(tx, configuration, at).take([Brought(request=None, alerts=alerts)])
        return [each.incident.id for each in taken if each.incident]

    return await store.write(work)


async def resolve(store: Store, incident: IncidentId, reason: Reason) -> None:
    def work(tx: Tx) -> None:
        found = tx.incident(incident)
        assert found is not None
        wish = Resolve(by=actor("ann"), via=Via.CARD, reason=reason)
        tx.save([decide(found, wish, NOW + timedelta(minutes=1))], NOW + timedelta(minutes=1))

    await store.write(work)


async def seen(store: Store, incident: IncidentId) -> list[Sighting]:
    return await store.read(lambda tx: tx.sightings(incident))


async def test_an_incident_knows_where_else_its_observables_were(store: Store) -> None:
    first, second, third = await take(store, names("a"), names("b"), names("c", "nothing"))

    (one,) = await seen(store, first)
    assert one == Sighting(observable=ADDRESS, incidents=1, harmless=0)
    assert await seen(store, second) == [one]
    assert await seen(store, third) == []


async def test_false_positives_are_counted_until_they_are_opened_again(store: Store) -> None:
    first, second, third = await take(store, names("a"), names("b"), names("c"))
    await resolve(store, first, Reason.FALSE_POSITIVE)
    await resolve(store, second, Reason.FIXED)

    assert await seen(store, third) == [Sighting(observable=ADDRESS, incidents=2, harmless=1)]

    def reopen(tx: Tx) -> None:
        found = tx.incident(first)
        assert found is not None
        at = NOW + timedelta(minutes=5)
        tx.save([decide(found, Reopen(by=actor("ann"), via=Via.CARD), at)], at)

    await store.write(reopen)
    assert await seen(store, third) == [Sighting(observable=ADDRESS, incidents=2, harmless=0)]


async def test_a_repeat_is_seen_once_and_ones_own_never(store: Store) -> None:
    (first,) = await take(store, names("a"))
    assert await take(store, names("a"), at=NOW + timedelta(seconds=5)) == [first]
    mine = replace(CONFIGURATION, own=own_of([], ["example.com"]))
    (second,) = await take(store, names("b", "web.example.com and 203.0.113.7"), configuration=mine)

    assert [(each.observable, each.incidents) for each in await seen(store, second)] == [(ADDRESS, 1)]


async def test_what_is_old_is_forgotten_and_nothing_else(store: Store) -> None:
    (old,) = await take(store, names("a"))
    (new,) = await take(store, names("b"), at=NOW + timedelta(days=300))

    await store.write(lambda tx: tx.sweep(NOW + timedelta(days=370)))

    assert await seen(store, old) == []
    assert [each.incidents for each in await seen(store, new)] == [0]
