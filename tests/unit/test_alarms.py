"""Alarms about Tocsin itself: each is told once an hour, and told again only when it is over."""

import asyncio
from collections.abc import Callable, Collection, Set
from datetime import timedelta

import pytest
import structlog

from bot.clock import ShiftedClock
from bot.ports import Told
from bot.workers.alarms import StandingAlarms


class Listener:
    """Keeps what was told; `deaf` takes nothing, and `meanwhile` happens while the next one is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, bool]] = []
        self.deaf = False
        self.meanwhile: Callable[[], None] = lambda: None

    async def tell(self, subject: str, text: str, *, loud: bool = True) -> Told:
        if self.deaf:
            return Told(failed=["slack C1: fatal_error"])
        self.heard.append((subject, text, loud))
        self.meanwhile()
        self.meanwhile = lambda: None
        return Told(taken=["slack C1"])


class Known:
    """What other processes told, and what was noted for them."""

    def __init__(self, *, lately: Collection[str] = ()) -> None:
        self.others = frozenset(lately)
        self.noted: set[str] = set()

    async def lately(self, kinds: Collection[str], within: timedelta) -> Set[str]:
        return self.others & set(kinds)

    async def note(self, kinds: Collection[str]) -> None:
        self.noted |= set(kinds)

    async def forget(self, kinds: Collection[str]) -> bool:
        self.noted -= set(kinds)
        return True


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
def alarms(listener: Listener, clock: ShiftedClock) -> StandingAlarms:
    return StandingAlarms(listener, clock, "db-1 (process 7)", Known())


async def test_what_another_process_told_of_is_not_told_again(
    listener: Listener, clock: ShiftedClock
) -> None:
    tellings = Known(lately={"clock"})
    alarms = StandingAlarms(listener, clock, "db-1 (process 7)", tellings)
    alarms.raised("clock", "The clock jumped.")
    await alarms.tell()
    alarms.raised("disk", "The disk is nearly full.")
    await alarms.tell()
    alarms.cleared("clock")
    await alarms.tell()

    assert [subject for subject, _, _ in listener.heard] == ["Tocsin is in trouble: disk"]
    assert tellings.noted == {"disk"}


async def test_what_nobody_took_is_not_noted_as_told(listener: Listener, clock: ShiftedClock) -> None:
    tellings = Known()
    alarms = StandingAlarms(listener, clock, "db-1 (process 7)", tellings)
    listener.deaf = True
    alarms.raised("disk", "The disk is nearly full.")
    await alarms.tell()

    assert tellings.noted == set()


async def test_an_alarm_is_told_once_an_hour_however_often_it_is_raised(
    alarms: StandingAlarms, listener: Listener, clock: ShiftedClock
) -> None:
    for _ in range(59):
        alarms.raised("disk", "The disk is nearly full.")
        await alarms.tell()
        clock.advance(timedelta(minutes=1))
    assert len(listener.heard) == 1

    clock.advance(timedelta(minutes=1))
    await alarms.tell()

    assert len(listener.heard) == 2
    subject, text, loud = listener.heard[0]
    assert subject == "Tocsin is in trouble: disk"
    assert "The disk is nearly full." in text
    assert "db-1 (process 7)" in text
    assert loud


async def test_what_comes_together_is_one_message(alarms: StandingAlarms, listener: Listener) -> None:
    alarms.raised("disk", "The disk is nearly full.")
    alarms.raised("clock", "The clock jumped.")
    await alarms.tell()

    assert [subject for subject, _, _ in listener.heard] == ["Tocsin is in trouble: clock, disk"]


async def test_the_end_is_told_quietly_and_only_to_those_who_heard_of_it(
    alarms: StandingAlarms, listener: Listener
) -> None:
    alarms.raised("disk", "The disk is nearly full.")
    alarms.cleared("disk")
    await alarms.tell()
    assert listener.heard == []

    alarms.raised("disk", "The disk is nearly full.")
    await alarms.tell()
    alarms.cleared("disk")
    await alarms.tell()

    assert listener.heard[-1][0] == "Tocsin is well again: disk"
    assert not listener.heard[-1][2]
    assert not alarms.standing


async def test_one_that_comes_and_goes_is_no_flood(
    alarms: StandingAlarms, listener: Listener, clock: ShiftedClock
) -> None:
    for _ in range(30):
        alarms.raised("replica", "A replica is silent.")
        await alarms.tell()
        clock.advance(timedelta(minutes=1))
        alarms.cleared("replica")
        await alarms.tell()
        clock.advance(timedelta(minutes=1))

    assert [subject for subject, _, _ in listener.heard] == [
        "Tocsin is in trouble: replica",
        "Tocsin is well again: replica",
    ] * 3


async def test_a_relapse_after_its_end_was_told_is_told(
    alarms: StandingAlarms, listener: Listener, clock: ShiftedClock
) -> None:
    alarms.raised("database", "The database is away.")
    await alarms.tell()
    clock.advance(timedelta(minutes=2))
    alarms.cleared("database")
    await alarms.tell()
    clock.advance(timedelta(minutes=3))
    for _ in range(40):
        alarms.raised("database", "The database is away.")
        await alarms.tell()
        clock.advance(timedelta(minutes=1))

    assert [subject for subject, _, _ in listener.heard] == [
        "Tocsin is in trouble: database",
        "Tocsin is well again: database",
        "Tocsin is in trouble: database",
    ]


@pytest.mark.parametrize("ended", [True, False], ids=["it ends", "it comes back"])
async def test_what_turns_while_it_is_told_is_told_as_well(
    alarms: StandingAlarms, listener: Listener, ended: bool
) -> None:
    alarms.raised("disk", "The disk is nearly full.")
    if not ended:
        await alarms.tell()
        alarms.cleared("disk")
    listener.meanwhile = lambda: alarms.cleared("disk") if ended else alarms.raised("disk", "Full again.")
    await alarms.tell()
    await alarms.tell()

    trouble, well = "Tocsin is in trouble: disk", "Tocsin is well again: disk"
    assert [subject for subject, _, _ in listener.heard] == (
        [trouble, well] if ended else [trouble, well, trouble]
    )


async def test_what_nobody_took_is_told_later(alarms: StandingAlarms, listener: Listener) -> None:
    listener.deaf = True
    alarms.raised("database", "The database is away.")
    assert not await alarms.tell()
    listener.deaf = False
    assert await alarms.tell()

    assert len(listener.heard) == 1


async def test_raising_wakes_the_teller(alarms: StandingAlarms, listener: Listener) -> None:
    stop = asyncio.Event()
    with structlog.testing.capture_logs() as logged:
        async with asyncio.TaskGroup() as group:
            group.create_task(alarms.run(stop))
            alarms.raised("disk", "The disk is nearly full.")
            await until(lambda: listener.heard)
            stop.set()

    assert [each["event"] for each in logged] == ["alarm"]


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not happened():
            await ShiftedClock().sleep(0.01)
