"""procrastinate with its documentation's recipe for jobs of workers that died.

The recipe's periodic task looks every ten minutes for workers whose last heartbeat is 30 s old; here it looks
every five seconds, so that a measurement need not wait for it.
"""

from procrastinate import App, JobContext

from bench.rivals.procrastinate_engine import CONCURRENCY, POLLING, app, arm, prepare
from bench.rivals.rival import Page, Rival


def with_recipe(made: App) -> App:
    """The recipe `retry stalled jobs`."""

    async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
        for job in await context.app.job_manager.get_stalled_jobs():
            await context.app.job_manager.retry_job(job)

    task = made.task(queueing_lock="retry_stalled_jobs", pass_context=True, name="retry_stalled_jobs")
    made.periodic(cron="* * * * * */5")(task(retry_stalled_jobs))
    return made


async def work(url: str, page: Page) -> None:
    """One worker, and the recipe beside it."""
    async with with_recipe(app(url, page)).open_async() as opened:
        await opened.run_worker_async(
            concurrency=CONCURRENCY, fetch_job_polling_interval=POLLING, install_signal_handlers=False
        )


RIVAL = Rival(
    title="procrastinate, stalled jobs retried",
    kinds=("postgresql",),
    prepare=prepare,
    arm=arm,
    work=work,
    patience=50.0,
)
