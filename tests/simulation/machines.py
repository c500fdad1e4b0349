"""Machines: where replicas live, die, stand still and are started again, and the weather on their disks."""

import random
import sqlite3
from contextvars import Context, copy_context

from bot.failpoints import Injected, Point
from bot.ids import CHANCE
from tests.simulation.agenda import Agenda
from tests.simulation.clock import SimClock
from tests.simulation.engine import Engine, Ground
from tests.simulation.loop import PROCESS, Crashed, Process
from tests.simulation.records import Journal
from tests.simulation.scenario import Ordeal, Trial

AFTERMATH = 1.0
"""Seconds for which a disturbance of a moment counts as one."""

DRAIN = 10.0


class Disk:
    """What happens to the next commits of one machine."""

    def __init__(self, machine: "Machine") -> None:
        self._machine = machine
        self.failing = self.lying = 0
        self.slow_until = 0.0
        self.killing: Trial | None = None

    def delay(self) -> float:
        """A millisecond, mostly."""
        if self._machine.now < self.slow_until:
            self._machine.suffer(Trial.DISK_SLOW)
            return self._machine.chance.choice((0.3, 1.0, 4.0, 12.0))
        return 0.001

    def before_commit(self) -> None:
        """It may fail; then nothing is on the disk."""
        if self.killing is not None and self._machine.chance.random() < 0.5:
            self._die()
        if self.failing:
            self.failing -= 1
            self._machine.suffer(Trial.DISK_FAILS)
            raise sqlite3.OperationalError("disk I/O error")

    def after_commit(self) -> None:
        """Everything is on the disk, but nobody may ever be told."""
        if self.killing is not None:
            self._die()
        if self.lying:
            self.lying -= 1
            self._machine.suffer(Trial.DISK_LIES)
            raise sqlite3.OperationalError("connection lost")

    def _die(self) -> None:
        self.killing = None
        self._machine.kill(Trial.KILL_AT_COMMIT)
        raise Crashed


