"""APScheduler's place: it rings the bells and runs what is periodic, and remembers nothing."""

import asyncio
from collections.abc import Callable, Coroutine

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.workers.survival import survive

log = structlog.get_logger(__name__)

Work = Callable[[], Coroutine[object, object, object]]


class Periodic:
    """Periodic work in this process; each run has a time limit, and a failed one is logged and run again."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._stopped = False
        self._long: set[str] = set()
        self._scheduler.add_listener(
            self._problem, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES
        )

    def every(self, seconds: float, name: str, work: Work, *, limit: float | None = None) -> None:
        """Run `work` that often, for at most `limit` seconds (by default as long as the period).

        One that may take longer than its period is left out while the last one goes on: that is no error.
        """
        if limit is not None and limit > seconds:
            self._long.add(name)

        async def run() -> None:
            try:
                await survive(name, asyncio.wait_for(work(), limit or seconds))
            except asyncio.CancelledError:
                if not self._stopped:
                    raise

        self._scheduler.add_job(run, "interval", seconds=seconds, id=name)

    def start(self) -> None:
        """Begin; must be called inside the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """No further runs; one that is under way is cut off, which is no error."""
        self._stopped = True
        if self._scheduler.running:
            self._scheduler.pause()  # else what falls due now begins, is cut off and told as an error
            self._scheduler.shutdown(wait=False)

    def _problem(self, event: JobEvent) -> None:
        job = getattr(event, "job_id", "?")
        if event.code == EVENT_JOB_MAX_INSTANCES and job in self._long:
            return
        log.error("periodic_problem", job=job, code=event.code)
