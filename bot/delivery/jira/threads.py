"""The adapter's own threads, each with its own client, so that a hanging Jira starves nobody else."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from jira import JIRA

from bot.clock import Clock
from bot.delivery.failures import Withheld
from bot.delivery.jira.api import Api, Budget, connect
from bot.delivery.jira.options import JiraOptions
from bot.errors import Outcome

T = TypeVar("T")
SLACK = 0.25


class JiraThreads:
    """A bounded pool. A call that finds no free thread in its time was not sent."""

    def __init__(self, options: JiraOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._pool = ThreadPoolExecutor(options.threads, thread_name_prefix="jira")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._clients: list[JIRA] = []
        self._budgets: set[Budget] = set()
        self._closed = False

    async def run(self, work: Callable[[Api], T]) -> T:
        """Run `work` in a thread, within the time limit of a call."""
        if self._closed:
            raise Withheld(Outcome.NOT_SENT, "jira_stopped")
        budget = Budget(self._options.time_limit)
        self._budgets.add(budget)
        future = self._pool.submit(lambda: work(Api(self._client(), budget, self._clock)))
        try:
            # The sockets keep to the limit themselves; this is for an answer that trickles.
            async with asyncio.timeout(self._options.time_limit + SLACK):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise budget.give_up() from None
        finally:
            budget.give_up()
            self._budgets.discard(budget)

    async def stop(self, grace: float = 5.0) -> None:
        """Begin no further request, wait a little for those under way, and close the clients."""
        self._closed = True
        for budget in self._budgets:
            budget.give_up()
        try:
            async with asyncio.timeout(grace):
                await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        except TimeoutError:
            pass  # the time limits of their sockets end them
        for client in self._clients:
            client.close()  # type: ignore[no-untyped-call] # python-jira leaves it untyped

    def _client(self) -> JIRA:
        client: JIRA | None = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = connect(self._options)
            with self._lock:
                self._clients.append(client)
        return client