class Machine:
    """One replica, through all its lives."""

    def __init__(
        self, number: int, skew: float, seed: int, ground: Ground, agenda: Agenda, journal: Journal
    ) -> None:
        self.name = f"replica {number}"
        self._ground = ground
        self._agenda = agenda
        self._journal = journal
        self._skew = skew
        self.chance = random.Random(f"{seed}/{number}")
        self._lives = 0
        self._back_after = 1.0
        self._armed: tuple[Trial, str, int] | None = None
        self._still_for = 0.0
        self.clock = SimClock(ground.loop, skew)
        self.disk = Disk(self)
        self.engine: Engine | None = None
        self.context: Context = copy_context()
        self.stopping = False
        self.processes: list[Process] = []

    @property
    def now(self) -> float:
        """Virtual seconds."""
        return self._ground.loop.time()

    @property
    def up(self) -> bool:
        """Whether requests can be sent there; it may stand still all the same."""
        return self.engine is not None and not self.stopping

    @property
    def still(self) -> bool:
        """Whether it is neither dead nor standing still."""
        return self.engine is None or self.engine.process.still

    def start(self) -> None:
        """A new life: nothing is known but what is in the database."""
        self._lives += 1
        self._armed, self.stopping = None, False
        self.disk = Disk(self)
        process = Process(f"{self.name}.{self._lives}")
        process.at_point = self._at_point
        self.processes.append(process)
        self.context = copy_context()
        self.context.run(PROCESS.set, process)
        self.context.run(CHANCE.set, random.Random(self.chance.random()).getrandbits)
        self.engine = Engine(self._ground, process, self.clock, self.disk, self.chance)
        self._journal.note(self.now, self.name, "starts")
        task = self._ground.loop.create_task(self.engine.run(), context=self.context)
        task.add_done_callback(lambda done: self._ended(process, done), context=self._agenda.context)

    def _ended(self, process: Process, task: "object") -> None:
        if process.dead or self._ground.loop.buried:
            return
        if not self.stopping:
            self._ground.books.strange.append(f"{self.name} ended by itself: {task}")
        assert self.engine is not None
        self.engine.store.sever()
        self._down("ended")

    def kill(self, trial: Trial) -> None:
        """Not one more step. What is on the wire is on the wire."""
        if self.engine is None or self.engine.process.dead:
            return
        self.suffer(trial)
        process = self.engine.process
        process.dead = True
        self._ground.loop.call_soon(self.engine.store.sever, context=self._agenda.context)
        self._down(f"is {trial}")

    def _down(self, how: str) -> None:
        self._journal.note(self.now, self.name, how)
        self.engine = None
        self._ground.books.unfair.append((self.now, self.now + self._back_after + AFTERMATH))
        self._agenda.at(self.now + self._back_after, self.start)

    def suffer(self, trial: Trial) -> None:
        """Count what was done to it, and when."""
        self._ground.books.faults[trial.value] += 1
        self._ground.books.unfair.append((self.now, self.now + AFTERMATH))
        self._journal.note(self.now, self.name, trial.value)

    def undergo(self, ordeal: Ordeal) -> None:
        """Do to it what the scenario says, unless it is down already."""
        if self.engine is None or self.still or self.stopping:
            return
        self._back_after = ordeal.back_after
        process = self.engine.process
        match ordeal.trial:
            case Trial.KILL:
                process.burn = lambda: self.kill(Trial.KILL)
                process.fuse = int(ordeal.length)
            case Trial.KILL_AT_POINT | Trial.BREAK:
                times = 1 if ordeal.point else int(ordeal.length)
                self._armed = (ordeal.trial, ordeal.point, times)
            case Trial.PAUSE_AT_POINT:
                self._armed, self._still_for = (ordeal.trial, ordeal.point, 1), ordeal.length
            case Trial.KILL_AT_COMMIT:
                self.disk.killing = ordeal.trial
            case Trial.PAUSE:
                self._pause(process, ordeal.length, ordeal.trial)
            case Trial.RESTART:
                self._restart(process)
            case Trial.DISK_FAILS:
                self.disk.failing = int(ordeal.length)
            case Trial.DISK_LIES:
                self.disk.lying = int(ordeal.length)
            case Trial.DISK_SLOW:
                self.disk.slow_until = self.now + ordeal.length
            case Trial.CLOCK:
                self.suffer(ordeal.trial)
                self.clock.ahead = self._skew + ordeal.length

    def recover(self) -> None:
        """From now on nothing is done to it any more."""
        self._armed, self.disk.killing = None, None
        self.disk.failing = self.disk.lying = 0
        self.clock.ahead = self._skew
        if self.engine is not None:
            self.engine.process.fuse = 0

    def _pause(self, process: Process, length: float, trial: Trial) -> None:
        self.suffer(trial)
        process.paused = True
        self._ground.books.unfair.append((self.now, self.now + length + AFTERMATH))
        self._agenda.at(self.now + length, lambda: self._resume(process))

    def _resume(self, process: Process) -> None:
        if not process.dead:
            self._journal.note(self.now, self.name, "goes on")
            self._ground.loop.go_on(process)

    def _restart(self, process: Process) -> None:
        assert self.engine is not None
        self.suffer(Trial.RESTART)
        self.stopping = True
        self.engine.stop()

        def insist() -> None:
            if self.engine is not None and self.engine.process is process:
                self.kill(Trial.RESTART)

        self._agenda.at(self.now + DRAIN, insist)

    def _at_point(self, point: Point, place: str) -> None:
        if self._armed is None:
            return
        trial, wanted, left = self._armed
        if wanted and wanted != point:
            return
        if left > 1:
            self._armed = (trial, wanted, left - 1)
            return
        self._armed = None
        self._ground.books.points[point.value] += 1
        if trial is Trial.PAUSE_AT_POINT:
            assert self.engine is not None
            self._pause(self.engine.process, self._still_for, trial)
            return
        if trial is Trial.BREAK:
            self.suffer(trial)
            raise Injected(f"{point} {place}")
        self.kill(trial)
        raise Crashed
