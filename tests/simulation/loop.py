"""A loop whose time is virtual, and the processes in it: each can stand still, go on, or be killed."""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from bot.failpoints import Point

Handle = Any
"""A handle of asyncio, whose particulars are the loop's own affair: typeshed does not tell of them."""

CLEAN_UP = 400
"""So many cancelled timers are too many."""


class Crashed(BaseException):
    """Raised where a process is killed, so that not even its next line is run."""


class Stuck(Exception):
    """Nothing can ever happen again: somebody waits for what nobody will do."""


class Process:
    """What a callback belongs to. While it stands still, or is dead, its callbacks are held."""

    __slots__ = ("at_point", "burn", "dead", "fuse", "held", "name", "paused")

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.paused = False
        self.held: deque[Handle] = deque()
        self.fuse = 0
        """After so many more steps `burn` is called; 0 when no fuse is lit."""
        self.burn: Callable[[], None] | None = None
        self.at_point: Callable[[Point, str], None] | None = None

    @property
    def still(self) -> bool:
        """Whether nothing of it runs."""
        return self.paused or self.dead


PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


def pointed(point: Point, place: str) -> None:
    """Tell the process that is running of the failpoint that it has reached."""
    process = PROCESS.get()
    if process is not None and process.at_point is not None and not process.dead:
        process.at_point(point, place)


class VirtualLoop(asyncio.BaseEventLoop):
    """Instead of waiting it moves its time to the next timer. One thread, no sockets, no chance."""

    _ready: deque[Handle]
    _scheduled: list[Handle]
    _timer_cancelled_count: int

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self.steps = 0
        self.buried = False
        """At the end even the dead run, so that their tasks can be put away."""

    def time(self) -> float:
        """Virtual seconds."""
        return self._now

    def skip(self, to: float) -> None:
        """Let time pass at once; timers that were due meanwhile fire late, as after a stand-still."""
        self._now = max(self._now, to)

    def go_on(self, process: Process) -> None:
        """A process that stood still does what it was about to do."""
        process.paused = False
        self._ready.extend(process.held)
        process.held.clear()

    def _run_once(self) -> None:
        ready, scheduled = self._ready, self._scheduled
        if self._timer_cancelled_count > CLEAN_UP:
            self._tidy()
        while scheduled and scheduled[0]._cancelled:
            self._timer_cancelled_count -= 1
            heapq.heappop(scheduled)._scheduled = False
        if not ready:
            if not scheduled:
                raise Stuck
            self._now = max(self._now, scheduled[0]._when)
        while scheduled and scheduled[0]._when <= self._now:
            timer = heapq.heappop(scheduled)
            timer._scheduled = False
            ready.append(timer)
        for _ in range(len(ready)):
            self._step(ready.popleft())

    def _step(self, handle: Handle) -> None:
        if handle._cancelled:
            return
        process = handle._context.get(PROCESS)
        if process is not None and not self.buried:
            if process.paused or process.dead:
                process.held.append(handle)
                return
            if process.fuse:
                process.fuse -= 1
                if not process.fuse and process.burn is not None:
                    process.burn()
                    process.held.append(handle)
                    return
        self.steps += 1
        handle._run()

    def _tidy(self) -> None:
        for timer in self._scheduled:
            if timer._cancelled:
                timer._scheduled = False
        self._scheduled[:] = [timer for timer in self._scheduled if not timer._cancelled]
        heapq.heapify(self._scheduled)
        self._timer_cancelled_count = 0

    def _process_events(self, event_list: object) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps in a selector."""


def silence(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What the loop has to complain about, when it is not a process that was killed."""
    error = context.get("exception")
    if isinstance(error, Crashed) or "never retrieved" in context["message"]:
        return
    loop.default_exception_handler(context)
