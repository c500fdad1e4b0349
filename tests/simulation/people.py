"""People and sources: they send alerts and press buttons, wait for an answer, and try again without one."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain import commands as c
from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.ids import PersonId
from bot.domain.incident import Status, Via
from bot.domain.refused import Refused
from bot.service import ByNumber, Desk, Handled, Ingested
from tests.simulation.accounts import SKEW, Account, Asked
from tests.simulation.agenda import Agenda
from tests.simulation.clock import BEGIN
from tests.simulation.company import NAMES, actor, company, service
from tests.simulation.loop import Process, VirtualLoop
from tests.simulation.machines import Machine
from tests.simulation.records import Books, Journal
from tests.simulation.scenario import Act, Affair, Want

T = TypeVar("T")
Ask = Callable[[Desk], Awaitable[T]]

ANSWERED_IN = 2.0
"""Seconds that a handler takes at most; afterwards the person is told that nothing was recorded."""

PATIENCE = 3.0
AGAIN_AFTER = (1.0, 4.0, 15.0, 30.0)
BURST = 30.0
"""What is sent again comes in bursts, as after an outage: so many seconds lie between two of them."""

GRACE = 10.0
"""Seconds between "nobody has it after all" and the first rung."""

REOPENS = 1800.0


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
    ) -> None:
        self._copies = copies
        self._loop = loop
        self._agenda = agenda
        self._machines = machines
        self._books = books
        self._journal = journal
        self._group = group
        self._seed = seed
        self._people = company().roster.people
        self.accounts: list[Account] = []
        self.tasks: list[asyncio.Task[None]] = []

    def plan(self, affair: Affair) -> None:
        """Let it happen in its time."""
        self._agenda.at(affair.at, lambda: self._spawn(lambda: self._live(affair)))

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
        await self._insist(
            lambda number: lambda desk: desk.ingest(f"alert {affair.name}", [alert]), chance, account
        )
        account.climbs_from(self._loop.time())
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
                wish = self._wish(account, act, now)
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
        alert = _alert(affair, began, AlertState.FIRING if firing else AlertState.CLEARED)
        request = f"{act.want} {affair.name} {act.at}"
        await self._insist(lambda number: lambda desk: desk.ingest(request, [alert]), chance, account)
        settled = self._loop.time()
        if firing and settled - account.resolved > REOPENS - 30:
            account.lost_track = True
        elif firing:
            account.climbs_from(settled)
        else:
            account.rests_from(settled, Status.RESOLVED)

    async def _press(
        self, account: Account, act: Act, number: int, wish: c.Wish, chance: random.Random
    ) -> None:
        """Somebody wants something of the incident."""
        began = self._loop.time()
        changing = act.want not in {Want.NOTE, Want.PAGE, Want.DECLINE} and not (
            act.want is Want.ESCALATE and account.status is Status.TRIGGERED
        )
        if changing:
            account.doubt(began)
        elif act.want is Want.PAGE:
            account.doubted = began
        request = f"{act.want} {account.name} {act.at}"
        answer_of = 0

        def ask(tries: int) -> Ask[Handled]:
            nonlocal answer_of
            answer_of = max(answer_of, tries)
            return lambda desk: desk.handle(f"{request} {tries}", ByNumber(number=number), wish)

        answer = await self._insist(
            ask,
            chance,
            account,
            twin=act.twin,
        )
        self._conclude(account, act, answer, began)
        if isinstance(
            answer, Handled
        ):  # a refusal is not remembered, nor does Slack repeat what was answered
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

    def _conclude(self, account: Account, act: Act, answer: object, began: float) -> None:
        """What is known now. A refusal means that it was so already, or that it is over."""
        now, done = self._loop.time(), isinstance(answer, Handled)
        over = account.status is Status.RESOLVED
        match act.want:
            case Want.NOTE:
                return
            case Want.PAGE:
                if done:
                    account.asked.append(Asked(began=account.doubted, since=now, person=act.by))
            case Want.DECLINE:
                if done and account.climb is not None:
                    account.climb.nudges.append((began, now))
                    account.climb.declined = True
            case Want.ESCALATE if account.climb is not None:
                account.climb.nudges.append((began, now))
            case Want.RESOLVE:
                account.rests_from(now, Status.RESOLVED)
            case _ if over:
                account.as_before(now)
            case Want.ESCALATE:
                account.climbs_from(now, fresh=False)
            case Want.UNACKNOWLEDGE if account.status is Status.TRIGGERED:
                account.as_before(now)
            case Want.UNACKNOWLEDGE:
                account.climbs_from(now + GRACE)
            case Want.RAISE:
                account.severity = raised(account.severity)
                account.climbs_from(now)
            case Want.ACKNOWLEDGE | Want.SNOOZE:
                wake = answer.after.wake_at if isinstance(answer, Handled) else None
                account.lost_track = not done
                account.rests_from(now, Status.ACKNOWLEDGED, _seconds(wake))
            case _:
                raise AssertionError(act)

    def _wish(self, account: Account, act: Act, now: float) -> c.Wish | None:
        by = actor(act.by)
        match act.want:
            case Want.ACKNOWLEDGE:
                return c.Acknowledge(by=by, via=Via.CARD)
            case Want.UNACKNOWLEDGE:
                return c.Unacknowledge(by=by, via=Via.CARD)
            case Want.SNOOZE:
                until = BEGIN + timedelta(seconds=now + 60 * act.minutes + SKEW)
                return c.Snooze(by=by, via=Via.CARD, until=until)
            case Want.ESCALATE:
                return c.Escalate(by=by, via=Via.CARD)
            case Want.RAISE:
                return c.ChangeSeverity(by=by, via=Via.COMMAND, severity=raised(account.severity))
            case Want.NOTE:
                return c.AddNote(by=by, via=Via.COMMAND, text="looking at it")
            case Want.PAGE:
                return c.PagePeople(by=by, via=Via.COMMAND, people=(self._people[PersonId(act.by)],))
            case Want.RESOLVE:
                return c.Resolve(by=by, via=Via.CARD)
            case Want.DECLINE:
                return self._decline(account)
            case _:
                return None

    def _decline(self, account: Account) -> c.Decline | None:
        page = self._books.last.get(account.name)
        if page is None or page.person not in NAMES or not page.step.round:
            return None
        return c.Decline(by=actor(page.person), via=Via.PAGE, person=PersonId(page.person), epoch=page.epoch)

    # asking

    async def _insist(
        self,
        ask: Callable[[int], Ask[Handled] | Ask[list[Ingested]]],
        chance: random.Random,
        account: Account,
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
                self._journal.note(self._loop.time(), account.name, f"{type(answer).__name__} of {tries}")
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


def raised(severity: Severity) -> Severity:
    """One worse."""
    order = list(Severity)
    return order[max(order.index(severity) - 1, 0)]


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


def _seconds(instant: datetime | None) -> float | None:
    return None if instant is None else (instant - BEGIN).total_seconds()
