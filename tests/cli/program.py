"""The program as a person starts it: a process, what it prints, and how it ends.

Processes are forked from a server that has imported the program, so that each of them starts quickly.
"""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import aiohttp

from bot import __main__ as command_line
from bot.clock import SystemClock

CLOCK = SystemClock()
PATIENCE = 60.0

SETTINGS = {
    "TOCSIN_SLACK__BOT_TOKEN": "xoxb-1",
    "TOCSIN_SLACK__APP_TOKEN": "xapp-1",
    "TOCSIN_SLACK__API_URL": "http://127.0.0.1:9/api",
    "TOCSIN_HTTP__PORT": "0",
    "TOCSIN_LOG_FORMAT": "json",
}
CONFIGURATION = """
people:
  ann: {name: Ann Lee, slack: U0ANNLEE001, email: ann@example.com, zone: UTC}
ladders:
  ops: {rungs: [{targets: [{person: ann}], wait: 5m}]}
services:
  checkout: {name: Checkout, channel: "#incidents", ladder: ops}
defaults: {service: checkout, severity: sev2}
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> list[dict[str, object]]:
        """All of standard output is one JSON document."""
        found: list[dict[str, object]] = json.loads(self.out)
        return found


class Process:
    """A command under way; standard output and error go to files."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], arguments: Sequence[str], name: str
    ) -> None:
        self._out, self._err = folder / f"{name}.out", folder / f"{name}.err"
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.cli.program", "pytest"])
        paths = (str(self._out), str(self._err))
        self._process: ForkServerProcess = context.Process(
            target=live, args=(str(folder), dict(environment), list(arguments), paths)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def out(self) -> str:
        """What it printed so far."""
        return self._out.read_text(encoding="utf-8") if self._out.exists() else ""

    @property
    def err(self) -> str:
        """What it wrote to standard error so far."""
        return self._err.read_text(encoding="utf-8") if self._err.exists() else ""

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still lives."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    async def ended(self, *, broken: bool = False) -> Ended:
        """How it ended, when it has. Nobody is ever shown a traceback, unless a test broke the program."""
        end = CLOCK.monotonic() + PATIENCE
        while self._process.exitcode is None:
            assert CLOCK.monotonic() < end, f"it still runs: {self.err}"
            await CLOCK.sleep(0.02)
        ended = Ended(code=self._process.exitcode, out=self._out.read_text(encoding="utf-8"), err=self.err)
        assert broken or "Traceback" not in ended.out + ended.err, ended.err
        return ended


def live(folder: str, environment: dict[str, str], arguments: list[str], paths: tuple[str, str]) -> None:
    """Be `tocsin` with these arguments."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for path, number in zip(paths, (1, 2), strict=True):
        os.dup2(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), number)
    sys.argv = ["tocsin", *arguments]
    command_line.main()


@dataclass(kw_only=True)
class Program:
    """`tocsin` in a folder, with these settings."""

    folder: Path
    settings: dict[str, str] = field(default_factory=lambda: dict(SETTINGS))
    _numbers: "count[int]" = field(default_factory=count)

    def configure(self, text: str = CONFIGURATION) -> None:
        """Write the configuration file."""
        (self.folder / "tocsin.yaml").write_text(text, encoding="utf-8")

    @property
    def environment(self) -> Mapping[str, str]:
        """Nothing of the caller's own settings."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        return mine | self.settings

    async def __call__(self, *arguments: str) -> Ended:
        """Run a command to its end."""
        return await self.begun(*arguments).ended()

    def begun(self, *arguments: str) -> Process:
        """Start a command."""
        return Process(self.folder, self.environment, arguments, f"process-{next(self._numbers)}")


@dataclass(kw_only=True)
class Running:
    """A bot that runs, and what it has logged so far."""

    process: Process

    @property
    def events(self) -> list[dict[str, object]]:
        """Its log: every line is one JSON document."""
        return [
            json.loads(line) for line in self.process.err.splitlines(keepends=True) if line.endswith("\n")
        ]

    async def logged(self, name: str) -> dict[str, object]:
        """The last event of that name, once there is one."""
        end = CLOCK.monotonic() + PATIENCE
        while not (found := [each for each in self.events if each["event"] == name]):
            assert CLOCK.monotonic() < end, f"no {name!r} in {self.process.err}"
            await CLOCK.sleep(0.02)
        return found[-1]

    async def get(self, path: str) -> tuple[int, str]:
        """Ask its web server."""
        url = (await self.logged("started"))["url"]
        async with aiohttp.ClientSession() as session, session.get(f"{url}{path}") as answer:
            return answer.status, await answer.text()

    async def ended(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end; its exit code."""
        self.process.signal(number)
        return (await self.process.ended()).code


@asynccontextmanager
async def running(program: Program) -> AsyncIterator[Running]:
    """`tocsin run`, once it works; it is ended at the end."""
    bot = Running(process=program.begun("run"))
    try:
        await bot.logged("started")
        yield bot
    finally:
        bot.process.signal(signal.SIGKILL)
