"""Posts alerts, in a process of its own: `python -m bench.alert_load`.

Arguments are URL, TOKEN, SHAPE, CONNECTIONS, SECONDS and FILE. Kept connections, each of which posts when the
request before was answered. TOKEN is empty for Alertmanager, whose own form is posted then. Writes JSON into
the file: the seconds that each request took, how long it all took, and what was not answered with 2xx.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import uvloop

from bench.load import ask
from bot.clock import SystemClock

SHAPES = {"unique": 1, "repeated": 1, "batches, unique": 100, "batches, repeated": 100}
"""Alerts in a request."""

KEYS = 100
"""So many alerts repeat themselves."""

Told = Mapping[str, object]


@dataclass(kw_only=True)
class Posting:
    """What is posted, and what came of it."""

    host: str
    token: str
    shape: str
    run: str = field(default_factory=lambda: uuid4().hex[:8])
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    seconds: list[float] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    clock: SystemClock = field(default_factory=SystemClock)

    def request(self) -> bytes:
        """The next request."""
        told = [self._told(next(self.numbers)) for _ in range(SHAPES[self.shape])]
        body = json.dumps(told).encode()
        path = "/alerts/generic" if self.token else "/api/v2/alerts"
        shown = f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n{shown}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _told(self, number: int) -> Told:
        key = f"{self.run}-{number}" if "unique" in self.shape else f"again-{number % KEYS}"
        labels = {"alertname": "DiskFull", "instance": key, "cluster": "eu-1", "team": "db"}
        if not self.token:
            return {"labels": labels | {"severity": "warning"}, "annotations": {"summary": f"{key} is full"}}
        return {"title": f"The disk of {key} is full", "key": key, "severity": "warning", "labels": labels}


async def connection(posting: Posting, until: float) -> None:
    """One request after the other until the time is over."""
    host, port = posting.host.split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 22)
    while (began := posting.clock.monotonic()) < until:
        status, body = await ask(reader, writer, posting.request())
        if 200 <= status < 300:
            posting.seconds.append(posting.clock.monotonic() - began)
        else:
            posting.bad.append(f"{status} {body[:300]!r}")
    writer.close()


async def run(posting: Posting, connections: int, seconds: float) -> None:
    """All connections at once."""
    until = posting.clock.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(connection(posting, until))


def main(arguments: Sequence[str], write: Callable[[Path, str], object] = Path.write_text) -> None:
    """As the module says."""
    url, token, shape, connections, seconds, file = arguments
    posting = Posting(host=urlsplit(url).netloc, token=token, shape=shape)
    began = posting.clock.monotonic()
    uvloop.run(run(posting, int(connections), float(seconds)))
    took = posting.clock.monotonic() - began
    found = {"seconds": posting.seconds, "took": took, "bad": posting.bad[:3], "failed": len(posting.bad)}
    write(Path(file), json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
