"""Backfill: what was posted while nobody listened is read from the channel's history, late but once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.errors import DeliveryError, StoreUnavailable
from bot.heard import HeardUntil
from bot.intake import Brought
from bot.ports import Alarms
from bot.ports.history import History, Past
from bot.service import Desk
from handlers.alerts import SlackMessage, read_history
from handlers.slack_messages import Messages, NotReady
from handlers.watches import Watches

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=10)
"""How often it is made sure that no event was dropped, with nothing to suggest that one was."""
OVERLAP = timedelta(minutes=2)
"""Events come late and in any order, so the reading begins a little before what was heard."""
OLDEST = timedelta(hours=48)
"""Nothing older is ever read. It must be less than the keys of requests are kept: by them it counts once."""
EDITED, EDITED_ROUTINELY = timedelta(hours=24), timedelta(hours=1)
"""How far back messages are looked at that were edited since, after a gap and otherwise."""
MOST, MOST_MISSED = 1_000, 20_000
"""Messages of one channel that are looked at, with those that may have been edited and of a gap alone."""
ALARM = "messages not read: "
HOUR = timedelta(hours=1)
LOOK_EVERY, AGAIN_AFTER = 1.0, 30.0
UNKNOWN_FOR = 60.0
"""Seconds after which it is told that a channel's name cannot be looked up."""


