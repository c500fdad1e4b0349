"""The bot as a process of its own: forked from a server that has imported it, so that a restart is quick."""

import ctypes
import json
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bot import __main__ as command_line
from bot import commands, runtime
from bot.clock import SystemClock
from bot.delivery import tickets
from bot.delivery.jira.options import JiraOptions
from bot.delivery.slack.pace import Pace
from bot.wiring import build, carriers, watch
from bot.workers import climber, dispatcher
from bot.workers.crash_loop import CrashLoop
from tests.chaos.sabotage import spoil

LEASE = 3.0
"""Seconds: shorter than in earnest, so that what a dead process held is free again soon."""

FILES = "CHAOS_FILES"
"""The variable that says how many files a process may open."""

PR_SET_PDEATHSIG = 1
CLOCK = SystemClock()


class Child:
    """`tocsin run` in a process. Its log is one JSON document a line, in a file."""

    def __init__(
        self,
        environment: Mapping[str, str],
        log: Path,
        *,
        lease: float = LEASE,
        limits: float = 1.0,
        sabotage: str = "",
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.chaos.child", "pytest"])
        self.log = log
        self._process: ForkServerProcess = context.Process(
            target=live, args=(dict(environment), log, lease, limits, sabotage)
        )
        self._process.start()
        # Every start asks all earlier children whether they ended. From two threads at once one of the two
        # finds the answer taken already, and multiprocessing makes a 255 of that: it must not know of them.
        vars(multiprocessing.process)["_children"].discard(self._process)

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def code(self) -> int | None:
        """How it ended: its exit code, or minus the signal; None while it lives."""
        return self._process.exitcode

    def events(self, name: str) -> list[dict[str, object]]:
        """What it logged under this name."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        lines = [
            json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")
        ]
        return [line for line in lines if line.get("event") == name]

    async def started(self, seconds: float = 20.0) -> None:
        """Until it works."""
        await self._until_logged("started", seconds)

    async def runs(self, seconds: float = 60.0) -> bool:
        """Whether it works; False when it ended instead, because the database was away."""
        end = CLOCK.monotonic() + seconds
        while not (self.log.exists() and b'"started"' in self.log.read_bytes()):
            if self.code is not None:
                return False
            assert CLOCK.monotonic() < end, f"not started within {seconds} s: {self.told()}"
            await CLOCK.sleep(0.01)
        return True

    async def _until_logged(self, name: str, seconds: float) -> None:
        end = CLOCK.monotonic() + seconds
        while not self.events(name):
            assert self.code is None, f"it ended with {self.code}: {self.told()}"
            assert CLOCK.monotonic() < end, f"no {name!r} within {seconds} s: {self.told()}"
            await CLOCK.sleep(0.02)

    async def ended(self, seconds: float = 20.0) -> int:
        """Its exit code, when it has one."""
        end = CLOCK.monotonic() + seconds
        while (code := self.code) is None:
            assert CLOCK.monotonic() < end, f"it still runs after {seconds} s: {self.told()}"
            await CLOCK.sleep(0.02)
        return code

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still lives."""
        if self.code is None:
            os.kill(self.pid, number)

    def clear(self) -> None:
        """End it, whatever state it is in."""
        self.signal(signal.SIGKILL)
        self._process.join(10)

    def forget(self) -> None:
        """It has ended, and what it said is not needed."""
        self._process.join(10)
        self._process.close()
        self.log.unlink(missing_ok=True)

    def stopped(self) -> bool:
        """Whether it is stopped by SIGSTOP."""
        stat = Path(f"/proc/{self.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    def told(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else "(nothing)"


def live(
    environment: Mapping[str, str], log: Path, lease: float, limits: float = 1.0, sabotage: str = ""
) -> None:
    """In the child: become `tocsin run`, which dies with those who started it. `limits` scales Slack's."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    for name in [name for name in os.environ if name.startswith("TOCSIN_")]:
        del os.environ[name]
    os.environ.update(environment)
    for lane in dispatcher.LEASES:
        dispatcher.LEASES[lane] = timedelta(seconds=lease)
    climber.QUARANTINE = timedelta(seconds=lease)
    runtime.HEAD_START /= 10  # lives are short, and here everything is loaded already
    vars(carriers)["JiraOptions"] = partial(JiraOptions, time_limit=lease / 3)  # in earnest 20 s of 60
    tickets.LOOK_UPS = (timedelta(seconds=1), timedelta(seconds=2))
    if FILES in environment:
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(environment[FILES]),) * 2)
    vars(watch)["CrashLoop"] = partial(CrashLoop, many=sys.maxsize)  # these crashes are on purpose
    vars(commands)["build"] = partial(build, pace=Pace(CLOCK, limits))
    spoil(sabotage)
    sys.argv = ["tocsin", "run"]
    command_line.main()
