"""procrastinate on PostgreSQL: one task, deferred with `schedule_at`, and one worker.

A worker looks for jobs that became due every `fetch_job_polling_interval` only; its default is 5 s, here it
is 0.1 s. It runs 64 jobs at once, as Tocsin does.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from procrastinate import App, PsycopgConnector

from bench.armed import dsn
from bench.rivals.rival import Page, Rival

CONCURRENCY = 64
POLLING = 0.1
AT_ONCE = 5_000


async def nobody(_: str) -> None:
    """Nobody pages while jobs are only stored."""


def app(url: str, page: Page) -> App:
    """The app with its one task."""
    made = App(connector=PsycopgConnector(conninfo=dsn(url), min_size=4, max_size=16))

    async def call(key: str) -> None:
        await page(key)

    made.task(name="call")(call)
    return made


def prepare(url: str) -> None:
    """Its schema."""
    with app(url, nobody).open() as opened:
        opened.schema_manager.apply_schema()


def arm(url: str, due: Sequence[datetime]) -> list[str]:
    """Deferred in batches, as `batch_defer` does."""
    keys = [uuid4().hex for _ in due]
    with app(url, nobody).open() as opened:
        for first in range(0, len(keys), AT_ONCE):
            some = zip(keys[first : first + AT_ONCE], due[first : first + AT_ONCE], strict=True)
            jobs = [opened.configure_task("call", schedule_at=at).make_new_job(key=key) for key, at in some]
            opened.job_manager.batch_defer_jobs(jobs)
    return keys


async def work(url: str, page: Page) -> None:
    """One worker, as it is without further ado."""
    async with app(url, page).open_async() as opened:
        await opened.run_worker_async(
            concurrency=CONCURRENCY, fetch_job_polling_interval=POLLING, install_signal_handlers=False
        )


RIVAL = Rival(
    title="procrastinate", kinds=("postgresql",), prepare=prepare, arm=arm, work=work, patience=15.0
)
