"""A database that goes back under a running process, as after a failover to a standby that lags."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.doubt import TELLER
from bot.ports import HIGH_WATER, SAFE_MODE, Mark, SafeModePhase, Store, Told
from bot.store.highwater import HighWater
from bot.wiring.care import Care
from tests.examples import NOW
from tests.store.stories import declare, paged
from tests.store.test_safe_mode import Process

LATER = NOW + timedelta(seconds=9)


async def go_back(store: Store, by: int) -> None:
    """What the store answers is that much older than what was there."""
    known = await store.read(lambda tx: tx.mark(HIGH_WATER))
    assert known is not None
    old = Mark(name=HIGH_WATER, value=known.value - by, at=NOW - timedelta(minutes=1))
    await store.write(lambda tx: tx.set_mark(old))


@pytest.mark.row("F46")
async def test_a_database_that_goes_back_while_it_is_used_is_noticed(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "water"
    water = HighWater(store, file)
    assert await water.setback() is None
    await store.write(lambda tx: tx.advance(100, NOW))
    newest = await paged(store)
    assert await water.note(NOW) is None
    proof = file.read_bytes()
    await go_back(store, 50)
    await store.write(declare)

    noticed, again = await water.note(LATER), await water.note(LATER)

    assert noticed == again
    assert noticed is not None
    assert (noticed.missing, noticed.since, noticed.newest) == (
        50,
        NOW - timedelta(minutes=1),
        newest.number,
    )
    assert file.read_bytes() == proof
    assert await HighWater(store, file).setback() == noticed, "a start would notice as well"


async def test_marks_go_on_once_the_loss_was_made_up_for(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "water"
    water = HighWater(store, file)
    await store.write(lambda tx: tx.advance(100, NOW))
    await paged(store)
    await water.note(NOW)
    before = json.loads(file.read_text())["mark"]
    await go_back(store, 50)
    await store.write(declare)
    setback = await water.note(LATER)
    assert setback is not None
    missing = setback.missing

    await store.write(lambda tx: tx.advance(missing, LATER))

    assert await water.note(LATER) is None
    assert json.loads(file.read_text())["mark"] > before
    assert await HighWater(store, file).setback() is None


async def test_a_loss_of_before_the_first_mark_is_noticed(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "water"
    await paged(store)
    await HighWater(store, file).note(NOW)
    water = HighWater(store, file)
    assert await water.setback() is None, "nothing is missing at the start"
    await go_back(store, 1)
    await store.write(declare)

    setback = await water.note(LATER)

    assert setback is not None
    assert setback.missing == 1


async def test_what_other_replicas_mark_is_no_loss(replicas: tuple[Store, Store], tmp_path: Path) -> None:
    one, other = (HighWater(store, tmp_path / name) for store, name in zip(replicas, "ab", strict=True))

    for turn in range(3):
        for store, water in zip(replicas, (one, other), strict=True):
            await store.write(declare)
            assert await water.note(NOW + timedelta(seconds=turn)) is None


class Outside:
    """Out of band: there is nobody to be told until `there` is set."""

    def __init__(self, *, there: bool = False) -> None:
        self.there = there
        self.told: list[str] = []

    async def tell(self, subject: str, text: str, *, loud: bool = True) -> Told:
        if not self.there:
            return Told(failed=["siren"])
        self.told.append(f"{subject}: {text}")
        return Told(taken=["siren"])


def care_of(store: Store, process: Process, folder: Path, out: Outside) -> Care:
    return Care(
        store=store,
        clock=process.clock,
        water=HighWater(store, folder / "water"),
        safe_mode=process.mode,
        backups=None,
        alarms=process.alarms,
        out=out,
        told=folder / "told",
    )


async def test_of_a_damaged_database_people_are_told_once_an_hour_as_soon_as_anybody_takes_it(
    store: Store, tmp_path: Path
) -> None:
    process, out = Process(store), Outside()
    await care_of(store, process, tmp_path, out).refused("page 7 is torn.")
    out.there = True

    for _ in range(2):
        await care_of(store, process, tmp_path, out).refused("page 7 is torn.")

    assert out.told == ["Tocsin does not start: its database is damaged: page 7 is torn. Nobody is paged."]
    process.clock.at += timedelta(minutes=61)
    await care_of(store, process, tmp_path, out).refused("page 7 is torn.")
    assert len(out.told) == 2


async def test_a_process_that_notices_it_goes_into_safe_mode_at_once(store: Store, tmp_path: Path) -> None:
    process = Process(store)
    care = care_of(store, process, tmp_path, Outside())
    await store.write(lambda tx: tx.advance(100, NOW))
    await care.begin()
    known = await paged(store)
    await care.mark()
    assert process.mode.words is None
    await go_back(store, 50)
    await store.write(declare)

    await care.mark()

    assert "50 changes are missing" in process.alarms.standing["safe_mode"]
    mark = await store.read(lambda tx: tx.mark(SAFE_MODE))
    assert mark is not None
    assert mark.value == SafeModePhase.ASKING
    assert known.id in {incident.id for incident in await store.read(lambda tx: tx.unconfirmed())}
    assert await store.read(lambda tx: tx.open_for(TELLER)) is not None
    await care.mark()
    await process.steps()
    assert await store.read(lambda tx: (tx.mark(SAFE_MODE), tx.unconfirmed())) == (None, [])
    assert process.alarms.standing == {}
