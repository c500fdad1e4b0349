"""The watchdog: a thread that ends the process when the clock stands still, for the supervisor to restart it.

A blocked event loop cannot report itself; a thread of the operating system can.
"""

import faulthandler
import os
import sys
import threading
from collections.abc import Callable

EXIT_CODE = 70
LIMIT = 30.0
PERIOD = 1.0
LAST_WORDS = 3.0
"""Seconds for the stacks."""
LOOKS = 3
"""A machine that wakes from sleep finds an old tick, too; a moment later there is a new one."""


class Watchdog:
    """Looks at the age of the last tick. Older than `limit` seconds, and it stays so: all stacks, exit 70."""

    def __init__(self, age: Callable[[], float], *, limit: float = LIMIT, period: float = PERIOD) -> None:
        self._age = age
        self._limit = limit
        self._period = period
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._done.set()
        if self._thread.is_alive():
            self._thread.join(self._period * 2)

    def _watch(self) -> None:
        old = 0
        while not self._done.wait(self._period):
            age = self._age()
            old = old + 1 if age > self._limit else 0
            if old == LOOKS:
                last_words = threading.Thread(target=_tell, args=(age,), daemon=True)
                last_words.start()
                last_words.join(LAST_WORDS)
                os._exit(EXIT_CODE)


def _tell(age: float) -> None:
    """In a thread of its own: where nobody reads standard error, writing to it takes for ever."""
    text = f"watchdog: the last tick was {age:.1f} s ago; ending the process\n"
    os.write(sys.stderr.fileno(), text.encode())
    faulthandler.dump_traceback(all_threads=True)