class Backfill:
    """Reads histories at the start, after each gap in the stream of events, and now and then."""

    def __init__(
        self,
        *,
        messages: Messages,
        watches: Watches,
        history: History,
        desk: Desk,
        alarms: Alarms,
    ) -> None:
        self._messages, self._watches, self._history = messages, watches, history
        self._alarms = alarms
        self._desk, self._heard, self._clock = desk, desk.heard, desk.clock
        self._gaps: int | None = None
        self._read = frozenset[str]()
        self._next = 0.0
        self._unknown_since: float | None = None

    async def run(self, stop: asyncio.Event, gaps: Callable[[], int | None]) -> None:
        """Until `stop`. `gaps` counts how often events may have been lost; None while none can come."""
        while not stop.is_set():
            await self.look(gaps())
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await stop.wait()
            except TimeoutError:
                continue

    async def look(self, gaps: int | None) -> None:
        """Read what is to be read now. Whatever fails is tried again soon."""
        now = self._clock.monotonic()
        if gaps is None:
            return
        self._tell_unknown(now)
        watched = self._watches.ids()
        if now < self._next and self._gaps in (None, gaps) and self._read.issuperset(watched):
            return
        try:
            if await self._heard.forgetful():
                return  # cards know more of what was taken in, and bring it back with its keys first
            lessons = await self._desk.teaching.lessons()
            channels = dict.fromkeys([*watched, *(each.channel for each in lessons)])
            missed = channels.keys() if gaps != self._gaps else channels.keys() - self._read
            self._gaps, self._read, self._next = gaps, frozenset(channels), now + EVERY.total_seconds()
            for channel in channels:
                await self._survive(channel, after_gap=channel in missed)
        except StoreUnavailable as error:
            self._not_read("every channel", str(error))

    def _tell_unknown(self, now: float) -> None:
        """A name that cannot be looked up keeps no other channel from being read, but people must know."""
        unknown, kind = self._watches.unknown, f"{ALARM}unknown channels"
        if not unknown:
            self._unknown_since = None
            self._alarms.cleared(kind)
            return
        self._unknown_since = now if self._unknown_since is None else self._unknown_since
        if now - self._unknown_since >= UNKNOWN_FOR:
            self._alarms.raised(
                kind,
                f"Slack does not say which channels these are: {', '.join(unknown)}. Nothing that is posted "
                "there is heard. Name them by their ids in tocsin.yaml, or look into the app's scopes.",
            )

    def _not_read(self, channel: str, why: str) -> None:
        log.warning("a channel's history could not be read", channel=channel, why=why)
        self._again_soon()

    def _again_soon(self) -> None:
        self._gaps, self._next = None, self._clock.monotonic() + AGAIN_AFTER

    async def _survive(self, channel: str, *, after_gap: bool) -> None:
        """What fails in one channel keeps no other from being read, and is tried again."""
        try:
            await self._catch_up(channel, after_gap=after_gap)
        except DeliveryError as error:
            self._not_read(channel, error.reason)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("a channel's history could not be taken in", channel=channel)
            self._alarms.raised(
                f"{ALARM}{channel}",
                f"What was posted in the channel {channel} while nobody listened can't be taken in "
                f"({type(error).__name__}). Look there yourself; the log says more, and it is tried again.",
            )
            self._again_soon()
        else:
            self._alarms.cleared(f"{ALARM}{channel}")

    async def _catch_up(self, channel: str, *, after_gap: bool) -> None:
        until, now = await self._heard.until(channel), self._clock.now()
        if until is None:  # nothing was to be heard here before
            await self._heard.through(channel, f"{now.timestamp():.6f}")
            return
        if not after_gap and now - until.at < EVERY / 2:
            return  # another replica has just done it
        floor = max(float(until.ts) - OVERLAP.total_seconds(), (now - OLDEST).timestamp())
        edited = EDITED if after_gap else EDITED_ROUTINELY
        oldest = max(floor - edited.total_seconds(), (now - OLDEST).timestamp())
        await self._tell_too_old(channel, until, now)
        past = await self._past(channel, oldest=oldest, floor=floor)
        found = _since(channel, past.messages, floor)
        brought, ready = await self._all_brought(found)
        if count := await self._messages.take_late(brought):
            log.info("messages were read late", channel=channel, count=count)
        if ready:
            await self._heard.through(channel, _newest(found, until))

    async def _all_brought(self, found: "_Found") -> tuple[list[Brought], bool]:
        """What can be taken in; and whether it is known of all of them if somebody watches for them."""
        brought, ready = [], True
        for message, raw in found:
            try:
                if (some := await self._brought(message, raw)) is not None:
                    brought.append(some)
            except NotReady:
                ready = False
        return brought, ready

    async def _tell_too_old(self, channel: str, until: HeardUntil, now: datetime) -> None:
        """What was posted while nobody listened, and longer ago than anything is read."""
        kind, oldest = f"{ALARM}too old in {channel}", now - OLDEST
        self._alarms.cleared(kind)  # it was told, and nothing can be done
        if until.at >= oldest:
            return
        past = await self._history.of(channel, since=until.ts, most=MOST_MISSED)
        since = max(float(until.ts), until.at.timestamp())
        old = [
            each for each in _since(channel, past.messages, since) if float(each[0].at) < oldest.timestamp()
        ]
        lost = [each for each in (await self._all_brought(old))[0] if each.alerts]
        if lost:
            log.error("alerts are too old to be read", channel=channel, count=len(lost))
            self._alarms.raised(
                kind,
                f"Alerts were posted in {channel} between {until.at:%d %b %H:%M} and {oldest:%d %b %H:%M} "
                f"UTC, while nobody listened ({len(lost)} messages). They are not read: nothing older than "
                f"{OLDEST // HOUR} hours is. Look there yourself.",
            )

    async def _past(self, channel: str, *, oldest: float, floor: float) -> Past:
        """What was posted since `floor`, all of it, and before that as much as there is room for."""
        self._alarms.cleared(f"{ALARM}the oldest of {channel}")  # it was told, and nothing can be done
        past = await self._history.of(channel, since=f"{oldest:.6f}", most=MOST)
        if not past.more or min((_posted(raw) for raw in past.messages), default=floor) < floor:
            return past
        past = await self._history.of(channel, since=f"{floor:.6f}", most=MOST_MISSED)
        if past.more:
            log.error("a channel's history is longer than is read", channel=channel, most=MOST_MISSED)
            self._alarms.raised(
                f"{ALARM}the oldest of {channel}",
                f"More than {MOST_MISSED} messages were posted in {channel} while nobody listened; "
                "the oldest of them were not read. Look there yourself.",
            )
        return past

    async def _brought(self, message: SlackMessage, raw: Mapping[str, object]) -> Brought | None:
        """One that cannot be read must not stand before all others."""
        try:
            return await self._messages.late(message, raw)
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
            log.exception("a message could not be read late", channel=message.channel, ts=message.ts)
            return None


def _posted(raw: Mapping[str, object]) -> float:
    """When; the latest of all moments for what says none."""
    try:
        return float(str(raw.get("ts")))
    except ValueError:
        return float("inf")


_Found = Sequence[tuple[SlackMessage, Mapping[str, object]]]


def _since(channel: str, raws: Sequence[Mapping[str, object]], floor: float) -> _Found:
    """What came to be as it is since then, in the order in which it did."""
    read = ((read_history(channel, raw), raw) for raw in raws)
    found = [(message, raw) for message, raw in read if message is not None and float(message.at) >= floor]
    return sorted(found, key=lambda each: float(each[0].at))


def _newest(found: _Found, until: HeardUntil) -> str:
    return max((message.at for message, _ in found), default=until.ts, key=float)
