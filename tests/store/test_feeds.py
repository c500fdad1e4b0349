"""What is remembered of calendars of elsewhere, of links, and of how much people were paged."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bot.clock import ShiftedClock
from bot.domain.configuration import Configuration
from bot.domain.effects import Lane, SayTo
from bot.domain.feed import Entry
from bot.domain.ids import PersonId, ScheduleId, ServiceId
from bot.domain.link import Link, LinkId, LinkKind
from bot.domain.people import Person
from bot.domain.roster import Roster
from bot.domain.schedule import Feed, Rotation, Schedule, Span, singly
from bot.errors import DeliveryError, Outcome
from bot.ports import Receipt, Store, Tx
from bot.ports.feeds import FeedState, Fetched, Unreadable
from bot.store import open_store
from bot.workers.announcer import ANNOUNCED, Announcer
from bot.workers.feeds import FeedKeeper, trouble_of
from bot.workers.followers import Followers

ANN, BOB = PersonId("ann"), PersonId("bob")
PRIMARY = ScheduleId("primary")
KEY = "UTC shifts.ics"
PEOPLE = {
    ANN: Person(id=ANN, name="Ann Lee", slack_user="U0ANNLEE001"),
    BOB: Person(id=BOB, name="Bob Ray", slack_user="U0BOBRAY001"),
}


def fed(group: str | None = None) -> Configuration:
    """A schedule that is a calendar of elsewhere."""
    layers = (Feed(key=KEY, place="shifts.ics"),)
    schedule = Schedule(id=PRIMARY, zone="UTC", layers=layers, channel="#payments", group=group)
    return of(Roster(people=PEOPLE, schedules={PRIMARY: schedule}))


def turning(start: datetime, group: str | None = None) -> Configuration:
    """Ann and Bob take turns of a week; the second begins at `start`."""
    rotation = Rotation(
        turns=singly([ANN, BOB]),
        start=start.date() - timedelta(days=7),
        handoff=time(start.hour, start.minute),
    )
    schedule = Schedule(id=PRIMARY, zone="UTC", layers=(rotation,), channel="#payments", group=group)
    return of(Roster(people=PEOPLE, schedules={PRIMARY: schedule}))


def of(roster: Roster) -> Configuration:
    return Configuration(roster=roster, services={}, default_service=ServiceId("none"))


class Elsewhere:
    """A calendar that a test writes."""

    def __init__(self, clock: ShiftedClock) -> None:
        now = clock.now().replace(microsecond=0)
        self.entries: tuple[Entry, ...] | None = (
            Entry(since=now - timedelta(hours=1), until=now + timedelta(days=30), summary="ann"),
        )
        self.problem = ""
        self.asked: list[str] = []

    async def read(
        self, place: str, zone: str, since: datetime, until: datetime, version: str = ""
    ) -> Fetched:
        self.asked.append(version)
        if self.problem:
            raise Unreadable(self.problem)
        return Fetched(entries=self.entries, version="etag 7")


async def said(store: Store, clock: ShiftedClock) -> list[SayTo]:
    """What waits to be told, in the order of its keys; it is told then."""

    def work(tx: Tx) -> list[SayTo]:
        claims = tx.claim(Lane.CHAT, clock.now(), clock.monotonic(), 100, timedelta(seconds=15))
        tx.record_all_sent([(claim, Receipt()) for claim in claims], clock.now())
        return [claim.effect for claim in claims if isinstance(claim.effect, SayTo)]

    return sorted(await store.write(work), key=lambda effect: effect.key)


async def test_a_calendar_says_who_is_on_call_and_goes_on_doing_so_while_it_is_away(
    store: Store, url: str
) -> None:
    clock = ShiftedClock()
    configuration, elsewhere = fed(), Elsewhere(clock)
    keeper = FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None)

    assert await keeper.keep_up() == 1
    assert await keeper.keep_up() == 0
    elsewhere.problem = "The calendar did not answer in time."
    clock.advance(timedelta(minutes=6))
    await keeper.keep_up()

    roster = await store.read(lambda tx: tx.roster(configuration.roster, clock.now()))
    assert [shift.person for shift in roster.on_call(PRIMARY, clock.now())] == [ANN]
    told = trouble_of(keeper.states[KEY])
    assert told is not None
    assert "last good reading counts" in told


class Crashing(Elsewhere):
    """One of its calendars goes wrong in a way that nobody foresaw."""

    async def read(
        self, place: str, zone: str, since: datetime, until: datetime, version: str = ""
    ) -> Fetched:
        if place == "odd.ics":
            raise RuntimeError("nobody foresaw this")
        return await super().read(place, zone, since, until, version)


async def test_a_calendar_that_goes_wrong_keeps_no_other_from_being_read(store: Store) -> None:
    clock = ShiftedClock()
    odd = Schedule(id=ScheduleId("odd"), zone="UTC", layers=(Feed(key="UTC odd.ics", place="odd.ics"),))
    known = fed().roster.schedules
    configuration = of(Roster(people=PEOPLE, schedules={odd.id: odd, **known}))

    await FeedKeeper(store, clock, lambda: configuration, Crashing(clock), lambda: None).keep_up()

    roster = await store.read(lambda tx: tx.roster(configuration.roster, clock.now()))
    assert [shift.person for shift in roster.on_call(PRIMARY, clock.now())] == [ANN]


async def test_a_calendar_outlives_a_restart(tmp_path: Path) -> None:
    clock, address = ShiftedClock(), f"sqlite:///{tmp_path / 'tocsin.db'}"
    configuration = fed()
    first = open_store(address, auto_migrate=True)
    await first.start()
    await FeedKeeper(first, clock, lambda: configuration, Elsewhere(clock), lambda: None).keep_up()
    await first.stop()

    second = open_store(address)
    await second.start()
    roster = await second.read(lambda tx: tx.roster(configuration.roster, clock.now()))
    await second.stop()

    assert [shift.person for shift in roster.on_call(PRIMARY, clock.now())] == [ANN]


async def test_a_calendar_that_stays_away_is_told_once_and_once_when_it_is_back(store: Store) -> None:
    clock = ShiftedClock()
    configuration, elsewhere = fed(), Elsewhere(clock)
    keeper = FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None)
    await keeper.keep_up()
    elsewhere.problem = "The calendar's server cannot be reached."

    for _ in range(6):
        clock.advance(timedelta(minutes=6))
        await keeper.keep_up()
    away = await said(store, clock)
    elsewhere.problem = ""
    clock.advance(timedelta(minutes=6))
    await keeper.keep_up()
    back = await said(store, clock)

    assert [(each.channel, each.notice.kind) for each in away] == [("#payments", "feed_told")]
    assert len(back) == 1


async def test_names_that_nobody_has_are_told_once(store: Store) -> None:
    clock = ShiftedClock()
    configuration, elsewhere = fed(), Elsewhere(clock)
    now = clock.now()
    elsewhere.entries = (Entry(since=now, until=now + timedelta(days=1), summary="Zoe"),)
    keeper = FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None)

    for _ in range(3):
        await keeper.keep_up()
        clock.advance(timedelta(minutes=6))

    assert len(await said(store, clock)) == 1


async def test_what_the_server_knows_as_unchanged_is_kept(store: Store) -> None:
    clock = ShiftedClock()
    configuration, elsewhere = fed(), Elsewhere(clock)
    keeper = FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None)
    await keeper.keep_up()
    elsewhere.entries = None
    clock.advance(timedelta(minutes=6))

    await keeper.keep_up()

    assert elsewhere.asked == ["", "etag 7"]
    assert keeper.states[KEY].spans


async def test_a_feed_is_remembered_whole(store: Store) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    state = FeedState(
        key=KEY,
        name="shifts.ics",
        spans=(Span(person=ANN, since=now, until=now + timedelta(hours=8)),),
        unknown=("Zoe",),
        version='etag "7"',
        read_at=now,
        tried_at=now,
        problem="no answer",
        failing_since=now,
        told="unread",
    )

    await store.write(lambda tx: tx.set_feed(state))
    await store.write(lambda tx: tx.set_feed(state))

    assert await store.read(lambda tx: tx.feed(KEY)) == state
    assert await store.read(lambda tx: tx.feed("other")) is None


async def test_a_link_counts_until_it_is_revoked(store: Store) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    link = Link(id=LinkId("a" * 32), kind=LinkKind.SCHEDULE, subject="primary", made_by="T1/U1", made_at=now)
    await store.write(lambda tx: tx.add_link(link))

    assert await store.read(lambda tx: tx.link(link.id)) == link
    assert await store.read(lambda tx: tx.links_of(LinkKind.SCHEDULE, "primary", "T1/U1")) == [link]
    assert await store.read(lambda tx: tx.links_of(LinkKind.PERSON, "primary", "T1/U1")) == []
    assert await store.write(lambda tx: tx.revoke_links(LinkKind.SCHEDULE, "primary", "T1/U2", now)) == 0
    assert await store.write(lambda tx: tx.revoke_links(LinkKind.SCHEDULE, "primary", None, now)) == 1
    assert await store.write(lambda tx: tx.revoke_links(LinkKind.SCHEDULE, "primary", None, now)) == 0

    revoked = await store.read(lambda tx: tx.link(link.id))
    assert revoked is not None
    assert revoked.revoked_at == now
    assert await store.read(lambda tx: tx.links_of(LinkKind.SCHEDULE, "primary", "T1/U1")) == []


async def test_a_hand_off_is_announced_once_by_two_who_look(store: Store) -> None:
    clock = ShiftedClock()
    start = (clock.now() + timedelta(minutes=3)).replace(second=0, microsecond=0)
    configuration = turning(start)
    one = Announcer(store, clock, lambda: configuration, lambda: None)
    other = Announcer(store, clock, lambda: configuration, lambda: None)
    await one.look()
    mark = await store.read(lambda tx: tx.mark(ANNOUNCED))
    assert mark is not None
    clock.advance(timedelta(minutes=4))

    await one.look()
    await store.write(lambda tx: tx.set_mark(mark))  # the other began before the first one ended
    await other.look()

    messages = [each for each in await said(store, clock) if each.key.startswith("handoff")]
    assert [(each.channel, each.user) for each in messages] == [
        ("#payments", None),
        (None, "U0ANNLEE001"),
        (None, "U0BOBRAY001"),
    ]


async def test_old_news_is_not_told_after_a_night(store: Store) -> None:
    clock = ShiftedClock()
    start = (clock.now() + timedelta(minutes=3)).replace(second=0, microsecond=0)
    configuration = turning(start)
    announcer = Announcer(store, clock, lambda: configuration, lambda: None)
    await announcer.look()
    clock.advance(timedelta(hours=2))

    await announcer.look()

    assert [each for each in await said(store, clock) if each.key.startswith("handoff")] == []


async def test_a_gap_is_told_a_week_and_a_day_ahead_and_not_again(store: Store) -> None:
    clock = ShiftedClock()
    configuration = gap_from(clock.now().date() + timedelta(days=9))
    announcer = Announcer(store, clock, lambda: configuration, lambda: None)
    told: list[int] = []

    for _ in range(20):
        await announcer.look()
        told.append(len([each for each in await said(store, clock) if each.key.startswith("gap:")]))
        clock.advance(timedelta(hours=12))

    assert sum(told) == 2


def gap_from(day: date) -> Configuration:
    rotation = Rotation(turns=singly([ANN]), start=day - timedelta(days=100), handoff=time(), until=day)
    schedule = Schedule(id=PRIMARY, zone="UTC", layers=(rotation,), channel="#payments")
    return of(Roster(people=PEOPLE, schedules={PRIMARY: schedule}))


class Groups:
    """Slack's user groups, which may refuse."""

    def __init__(self) -> None:
        self.put_in: list[tuple[str, ...]] = []
        self.error: DeliveryError | None = None

    async def put(self, group: str, members: object) -> bool:
        assert isinstance(members, tuple)
        if self.error is not None:
            raise self.error
        self.put_in.append(members)
        return True


