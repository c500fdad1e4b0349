"""Quiet: judges again what was kept quiet, hushes ladders in maintenance, and tells how silences end."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.domain.alert import AlertState, Severity
from bot.domain.configuration import Configuration
from bot.domain.heartbeat import SOURCE, Heartbeat
from bot.domain.hush import hushable, hushed, labels_of, noted
from bot.domain.ids import ServiceId
from bot.domain.incident import Incident
from bot.domain.people import SYSTEM
from bot.domain.quiet import holds
from bot.domain.route import Matcher
from bot.domain.silence import SilenceKind
from bot.domain.standing import Standing
from bot.errors import StoreUnavailable
from bot.failpoints import Point, hit
from bot.matchers import hidings
from bot.ports import Alarms, Store, Tx
from bot.service import Desk
from bot.silencing import hidden, told_end, words_of_end
from bot.workers.survival import survive

log = structlog.get_logger(__name__)

BATCH = 200
MOST = 1000
REPORTED = "reported"
"""The failpoints' name for the report of a silence's end."""
UNREADABLE = "quiet"
NOT_JUDGED = (
    "What keeps alerts quiet can't be judged: alerts page as if nothing did, and what was quiet may stay so. "
    "The log says more."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Maintenance that goes on now."""

    name: str
    title: str
    since: datetime
    until: datetime
    services: tuple[ServiceId, ...]
    matchers: tuple[Matcher, ...]
    sev1: bool = True

    def concerns(self, incident: Incident) -> bool:
        """Whether it may stop that incident's ladder."""
        fits = not self.services or incident.service.id in self.services
        fits = fits and (self.sev1 or incident.severity is not Severity.SEV1)
        return fits and hushable(incident) and holds(self.matchers, labels_of(incident))


class QuietKeeper:
    """Correct however often it looks, on any number of replicas at once: what is due is locked."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        configuration: Callable[[], Configuration],
        changed: Callable[[], None],
        alarms: Alarms,
    ) -> None:
        self._store = store
        self._clock = desk.clock
        self._configuration = configuration
        self._intake = desk.intake
        self._changed = changed
        self._alarms = alarms
        self._expected: tuple[Heartbeat, ...] = ()

    async def look(self) -> None:
        """Once a second. What cannot be judged is told, and tried again."""
        failed = True
        try:
            await self._look()
            failed = False
        except (StoreUnavailable, asyncio.CancelledError):  # others tell of it
            failed = False
            raise
        finally:
            if failed:
                self._alarms.raised(UNREADABLE, NOT_JUDGED)
        self._alarms.cleared(UNREADABLE)

    async def _look(self) -> None:
        await self._expect()
        now = self._clock.now()
        due = await self._store.read(lambda tx: tx.next_judgement())
        if due is not None and due <= now:
            await self._judge()
        if await self._store.read(self._may_hush):
            await self._store.write(self._hush)
            self._changed()
        if await self._store.read(lambda tx: tx.unreported_silences(now, 1)):
            await self._store.write(self._report)
            hit(Point.AFTER_INTAKE_COMMIT, REPORTED)
            self._changed()

    async def _judge(self) -> None:
        """All that is due. One that cannot be judged must not stop its neighbours, and pages if it fires."""
        while (judged := await survive("judge", self._intake.again(BATCH))) == BATCH:
            pass
        if judged is not None:
            return
        now = self._clock.now()
        for known in await self._store.write(lambda tx: tx.standings_due(now, BATCH)):
            if await survive("judge one", self._intake.again_singly(known)) is None:
                await survive("judge blindly", self._intake.again_blindly(known))

    # heartbeats

    async def _expect(self) -> None:
        """One of which nothing was heard yet is missed as well."""
        wanted = self._configuration().heartbeats
        if wanted != self._expected:
            await self._store.write(lambda tx: self._begin(tx, wanted))
            self._expected = wanted

    def _begin(self, tx: Tx, wanted: tuple[Heartbeat, ...]) -> None:
        now, configuration = self._clock.now(), self._configuration()
        known = tx.standings([(SOURCE, each.name) for each in wanted])
        tx.save_standings(
            [
                Standing(
                    alert=each.alert(AlertState.CLEARED),
                    service=each.service or configuration.default_service,
                    severity=each.severity,
                    since=now,
                    last_at=now,
                    next_at=each.missed_at(now),
                )
                for each in wanted
                if (SOURCE, each.name) not in known
            ]
        )

    # maintenance

    def _may_hush(self, tx: Tx) -> bool:
        now = self._clock.now()
        windows = list(self._windows(tx, now))
        incidents = tx.open_incidents(MOST) if windows else []
        return any(window.concerns(incident) for incident in incidents for window in windows)

    def _hush(self, tx: Tx) -> int:
        """Each ladder once in each window: whoever begins it again by hand means it."""
        now, count = self._clock.now(), 0
        windows = list(self._windows(tx, now))
        found = [each.id for each in tx.open_incidents(MOST) if any(w.concerns(each) for w in windows)]
        for incident in tx.deciding(found).values():
            for window in windows:
                key = f"hush:{incident.id}:{window.name}:{window.since.isoformat()}"
                if not window.concerns(incident) or not tx.first_time(key, now):
                    continue
                decision = hushed(incident, window.name, window.title, window.until, now)
                tx.save([decision], now)
                count += decision.changed
                break
        return count

    def _windows(self, tx: Tx, now: datetime) -> Iterator[Window]:
        for each in hidings(tx.silences(now)):
            silence = each.silence
            if silence.kind is SilenceKind.MAINTENANCE and silence.in_force(now):
                yield Window(
                    name=silence.name,
                    title=f"Maintenance ({silence.reason[:60]})",
                    since=silence.since,
                    until=silence.until,
                    services=silence.services,
                    matchers=each.matchers,
                    sev1=silence.covers(Severity.SEV1),
                )
        for recurring in self._configuration().maintenance:
            around = recurring.around(now)
            if around is not None:
                yield Window(
                    name=f"maintenance:{recurring.name}",
                    title=f"Maintenance {recurring.name}",
                    since=around[0],
                    until=around[1],
                    services=recurring.services,
                    matchers=recurring.matchers,
                )

    # ends

    def _report(self, tx: Tx) -> None:
        """Where it was made it is told what it hid, after what it hid was judged again."""
        now = self._clock.now()
        for silence in tx.unreported_silences(now, BATCH):
            if tx.muted(silence.name, 1):
                continue  # what it hid is judged first
            hid = hidden(tx, silence, now)
            incident = tx.incident(silence.incident) if silence.incident else None
            if incident is not None:
                tx.save([noted(incident, SYSTEM, words_of_end(silence, hid), now)], now)
            elif silence.by.slack_user:
                tx.enqueue([told_end(silence, hid)], now)
            tx.save_silence(replace(silence, reported_at=now))
            hit(Point.BEFORE_INTAKE_COMMIT, REPORTED)
