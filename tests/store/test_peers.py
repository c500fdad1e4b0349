"""Processes that watch each other: a goodbye is no trouble, silence is, and a newcomer takes the place."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import structlog

from bot.clock import ShiftedClock
from bot.ids import new_id
from bot.ports import Replica, Store
from bot.workers.peers import Peers, silent
from bot.workers.upkeep import Auditor
from tests.store.stories import climb, declare

NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")


def a_replica(host: str, started: float, seen: float, *, left: bool = False) -> Replica:
    """One that started and was seen so many seconds before noon."""
    last = NOON - timedelta(seconds=seen)
    return Replica(
        id=f"{host} {started}",
        host=host,
        pid=7,
        version="1.2.3",
        started_at=NOON - timedelta(seconds=started),
        seen_at=last,
        left_at=last if left else None,
    )


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ([a_replica("a", 900, 5)], []),
        ([a_replica("a", 900, 29)], []),
        ([a_replica("a", 900, 31)], ["a"]),
        ([a_replica("a", 900, 31, left=True)], []),
        ([a_replica("a", 900, 60), a_replica("a", 50, 5)], []),  # started again on its host
        ([a_replica("a", 900, 60), a_replica("b", 50, 5)], []),  # or elsewhere
        ([a_replica("a", 900, 60), a_replica("b", 700, 5)], ["a"]),  # that one was there before
        ([a_replica("a", 900, 60), a_replica("b", 900, 60), a_replica("c", 50, 5)], ["b"]),  # one for one
        # a restart in good order does not hide that another is gone
        ([a_replica("a", 900, 60), a_replica("b", 900, 55, left=True), a_replica("b", 50, 5)], ["a"]),
        ([a_replica("a", 900, 90), a_replica("a", 80, 70), a_replica("a", 60, 50)], ["a"]),  # a crash loop
        ([a_replica("a", 900_000, 90_000)], []),  # nobody waits for it any more
    ],
)
def test_who_is_missing(known: list[Replica], missing: list[str]) -> None:
    assert [each.host for each in silent(known, NOON)] == missing
    assert [each.host for each in silent(known[::-1], NOON)] == missing


class Book:
    """Keeps the alarms that stand."""

    def __init__(self) -> None:
        self.standing: dict[str, str] = {}

    def raised(self, kind: str, text: str) -> None:
        self.standing[kind] = text

    def cleared(self, kind: str) -> None:
        self.standing.pop(kind, None)


def a_process(store: Store, clock: ShiftedClock, host: str) -> Peers:
    now = clock.now()
    me = Replica(id=new_id(now), host=host, pid=7, version="1.2.3", started_at=now, seen_at=now, left_at=None)
    return Peers(store, clock, me, alone=False)


async def test_the_audit_of_the_others_tells_of_one_that_fell_silent_and_of_its_return(
    replicas: tuple[Store, Store],
) -> None:
    clock, book = ShiftedClock(), Book()
    one, other = a_process(replicas[0], clock, "web-1"), a_process(replicas[1], clock, "web-2")
    auditor = Auditor(replicas[0], clock, lambda: None, book, "me")
    await one.arrive()
    await other.arrive()
    clock.advance(timedelta(seconds=31))
    await one.beat()

    with structlog.testing.capture_logs():
        found = await auditor.audit()
        told_at_once = dict(book.standing)
        await auditor.audit()
        told = dict(book.standing)
        await other.beat()
        await auditor.audit()

    assert [(trouble.kind, trouble.count) for trouble in found] == [("replica silent", 1)]
    assert told_at_once == {}
    assert list(told) == ["replica silent: web-2"]
    assert "version 1.2.3" in told["replica silent: web-2"]
    assert auditor.grave == []
    assert book.standing == {}


async def test_one_that_said_goodbye_is_not_missed(replicas: tuple[Store, Store]) -> None:
    clock, book = ShiftedClock(), Book()
    other = a_process(replicas[1], clock, "web-2")
    await other.arrive()
    await other.leave()
    clock.advance(timedelta(minutes=5))

    assert await Auditor(replicas[0], clock, lambda: None, book, "me").audit() == []
    assert await replicas[0].read(lambda tx: [each.left_at is not None for each in tx.replicas()]) == [True]


async def test_a_sign_of_life_after_the_goodbye_does_not_take_it_back(store: Store) -> None:
    me = a_process(store, ShiftedClock(), "web-1")
    await me.arrive()
    await me.leave()

    await me.beat()

    assert await store.read(lambda tx: [each.left_at is not None for each in tx.replicas()]) == [True]


@pytest.mark.row("F20")
async def test_a_start_after_crashes_says_how_many_there_were(store: Store) -> None:
    clock = ShiftedClock()
    for _ in range(4):
        await a_process(store, clock, "web-1").arrive()
        clock.advance(timedelta(seconds=20))
    last = a_process(store, clock, "web-1")

    with structlog.testing.capture_logs() as logged:
        await last.arrive()

    assert last.crashes == 4
    assert [each["event"] for each in logged] == ["no_goodbye"]


async def test_a_neighbour_that_lives_is_no_crash(store: Store) -> None:
    clock = ShiftedClock()
    await a_process(store, clock, "web-1").arrive()
    clock.advance(timedelta(seconds=5))
    second = a_process(store, clock, "web-1")
    await second.arrive()

    assert second.crashes == 0


async def test_what_two_audits_find_is_told_what_one_finds_is_not_and_sleepers_are_woken(
    store: Store,
) -> None:
    clock, book = ShiftedClock(), Book()
    woken: list[str] = []
    auditor = Auditor(store, clock, lambda: woken.append("all"), book, "me")
    await store.write(lambda tx: declare(tx, at=clock.now() - timedelta(minutes=2)))

    with structlog.testing.capture_logs():
        await auditor.audit()
        after_one, woken_by_one = dict(book.standing), list(woken)
        await auditor.audit()
        after_two, grave = dict(book.standing), [trouble.kind for trouble in auditor.grave]
        await store.write(lambda tx: climb(tx, clock.now()))
        await auditor.audit()

    assert after_one == {}
    assert woken_by_one == ["all"]
    assert list(after_two) == ["audit: climb overdue"]
    assert grave == ["climb overdue"]
    assert book.standing == {}
    assert auditor.audited == pytest.approx(clock.monotonic(), abs=10)


async def test_old_processes_are_forgotten(store: Store) -> None:
    old = a_replica("a", 900_000, 890_000)
    await store.write(lambda tx: tx.seen(old))
    await store.write(lambda tx: tx.seen(replace(old, id="new", host="b", seen_at=NOON)))

    assert await store.read(lambda tx: [each.host for each in tx.replicas()]) == ["b"]
