"""One engine in a process of its own: `python -m bench.worker NAME URL FILE EXPECTED SECONDS`.

It says in one line of JSON that it has paged the first time, and writes into FILE when which key was paged.
With a sixth argument, the address of a Slack, pages are posted there, and the process goes on until it is
ended.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn
from weakref import WeakKeyDictionary

import aiohttp
import structlog
import uvloop

from bench.rivals.rival import Page, rival
from bot.clock import SystemClock
from bot.sandbox.slack.seed import BOT_TOKEN
from bot.store.columns import microseconds

Work = Callable[[Page], Awaitable[None]]

LOOK = 0.05
SETTLE = 0.5
"""Seconds for which doubled pages are still noted after the last."""


class Notes:
    """Which key was paged when, in microseconds since 1970."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, int]] = []
        self._clock = SystemClock()

    async def page(self, key: str) -> None:
        """From any thread: appending to a list is atomic."""
        self.pages.append((key, microseconds(self._clock.now()) or 0))

    @property
    def count(self) -> int:
        """How many keys."""
        return len({key for key, _ in self.pages[:]})


class Slack:
    """Posts pages to a Slack, in whichever event loop they are asked for."""

    def __init__(self, api: str) -> None:
        self._url = f"{api.rstrip('/')}/chat.postMessage"
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = (
            WeakKeyDictionary()
        )

    async def page(self, key: str) -> None:
        """One message to Ann; an answer that is not ok is an error."""
        loop = asyncio.get_running_loop()
        if loop not in self._sessions:
            self._sessions[loop] = aiohttp.ClientSession(headers={"Authorization": f"Bearer {BOT_TOKEN}"})
        body = {"channel": "U0ANNLEE001", "text": key}
        async with self._sessions[loop].post(self._url, json=body) as response:
            answer = await response.json()
            if not answer["ok"]:
                raise RuntimeError(str(answer))


async def until_paged(work: Work, file: Path, expected: int, seconds: float) -> None:
    """Work until all keys were paged, or the time is over; the process ends then."""
    notes = Notes()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            group.create_task(_work(work, notes.page))
            await _paged(notes, expected)
            _end(notes, file)
    _end(notes, file)


def _end(notes: Notes, file: Path) -> NoReturn:
    """Whatever the engine still does."""
    file.write_text(json.dumps(notes.pages))
    os._exit(0)


async def _paged(notes: Notes, expected: int) -> None:
    clock = SystemClock()
    while not notes.pages:
        await clock.sleep(LOOK)
    print(json.dumps({"ready": "paging"}), flush=True)
    while notes.count < expected:
        await clock.sleep(LOOK)
    await clock.sleep(SETTLE)


async def _work(work: Work, page: Page) -> None:
    await work(page)


def main() -> None:
    """Work as one engine."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    name, url, file, expected, seconds, *slack = sys.argv[1:]
    engine = rival(name)

    def work(page: Page) -> Awaitable[None]:
        return engine.work(url, page)

    if slack:
        uvloop.run(_work(work, Slack(slack[0]).page))
    else:
        uvloop.run(until_paged(work, Path(file), int(expected), float(seconds)))


if __name__ == "__main__":
    main()
