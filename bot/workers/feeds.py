"""Calendars of elsewhere are read now and then; what was read last is kept when that fails."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.domain.effects import SayTo
from bot.domain.feed import AHEAD, BEHIND, MOST, of_schedules, read
from bot.domain.notice import About, FeedTold
from bot.domain.roster import Roster
from bot.domain.schedule import Feed, Schedule
from bot.ports import Store, Tx
from bot.ports.feeds import Feeds, FeedState, Fetched, Unreadable
from bot.workers.survival import survive

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=5)
PATIENCE = timedelta(minutes=14)
"""Nobody is told of a calendar that could not be read for so short a time."""

LOOKED = 15.0
"""Seconds between two looks at whether it is time to read one; one that is new is read at once."""

BELIEVED = timedelta(hours=1)
LEAST_READINGS = 3
"""A calendar that is suddenly empty is believed after so long, and so many readings that all say so."""

STALE = timedelta(hours=12)
"""When a calendar is taken apart anew although nothing changed: the time that is looked at goes on."""


class FeedKeeper:
    """Reads every calendar that is a layer of a schedule, one after another."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        feeds: Feeds,
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._feeds = feeds
        self._changed = changed
        self.states: dict[str, FeedState] = {}
        """What is known of each, by its key; for health and the doctor."""
        self._looked: float | None = None
        self._keys: frozenset[str] = frozenset()

    async def look(self) -> int:
        """Keep up now and then, and at once when there is a calendar that was not there before.

        To be called about once a second: a calendar that was never read has nobody on call.
        """
        keys, now = frozenset(of_schedules(self._configuration().roster.schedules)), self._clock.monotonic()
        if keys <= self._keys and self._looked is not None and now - self._looked < LOOKED:
            return 0
        self._looked, self._keys = now, keys
        return await self.keep_up()

    async def keep_up(self) -> int:
        """Read those that it is time for; how many. One that goes wrong keeps no other from being read."""
        roster = self._configuration().roster
        wanted = of_schedules(roster.schedules)
        known = await self._store.read(lambda tx: tx.feeds(list(wanted)))
        self.states = dict(known)
        count = 0
        for key, layers in wanted.items():
            now, state = self._clock.now(), known.get(key)
            if state is None or now - state.tried_at >= EVERY or state.fingerprint != _mark(layers, roster):
                reading = self._read(key, layers, roster, state or _new(key, layers, now))
                await survive(f"calendar {place_name(layers[0][1].place)}", reading)
                count += 1
        return count

    async def _read(
        self, key: str, layers: Sequence[tuple[Schedule, Feed]], roster: Roster, before: FeedState
    ) -> None:
        now, schedule = self._clock.now(), layers[0][0]
        fingerprint = _mark(layers, roster)
        fresh = before.read_at is not None and now - before.read_at < STALE
        version = before.version if fresh and before.fingerprint == fingerprint else ""
        try:
            fetched = await self._feeds.read(
                layers[0][1].place, schedule.zone, now - BEHIND, now + AHEAD, version
            )
        except Unreadable as error:
            log.warning("feed_not_read", feed=place_name(layers[0][1].place), why=str(error))
            after = replace(
                before,
                tried_at=now,
                fingerprint=fingerprint,
                problem=str(error),
                failing_since=before.failing_since or now,
            )
        else:
            after = _well(before, fetched, roster, now, fingerprint)
        await self._store.write(lambda tx: self._keep(tx, after, layers, now))
        if after.spans != before.spans:
            self._changed()

    def _keep(self, tx: Tx, after: FeedState, layers: Sequence[tuple[Schedule, Feed]], now: datetime) -> None:
        """Write it down, and tell each schedule's channel what is wrong, once, and when it is well again."""
        standing = _trouble(after, now)
        known = tx.feed(after.key)
        told = known.told if known else ""
        if standing != told:
            tx.enqueue(
                [
                    SayTo(
                        key=f"feed:{_short(after.key)}:{schedule.id}:{int(now.timestamp())}",
                        channel=schedule.channel,
                        notice=_told(schedule, feed, after, standing),
                    )
                    for schedule, feed in layers
                    if schedule.channel
                ],
                now,
            )
        after = replace(after, told=standing)
        tx.set_feed(after)
        self.states[after.key] = after


