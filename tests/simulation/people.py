"""People and sources: they send alerts and press buttons, wait for an answer, and try again without one."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bot.domain import commands as c
from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.incident import Status
from bot.domain.refused import Refused
from bot.duty import Changed
from bot.service import ByNumber, Desk, Handled, Ingested
from tests.simulation.accounts import Account
from tests.simulation.agenda import Agenda
from tests.simulation.almanac import Duty
from tests.simulation.clock import BEGIN
from tests.simulation.company import company, service
from tests.simulation.conclusions import CHANGES_NOTHING, Conclusions
from tests.simulation.loop import Process, VirtualLoop
from tests.simulation.machines import Machine
from tests.simulation.records import Books, Journal
from tests.simulation.scenario import Act, Affair, Want
from tests.simulation.wishes import Wishes

T = TypeVar("T")
Ask = Callable[[Desk], Awaitable[T]]

ANSWERED_IN = 2.0
"""Seconds that a handler takes at most; afterwards the person is told that nothing was recorded."""

PATIENCE = 3.0
AGAIN_AFTER = (1.0, 4.0, 15.0, 30.0)
BURST = 30.0
"""What is sent again comes in bursts, as after an outage: so many seconds lie between two of them."""

REOPENS = 1800.0
ONE_REQUEST = {Want.UNDO, Want.PAGE}
"""What is sent again as the very same request when there is no answer; the rest is pressed once more."""


@dataclass(kw_only=True, slots=True)
class Failed:
    """There was no answer, or none of use."""

    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Errand:
    """A request on its way through a process."""

    process: Process
    answer: "asyncio.Future[object]"


class Town:
    """Everybody who asks something of the bot."""

    def __init__(
        self,
        loop: VirtualLoop,
        agenda: Agenda,
        machines: Sequence[Machine],
        books: Books,
        journal: Journal,
        group: asyncio.TaskGroup,
        seed: int,
        copies: int,
        duties: dict[str, Duty],
    ) -> None:
        self._copies = copies
        self._loop = loop
        self._agenda = agenda
        self._machines = machines
        self._books = books
        self._journal = journal
        self._group = group
        self._seed = seed
        self._wishes = Wishes(company().roster.people, books)
        self._conclusions = Conclusions(books, duties)
        self.accounts: list[Account] = []
        self.tasks: list[asyncio.Task[None]] = []

    def plan(self, affair: Affair) -> None:
        """Let it happen in its time."""
        self._agenda.at(affair.at, lambda: self._spawn(lambda: self._live(affair)))

    def errand(self, at: float, work: Callable[[], Awaitable[None]]) -> None:
        """Let somebody do something then."""
        self._agenda.at(at, lambda: self._spawn(work))

    @property
    def now(self) -> float:
        """Virtual seconds."""
        return self._loop.time()

    async def rest(self, seconds: float) -> None:
        """Somebody waits."""
        await self._agenda.rest(seconds)

    def _spawn(self, work: Callable[[], Awaitable[None]]) -> None:
        self.tasks.append(self._group.create_task(self._counted(work)))

    async def _counted(self, work: Callable[[], Awaitable[None]]) -> None:
        self._agenda.busy += 1
        try:
            await work()
        finally:
            self._agenda.busy -= 1

    async def _live(self, affair: Affair) -> None:
        """The whole story of one incident."""
        chance = random.Random(f"{self._seed}/{affair.name}")
        account = Account(name=affair.name, service=affair.service, severity=affair.severity)
        self.accounts.append(account)
        begun = account.doubted = self._loop.time()
        for index, after in enumerate(affair.again):
            self._redeliver(affair, chance, _burst(begun + after), stale=index % 3 == 2)
        alert = _alert(affair, begun, AlertState.FIRING)
        await self.insist(
            lambda number: lambda desk: desk.ingest(f"alert {affair.name}", [alert]), chance, account.name
        )
        account.climbs_from(self._loop.time(), delayed=True)
        opened = self._loop.time()
        for act in affair.acts:
            await self._agenda.rest(max(opened + act.at - self._loop.time(), 0.0))
            if account.lost_track:
                return
            await self._act(affair, account, act, chance)

    def _redeliver(self, affair: Affair, chance: random.Random, at: float, *, stale: bool) -> None:
        """The same alert comes again: the very same request, or told anew although it is old news."""
        pick = chance.random()

        def deliver() -> None:
            up = [machine for machine in self._machines if machine.up]
            if not up:
                return
            machine = up[int(pick * len(up))]
            self._books.faults["reordered alert" if stale else "duplicated alert"] += 1
            alert = _alert(affair, affair.at - 5 if stale else affair.at, AlertState.FIRING)
            request = f"stale {affair.name} {at} {pick}" if stale else f"alert {affair.name}"
            self._hand_in(machine, lambda desk: desk.ingest(request, [alert]))

        self._agenda.at(at, deliver)

    async def _act(self, affair: Affair, account: Account, act: Act, chance: random.Random) -> None:
        number = self._books.numbers.get(account.name)
        while number is None:
            await self._agenda.rest(5.0)
            number = self._books.numbers.get(account.name)
        now = self._loop.time()
        account.pass_time(now)
        match act.want:
            case Want.CLEAR | Want.FIRE:
                await self._signal(affair, account, act, chance)
            case Want.RAISE if account.severity is Severity.SEV1:
                return
            case _:
                wish = self._wishes.wish(account, act, now)
                if wish is not None:
                    await self._press(account, act, number, wish, chance)

    async def _signal(self, affair: Affair, account: Account, act: Act, chance: random.Random) -> None:
        """The source speaks again."""
        began, firing = self._loop.time(), act.want is Want.FIRE
        if firing is (account.status is not Status.RESOLVED):
            return
        if firing and began - account.resolved > REOPENS - 300:
            return
        account.doubt(began)
        account.before = None
        alert = _alert(affair, began, AlertState.FIRING if firing else AlertState.CLEARED)
        request = f"{act.want} {affair.name} {act.at}"
        await self.insist(lambda number: lambda desk: desk.ingest(request, [alert]), chance, account.name)
        settled = self._loop.time()
        if firing and settled - account.resolved > REOPENS - 30:
            account.lost_track = True
        elif firing:
            account.climbs_from(settled, delayed=True)
        else:
            account.rests_from(settled, Status.RESOLVED)

    async def _press(
        self, account: Account, act: Act, number: int, wish: c.Wish, chance: random.Random
    ) -> None:
        """Somebody wants something of the incident."""
        began = self._loop.time()
        if act.want not in CHANGES_NOTHING and not (
            act.want is Want.ESCALATE and account.status is Status.TRIGGERED
        ):
            account.doubt(began)
        elif act.want is Want.PAGE:
            account.doubted = began
        self._conclusions.expect(account, act, wish, began)
        request = f"{act.want} {account.name} {act.at}"
        answer_of = 0

        def ask(tries: int) -> Ask[Handled]:
            nonlocal answer_of
            answer_of = 1 if act.want in ONE_REQUEST else max(answer_of, tries)
            key = f"{request} {answer_of if act.want in ONE_REQUEST else tries}"
            return lambda desk: desk.handle(key, ByNumber(number=number), wish)

        answer = await self.insist(ask, chance, account.name, twin=act.twin)
        self._conclusions.conclude(account, act, wish, answer, (began, self._loop.time()))
        if answer_of > 1:  # it may have been done twice, and only the last one is taken back
            account.before = None
        if isinstance(answer, Handled):  # a refusal is not remembered, nor is what was answered repeated
            for _ in range(self._copies):
                later = _burst(self._loop.time() + chance.expovariate(1 / 60))
                self._agenda.at(later, lambda: self._repeat(f"{request} {answer_of}", number, wish))

    def _repeat(self, request: str, number: int, wish: c.Wish) -> None:
        """The same press of the button arrives once more, late."""
        up = [machine for machine in self._machines if machine.up]
        if up:
            self._books.faults["duplicated command"] += 1
            self._hand_in(
                up[number % len(up)], lambda desk: desk.handle(request, ByNumber(number=number), wish)
            )

    # asking

    async def insist(
        self,
        ask: Callable[[int], Ask[Handled] | Ask[list[Ingested]] | Ask[Changed]],
        chance: random.Random,
        who: str,
        *,
        twin: bool = False,
    ) -> object:
        """Ask until there is an answer, and until no earlier attempt can still have its way."""
        attempts: list[Errand] = []
        tries = 0
        while True:
            tries += 1
            machine = self._choose(chance)
            if machine is not None:
                if twin and tries == 1 and (other := self._choose(chance)) is not None:
                    attempts.append(self._hand_in(other, ask(0)))
                attempts.append(self._hand_in(machine, ask(tries)))
                answer = await self._answer(attempts[-1])
                self._journal.note(self._loop.time(), who, f"{type(answer).__name__} of {tries}")
                if not isinstance(answer, Failed):
                    await self._settled(attempts)
                    return answer
                self._books.faults["asked again without an answer"] += 1
            await self._agenda.rest(AGAIN_AFTER[min(tries - 1, 3)])

    def _choose(self, chance: random.Random) -> Machine | None:
        up = [machine for machine in self._machines if machine.up]
        return chance.choice(up) if up else None

    def _hand_in(self, machine: Machine, ask: Ask[T]) -> "Errand":
        """Give it to a process, which may be gone before it answers."""
        assert machine.engine is not None
        errand = Errand(process=machine.engine.process, answer=self._loop.create_future())
        self._loop.create_task(_served(machine.engine.desk, ask, errand.answer), context=machine.context)
        return errand

    async def _answer(self, errand: "Errand") -> object:
        done, _ = await asyncio.wait([errand.answer], timeout=PATIENCE)
        return errand.answer.result() if done else Failed(why="no answer")

    async def _settled(self, attempts: Sequence["Errand"]) -> None:
        """Until every attempt has ended, or the process that had it."""
        while any(not (errand.answer.done() or errand.process.dead) for errand in attempts):
            await self._agenda.rest(1.0)


async def _served(desk: Desk, ask: Ask[T], answer: "asyncio.Future[object]") -> None:
    """A handler of the bot: it answers within its time, whatever happens."""
    result: object
    try:
        async with asyncio.timeout(ANSWERED_IN):
            result = await ask(desk)
    except Refused as refused:
        result = refused
    except Exception as error:  # noqa: BLE001 - whatever it is, the person has no answer
        result = Failed(why=repr(error))
    if not answer.done():
        answer.set_result(result)


def _burst(at: float) -> float:
    """When the next burst comes."""
    return (at // BURST + 1) * BURST


def _alert(affair: Affair, at: float, state: AlertState) -> Alert:
    return Alert(
        source="grafana",
        fingerprint=affair.name,
        state=state,
        title=affair.name,
        severity=affair.severity,
        labels={"service": str(service(affair.service).id)},
        at=BEGIN + timedelta(seconds=at),
    )
