"""Works on their way through the database threads, and the way back to the event loop."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from bot.errors import Away, StoreUnavailable
from bot.ports import Tx

T = TypeVar("T")

WAITING = 1000
"""So many works may wait for a thread, pages not counted: whoever comes then is refused at once.

That is more than a database does in the two seconds after which Slack wants an answer.
"""


class Waiting(Protocol):
    """A call, whatever its work returns."""

    error: BaseException | None
    page: bool
    since: float
    """When it was asked for, in monotonic seconds."""

    @property
    def abandoned(self) -> bool:
        """Whether its caller has gone away."""
        ...

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool: ...

    def run(self, tx: Tx) -> None:
        """Do the work; it may be done again."""
        ...

    def settle(self) -> None:
        """Tell the caller, unless it has gone away. In the event loop only."""
        ...


class Call(Generic[T]):
    """One work and what became of it.

    As a context it takes the work's exception to the caller, to whom alone it belongs: whatever one
    work raises, the thread and the other works of the same transaction go on.
    """

    __slots__ = ("_future", "error", "page", "since", "value", "work")

    def __init__(self, work: Callable[[Tx], T], future: "asyncio.Future[T]", *, page: bool = False) -> None:
        self.work = work
        self.page = page
        self.since = time.monotonic()
        self.value: T | None = None
        self.error: BaseException | None = None
        self._future = future

    def __enter__(self) -> None:
        self.error = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        ends = error is not None and not isinstance(error, Exception)
        self.error = StoreUnavailable("the database thread was ended", Away.CLOSED) if ends else error
        return not ends

    @property
    def abandoned(self) -> bool:
        """Whether its caller has gone away."""
        return self._future.cancelled()

    def run(self, tx: Tx) -> None:
        """Do the work; it may be done again. One whose caller has gone away before it began is not done.

        A command that was answered with "not recorded" is not recorded later behind its author's back.
        """
        if not self.abandoned:
            self.value = self.work(tx)

    def settle(self) -> None:
        """Tell the caller, unless it has gone away. In the event loop only."""
        if self._future.done():
            return
        if self.error is not None:
            self._future.set_exception(self.error)
        else:
            self._future.set_result(self.value)  # type: ignore[arg-type]  # None only when T allows it


class WayBack:
    """Brings finished calls to the event loop, waking it once for all that finished meanwhile."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._finished: deque[Waiting] = deque()

    def send(self, calls: Sequence[Waiting]) -> None:
        """From any thread."""
        if not calls:
            return
        with self._lock:
            asleep = not self._finished
            self._finished.extend(calls)
        if asleep and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        with self._lock:
            calls = list(self._finished)
            self._finished.clear()
        for call in calls:
            call.settle()


class Queue:
    """Calls that wait for a thread. A page goes before everything else."""

    def __init__(self, back: WayBack) -> None:
        self._back = back
        self._turn = threading.Condition()
        self._pages: deque[Waiting] = deque()
        self._others: deque[Waiting] = deque()
        self._servants = 0
        self._abandoned = False
        self.closing = threading.Event()

    def submit(self, call: Waiting) -> None:
        """Have it done; refused when nobody will do it any more, or when too many wait already.

        Pages are never refused for their number: who makes them bounds them.
        """
        with self._turn:
            if self.closing.is_set() or self._abandoned:
                raise StoreUnavailable("the database is closed", Away.CLOSED)
            if not call.page and len(self._others) >= WAITING:
                raise StoreUnavailable(f"{WAITING} works wait for the database", Away.BUSY)
            (self._pages if call.page else self._others).append(call)
            self._turn.notify()

    def next(self, *, wait: bool = False) -> Waiting | None:
        """The call to do now; None when there is none, or with `wait`, when there will be none.

        Nobody works for a caller who has gone away: while the database is away they would pile up.
        """
        with self._turn:
            while True:
                while waiting := self._pages or self._others:
                    call = waiting.popleft()
                    if not call.abandoned:
                        return call
                if self.closing.is_set() or not wait:
                    return None
                self._turn.wait()

    def wait(self) -> bool:
        """Until there is something to do. False when there will be nothing any more."""
        with self._turn:
            while not (self._pages or self._others):
                if self.closing.is_set():
                    return False
                self._turn.wait()
            return True

    def overdue(self, before: float) -> list[Waiting]:
        """Take out those who were there before that moment, and those whose callers have gone away."""
        with self._turn:
            late = [each for each in (*self._pages, *self._others) if each.abandoned or each.since <= before]
            self._pages = deque(each for each in self._pages if each not in late)
            self._others = deque(each for each in self._others if each not in late)
        return late

    def close(self) -> None:
        """Take no more; what waits is still done."""
        with self._turn:
            self.closing.set()
            self._turn.notify_all()

    @contextmanager
    def served(self) -> Iterator[None]:
        """A thread serves the queue within. When the last one goes, nobody is left waiting."""
        with self._turn:
            self._servants += 1
        try:
            yield
        finally:
            with self._turn:
                self._servants -= 1
                self._abandoned = self._servants == 0
                left = [*self._pages, *self._others] if self._abandoned else []
            for call in left:
                call.error = StoreUnavailable("the database thread has ended", Away.CLOSED)
            self._back.send(left)
