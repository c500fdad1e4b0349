"""The announcer: tells of hand-offs, of shifts to come and of gaps, each once, however many look."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bot.clock import Clock
from bot.domain.announcing import LAST, Between, due, gaps_ahead, gaps_told
from bot.domain.configuration import Configuration
from bot.domain.effects import SayTo
from bot.domain.ids import ScheduleId
from bot.domain.roster import Roster
from bot.domain.schedule import Schedule
from bot.ports import Mark, Store, Tx

log = structlog.get_logger(__name__)

ANNOUNCED = "announced"
MARKED = timedelta(minutes=1)
"""How often it is noted how far was looked when there is nothing to tell."""

LATEST = timedelta(hours=1)
"""What should have been told earlier is not told any more: after a night nobody wants old news."""


class Announcer:
    """Looks at the time that has passed since somebody looked last: that is a mark in the database.

    Two who look at the same time decide the same messages under the same keys, of which each is written once.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._changed = changed

    async def look(self) -> int:
        """Tell what has become due; how many messages.

        What there is to tell is found between two transactions: many schedules take their time.
        """
        now = self._clock.now()
        known = await self._store.read(self._known)
        found = await asyncio.to_thread(_found, known, now)
        if not found.messages and known.last is not None and now - known.last.at < MARKED:
            return 0
        await self._store.write(lambda tx: _keep(tx, found, now))
        if found.messages:
            self._changed()
        return len(found.messages)

    def _known(self, tx: Tx) -> "_Known":
        roster = tx.roster(self._configuration().roster, self._clock.now())
        gaps = {each.id: tx.mark(f"{ANNOUNCED}: {each.id}") for each in _told_of_gaps(roster)}
        return _Known(roster=roster, last=tx.mark(ANNOUNCED), gaps=gaps)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """Who is on call, until when was looked, and which gaps of a schedule were told."""

    roster: Roster
    last: Mark | None
    gaps: Mapping[ScheduleId, Mark | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """What is to be told, and what is to be remembered with it."""

    messages: tuple[SayTo, ...]
    marks: tuple[Mark, ...]


def _found(known: _Known, now: datetime) -> _Found:
    messages: list[SayTo] = []
    marks: list[Mark] = []
    if known.last is not None and known.last.at < now:
        messages += due(known.roster, Between(since=max(known.last.at, now - LATEST), until=now))
    for schedule in _told_of_gaps(known.roster):
        told, mark = _gaps(known.roster, schedule, known.gaps.get(schedule.id), now)
        messages += told
        marks += [mark] if mark is not None else []
    return _Found(messages=tuple(messages), marks=tuple(marks))


def _keep(tx: Tx, found: _Found, now: datetime) -> None:
    tx.enqueue(found.messages, now)
    for mark in found.marks:
        tx.set_mark(mark)
    last = tx.mark(ANNOUNCED)
    if last is None or last.at < now:
        tx.set_mark(Mark(name=ANNOUNCED, value=0, at=now))


def _told_of_gaps(roster: Roster) -> list[Schedule]:
    return [each for each in roster.schedules.values() if each.told.gaps and each.channel]


def _gaps(
    roster: Roster, schedule: Schedule, mark: Mark | None, now: datetime
) -> tuple[list[SayTo], Mark | None]:
    """A gap may appear at any time, by an override or a changed file: what was told is remembered."""
    told = _told(mark)
    ahead = gaps_ahead(roster, schedule, now)
    early = [gap for since, gap in ahead.items() if since not in told and since - now > LAST]
    late = [gap for since, gap in ahead.items() if since - now <= LAST and told.get(since) != "day"]
    if not early and not late:
        return [], None
    kept = {since: stage for since, stage in told.items() if since > now}
    kept |= {gap.since: "week" for gap in early} | {gap.since: "day" for gap in late}
    messages = [
        gaps_told(schedule, gaps, now, stage) for gaps, stage in ((late, "day"), (early, "week")) if gaps
    ]
    return messages, Mark(name=f"{ANNOUNCED}: {schedule.id}", value=len(kept), at=now, text=_text(kept))


def _told(mark: Mark | None) -> dict[datetime, str]:
    try:
        found = json.loads(mark.text) if mark and mark.text else {}
        return {datetime.fromtimestamp(int(at), UTC): str(stage) for at, stage in found.items()}
    except (ValueError, AttributeError, OverflowError):
        log.exception("announced_unreadable")
        return {}


def _text(told: dict[datetime, str]) -> str:
    return json.dumps({int(at.timestamp()): stage for at, stage in sorted(told.items())})
