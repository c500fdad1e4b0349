"""The announcer: tells of hand-offs, of shifts to come and of gaps, each once, whoever looks and however often."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.clock import Clock
from bot.domain.announcing import LAST, Between, due, gaps_ahead, gaps_told
from bot.domain.configuration import Configuration
from bot.domain.effects import SayTo
from bot.domain.roster import Roster
from bot.domain.schedule import Schedule
from bot.ports import Mark, Store, Tx

log = structlog.get_logger(__name__)

ANNOUNCED = "announced"
LATEST = timedelta(hours=1)
"""What should have been told earlier is not told any more: whoever comes back after a night tells no old news."""


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
        """Tell what has become due; how many messages."""
        told = await self._store.write(self._announce)
        if told:
            self._changed()
        return told

    def _announce(self, tx: Tx) -> int:
        now = self._clock.now()
        roster = tx.roster(self._configuration().roster, now)
        mark = tx.mark(ANNOUNCED)
        messages: list[SayTo] = []
        if mark is not None and mark.at < now:
            messages += due(roster, Between(since=max(mark.at, now - LATEST), until=now))
        for schedule in roster.schedules.values():
            if schedule.told.gaps and schedule.channel:
                messages += self._gaps(tx, roster, schedule, now)
        tx.enqueue(messages, now)
        if mark is None or mark.at < now:
            tx.set_mark(Mark(name=ANNOUNCED, value=0, at=now))
        return len(messages)

    def _gaps(self, tx: Tx, roster: Roster, schedule: Schedule, now: datetime) -> list[SayTo]:
        """A gap may appear at any time, by an override or a changed file: what was told is remembered."""
        name = f"{ANNOUNCED}: {schedule.id}"
        mark = tx.mark(name)
        told = _told(mark)
        ahead = gaps_ahead(roster, schedule, now)
        early = [gap for since, gap in ahead.items() if since not in told and since - now > LAST]
        late = [gap for since, gap in ahead.items() if since - now <= LAST and told.get(since) != "day"]
        if not early and not late:
            return []
        kept = {since: stage for since, stage in told.items() if since > now}
        kept |= {gap.since: "week" for gap in early} | {gap.since: "day" for gap in late}
        tx.set_mark(Mark(name=name, value=len(kept), at=now, text=_text(kept)))
        return [
            gaps_told(schedule, gaps, now, stage) for gaps, stage in ((late, "day"), (early, "week")) if gaps
        ]


def _told(mark: Mark | None) -> dict[datetime, str]:
    try:
        found = json.loads(mark.text) if mark and mark.text else {}
        return {datetime.fromtimestamp(int(at), UTC): str(stage) for at, stage in found.items()}
    except (ValueError, AttributeError, OverflowError):
        log.exception("announced_unreadable")
        return {}


def _text(told: dict[datetime, str]) -> str:
    return json.dumps({int(at.timestamp()): stage for at, stage in sorted(told.items())})
