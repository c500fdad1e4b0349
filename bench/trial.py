"""One trial: an engine in a process of its own pages what is due, and tells when it did."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.databases import Databases, Kind
from bench.figures import Spread
from bench.rivals.rival import Rival, rival
from bot.clock import SystemClock
from bot.store.columns import microseconds

WARM = 40
"""Pages that are overdue when the engine starts: it is warm after them. They do not count."""
HEAD_START = timedelta(seconds=6)
"""From the arming to the first page that counts."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of it. `rate`: pages a second between the first and the last."""

    due: int
    spread: Spread | None
    lost: int
    doubled: int
    rate: float


class Armed:
    """Databases of one engine with more and more timers that are due in a day, each copied for a trial."""

    def __init__(self, where: Databases, name: str, kind: Kind) -> None:
        self.where, self.name, self.kind = where, name, kind
        self.engine: Rival = rival(name)
        self.url = where.fresh(kind)
        self.count = 0
        self.engine.prepare(self.url)

    def grow(self, count: int) -> float:
        """Until so many are armed; how many seconds that took."""
        clock = SystemClock()
        began = clock.monotonic()
        tomorrow = clock.now() + timedelta(days=1)
        step = timedelta(seconds=0.05)
        if count > self.count:
            self.engine.arm(self.url, [tomorrow + place * step for place in range(self.count, count)])
            self.count = count
        return clock.monotonic() - began

    def trial(self, offsets: Sequence[timedelta], patience: float) -> Trial:
        """Page what is due at these times after a head start; `patience` is given after the last.

        An engine that is not warm in time begins again with a longer one.
        """
        for longer in range(4):
            url = self.where.copy(self.url)
            try:
                return self._trial(url, offsets, patience, HEAD_START * 2**longer)
            except NotWarm:
                continue
            finally:
                self.where.drop(url)
        raise SystemExit(f"{self.name} does not start")

    def _trial(self, url: str, offsets: Sequence[timedelta], patience: float, head: timedelta) -> Trial:
        clock = SystemClock()
        self.engine.arm(url, [clock.now() - timedelta(seconds=1)] * WARM)
        start = clock.now() + timedelta(seconds=len(offsets) / 2000) + head
        due = [start + offset for offset in offsets]
        keys = self.engine.arm(url, due)
        seconds = (due[-1] - clock.now()).total_seconds() + patience
        with TemporaryDirectory() as folder:
            file = Path(folder) / "pages.json"
            with worker(self.name, url, str(file), str(len(keys) + WARM), str(seconds)) as process:
                assert process.stdout is not None
                if not process.stdout.readline() or clock.now() > start:
                    raise NotWarm
                process.wait(seconds + 30)
            return judged(dict(zip(keys, due, strict=True)), json.loads(file.read_text()))


class NotWarm(Exception):
    """The first page came after the first that counts was due."""


def judged(due: Mapping[str, datetime], pages: Sequence[tuple[str, int]]) -> Trial:
    """Each key once, and how late; what belongs to the warming up is left out."""
    counted = [(key, at) for key, at in pages if key in due]
    first: dict[str, int] = {}
    for key, at in counted:
        first.setdefault(key, at)
    late = [(at - (microseconds(due[key]) or 0)) / 1e6 for key, at in first.items()]
    times = sorted(first.values())
    span = (times[-1] - times[0]) / 1e6 if len(times) > 1 else 0.0
    return Trial(
        due=len(due),
        spread=Spread.of(late) if late else None,
        lost=len(due) - len(first),
        doubled=sum(count - 1 for count in Counter(key for key, _ in counted).values()),
        rate=len(times) / span if span else 0.0,
    )


@contextmanager
def worker(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m bench.worker`, ended when it did not end by itself."""
    command = [sys.executable, "-m", "bench.worker", *arguments]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def steady(rate: int, seconds: float) -> list[timedelta]:
    """A stream: so many a second."""
    return [timedelta(seconds=place / rate) for place in range(int(rate * seconds))]
