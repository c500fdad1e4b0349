"""A calendar of elsewhere that is suddenly empty, or new, on a real database."""

from datetime import timedelta

from bot.clock import ShiftedClock
from bot.domain.configuration import Configuration
from bot.domain.ids import PersonId
from bot.domain.roster import Roster
from bot.ports import Store
from bot.workers.feeds import FeedKeeper, trouble_of
from tests.store.test_feeds import ANN, KEY, PEOPLE, PRIMARY, Elsewhere, fed, of, said


async def on_call(store: Store, configuration: Configuration, clock: ShiftedClock) -> list[PersonId]:
    roster = await store.read(lambda tx: tx.roster(configuration.roster, clock.now()))
    return [shift.person for shift in roster.on_call(PRIMARY, clock.now())]


async def test_a_calendar_that_is_suddenly_empty_is_believed_after_an_hour(store: Store) -> None:
    clock = ShiftedClock()
    configuration, elsewhere = fed(), Elsewhere(clock)
    keeper = FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None)
    await keeper.keep_up()
    elsewhere.entries = ()

    doubted = list[str | None]()
    for _ in range(10):
        clock.advance(timedelta(minutes=6))
        await keeper.keep_up()
        doubted.append(trouble_of(keeper.states[KEY]))
        assert await on_call(store, configuration, clock) == [ANN]
    first = await said(store, clock)
    clock.advance(timedelta(minutes=7))
    await keeper.keep_up()
    believed = await said(store, clock)

    assert all(each is not None and "last good reading counts" in each for each in doubted)
    assert set(elsewhere.asked[2:]) == {""}, "it is read whole: `unchanged` would say nothing"
    assert len(first) == len(believed) == 1
    assert await on_call(store, configuration, clock) == []
    assert trouble_of(keeper.states[KEY]) is not None


async def test_a_calendar_that_was_empty_for_a_moment_goes_on_as_before(store: Store) -> None:
    clock = ShiftedClock()
    configuration, elsewhere = fed(), Elsewhere(clock)
    keeper = FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None)
    await keeper.keep_up()
    full, elsewhere.entries = elsewhere.entries, ()
    clock.advance(timedelta(minutes=6))
    await keeper.keep_up()
    elsewhere.entries = full
    clock.advance(timedelta(minutes=6))
    await keeper.keep_up()
    elsewhere.entries = ()
    clock.advance(timedelta(minutes=70))

    await keeper.keep_up()

    assert await on_call(store, configuration, clock) == [ANN], "an hour begins anew"
    assert keeper.states[KEY].empty_readings == 1


async def test_after_a_pause_one_empty_reading_more_is_not_enough(store: Store) -> None:
    clock = ShiftedClock()
    configuration, elsewhere = fed(), Elsewhere(clock)
    keeper = FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None)
    await keeper.keep_up()
    elsewhere.entries = ()
    for _ in range(2):
        clock.advance(timedelta(hours=2))
        await keeper.keep_up()

    assert await on_call(store, configuration, clock) == [ANN]
    clock.advance(timedelta(minutes=6))
    await keeper.keep_up()
    assert await on_call(store, configuration, clock) == []


async def test_a_calendar_that_was_believed_to_be_empty_is_well_when_it_has_events_again(
    store: Store,
) -> None:
    clock = ShiftedClock()
    configuration, elsewhere = fed(), Elsewhere(clock)
    keeper = FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None)
    await keeper.keep_up()
    full, elsewhere.entries = elsewhere.entries, ()
    for _ in range(3):
        clock.advance(timedelta(minutes=40))
        await keeper.keep_up()
    assert keeper.states[KEY].emptied
    elsewhere.entries = full
    clock.advance(timedelta(minutes=6))

    await keeper.keep_up()

    assert trouble_of(keeper.states[KEY]) is None
    assert await on_call(store, configuration, clock) == [ANN]


async def test_a_calendar_that_was_always_empty_is_none_to_doubt(store: Store) -> None:
    clock = ShiftedClock()
    configuration, elsewhere = fed(), Elsewhere(clock)
    elsewhere.entries = ()
    keeper = FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None)

    await keeper.keep_up()

    assert trouble_of(keeper.states[KEY]) is None


async def test_a_calendar_that_is_new_in_the_file_is_read_at_once(store: Store) -> None:
    clock = ShiftedClock()
    configuration, elsewhere = of(Roster(people=PEOPLE)), Elsewhere(clock)
    keeper = FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None)
    assert await keeper.look() == 0

    configuration = fed()

    assert await keeper.look() == 1
    assert await on_call(store, configuration, clock) == [ANN]
    assert await keeper.look() == 0
