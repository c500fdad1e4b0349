"""The load: alerts that fire and clear, people who press real buttons and type commands, people who sleep."""

import asyncio
import random
from dataclasses import dataclass, field

from bot.demo import alerts
from bot.sandbox.slack.people import Person
from bot.sandbox.slack.targets import CannotAct
from tests.chaos.child import CLOCK
from tests.chaos.night import person_id
from tests.chaos.plan import Plan, Way
from tests.chaos.witness import Raised, Witness

EVERY = 0.5
"""Seconds between alerts."""

AGAIN = 2.0
"""Seconds after which a person presses again when nothing has changed."""

PERSEVERANCE = 20
"""So often at most: then the report says that it was not possible."""

ANSWERED_BY = 40.0
"""Seconds within which most people answer."""

SLEEPERS = (50.0, 90.0)
"""Seconds after which the others do: before their ladder reaches its end."""

MOST = 60
"""So many incidents are open at once at most: a machine that does not keep up gets no more to do."""


@dataclass(kw_only=True)
class Load:
    """What comes from outside while processes die. `chance` makes every choice."""

    plan: Plan
    witness: Witness
    chance: random.Random
    every: float = EVERY
    answered_by: float = ANSWERED_BY
    raised: int = 0
    typed: int = 0
    asked: int = 0
    answered: int = 0
    presses: int = 0
    clears: int = 0
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Nothing new from now on; whoever has not begun to answer sleeps on."""
        self._stop.set()

    async def run(self) -> None:
        """Until told to stop, and until everybody who had begun to answer was heard."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._commands())
            while not self._stop.is_set():
                if self._open() < MOST:
                    name = self._alert()
                    group.create_task(self._fate(name))
                    if self.chance.random() < 0.1:
                        group.create_task(self._repeat(name))
                await self._pause(self.every)

    async def everybody_awake(self) -> None:
        """Each incident that nobody has is taken now: no ladder may reach its end."""
        async with asyncio.TaskGroup() as group:
            for name in [name for name in self.witness.raised if name not in self.witness.over]:
                group.create_task(self._acknowledge(name, by_button=False))

    def _open(self) -> int:
        return len(self.witness.raised) - len(self.witness.over)

    def _alert(self) -> str:
        self.raised += 1
        name, service = f"Alert{self.raised:05d}", 1 + self.raised % self.plan.services
        self.witness.raised[name] = Raised(name=name, service=service, at=CLOCK.now())
        self._post(name, service, over=False)
        return name

    def _post(self, name: str, service: int, *, over: bool) -> None:
        made = alerts.cleared if over else alerts.firing
        integration = self.witness.slack.integration("Alertmanager")
        message = integration.post(f"#alerts-{service}", made(name, f"s{service}"))
        if not over:
            self.witness.posted[message.channel, message.ts] = name

    async def _repeat(self, name: str) -> None:
        stopped = await self._pause(self.chance.uniform(0.2, 3))
        if not stopped and name not in self.witness.ends:
            self._post(name, self.witness.raised[name].service, over=False)

    async def _fate(self, name: str) -> None:
        drawn = self.chance.random()
        if drawn < 0.2:
            if not await self._pause(self.chance.uniform(1, self.answered_by)):
                self._clear(name)
            return
        soonest, latest = (1.0, self.answered_by) if drawn < 0.75 else SLEEPERS
        if not await self._pause(self.chance.uniform(soonest, latest)):
            await self._acknowledge(name, by_button=drawn < 0.6)

    def _clear(self, name: str) -> None:
        self.clears += 1
        self.witness.cleared.add(name)
        self.witness.ends.setdefault(name, CLOCK.now())
        self._post(name, self.witness.raised[name].service, over=True)

    async def _acknowledge(self, name: str, *, by_button: bool) -> None:
        """A person who was paged answers, again and again until it can be seen that it counts."""
        for _ in range(PERSEVERANCE):
            if name in self.witness.over:
                return
            if self.witness.pages[name]:
                self.witness.ends.setdefault(name, CLOCK.now())
                self.presses += 1
                await (self._press(name) if by_button else self._type(name))
            elif not self.witness.raised[name].sure:
                return
            await self._seen(name)

    async def _seen(self, name: str) -> None:
        end = CLOCK.monotonic() + AGAIN
        while name not in self.witness.over and CLOCK.monotonic() < end:
            await CLOCK.sleep(0.1)

    async def _press(self, name: str) -> None:
        page = next((page for page in self.witness.pages[name] if page.way is Way.DIRECT), None)
        if page is None:
            await self._type(name)
            return
        person = self.witness.slack.person(page.to)
        channel = self.witness.slack.world.dm(self.witness.slack.world.app.user_id, page.to)
        message = self.witness.slack.message(channel.id, page.ts) if channel else None
        if message is not None:
            try:
                await person.click(message, "Acknowledge")
            except CannotAct:
                return  # the button went away at this moment: somebody else was faster

    async def _type(self, name: str) -> None:
        person = self._person(self.witness.raised[name].service)
        typed = f"ack {self.witness.numbers[name]}"
        outcome = await person.slash("/incident", typed, channel=self._room(name))
        if outcome.reply and "Acknowledged by" in outcome.reply.words:
            self.witness.over.setdefault(name, CLOCK.now())

    async def _commands(self) -> None:
        """People ask for the list, and declare incidents."""
        while True:
            if await self._pause(self.chance.uniform(1, 3)):
                return
            if self.chance.random() < 0.5:
                await self._declare()
            else:
                self.asked += 1
                outcome = await self._person(1).slash("/incident", "list", channel="#incidents-1")
                self.answered += not outcome.error

    async def _declare(self) -> None:
        """One whose declaration was answered must be paged for; otherwise it may or may not be there."""
        self.typed += 1
        name, service = f"Typed{self.typed:05d}", 1 + self.typed % self.plan.services
        begun = Raised(name=name, service=service, at=CLOCK.now(), sure=False)
        self.witness.raised[name] = begun
        typed = f"declare {name} --service s{service}"
        outcome = await self._person(service).slash("/incident", typed, channel=self._room(name))
        told = bool(outcome.reply and "Declared" in outcome.reply.words)
        self.asked += 1
        self.answered += not outcome.error
        self.witness.raised[name] = Raised(name=name, service=service, at=begun.at, sure=told)

    def _room(self, name: str) -> str:
        return f"#incidents-{self.witness.raised[name].service}"

    def _person(self, service: int) -> Person:
        return self.witness.slack.person(person_id(service))

    async def _pause(self, seconds: float) -> bool:
        """Whether it was told to stop meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return False
        return True
