"""Open files: a process that may open no more of them cannot page over new connections."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

from bot.ports import Alarms

ALARM = "open files"
FULL = 0.85
"""The part of the limit above which it is told."""

OPEN = Path("/dev/fd")


class OpenFiles:
    """Looks how many files this process has open, now and then."""

    def __init__(
        self, alarms: Alarms, *, count: Callable[[], int | None] | None = None, limit: int | None = None
    ) -> None:
        """`count` and `limit` are the process's own unless others are given. None: no more open."""
        self._alarms = alarms
        self._count = count or open_now
        self._limit = limit or resource.getrlimit(resource.RLIMIT_NOFILE)[0]

    async def look(self) -> None:
        """Raise or clear the alarm."""
        count = self._count()
        if self._limit == resource.RLIM_INFINITY:
            return
        if count is None or count >= FULL * self._limit:
            told = f"Tocsin has {self._limit if count is None else count} of {self._limit} files open."
            self._alarms.raised(ALARM, f"{told} Raise LimitNOFILE (ulimit -n), and look who connects to it.")
        else:
            self._alarms.cleared(ALARM)


def open_now() -> int | None:
    """How many files are open; None when not even the list of them can be opened."""
    try:
        return len(os.listdir(OPEN))  # noqa: PTH208 - Path.iterdir would do the same
    except OSError:
        return None
