"""APScheduler 3 where it is meant to be used: one process, an AsyncIOScheduler, SQLAlchemyJobStore.

The settings are those that lose least: no job is too late to run, and as many may run as are due.
"""

import asyncio
import pickle  # noqa: TID251 - what APScheduler keeps its jobs in
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.util import datetime_to_utc_timestamp

from bench.databases import KINDS
from bench.rivals.rival import Page, Rival

_page: list[Page] = []
"""Jobs in a store find their function by its name, and what it needs by the name of this module."""


async def call(key: str) -> None:
    """The job."""
    await _page[0](key)


def _scheduler(url: str) -> tuple[AsyncIOScheduler, SQLAlchemyJobStore]:
    store = SQLAlchemyJobStore(url=url, pickle_protocol=pickle.HIGHEST_PROTOCOL)
    return AsyncIOScheduler(timezone="UTC", jobstores={"default": store}), store


def prepare(url: str) -> None:
    """Its one table, which it makes when it starts."""
    scheduler, store = _scheduler(url)
    store.start(scheduler, "default")
    store.shutdown()


def arm(url: str, due: Sequence[datetime]) -> list[str]:
    """Jobs as `add_job` stores them, many in one transaction."""
    scheduler, store = _scheduler(url)
    store.start(scheduler, "default")
    keys = [uuid4().hex for _ in due]
    with store.engine.begin() as connection:
        for first in range(0, len(keys), 10_000):
            some = zip(keys[first : first + 10_000], due[first : first + 10_000], strict=True)
            rows = [_row(scheduler, key, at) for key, at in some]
            connection.execute(store.jobs_t.insert(), rows)
    store.shutdown()
    return keys


def _row(scheduler: AsyncIOScheduler, key: str, at: datetime) -> dict[str, object]:
    job = Job(
        scheduler,
        id=key,
        func=call,
        trigger=DateTrigger(at, "UTC"),
        executor="default",
        args=(key,),
        kwargs={},
        name="call",
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
        next_run_time=at,
    )
    state = pickle.dumps(job.__getstate__(), pickle.HIGHEST_PROTOCOL)
    return {"id": key, "next_run_time": datetime_to_utc_timestamp(at), "job_state": state}


async def work(url: str, page: Page) -> None:
    """Run what is due."""
    _page[:] = [page]
    scheduler, _ = _scheduler(url)
    scheduler.start()
    await asyncio.Event().wait()


RIVAL = Rival(
    title="APScheduler 3, SQLAlchemyJobStore", kinds=KINDS, prepare=prepare, arm=arm, work=work, patience=8.0
)
