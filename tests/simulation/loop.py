"""A loop whose time is virtual, and the processes in it: each can stand still, go on, or be killed."""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from contextvars import Context, ContextVar
from itertools import count
from typing import Any, TypeVarTuple, Unpack

from bot.failpoints import Point

Ts = TypeVarTuple("Ts")

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
    _timer_cancelled_count: int

    def __init__(self) -> None:
        super().__init__()
        self._timers: list[tuple[float, int, Handle]] = []
        """With numbers, so that those of one moment fire in their order and no handle is ever compared."""
        self._numbers = count()
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

    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """As asyncio does it, but for its looking after mistakes that a debugger is for."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """The same: there is but one thread."""
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """The same."""
        timer: Handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._numbers), timer))
        timer._scheduled = True
        found: asyncio.TimerHandle = timer
        return found

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """The same."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def _run_once(self) -> None:
        ready, timers = self._ready, self._timers
        if self._timer_cancelled_count > CLEAN_UP:
            self._tidy()
        while timers and timers[0][2]._cancelled:
            self._timer_cancelled_count -= 1
            heapq.heappop(timers)[2]._scheduled = False
        if not ready:
            if not timers:
                raise Stuck
            self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            timer = heapq.heappop(timers)[2]
            timer._scheduled = False
            ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled and self._may_run(handle):
                self.steps += 1
                handle._run()

    def _may_run(self, handle: Handle) -> bool:
        """Whether its process goes on; what is held is kept for later."""
        process = handle._context.get(PROCESS)
        if process is None or self.buried:
            return True
        if process.paused or process.dead:
            process.held.append(handle)
            return False
        if process.fuse:
            process.fuse -= 1
            if not process.fuse and process.burn is not None:
                process.burn()
                process.held.append(handle)
                return False
        return True

    def _tidy(self) -> None:
        for _, _, timer in self._timers:
            if timer._cancelled:
                timer._scheduled = False
        self._timers[:] = [each for each in self._timers if not each[2]._cancelled]
        heapq.heapify(self._timers)
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
