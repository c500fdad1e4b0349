"""Foresight: a few times a day every ladder is rehearsed for two weeks to come, and its holes are told."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.domain.effects import SayTo
from bot.domain.foresight import foresee
from bot.domain.hole import Hole
from bot.domain.ids import ServiceId
from bot.domain.notice import About, HolesAhead
from bot.domain.roster import Roster
from bot.domain.service import Service
from bot.ports import Mark, Store, Tx
from bot.workers.survival import survive

log = structlog.get_logger(__name__)

AHEAD = timedelta(days=14)
SOON = timedelta(hours=24)
PAUSE = timedelta(hours=6)
"""Whoever looked so lately need not look again, unless the configuration is another one."""

LISTED = 10
LOOKED = "foresight"


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A hole that people know of. `what` says all but its time; `soon`: they were reminded."""

    what: str
    since: datetime
    until: datetime
    soon: bool = False

    def same(self, hole: Hole) -> bool:
        """Whether it is that one: its time may have been cut, or turned out to be longer."""
        return self.what == signature(hole) and self.since <= hole.until and hole.since <= self.until


class Foresight:
    """Tells each hole once, and once more when it begins within a day, whichever process looks.

    The rehearsing is done in a thread; what it found is written where nobody else has looked meanwhile.
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
        """Look ahead, unless somebody did lately; how many messages that makes."""
        configuration, now = self._configuration(), self._clock.now()
        roster = await self._store.read(lambda tx: self._asked(tx, configuration, now))
        if roster is None:
            return 0
        holes = {}
        for key, service in configuration.services.items():
            found = await survive("foresight", asyncio.to_thread(foresee, service, roster, now, now + AHEAD))
            if found is not None:  # one service that cannot be foreseen hides no other's holes
                holes[key] = found
        told = await self._store.write(lambda tx: self._tell(tx, configuration, holes, now))
        if told:
            self._changed()
        return told

    def _asked(self, tx: Tx, configuration: Configuration, now: datetime) -> Roster | None:
        """Who is on call when, if it is time to look."""
        mark = tx.mark(LOOKED)
        if mark is not None and mark.text == configuration.digest and now - PAUSE < mark.at <= now:
            return None
        return tx.roster(configuration.roster, now)

    def _tell(
        self, tx: Tx, configuration: Configuration, holes: dict[ServiceId, list[Hole]], now: datetime
    ) -> int:
        if self._asked(tx, configuration, now) is None:
            return 0  # somebody else was quicker
        messages = [
            message
            for key, found in holes.items()
            for message in _service(tx, configuration.services[key], found, now)
        ]
        tx.enqueue(messages, now)
        tx.set_mark(Mark(name=LOOKED, value=len(messages), at=now, text=configuration.digest))
        return len(messages)


def _service(tx: Tx, service: Service, holes: Sequence[Hole], now: datetime) -> list[SayTo]:
    """What is new of one service's holes."""
    name = f"{LOOKED}: {service.id}"
    told = [each for each in _read(tx.mark(name)) if each.until > now]
    early: list[Hole] = []
    late: list[Hole] = []
    for hole in holes:
        known = next((each for each in told if each.same(hole)), None)
        soon = hole.since - now <= SOON
        if known is None or (soon and not known.soon):
            (late if soon else early).append(hole)
        after = Told(what=signature(hole), since=hole.since, until=hole.until)
        told = [each for each in told if each is not known]
        told.append(replace(after, soon=soon or (known is not None and known.soon)))
    tx.set_mark(Mark(name=name, value=len(told), at=now, text=_text(told)))
    return [_message(service, found, soon) for found, soon in ((late, True), (early, False)) if found]


def signature(hole: Hole) -> str:
    """All of a hole but its time."""
    parts = [hole.service, hole.ladder, *hole.severities, *hole.finding.missing, str(hole.finding.ladder)]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def _message(service: Service, holes: Sequence[Hole], soon: bool) -> SayTo:
    first = holes[0]
    stage = "soon" if soon else "ahead"
    return SayTo(
        key=f"hole:{service.id}:{signature(first)}:{int(first.since.timestamp())}:{len(holes)}:{stage}",
        channel=service.channel,
        notice=HolesAhead(
            about=About(title=service.name or service.id, zone=first.zone),
            holes=tuple(holes[:LISTED]),
            more=max(0, len(holes) - LISTED),
            soon=soon,
        ),
    )


def _read(mark: Mark | None) -> list[Told]:
    try:
        rows = json.loads(mark.text) if mark and mark.text else []
        return [
            Told(
                what=str(what),
                since=datetime.fromtimestamp(float(since), UTC),
                until=datetime.fromtimestamp(float(until), UTC),
                soon=bool(soon),
            )
            for what, since, until, soon in rows
        ]
    except (ValueError, TypeError, OverflowError):
        log.exception("foresight_unreadable")
        return []


def _text(told: Sequence[Told]) -> str:
    return json.dumps(
        [[each.what, each.since.timestamp(), each.until.timestamp(), each.soon] for each in told]
    )