def _new(key: str, layers: Sequence[tuple[Schedule, Feed]], now: datetime) -> FeedState:
    return FeedState(key=key, name=place_name(layers[0][1].place), tried_at=now)


def _well(before: FeedState, fetched: Fetched, roster: Roster, now: datetime, fingerprint: str) -> FeedState:
    after = replace(before, tried_at=now, problem=None, failing_since=None, fingerprint=fingerprint)
    if fetched.entries is None:
        return after
    ahead = any(entry.until > now for entry in fetched.entries)
    after = replace(after, emptied=after.emptied and not ahead)
    if not ahead and _had(before, now):
        after = _doubted(after, now)
        if not after.emptied:
            return after
    reading = read(fetched.entries, roster.people)
    return replace(
        after,
        spans=reading.spans,
        unknown=reading.unknown,
        cut=fetched.cut,
        version=fetched.version,
        read_at=now,
        empty_since=None,
        empty_readings=0,
    )


def _had(before: FeedState, now: datetime) -> bool:
    """Whether somebody is on call now or later by the last good reading."""
    return any(span.until > now for span in before.spans or ())


def _doubted(state: FeedState, now: datetime) -> FeedState:
    """It has nothing ahead any more: more often a mistake than meant, and it would leave nobody on call.

    It is asked for anew each time, and not only whether it changed.
    """
    since, readings = state.empty_since or now, state.empty_readings + 1
    believed = now - since >= BELIEVED and readings >= LEAST_READINGS
    log.warning("feed_emptied", feed=state.name, since=since, believed=believed)
    return replace(state, empty_since=since, empty_readings=readings, emptied=believed, version="")


def _trouble(state: FeedState, now: datetime) -> str:
    """What people are to know, in a word that stays the same while nothing new is wrong."""
    if state.problem is not None and state.failing_since is not None:
        return "unread" if state.spans is None or now - state.failing_since >= PATIENCE else state.told
    if state.empty_since is not None:
        return "empty"
    if state.emptied:
        return "emptied"
    if state.unknown:
        return f"unknown {_short(repr(sorted(state.unknown)))}"
    return "cut" if state.cut else ""


def _told(schedule: Schedule, feed: Feed, state: FeedState, standing: str) -> FeedTold:
    problem = state.problem if standing == "unread" else None
    if standing in ("empty", "emptied"):
        problem = _emptiness(state)
    if standing == "cut":
        problem = (
            f"It has more than {MOST} events in the next {AHEAD.days} days; the later ones are left out."
        )
    return FeedTold(
        about=About(title=schedule.name or schedule.id, zone=schedule.zone),
        place=place_name(feed.place),
        problem=problem,
        unknown=state.unknown if standing.startswith("unknown") else (),
        read_at=state.read_at,
    )


def _emptiness(state: FeedState) -> str:
    if state.emptied:
        return "It has no events any more, and that counts now, so it has nobody on call."
    return "It has no events any more. That counts when it stays so for an hour."


def trouble_of(state: FeedState) -> str | None:
    """What is wrong with a calendar, in a sentence for those who look after the bot."""
    if state.problem is not None:
        since = f" since {state.failing_since:%Y-%m-%d %H:%M} UTC" if state.failing_since else ""
        never = "it was never read, so it has nobody on call"
        kept = "its last good reading counts" if state.spans is not None else never
        return f"{state.problem} That is so{since}; {kept}."
    if state.empty_since is not None or state.emptied:
        kept = "" if state.emptied else " Its last good reading counts until then."
        return _emptiness(state) + kept
    if state.unknown:
        return f"Nobody in the file is called: {', '.join(state.unknown)}."
    return f"It has more than {MOST} events; the later ones are left out." if state.cut else None


def place_name(place: str) -> str:
    """What may be shown of a place: the host alone, for the whole of it may be a secret."""
    return (urlsplit(place).hostname or "an address") if "://" in place else place


def _mark(layers: Sequence[tuple[Schedule, Feed]], roster: Roster) -> str:
    """Who could be found in it, and on which clocks it is read."""
    people = sorted((key, person.name, person.email) for key, person in roster.people.items())
    return _short(repr((people, layers[0][0].zone)))


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
