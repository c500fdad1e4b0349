"""Socket Mode: several connections at once, and a watch over each that replaces one which is stuck."""

import asyncio
import contextlib
from collections.abc import Callable

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.clock import Clock

log = structlog.get_logger(__name__)

CONNECTIONS = 2
"""slack_sdk closes a connection before it opens the next one; the other one hears meanwhile."""
PERIOD = 5.0
LIMIT = 45.0
"""apps.connections.open may be called about once a minute, so a connection is not replaced sooner."""
CONNECT_SECONDS = 30.0
CLOSE_SECONDS = 5.0


class SocketMode:
    """Keeps connections to Slack open from `run` until `stop` is set."""

    def __init__(
        self,
        *,
        app: AsyncApp,
        app_token: str,
        clock: Clock,
        connections: int = CONNECTIONS,
        period: float = PERIOD,
        limit: float = LIMIT,
        ping: float = 10.0,
        changed: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._app, self._token, self._clock = app, app_token, clock
        self._lines = [_Line(number=number) for number in range(connections)]
        self._period, self._limit, self._ping = period, limit, ping
        self._changed = changed

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us over at least one connection."""
        return self.open > 0

    @property
    def open(self) -> int:
        """How many connections are well."""
        return sum(line.well for line in self._lines)

    @property
    def rebuilt(self) -> int:
        """How many connections had to be replaced."""
        return sum(line.rebuilt for line in self._lines)

    async def run(self, stop: asyncio.Event) -> None:
        """Connect, watch and replace; hang up when `stop` is set."""
        async with asyncio.TaskGroup() as group:
            watches = [group.create_task(self._keep(line)) for line in self._lines]
            await stop.wait()
            for watch in watches:
                watch.cancel()

    async def _keep(self, line: "_Line") -> None:
        try:
            await self._connect(line)
            while True:
                await self._look(line)
                await self._clock.sleep(self._period)
        finally:
            line.well = False
            await _hang_up(line)

    async def _look(self, line: "_Line") -> None:
        """Whether the line is well; one that has been ill for too long is replaced.

        slack_sdk 3.47 tries a ticket that was refused for ever and keeps its lock meanwhile: only a
        new client asks for a new ticket.
        """
        well = await _is_well(line)
        if well != line.well:
            line.well = well
            self._changed(self.open)
            log.info("slack connection", number=line.number, well=well)
        now = self._clock.monotonic()
        line.ill_since = None if well else line.ill_since or now
        if line.ill_since is not None and now - line.ill_since > self._limit:
            log.warning("slack connection replaced", number=line.number)
            await _hang_up(line)
            line.rebuilt += 1
            await self._connect(line)
            line.ill_since = None

    async def _connect(self, line: "_Line") -> None:
        line.handler = AsyncSocketModeHandler(self._app, self._token, ping_interval=self._ping)
        try:
            async with asyncio.timeout(min(CONNECT_SECONDS, self._limit)):
                await line.handler.client.connect_to_new_endpoint()
        except TimeoutError:
            log.warning("slack connection not made in time", number=line.number)
        except (SlackClientError, aiohttp.ClientError, OSError, ValueError, AttributeError) as error:
            said = error.response.get("error") if isinstance(error, SlackApiError) else None
            log.warning("slack connection refused", number=line.number, why=said or type(error).__name__)


class _Line:
    """One connection, as it is now."""

    def __init__(self, *, number: int) -> None:
        self.number = number
        self.handler: AsyncSocketModeHandler | None = None
        self.well = False
        self.ill_since: float | None = None
        self.rebuilt = 0


async def _is_well(line: _Line) -> bool:
    if line.handler is None:
        return False
    try:
        async with asyncio.timeout(2):
            return bool(await line.handler.client.is_connected())
    except TimeoutError:
        return False


async def _hang_up(line: _Line) -> None:
    """Close for good. The client's own tasks end first: otherwise one of them opens another socket."""
    if line.handler is None:
        return
    client, line.handler = line.handler.client, None
    client.closed = True
    tasks = [client.current_session_monitor, client.message_receiver, client.message_processor]
    for task in tasks:
        if task is not None:
            task.cancel()
    with contextlib.suppress(Exception):
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.close()  # type: ignore[no-untyped-call]  # slack_sdk has none
