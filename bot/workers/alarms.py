"""Alarms about Tocsin itself: remembered while they stand, and told once an hour."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.clock import Clock
from bot.ports import OutOfBand
from bot.workers.survival import survive

log = structlog.get_logger(__name__)

AGAIN = 3600.0
"""Seconds after which one that still stands is told once more."""

MOST = 3
"""So many times within these seconds one is told that ends and comes back."""

HEARD = timedelta(seconds=AGAIN * 0.9)
"""For so long a telling of another process is enough."""

GATHER = 1.0
"""Seconds in which those that come together become one message."""

PAUSE = 15.0
"""Seconds between two messages, and until one that nobody took is tried again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A trouble that is not over. `told`: people were told of it since it began."""

    text: str
    since: datetime
    told: bool = False

    @property
    def headline(self) -> str:
        """What everybody may read: the first line. What follows it may name incidents and people."""
        return self.text.partition("\n")[0]


class Tellings(Protocol):
    """What all processes know of each other's tellings. Never raises; what cannot be asked was not told."""

    async def lately(self, kinds: Collection[str], within: timedelta) -> Set[str]:
        """Those of these of which another process, or this one before a restart, told within that time."""
        ...

    async def note(self, kinds: Collection[str]) -> None:
        """Somebody took them just now. Noted before, they would be lost with who dies in between."""
        ...

    async def forget(self, kinds: Collection[str]) -> bool:
        """Somebody took that they are over: the next time is news. False when it must be tried again."""
        ...


class StandingAlarms:
    """A bot.ports.Alarms. What is raised stands until it is cleared, whether anybody can be told or not.

    To be called from the event loop. `name` says which process speaks.
    """

    def __init__(self, out: OutOfBand, clock: Clock, name: str, tellings: Tellings) -> None:
        self._out = out
        self._tellings = tellings
        self._clock = clock
        self._name = name
        self._standing: dict[str, Standing] = {}
        self._over: dict[str, Standing] = {}
        self._told_at: dict[str, float] = {}
        self._lately: dict[str, list[float]] = {}
        self._unforgotten: set[str] = set()
        self._woken = asyncio.Event()

    @property
    def standing(self) -> Mapping[str, Standing]:
        """What is wrong now, by kind."""
        return self._standing

    def raised(self, kind: str, text: str) -> None:
        """It is wrong, or still so."""
        known = self._standing.get(kind) or self._over.pop(kind, None)
        if known is None:
            log.error("alarm", kind=kind, text=text)
            known = Standing(text=text, since=self._clock.now())
        self._standing[kind] = replace(known, text=text)
        self._woken.set()

    def cleared(self, kind: str) -> None:
        """It is well again, or never was otherwise."""
        known = self._standing.pop(kind, None)
        if known is None:
            return
        log.info("alarm_over", kind=kind)
        if known.told:
            self._over[kind] = known
            self._woken.set()
        else:
            self._told_at.pop(kind, None)  # if others told of it, they tell of its end as well

    async def run(self, stop: asyncio.Event) -> None:
        """Tell what is to be told, until told to stop."""
        while not stop.is_set():
            await _either(self._woken, stop, PAUSE)
            self._woken.clear()
            if not (self._due() or self._over):
                continue
            await _either(None, stop, GATHER)
            await survive("alarms", self.tell())
            await _either(None, stop, PAUSE)

    async def tell(self) -> bool:
        """Tell what is due now, in one message; False when there are people to tell and none took it."""
        due = await self._ours_to_tell(self._due())
        over = {kind: alarm for kind, alarm in self._over.items() if kind not in due}
        if not (due or over):
            return True
        told = await self._out.tell(_subject(due, over), self._words(due, over), loud=bool(due))
        if told.failed and not told.taken:
            return False
        self._began(due)
        self._ended(over)
        await self._tellings.note(due.keys())
        await self._forget()
        return True

    def _began(self, due: Mapping[str, Standing]) -> None:
        """People know that it is so; of one that ended meanwhile they are to be told that too."""
        now = self._clock.monotonic()
        self._unforgotten -= due.keys()
        for kind, alarm in due.items():
            self._told_at[kind] = now
            self._lately.setdefault(kind, []).append(now)
            place = self._standing if kind in self._standing else self._over
            place[kind] = replace(place.get(kind, alarm), told=True)

    def _ended(self, over: Mapping[str, Standing]) -> None:
        """People believe that it is well: should it come back, or have come back meanwhile, it is news."""
        for kind in over:
            self._over.pop(kind, None)
            self._told_at.pop(kind, None)
            self._unforgotten.add(kind)
            if kind in self._standing:
                self._standing[kind] = replace(self._standing[kind], told=False)

    async def _forget(self) -> None:
        if self._unforgotten and await self._tellings.forget(self._unforgotten):
            self._unforgotten.clear()

    def _due(self) -> dict[str, Standing]:
        now = self._clock.monotonic()
        return {kind: alarm for kind, alarm in self._standing.items() if self._may_be_told(kind, now)}

    def _may_be_told(self, kind: str, now: float) -> bool:
        lately = [at for at in self._lately.pop(kind, ()) if now - at < AGAIN]
        if lately:
            self._lately[kind] = lately
        waited = kind not in self._told_at or now - self._told_at[kind] >= AGAIN
        return waited and len(lately) < MOST

    async def _ours_to_tell(self, due: Mapping[str, Standing]) -> dict[str, Standing]:
        """Without those that were told lately. Two who ask at the same moment both tell."""
        asked = due.keys() - self._unforgotten
        told = await self._tellings.lately(asked, HEARD) if asked else frozenset()
        for kind in told:
            self._told_at[kind] = self._clock.monotonic()
        return {kind: alarm for kind, alarm in due.items() if kind not in told}

    def _words(self, due: Mapping[str, Standing], over: Mapping[str, Standing]) -> str:
        lines = [f"{alarm.text} (since {alarm.since:%H:%M} UTC)" for alarm in due.values()]
        lines += [f"Over: {alarm.text}" for alarm in over.values()]
        return "\n".join([*lines, f"Told by {self._name}."])


def _subject(due: Mapping[str, Standing], over: Mapping[str, Standing]) -> str:
    if not due:
        return f"Tocsin is well again: {_named(over)}"
    return f"Tocsin is in trouble: {_named(due)}"


def _named(kinds: Iterable[str]) -> str:
    return ", ".join(sorted(kinds))


async def _either(woken: asyncio.Event | None, stop: asyncio.Event, seconds: float) -> None:
    """Until woken or told to stop, at most that long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            waits = [group.create_task(event.wait()) for event in (woken, stop) if event is not None]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
