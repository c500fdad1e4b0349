"""One simulation from its seed to its books."""

import asyncio
import gc
import itertools
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from bot import failpoints
from bot.errors import StoreUnavailable
from bot.failpoints import Injected
from bot.metrics import Metrics
from tests.simulation.accounts import Account
from tests.simulation.agenda import Agenda
from tests.simulation.almanac import Duty
from tests.simulation.carriers import Board, Workspace
from tests.simulation.company import TURNS, company
from tests.simulation.engine import Ground, Outside, Parts
from tests.simulation.fates import Fates
from tests.simulation.lead import Lead
from tests.simulation.loop import Stuck, VirtualLoop, pointed, silence
from tests.simulation.machines import Machine
from tests.simulation.people import Town
from tests.simulation.providers import Provider
from tests.simulation.records import Books, Journal
from tests.simulation.scenario import CALM, Scenario
from tests.simulation.store import fresh

LOOK = 0.5
"""So often it is looked whether time can be skipped."""

AHEAD = 0.6
"""So many seconds before something is due, by the fastest clock, time stops skipping."""

_NAMES = itertools.count()


@dataclass(kw_only=True)
class Night:
    """What came of a scenario; the oracles judge it."""

    scenario: Scenario
    books: Books
    journal: Journal
    accounts: Sequence[Account]
    workspace: Workspace
    board: Board
    duties: dict[str, Duty]
    troubles: list[str] = field(default_factory=list)
    seconds: float = 0.0
    took: float = 0.0
    steps: int = 0


