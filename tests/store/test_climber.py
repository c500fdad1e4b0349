"""Climbing on a real database: what is broken stops nobody else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from bot.clock import ShiftedClock
from bot.domain.alert import Alert
from bot.domain.configuration import Configuration
from bot.domain.decision import Decision
from bot.domain.effects import Lane, PagePerson
from bot.domain.ids import LadderId, ScheduleId, ServiceId
from bot.domain.ladder import Ladder
from bot.domain.roster import Roster
from bot.domain.schedule import Schedule
from bot.ports import Store, Tx
from bot.service import Desk
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from tests.examples import PAYMENTS, PRIMARY, ROSTER, alert, on_call, rung

T = TypeVar("T")
NOWHERE = Schedule(id=ScheduleId("nowhere"), zone="Not/AZone", layers=PRIMARY.layers)
BROKEN = replace(
    PAYMENTS,
    id=ServiceId("broken"),
    ladder=Ladder(id=LadderId("broken"), rungs=(rung(on_call("nowhere")),)),
    catch_all=None,
)
CONFIGURATION = Configuration(
    roster=Roster(people=ROSTER.people, schedules={**ROSTER.schedules, NOWHERE.id: NOWHERE}),
    services={PAYMENTS.id: PAYMENTS, BROKEN.id: BROKEN},
    default_service=PAYMENTS.id,
)


def climber(store: Store, clock: ShiftedClock) -> Climber:
    return Climber(store, clock, lambda: CONFIGURATION, lambda: None, Crowd(clock))


async def opened(store: Store, clock: ShiftedClock, *, service: ServiceId, signal: Alert) -> None:
    desk = Desk(store, clock, lambda: CONFIGURATION, lambda: None)
    await desk.ingest(f"request {signal.fingerprint}", [signal], service)


async def paged(store: Store, clock: ShiftedClock) -> list[tuple[str, str]]:
    def work(tx: Tx) -> list[tuple[str, str]]:
        claims = tx.claim(Lane.PAGE, clock.now(), clock.monotonic(), 100, timedelta(seconds=15))
        pages = [claim.effect for claim in claims if isinstance(claim.effect, PagePerson)]
        return [(page.person, page.why) for page in pages if page.number == 0]

    return await store.write(work)


@pytest.mark.row("F18", "F27")
async def test_a_ladder_that_cannot_be_climbed_asks_everybody_on_it_and_stops_no_other(store: Store) -> None:
    clock = ShiftedClock()
    await opened(store, clock, service=BROKEN.id, signal=alert(fingerprint="broken"))
    await opened(store, clock, service=PAYMENTS.id, signal=alert(fingerprint="fine"))

    await climber(store, clock).tick()

    pages = await paged(store, clock)
    asked = [person for person, why in pages if "can't be climbed" in why]
    assert sorted(asked) == ["ann", "bob"]
    assert ("ann", "named in the ladder, rung 1 of 2 of payments") in pages


async def test_a_ladder_that_stays_broken_is_tried_again_and_says_so_once(store: Store) -> None:
    clock = ShiftedClock()
    await opened(store, clock, service=BROKEN.id, signal=alert(fingerprint="broken"))
    for _ in range(3):
        await climber(store, clock).tick()
        clock.advance(timedelta(seconds=61))

    [incident] = await store.read(lambda tx: tx.open_incidents())
    entries = await store.read(lambda tx: tx.timeline(incident.id))

    assert incident.due_at is not None
    assert sum("climbing" in entry.facts.get("what", "") for entry in entries) == 1


class Picky:
    """A store that refuses to save decisions about one incident, as a database may."""

    def __init__(self, store: Store, refused: str) -> None:
        self._store = store
        self._refused = refused

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        return await self._store.write(lambda tx: work(PickyTx(tx, self._refused)), page=page)  # type: ignore[arg-type]  # a Tx by delegation


class PickyTx:
    def __init__(self, tx: Tx, refused: str) -> None:
        self._tx = tx
        self._refused = refused

    def __getattr__(self, name: str) -> object:
        return getattr(self._tx, name)

    def save(self, decisions: Sequence[Decision], now: datetime) -> None:
        if any(decision.incident.title == self._refused for decision in decisions):
            raise ValueError("the database does not take it")
        self._tx.save(decisions, now)


async def test_one_that_cannot_be_written_stops_no_other(store: Store) -> None:
    clock = ShiftedClock()
    await opened(store, clock, service=PAYMENTS.id, signal=replace(alert(fingerprint="a"), title="poison"))
    await opened(store, clock, service=PAYMENTS.id, signal=alert(fingerprint="b"))
    its = climber(Picky(store, "poison"), clock)  # type: ignore[arg-type]  # a Store by delegation

    with pytest.raises(ValueError, match="does not take it"):
        await its.tick()
    await its.climb_singly()

    assert [person for person, _ in await paged(store, clock)] == ["ann"]
