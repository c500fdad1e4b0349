"""The deadline of a connection: one whose peer is silent for too long is cut, so that nobody waits for it.

The server's own limits do not help when it is the server, or something on the way to it, that is silent.
"""

import contextlib
import math
import os
import socket
import threading
import time
from collections.abc import Iterable
from types import TracebackType

LOOK = 0.5
"""Seconds between two looks."""


class Line:
    """The way to the server. Within it as a context somebody waits for an answer, `patience` seconds at most.

    It holds a descriptor of its own: the driver may close its one at any moment, and another connection
    may get the same number.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._ends = math.inf
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.was_cut = False

    def attach(self, descriptor: int) -> None:
        """A new connection stands."""
        with self._lock:
            self._socket = socket.socket(fileno=os.dup(descriptor))
            self.was_cut = False

    def detach(self) -> None:
        """The connection is closed."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = None
            self.was_cut = False

    def asked(self) -> None:
        """From now on somebody waits for an answer."""
        self._ends = time.monotonic() + self._patience

    def answered(self) -> None:
        """Nobody waits any more."""
        self._ends = math.inf

    def __enter__(self) -> None:
        self.asked()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.answered()

    def cut_if_silent(self) -> None:
        """Whoever waits finds the connection closed."""
        if time.monotonic() < self._ends:
            return
        with self._lock:
            if self._socket is not None:
                self.was_cut = True
                with contextlib.suppress(OSError):  # it was closed from the other side
                    self._socket.shutdown(socket.SHUT_RDWR)


class Watch:
    """A thread that looks at all lines of a store."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = tuple(lines)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="tocsin-postgres-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(LOOK):
            for line in self._lines:
                line.cut_if_silent()
