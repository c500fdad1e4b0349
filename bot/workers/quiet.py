"""Quiet: judges again what was kept quiet, hushes ladders in maintenance, and tells how silences end."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain.alert import AlertState
from bot.domain.configuration import Configuration
from bot.domain.heartbeat import SOURCE, Heartbeat
from bot.domain.hush import hushed, hushed_alone, hushers, noted, unhushed
from bot.domain.people import SYSTEM
from bot.domain.standing import AlertKey, Standing
from bot.domain.unread import Unread
from bot.errors import StoreUnavailable
from bot.failpoints import Point, hit
from bot.ids import new_id
from bot.integrations import LONGEST_BODY, MOST_UNREAD
from bot.overmuch import made_known, overmuch
from bot.ports import Alarms, Store, Tx
from bot.quieted import hidden, told_end, words_of_end
from bot.service import Desk
from bot.workers.survival import survive
from bot.workers.windows import Coverage, windows

log = structlog.get_logger(__name__)

BATCH = 200
MOST = 1000
SHARES = timedelta(minutes=5)
"""So often it is looked whether a silence keeps most of what comes quiet."""
REPORTED = "reported"
"""The failpoints' name for the report of a silence's end."""
UNREADABLE = "quiet"
NOT_JUDGED = (
    "What keeps alerts quiet can't be judged: alerts page as if nothing did, and what was quiet may stay so. "
    "The log says more."
)


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
        self._followed: tuple[object, ...] | None = None
        self._coverage = Coverage()
        self._shares_at = self._clock.now()

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
        await self._follow()
        now = self._clock.now()
        due = await self._store.read(lambda tx: tx.next_judgement())
        if due is not None and due <= now:
            await self._judge()
        if await self._store.read(self._may_hush):
            await self._store.write(self._hush)
            self._changed()
        if now >= self._shares_at:
            self._shares_at = now + SHARES
            await self._tell_shares()
        if await self._store.read(lambda tx: tx.unreported_silences(now, 1)):
            await self._store.write(self._report)
            hit(Point.AFTER_INTAKE_COMMIT, REPORTED)
            self._changed()

    async def _judge(self) -> None:
        """All that is due. One that cannot be judged must not stop its neighbours, and pages if it fires."""
        while (judged := await survive("judge", self._intake.again(BATCH))) == BATCH:
            pass
        now = self._clock.now()
        if judged is not None:
            left = await self._store.read(lambda tx: tx.next_judgement())
            if left is not None and left <= now:
                await self._store.write(self._mend)
            return
        for known in await self._store.write(lambda tx: tx.standings_due(now, BATCH)):
            if await survive("judge one", self._intake.again_singly(known)) is None:
                await survive("judge blindly", self._intake.again_blindly(known))

    def _mend(self, tx: Tx) -> None:
        """What can't be read is told once, and judged by what is left of it: if it fires, it pages."""
        now = self._clock.now()
        broken = tx.broken_standings(now, BATCH)
        for known, _ in broken:
            log.error("standing_mended", source=known.alert.source, fingerprint=known.alert.fingerprint)
        tx.save_standings([known for known, _ in broken])
        if broken:
            tx.note_unread([_dead(known, body, now) for known, body in broken], MOST_UNREAD)

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
        tx.save_standings([sooner for each in wanted if (sooner := _sooner(each, known, now))])
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

    async def _follow(self) -> None:
        """What the file kept quiet is judged by what it says now, and so is what it said while nobody ran."""
        configuration = self._configuration()
        said = (configuration.maintenance, configuration.inhibitions)
        if said != self._followed:
            await self._store.write(self._let_go)
            self._followed = said

    def _let_go(self, tx: Tx) -> None:
        now = self._clock.now()
        for kept in tx.kept_quiet():
            if kept.by.startswith(("maintenance:", "inhibited:")):
                tx.judge_again(kept.by, now)
        names = {each.name for each in windows(tx, self._configuration(), now)}
        over = [
            each.id for each in tx.open_incidents(MOST) if hushed_alone(each) and not hushers(each) & names
        ]
        for incident in tx.deciding(over).values():
            for name in sorted(hushers(incident)):
                tx.save([unhushed(incident, name, now)], now)

    def _may_hush(self, tx: Tx) -> bool:
        among = list(windows(tx, self._configuration(), self._clock.now()))
        return self._coverage.look(tx, tx.open_incidents(MOST) if among else [], among)

    def _hush(self, tx: Tx) -> int:
        """Each ladder once in each window: whoever begins it again by hand means it."""
        now, count = self._clock.now(), 0
        among = list(windows(tx, self._configuration(), now))
        found = [each.id for each in tx.open_incidents(MOST) if self._coverage.of(each, among)]
        for incident in tx.deciding(found).values():
            for window in self._coverage.of(incident, among):
                key = f"hush:{incident.id}:{window.name}:{window.since.isoformat()}"
                if not tx.first_time(key, now):
                    continue
                decision = hushed(incident, window.name, window.title, window.until, now)
                tx.save([decision], now)
                count += decision.changed
                break
        return count

    # what is hidden

    async def _tell_shares(self) -> None:
        """A silence that keeps most of what comes quiet is told, whatever it looked like when it was made."""
        configuration, now = self._configuration(), self._clock.now()
        found = await self._store.read(lambda tx: overmuch(tx, configuration, now))
        told = [effect for each in found for effect in made_known(each, configuration)]
        if told:
            await self._store.write(lambda tx: tx.enqueue(told, now))
            self._changed()

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
            else:
                tx.enqueue(told_end(silence, hid), now)
            tx.save_silence(replace(silence, reported_at=now))
            hit(Point.BEFORE_INTAKE_COMMIT, REPORTED)


def _dead(known: Standing, body: str, now: datetime) -> Unread:
    """What is told of an alert that can't be read any more."""
    mark = f"{known.alert.source}|{known.alert.fingerprint}|{body}"
    return Unread(
        id=new_id(now),
        integration=known.alert.source,
        hash=hashlib.sha256(mark.encode(errors="replace")).hexdigest(),
        first_at=now,
        last_at=now,
        count=1,
        place="the database",
        reason="what was known of this alert can't be read; it is judged by its source, state and severity",
        body=body[:LONGEST_BODY],
    )


def _sooner(heartbeat: Heartbeat, known: Mapping[AlertKey, Standing], now: datetime) -> Standing | None:
    """What is known of one that is expected sooner than it was; it has its time from now on."""
    before, due = known.get((SOURCE, heartbeat.name)), heartbeat.missed_at(now)
    if before is None or before.firing or (before.next_at is not None and before.next_at <= due):
        return None
    return replace(before, next_at=due)
