"""Silences are kept, found while they count, and found again when their end is to be told."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import create_engine, text

from bot.domain.ids import ServiceId
from bot.domain.silence import Silence, SilenceKind
from bot.ports import Store, Tx
from bot.store import schema
from tests.error_log import watched_errors
from tests.examples import NOW, actor
from tests.store.test_standings import HOUR, save, standing


def silence(its_id: str, **changes: object) -> Silence:
    """Two hours of quiet for db-1."""
    made = Silence(
        id=its_id,
        kind=SilenceKind.SILENCE,
        conditions=('host="db-1"', "team=~'pay.*'"),
        services=(ServiceId("db"),),
        since=NOW,
        until=NOW + 2 * HOUR,
        made_at=NOW,
        by=actor("ann"),
        reason="the disk is being replaced",
        channel="C1",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test's shorthand


async def add(store: Store, *silences: Silence) -> None:
    def work(tx: Tx) -> None:
        for each in silences:
            tx.add_silence(each)

    await store.write(work)


async def test_those_that_count_are_found_the_earliest_end_first(store: Store) -> None:
    now, later = silence("a", until=NOW + 3 * HOUR), silence("b", since=NOW + HOUR)
    ended = silence("d", ended_at=NOW + HOUR, ended_by=actor("bob"))
    await add(store, now, later, silence("c", until=NOW), ended)

    assert await store.read(lambda tx: tx.silences(NOW)) == [later, now]


async def test_what_becomes_of_one_is_kept(store: Store) -> None:
    await add(store, silence("a", sev1=True))
    approved = silence("a", sev1=True, approved_by=actor("bob"))

    await store.write(lambda tx: tx.save_silence(approved))

    assert await store.write(lambda tx: tx.silence("a")) == approved
    assert await store.read(lambda tx: tx.silence("z")) is None


async def test_the_end_of_one_is_to_be_told_once(store: Store) -> None:
    over, by_hand = silence("a", until=NOW), silence("b", ended_at=NOW)
    await add(store, over, by_hand, silence("c"))

    assert await store.write(lambda tx: tx.unreported_silences(NOW, 10)) == [over, by_hand]

    await store.write(lambda tx: tx.save_silence(replace(over, reported_at=NOW)))
    assert await store.write(lambda tx: tx.unreported_silences(NOW, 10)) == [by_hand]


async def test_what_one_keeps_quiet_is_judged_again(store: Store) -> None:
    mine = standing("mine", muted_by="silence:a", next_at=NOW + 2 * HOUR)
    await save(store, mine, standing("other", muted_by="silence:b", next_at=NOW + HOUR))

    assert await store.write(lambda tx: tx.judge_again("silence:a", NOW)) == 1

    assert [each.key for each in await store.write(lambda tx: tx.standings_due(NOW, 10))] == [mine.key]


BEFORE = NOW - 24 * HOUR


async def test_causes_are_alerts_that_fire_and_say_it(store: Store) -> None:
    wanted = standing('100%_"sure"\\')
    await save(store, wanted, standing("other"))

    assert await store.read(lambda tx: tx.causes('100%_"sure"\\', BEFORE)) == [wanted]
    assert await store.read(lambda tx: tx.causes("100__", BEFORE)) == []
    assert len(await store.read(lambda tx: tx.causes("", BEFORE))) == 2
    assert len(await store.read(lambda tx: tx.causes("", BEFORE, 1))) == 1
    assert await store.read(lambda tx: tx.causes("", wanted.last_at)) == []


async def test_one_that_cannot_be_read_hides_none_of_the_others(store: Store, url: str) -> None:
    await add(store, silence("a"), silence("b"))
    engine = create_engine(schema.address(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE silence SET body = '{' WHERE id = 'a'"))
    engine.dispose()

    with watched_errors() as errors:
        errors.expect("silence_unreadable")
        found = await store.read(lambda tx: tx.silences(NOW + timedelta(minutes=1)))

    assert [each.id for each in found] == ["b"]