async def test_a_group_follows_the_schedule_and_is_set_only_when_it_changes(store: Store) -> None:
    clock, groups = ShiftedClock(), Groups()
    start = (clock.now() + timedelta(minutes=3)).replace(second=0, microsecond=0)
    configuration = turning(start, group="S0ONCALL001")
    follower = Followers(store, clock, lambda: configuration, groups, lambda: None)
    again = Followers(store, clock, lambda: configuration, groups, lambda: None)

    await follower.look()
    await follower.look()
    await again.look()
    clock.advance(timedelta(minutes=4))
    await again.look()

    assert groups.put_in == [("U0ANNLEE001",), ("U0BOBRAY001",)]


async def test_a_group_is_never_emptied_and_that_is_told_once(store: Store) -> None:
    clock, groups = ShiftedClock(), Groups()
    configuration = fed(group="S0ONCALL001")
    elsewhere = Elsewhere(clock)
    await FeedKeeper(store, clock, lambda: configuration, elsewhere, lambda: None).keep_up()
    follower = Followers(store, clock, lambda: configuration, groups, lambda: None)
    await follower.look()
    clock.advance(timedelta(days=31))

    for _ in range(3):
        await follower.look()
        clock.advance(timedelta(minutes=1))

    assert groups.put_in == [("U0ANNLEE001",)]
    assert [each.notice.kind for each in await said(store, clock)] == ["group_kept"]


async def test_what_slack_refuses_is_told_once_and_what_it_could_not_be_asked_is_tried_again(
    store: Store,
) -> None:
    clock, groups = ShiftedClock(), Groups()
    start = (clock.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    configuration = turning(start, group="S0ONCALL001")
    follower = Followers(store, clock, lambda: configuration, groups, lambda: None)

    groups.error = DeliveryError(Outcome.NOT_SENT, "ratelimited", retry_after=timedelta(seconds=90))
    await follower.look()
    groups.error = DeliveryError(Outcome.REJECTED, "paid_teams_only")
    await follower.look()  # not before it may be asked again
    assert await said(store, clock) == []
    clock.advance(timedelta(seconds=91))
    for _ in range(3):
        await follower.look()
        clock.advance(timedelta(hours=7))

    assert [each.notice.kind for each in await said(store, clock)] == ["group_refused"]
