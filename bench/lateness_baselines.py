"""Other schedulers with the same task: jobs due within one second, kept in a database.

APScheduler's job store is measured where it is meant to be used: one process, SQLAlchemyJobStore.
"""

import asyncio
import pickle  # noqa: TID251 - what APScheduler keeps its jobs in
from collections.abc import Iterator
from datetime import datetime, timedelta

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bench.databases import KINDS, Databases, Kind
from bench.figures import Spread
from bot.clock import SystemClock

_AHEAD = timedelta(seconds=1)
_PATIENCE = 300.0
_ARMING = 500
"""Jobs that APScheduler stores in a second, or more; what is due before all are stored does not count."""

_called: dict[int, datetime] = {}
_done: list[asyncio.Event] = []
"""The event of the present run; jobs in a store find it by the name of this module alone."""


async def call(number: int, expected: int) -> None:
    """The job: it notes when it ran."""
    _called[number] = SystemClock().now()
    if len(_called) >= expected:
        _done[-1].set()


def baselines(where: Databases, pages: int) -> Iterator[tuple[str, Kind, Spread | None]]:
    """What each makes of it."""
    for kind in KINDS:
        yield "APScheduler, SQLAlchemyJobStore", kind, asyncio.run(_apscheduler(where.fresh(kind), pages))


async def _apscheduler(url: str, jobs: int) -> Spread:
    _called.clear()
    _done.append(asyncio.Event())
    store = SQLAlchemyJobStore(url=url, pickle_protocol=pickle.HIGHEST_PROTOCOL)
    scheduler = AsyncIOScheduler(timezone="UTC", jobstores={"default": store})
    scheduler.start(paused=True)
    start = SystemClock().now() + timedelta(seconds=jobs / _ARMING * 2) + _AHEAD
    due = [start + number * timedelta(seconds=1) / jobs for number in range(jobs)]
    for number, at in enumerate(due):
        scheduler.add_job(
            call, "date", run_date=at, args=(number, jobs), misfire_grace_time=None, max_instances=jobs
        )
    assert SystemClock().now() < start, "storing the jobs took longer than planned"
    scheduler.resume()
    async with asyncio.timeout(_PATIENCE):
        await _done[-1].wait()
    scheduler.shutdown(wait=False)
    return Spread.of([(_called[number] - at).total_seconds() for number, at in enumerate(due)])
