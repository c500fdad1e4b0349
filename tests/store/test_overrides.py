"""Overrides, swaps and their journal, on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from bot.domain.duty import Change, ChangeKind, Difference, Swap, SwapId, Turn
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.people import Actor, ActorKind, Person
from bot.domain.roster import Roster
from bot.ports import Store, Tx

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PRIMARY = ScheduleId("primary")
ANN, BOB = PersonId("ann"), PersonId("bob")
PEOPLE = Roster(people={BOB: Person(id=BOB, name="Bob Ray")})
LEAD = Actor(kind=ActorKind.PERSON, id="T/U1", name="Lena <!channel>", slack_user="U1")


def override(name: str, since: datetime, until: datetime, made_at: datetime = NOW) -> Override:
    return Override(
        id=OverrideId(name),
        schedule=PRIMARY,
        kind=OverrideKind.REPLACE,
        person=BOB,
        since=since,
        until=until,
        by=LEAD,
        reason="dentist \N{TOOTH}",
        made_at=made_at,
    )


def change(reason: str = "") -> Change:
    difference = Difference(since=NOW, until=NOW + HOUR, before=(ANN,), after=(BOB,))
    return Change(
        kind=ChangeKind.OVERRIDDEN,
        at=NOW,
        by=LEAD,
        schedule=PRIMARY,
        title="primary",
        zone="Europe/London",
        since=NOW,
        until=NOW + HOUR,
        overrides=(OverrideId("one"),),
        differences=(difference,),
        names={ANN: "Ann Lee", BOB: "Bob Ray"},
        reason=reason,
    )


def swap(expires_at: datetime = NOW + HOUR) -> Swap:
    return Swap(
        id=SwapId("s"),
        schedule=PRIMARY,
        mine=Turn(person=ANN, since=NOW + HOUR, until=NOW + 2 * HOUR),
        theirs=Turn(person=BOB, since=NOW + 3 * HOUR, until=NOW + 4 * HOUR),
        by=LEAD,
        made_at=NOW,
        expires_at=expires_at,
    )


async def test_who_has_left_stands_in_nobodys_place(store: Store) -> None:
    await store.write(lambda tx: tx.add_override(override("one", NOW, NOW + HOUR)))

    assert (await store.read(lambda tx: tx.roster(Roster(), NOW))).overrides == {}
    known = await store.read(lambda tx: tx.roster(PEOPLE, NOW))
    assert [each.person for each in known.overrides[PRIMARY]] == [BOB]


async def test_an_override_is_kept_as_it_was_made(store: Store) -> None:
    made = override("one", NOW, NOW + HOUR)

    await store.write(lambda tx: tx.add_override(made))

    assert await store.read(lambda tx: tx.override(made.id)) == (made, None)
    assert await store.read(lambda tx: tx.override(OverrideId("other"))) is None


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [
        (NOW, NOW + HOUR, True),
        (NOW + HOUR, NOW + 2 * HOUR, False),
        (NOW - HOUR, NOW, False),
        (NOW + HOUR - timedelta(microseconds=1), NOW + 2 * HOUR, True),
        (NOW - HOUR, NOW + timedelta(microseconds=1), True),
    ],
)
async def test_an_override_counts_from_its_begin_until_just_before_its_end(
    store: Store, since: datetime, until: datetime, counts: bool
) -> None:
    made = override("one", NOW, NOW + HOUR)
    await store.write(lambda tx: tx.add_override(made))

    found = await store.read(lambda tx: tx.overrides(since, until))
    elsewhere = await store.read(lambda tx: tx.overrides(since, until, ScheduleId("other")))

    assert found == ([made] if counts else [])
    assert elsewhere == []


async def test_overrides_stand_in_the_order_in_which_they_were_made(store: Store) -> None:
    first, last = override("zzz", NOW, NOW + HOUR, NOW - HOUR), override("aaa", NOW, NOW + HOUR)

    def work(tx: Tx) -> None:
        tx.add_override(last)
        tx.add_override(first)

    await store.write(work)

    assert await store.read(lambda tx: tx.overrides(NOW, NOW + HOUR, PRIMARY)) == [first, last]


async def test_a_withdrawn_override_counts_no_more_and_is_withdrawn_once(store: Store) -> None:
    made = override("one", NOW, NOW + HOUR)
    await store.write(lambda tx: tx.add_override(made))

    assert await store.write(lambda tx: tx.withdraw_override(made.id, NOW))
    assert not await store.write(lambda tx: tx.withdraw_override(made.id, NOW + HOUR))

    assert await store.read(lambda tx: tx.overrides(NOW, NOW + HOUR)) == []
    assert await store.read(lambda tx: tx.override(made.id)) == (made, NOW)
    assert (await store.read(lambda tx: tx.roster(PEOPLE, NOW))).overrides == {}


async def test_the_roster_of_now_has_what_was_decided_since(store: Store) -> None:
    soon, over = override("soon", NOW + HOUR, NOW + 2 * HOUR), override("over", NOW - HOUR, NOW)
    long_over = override("long", NOW - 300 * HOUR, NOW - 299 * HOUR)

    def work(tx: Tx) -> None:
        for each in (soon, over, long_over):
            tx.add_override(each)

    await store.write(work)

    roster = await store.read(lambda tx: tx.roster(PEOPLE, NOW))

    assert roster == replace(PEOPLE, overrides={PRIMARY: (over, soon)})


async def test_an_override_that_cannot_be_read_keeps_nobody_from_being_paged(
    store: Store, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = override("good", NOW, NOW + HOUR), override("bad", NOW, NOW + HOUR)
    await store.write(lambda tx: tx.add_override(good))
    await store.write(lambda tx: tx.add_override(bad))
    _spoil(url, "UPDATE override SET body = '{' WHERE id = 'bad'")

    roster = await store.read(lambda tx: tx.roster(PEOPLE, NOW))

    assert roster.overrides == {PRIMARY: (good,)}


async def test_an_offer_stands_until_it_is_answered_or_expires(store: Store) -> None:
    offer = swap()
    await store.write(lambda tx: tx.offer_swap(offer))

    assert await store.read(lambda tx: tx.open_swaps(NOW)) == [offer]
    assert await store.read(lambda tx: tx.open_swaps(offer.expires_at)) == []
    assert await store.write(lambda tx: tx.answer_swap(offer.id, "agreed", NOW))
    assert not await store.write(lambda tx: tx.answer_swap(offer.id, "declined", NOW))
    assert await store.read(lambda tx: tx.open_swaps(NOW)) == []
    assert await store.read(lambda tx: tx.swap(offer.id)) == replace(offer, answer="agreed", answered_at=NOW)


@pytest.mark.row("A29")
async def test_the_journal_keeps_what_was_written_in_order(store: Store) -> None:
    first = await store.write(lambda tx: tx.write_down(change("a")))
    second = await store.write(lambda tx: tx.write_down(change("b")))

    rows = await store.read(lambda tx: tx.journal())

    assert (first, second) == (1, 2)
    assert [(row.seq, row.change) for row in rows] == [(1, change("a")), (2, change("b"))]
    assert [row.seq for row in await store.read(lambda tx: tx.journal(1))] == [2]
    assert await store.read(lambda tx: tx.journal(schedule=ScheduleId("other"))) == []
    assert await store.read(lambda tx: tx.broken_journal()) is None


@pytest.mark.row("A29")
@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE journal SET body = replace(body, 'bob', 'eve') WHERE seq = 2", 2),
        ("DELETE FROM journal WHERE seq = 2", 2),
        ("DELETE FROM journal WHERE seq = 3", 3),
        ("DELETE FROM journal WHERE seq = 1", 1),
    ],
)
async def test_a_journal_that_was_tampered_with_says_where(
    store: Store, url: str, statement: str, first: int
) -> None:
    for _ in range(3):
        await store.write(lambda tx: tx.write_down(change()))

    _spoil(url, statement)

    assert await store.read(lambda tx: tx.broken_journal()) == first


async def test_what_is_rolled_back_leaves_no_trace_in_the_journal(store: Store) -> None:
    def fail(tx: Tx) -> None:
        tx.write_down(change("never"))
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(fail)

    assert await store.write(lambda tx: tx.write_down(change("one"))) == 1
    assert await store.read(lambda tx: tx.broken_journal()) is None


async def test_two_who_change_schedules_at_once_take_turns(replicas: tuple[Store, Store]) -> None:
    def work(tx: Tx) -> None:
        tx.guard_duty(NOW)
        if not tx.overrides(NOW, NOW + HOUR):
            tx.add_override(override("one", NOW, NOW + HOUR))
            tx.write_down(change())

    async with asyncio.TaskGroup() as group:
        for store in replicas * 4:
            group.create_task(store.write(work))

    assert len(await replicas[0].read(lambda tx: tx.journal())) == 1
    assert await replicas[0].read(lambda tx: tx.broken_journal()) is None


def _spoil(url: str, statement: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