class Simulation:
    """Machines, providers and a town on one virtual loop."""

    def __init__(self, scenario: Scenario, folder: Path, parts: Parts, *, keep: bool) -> None:
        self.loop = loop = VirtualLoop()
        loop.set_exception_handler(silence)
        self._scenario = scenario
        self._books, self._journal = Books(), Journal(keep=keep)
        self._agenda = Agenda(loop)
        self._workspace, self._board = Workspace(), Board()
        self._duties = {name: Duty(turns) for name, turns in TURNS.items()}
        fates = Fates(scenario.seed, scenario.spells, scenario.without)

        def provider(name: str) -> Provider:
            return Provider(name, loop, fates, self._books, self._journal, self._agenda.context)

        outside = Outside(
            slack=provider("slack"),
            mail=provider("mail"),
            jira=provider("jira"),
            workspace=self._workspace,
            board=self._board,
        )
        self._path = fresh(folder, f"night-{next(_NAMES)}")
        ground = Ground(
            loop=loop,
            database=self._path,
            configuration=company(),
            outside=outside,
            books=self._books,
            metrics=Metrics(),
            parts=parts,
        )
        self._machines = [
            Machine(number, skew, scenario.seed, ground, self._agenda, self._journal)
            for number, skew in enumerate(scenario.skews)
        ]

    def run(self) -> Night:
        """The whole scenario, and then everything is put away."""
        began, loop = time.process_time(), self.loop
        try:
            with failpoints.watched(pointed), self._listening():
                accounts, troubles = loop.run_until_complete(self._story())
                seconds, steps = loop.time(), loop.steps
                loop.buried = True
                _bury(loop, self._machines)
        finally:
            loop.close()
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        return Night(
            scenario=self._scenario,
            books=self._books,
            journal=self._journal,
            accounts=accounts,
            workspace=self._workspace,
            board=self._board,
            duties=self._duties,
            troubles=troubles,
            seconds=seconds,
            took=time.process_time() - began,
            steps=steps,
        )

    async def _story(self) -> tuple[Sequence[Account], list[str]]:
        scenario, agenda = self._scenario, self._agenda
        async with asyncio.TaskGroup() as group:
            town = Town(
                self.loop,
                agenda,
                self._machines,
                self._books,
                self._journal,
                group,
                scenario.seed,
                scenario.copies,
                self._duties,
            )
            for machine in self._machines:
                machine.start()
            for affair in scenario.affairs:
                town.plan(affair)
            lead = Lead(town, self._duties)
            for stint in scenario.stints:
                lead.plan(stint)
            for ordeal in scenario.ordeals:
                if ordeal.trial.value not in scenario.without:
                    machine = self._machines[ordeal.replica]
                    agenda.at(ordeal.at, partial(machine.undergo, ordeal))
            await self._until(scenario.seconds - 4 * CALM)
            for machine in self._machines:
                machine.recover()
            await self._until(scenario.seconds)
            if agenda.busy:
                self._books.strange.append(f"{agenda.busy} people still wait for an answer")
            for task in town.tasks:
                task.cancel()
        for account in town.accounts:
            account.pass_time(self.loop.time())
        return town.accounts, await self._audited()

    async def _audited(self) -> list[str]:
        """What the auditor of each machine finds when everything has come to rest."""
        found = []
        for machine in self._machines:
            if machine.engine is None:
                found.append(f"{machine.name} is down")
                continue
            found += [f"{trouble.kind}: {trouble.count}" for trouble in await machine.engine.audit()]
        return sorted(set(found))

    async def _until(self, end: float) -> None:
        """Let time pass, quickly where nothing can happen."""
        loop, agenda = self.loop, self._agenda
        while (now := loop.time()) < end:
            if agenda.work():
                await asyncio.sleep(0.001)  # noqa: TID251 - virtual time, for those who begin
                continue
            following = min(agenda.next or end, end)
            if following - now > LOOK and (skip := self._quiet_until(following)) > now + LOOK:
                loop.skip(skip)
                await asyncio.sleep(0.001)  # noqa: TID251 - virtual time, for those who were late
                continue
            await asyncio.sleep(min(max(following - now, 0.0), LOOK))  # noqa: TID251 - virtual time
        agenda.work()

    def _quiet_until(self, at_most: float) -> float:
        """Nothing is under way, and nothing is due before then. The poll of every second finds nothing."""
        if self._agenda.busy:
            return 0.0
        until = at_most
        for machine in self._machines:
            engine = machine.engine
            if engine is None:
                continue
            if engine.process.still or not engine.idle or not engine.store.open:
                return 0.0
            due = engine.store.next_due()
            if due is not None:
                until = min(until, due - max(machine.clock.ahead, 0.0) - AHEAD)
        return until

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Whatever the engine logs as an error is written down, unless a fault of ours is behind it."""
        before = structlog.get_config()

        def hear(_: WrappedLogger, method: str, event: EventDict) -> EventDict:
            error = sys.exc_info()[1]
            if method != "warning" and not _ours(error, event):
                self._books.strange.append(f"{event.get('event')}: {error!r}")
            raise structlog.DropEvent

        structlog.configure(
            processors=[hear],
            wrapper_class=structlog.make_filtering_bound_logger(40),
            cache_logger_on_first_use=False,
        )
        try:
            yield
        finally:
            structlog.configure(**before)


def _ours(error: BaseException | None, event: EventDict) -> bool:
    """What was injected, and what an audit finds while things go wrong."""
    if event.get("event") in {"audit", "audit_repaired"}:
        return True
    return isinstance(error, Injected | StoreUnavailable | TimeoutError)


def _bury(loop: VirtualLoop, machines: Sequence[Machine]) -> None:
    """Let the tasks of the living and of the dead end, without the disk."""
    for machine in machines:
        if machine.engine is not None:
            machine.engine.store.sever()
    for machine in machines:
        for process in machine.processes:
            loop.go_on(process)
    with suppress(Stuck):
        while tasks := [task for task in asyncio.all_tasks(loop) if not task.done()]:
            for task in tasks:
                task.cancel()  # asyncio.wait_for swallows one now and then
            loop.run_until_complete(_moment(tasks))


async def _moment(tasks: Sequence["asyncio.Task[Any]"]) -> None:
    await asyncio.wait(tasks, timeout=0.317)  # in the midst of what they wait for


def simulate(scenario: Scenario, folder: Path, parts: Parts | None = None, *, keep: bool = False) -> Night:
    """Run a scenario. `keep` keeps the journal's lines, for a story."""
    before, thresholds = random.getstate(), gc.get_threshold()
    context = copy_context()
    gc.freeze()  # as production does: what there is by now stays
    gc.set_threshold(20_000, 20, 20)
    try:
        return context.run(lambda: Simulation(scenario, folder, parts or Parts(), keep=keep).run())
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        random.setstate(before)
