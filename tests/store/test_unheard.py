"""After our own absence nothing counts as over, or as missed, before its source could tell it again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.heartbeat import Heartbeat
from bot.domain.incident import Status
from bot.domain.route import Handling, Route
from bot.ids import new_id
from bot.matchers import matcher
from bot.ports import Replica, Store
from bot.workers.peers import Peers
from tests.examples import PAYMENTS
from tests.store.test_quiet import CONFIGURATION, MINUTE, disk
from tests.store.test_quiet_keeper import Kept

STALE = replace(
    CONFIGURATION,
    routes=(Route(matchers=(), service=PAYMENTS.id, handling=Handling(resolve_after=10 * MINUTE)),),
)
BEAT = Heartbeat(name="wd", matchers=(matcher("source=watchdog"),), every=5 * MINUTE, grace=MINUTE)


class Lived(Kept):
    """A night in which processes give signs of life."""

    async def beat(self) -> None:
        now = self.clock.now()
        me = Replica(id=new_id(now), host="a", pid=7, version="1", started_at=now, seen_at=now)
        await Peers(self.store, self.clock, me, alone=True).beat()

    async def listening(self, minutes: int) -> None:
        for _ in range(minutes * 3):
            await self.pass_(MINUTE / 3)
            await self.beat()

    async def away(self, span: timedelta) -> None:
        self.clock.advance(span)


@pytest.mark.row("F23")
@pytest.mark.parametrize("beaten", [False, True])
async def test_what_could_not_be_heard_does_not_end_an_incident(store: Store, beaten: bool) -> None:
    night = Lived(store, STALE)
    await night.beat()
    await night.told(disk())

    await night.away(30 * MINUTE)
    if beaten:  # otherwise the first look comes before the first sign of life
        await night.beat()
    await night.keeper.look()

    assert (await night.only()).status is Status.TRIGGERED
    await night.beat()
    await night.listening(9)
    assert await night.told(disk()) == ["repeated"]


async def test_what_is_not_told_again_after_we_are_back_is_over(store: Store) -> None:
    night = Lived(store, STALE)
    await night.beat()
    await night.told(disk())
    await night.away(30 * MINUTE)
    await night.beat()

    await night.listening(11)

    assert await night.open() == []


@pytest.mark.row("F23")
async def test_a_second_absence_right_after_the_first_does_not_make_it_forgotten(store: Store) -> None:
    night = Lived(store, STALE)
    await night.beat()
    await night.told(disk())
    for _ in range(3):
        await night.away(9 * MINUTE)
        await night.beat()
        await night.listening(1)

    assert len(await night.open()) == 1


@pytest.mark.row("F23")
async def test_a_heartbeat_that_may_have_come_while_we_were_away_is_waited_for(store: Store) -> None:
    night = Lived(store, replace(CONFIGURATION, heartbeats=(BEAT,)))
    await night.beat()
    await night.keeper.look()
    await night.told(replace(disk(), source="watchdog"))

    await night.away(30 * MINUTE)
    await night.keeper.look()
    await night.beat()
    await night.listening(5)
    assert await night.open() == []

    await night.listening(2)
    assert await night.open() == ["Heartbeat wd does not come"]


async def test_a_heartbeat_that_is_expected_sooner_from_now_on_is_missed_sooner(store: Store) -> None:
    night = Kept(store, replace(CONFIGURATION, heartbeats=(replace(BEAT, every=timedelta(days=7)),)))
    await night.keeper.look()
    await night.pass_(timedelta(days=1))

    night.configuration = replace(CONFIGURATION, heartbeats=(BEAT,))
    await night.pass_(MINUTE)
    await night.pass_(5 * MINUTE)
    assert await night.open() == []

    await night.pass_(MINUTE)
    assert await night.open() == ["Heartbeat wd does not come"]


async def test_a_heartbeat_that_is_expected_later_from_now_on_is_missed_later(store: Store) -> None:
    night = Kept(store, replace(CONFIGURATION, heartbeats=(BEAT,)))
    await night.keeper.look()

    night.configuration = replace(CONFIGURATION, heartbeats=(replace(BEAT, every=timedelta(hours=1)),))
    await night.pass_(MINUTE)
    await night.pass_(59 * MINUTE)
    assert await night.open() == []

    await night.pass_(MINUTE)
    assert await night.open() == ["Heartbeat wd does not come"]
