"""What comes late, or is said to be older than what is known: nothing that fires is lost for it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.alert import Alert, AlertState
from bot.domain.commands import Resolve
from bot.domain.incident import Via
from bot.ports import Store
from bot.quieted import quieted
from bot.service import ById
from tests.examples import actor
from tests.store.test_quiet import CLEARED, MINUTE, Night, disk


def began(at: datetime) -> Alert:
    """As Alertmanager tells it: its time is when it began, however often it is told."""
    return replace(disk(), at=at, began=True)


def ended(at: datetime) -> Alert:
    return replace(disk(CLEARED), at=at, began=True)


@pytest.mark.row("F86")
async def test_what_fires_on_after_its_source_was_cut_off_pages_again(store: Store) -> None:
    night = Night(store)
    start = night.clock.now() - 10 * MINUTE
    await night.told(began(start), ended(night.clock.now()))
    await night.later(20 * MINUTE)

    assert await night.told(began(start)) == ["reopened"]

    assert len(await night.open()) == 1
    assert await night.told(ended(night.clock.now())) == ["cleared"]


@pytest.mark.row("F86")
async def test_what_fires_on_long_after_its_end_was_told_pages_as_new(store: Store) -> None:
    night = Night(store)
    start = night.clock.now() - 10 * MINUTE
    await night.told(began(start), ended(night.clock.now()))
    await night.later(timedelta(hours=6))

    assert await night.told(began(start)) == ["opened"]


@pytest.mark.row("F86")
async def test_a_copy_that_comes_just_after_the_end_is_held_until_it_is_ended_too(store: Store) -> None:
    night = Night(store)
    start = night.clock.now() - 10 * MINUTE
    await night.told(began(start), ended(night.clock.now()))
    await night.later(MINUTE)

    (held,) = await night.taken(began(start))
    assert (held.outcome, held.why) == ("muted", "it may have come late: its end was just told")
    listed = await store.read(lambda tx: quieted(tx, night.configuration, night.clock.now()))
    assert [(each.title, each.hidden) for each in listed] == [
        ("Late: told just after its end, so perhaps a copy", 1)
    ]
    await night.told(ended(night.clock.now()))

    assert await night.later(10 * MINUTE) == 0
    assert await night.open() == []


@pytest.mark.row("F86")
async def test_what_seemed_late_and_is_not_ended_pages_within_two_minutes_of_the_end(store: Store) -> None:
    night = Night(store)
    start = night.clock.now() - 10 * MINUTE
    await night.told(began(start), ended(night.clock.now()))
    await night.later(MINUTE)
    assert await night.told(began(start), began(start)) == ["muted", "muted"]

    assert await night.later(timedelta(seconds=40)) == 0
    assert await night.later(timedelta(seconds=21)) == 1

    assert len(await night.open()) == 1
    assert sorted(await night.outcomes()) == ["cleared", "muted", "opened", "reopened"]


@pytest.mark.row("F86")
async def test_an_earlier_beginning_does_not_let_an_earlier_end_count(store: Store) -> None:
    night = Night(store)
    now = night.clock.now()
    await night.told(began(now - MINUTE), began(now - 9 * MINUTE))

    assert await night.told(ended(now - 5 * MINUTE)) == ["ignored"]

    assert len(await night.open()) == 1


@pytest.mark.row("F28")
async def test_a_source_hours_ahead_is_believed_when_its_clock_is_set_right(store: Store) -> None:
    night = Night(store)
    ahead = night.clock.now() + timedelta(hours=2)
    await night.told(replace(disk(), at=ahead), replace(disk(CLEARED), at=ahead + MINUTE))
    await night.later(timedelta(hours=1, minutes=59))

    assert await night.told(replace(disk(), at=night.clock.now())) == ["opened"]


@pytest.mark.row("F86")
async def test_what_fires_and_is_taken_for_older_is_written_down(store: Store) -> None:
    night = Night(store)
    now = night.clock.now()
    await night.told(replace(disk(), at=now), replace(disk(CLEARED), at=now + MINUTE))

    (taken,) = await night.taken(replace(disk(), at=now))

    assert (taken.outcome, taken.why) == ("ignored", "its source has told something newer")
    signals = await store.read(lambda tx: tx.signals(now, now + MINUTE))
    assert ("ignored", AlertState.FIRING) in [(each.outcome, each.alert.state) for each in signals]


async def test_a_repeat_of_what_somebody_resolved_wakes_nobody_until_it_fires_anew(store: Store) -> None:
    night = Night(store)
    start = night.clock.now() - 10 * MINUTE
    (taken,) = await night.taken(began(start))
    assert taken.incident
    wish = Resolve(by=actor("ann"), via=Via.CARD)
    await night.desk.handle("resolve", ById(id=taken.incident.id), wish)
    await night.later(MINUTE)

    assert await night.told(began(start)) == ["repeated"]
    assert await night.open() == []

    ends = night.clock.now()
    assert await night.told(ended(ends), began(ends + MINUTE / 60)) == ["cleared", "reopened"]


async def test_what_somebody_resolved_and_still_fires_when_its_silence_ends_pages(store: Store) -> None:
    night = Night(store)
    start = night.clock.now() - 10 * MINUTE
    (taken,) = await night.taken(began(start))
    assert taken.incident
    until = night.clock.now() + 20 * MINUTE
    await night.silence(until=until)
    assert await night.told(began(start)) == ["muted"]
    wish = Resolve(by=actor("ann"), via=Via.CARD)
    await night.desk.handle("resolve", ById(id=taken.incident.id), wish)

    assert await night.later(20 * MINUTE) == 1

    assert len(await night.open()) == 1


async def test_what_somebody_resolved_and_still_fires_after_the_window_is_a_new_incident(
    store: Store,
) -> None:
    night = Night(store)
    start = night.clock.now() - 10 * MINUTE
    (taken,) = await night.taken(began(start))
    assert taken.incident
    wish = Resolve(by=actor("ann"), via=Via.CARD)
    await night.desk.handle("resolve", ById(id=taken.incident.id), wish)
    await night.later(31 * MINUTE)

    assert await night.told(began(start)) == ["opened"]
