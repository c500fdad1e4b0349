"""What processes know of each other's alarms: one telling is enough, and none is lost with its teller."""

from datetime import timedelta

import pytest
import structlog

from bot.ports import Mark, Store
from bot.store import open_store
from bot.workers.alarms import StandingAlarms
from bot.workers.tellings import MarkedTellings
from tests.examples import NOW
from tests.store.world import SetClock
from tests.unit.test_alarms import Listener


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def listener() -> Listener:
    return Listener()


def a_process(store: Store, clock: SetClock, listener: Listener, name: str = "a") -> StandingAlarms:
    return StandingAlarms(listener, clock, f"{name} (process 7)", MarkedTellings(store, clock, name))


async def heard(alarms: StandingAlarms, kind: str) -> bool:
    with structlog.testing.capture_logs():
        alarms.raised(kind, "It is so.")
        return await alarms.tell()


async def test_what_one_process_told_no_other_tells_for_most_of_an_hour(
    store: Store, clock: SetClock, listener: Listener
) -> None:
    for minutes in (0, 53, 2):
        clock.at += timedelta(minutes=minutes)
        await heard(a_process(store, clock, listener, name=f"after {minutes}"), "disk")

    assert [text.splitlines()[-1] for _, text, _ in listener.heard] == [
        "Told by after 0 (process 7).",
        "Told by after 2 (process 7).",
    ]


@pytest.mark.parametrize(
    "kind", ["open files", "canary", "clock_jump", "crash loop", "provider: slack", "high_water", "database"]
)
async def test_the_trouble_of_one_machine_does_not_hide_that_of_another(
    store: Store, clock: SetClock, listener: Listener, kind: str
) -> None:
    for name in ("a", "b", "a"):
        await heard(a_process(store, clock, listener, name=name), kind)

    assert [text.splitlines()[-1][:9] for _, text, _ in listener.heard] == ["Told by a", "Told by b"]


async def test_what_was_never_taken_is_told_by_the_next_process(
    store: Store, clock: SetClock, listener: Listener
) -> None:
    listener.deaf = True
    assert not await heard(a_process(store, clock, listener), "crash loop")
    listener.deaf = False
    clock.at += timedelta(seconds=20)
    await heard(a_process(store, clock, listener), "crash loop")

    assert [subject for subject, _, _ in listener.heard] == ["Tocsin is in trouble: crash loop"]


async def test_a_relapse_after_its_end_was_told_is_told_by_whoever_sees_it(
    store: Store, clock: SetClock, listener: Listener
) -> None:
    first, second = a_process(store, clock, listener, name="a"), a_process(store, clock, listener, name="b")
    for _ in range(2):
        await heard(first, "disk")
        await heard(second, "disk")
        for each in (second, first):
            with structlog.testing.capture_logs():
                each.cleared("disk")
            await each.tell()
    await heard(second, "disk")

    assert [text.splitlines()[-1][:9] for _, text, _ in listener.heard] == [
        *["Told by a", "Told by a"] * 2,
        "Told by b",
    ]


async def test_what_could_not_be_forgotten_at_its_end_is_forgotten_at_its_return(
    url: str, clock: SetClock, listener: Listener
) -> None:
    store = open_store(url, auto_migrate=True)
    alarms = a_process(store, clock, listener)
    await heard(alarms, "disk")
    with structlog.testing.capture_logs() as logged:
        alarms.cleared("disk")
        await alarms.tell()
    await store.start()
    await store.write(lambda tx: tx.set_mark(Mark(name="alarm: disk", value=0, at=clock.now())))
    await heard(alarms, "disk")
    noted = await store.read(lambda tx: tx.mark("alarm: disk"))
    await store.stop()

    assert "telling_not_noted" in [each["event"] for each in logged]
    assert noted is not None
    assert [subject for subject, _, _ in listener.heard][2:] == ["Tocsin is in trouble: disk"]


async def test_without_a_database_everybody_tells(url: str, clock: SetClock, listener: Listener) -> None:
    never_opened = open_store(url)
    await heard(a_process(never_opened, clock, listener), "disk")
    await heard(a_process(never_opened, clock, listener), "disk")

    assert len(listener.heard) == 2
