"""DBOS on PostgreSQL: one workflow with one step, enqueued with a delay on a durable queue.

Its queue looks for work every `polling_interval_sec`; the default is 1 s, here it is 0.1 s. Delays end
when a thread of its own looks, once a second.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import uuid4

import psycopg
from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID

from bench.armed import dsn
from bench.rivals.rival import Page, Rival
from bot.clock import SystemClock

QUEUE = "pages"
POLLING = 0.1
CONCURRENCY = 64
FAR = 10.0 * 365 * 86400
_page: list[Page] = []
"""A workflow is found by its name, and what it needs by the name of this module."""


async def call(key: str) -> None:
    """The step: its result is kept, so that it is not run again once it has ended."""
    await _page[0](key)


async def paging() -> None:
    """The workflow. Its id is the key, so that all have the same input."""
    workflow = DBOS.workflow_id
    assert workflow is not None
    await DBOS.run_step_async(None, call, workflow)


def _launch(url: str) -> Callable[[], Awaitable[None]]:
    config: DBOSConfig = {
        "name": "pages",
        "system_database_url": dsn(url),
        "application_version": "bench",
        "log_level": "ERROR",
    }
    DBOS(config=config)
    workflow: Callable[[], Awaitable[None]] = DBOS.workflow(name="paging")(paging)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=CONCURRENCY, polling_interval_sec=POLLING)
    return workflow


def prepare(url: str) -> None:
    """Its schema, its queue, and one workflow that is due in years: the pattern of all others."""
    workflow = _launch(url)
    with SetEnqueueOptions(delay_seconds=FAR), SetWorkflowID("pattern"):
        DBOS.enqueue_workflow(QUEUE, workflow)
    DBOS.destroy(destroy_registry=True)


def arm(url: str, due: Sequence[datetime]) -> list[str]:
    """Rows like those that `enqueue_workflow` wrote, with other ids and delays."""
    keys = [uuid4().hex for _ in due]
    now = int(SystemClock().now().timestamp() * 1000)
    delays = [int(at.timestamp() * 1000) for at in due]
    own = {"workflow_uuid": "new.id", "delay_until_epoch_ms": "new.due"}
    own |= {"created_at": str(now), "updated_at": str(now)}
    with psycopg.connect(dsn(url)) as connection:
        for table in ("workflow_status", "workflow_input"):
            found = connection.execute(_COLUMNS, [table]).fetchall()
            values = {name: own.get(name, f'old."{name}"') for (name,) in found}
            statement = (
                f"INSERT INTO dbos.{table} ({','.join(values)}) SELECT {','.join(values.values())}"
                f" FROM dbos.{table} old, unnest(%s::text[], %s::bigint[]) AS new (id, due)"
                " WHERE old.workflow_uuid = 'pattern'"
            )
            connection.execute(statement.encode(), [keys, delays])
    return keys


_COLUMNS = """
SELECT column_name FROM information_schema.columns WHERE table_schema = 'dbos' AND table_name = %s
"""


async def work(url: str, page: Page) -> None:
    """Run what is due; when it starts it recovers what was under way."""
    _page[:] = [page]
    await asyncio.to_thread(_launch, url)
    await asyncio.Event().wait()


RIVAL = Rival(title="DBOS", kinds=("postgresql",), prepare=prepare, arm=arm, work=work, patience=20.0)
